package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

const (
	// audience of tokens is the one that the Security Token Service takes by default
	// (RRSA, client ID of the OIDC provider).
	audience = "sts.aliyuncs.com"
	// tokenLife is the shortest that an API server grants (TokenRequest,
	// expirationSeconds).
	tokenLife = 10 * time.Minute
	// tokenMargin before its end a token is not used any more.
	tokenMargin = time.Minute
)

// material obtains what an EdgeProvider's account is opened with, and says which
// version of it that was.
func (c *Connector) material(ctx context.Context, edge ProviderObject, secretKeys []string) (Material, domaincertv1alpha1.CredentialsStatus, error) {
	var credentials domaincertv1alpha1.CredentialsStatus
	if key := c.credentialsKey(edge); key.Name != "" {
		secret, err := c.readSecret(ctx, key, secretKeys)
		if err != nil {
			return Material{}, credentials, err
		}
		credentials = domaincertv1alpha1.CredentialsStatus{
			SecretName:      secret.Name,
			UID:             string(secret.UID),
			ResourceVersion: secret.ResourceVersion,
		}
		return Material{Secret: secret.Data}, credentials, nil
	}
	name := tokenAccount(edge.ProviderSpec())
	if name == "" {
		return Material{}, credentials, nil
	}
	tokens := &tokenSource{tokens: c.Tokens, account: types.NamespacedName{Namespace: c.namespaceOf(edge), Name: name}}
	// Asked for once here, where it can be said what is missing.
	if _, err := tokens.token(ctx); err != nil {
		return Material{}, credentials, unreadable("ServiceAccount", tokens.account, tokens.permission(), err)
	}
	return Material{Token: tokens.token}, credentials, nil
}

// readSecret reads a credentials Secret and checks that nothing is missing.
func (c *Connector) readSecret(ctx context.Context, key types.NamespacedName, wanted []string) (*corev1.Secret, error) {
	var secret corev1.Secret
	if err := c.Reader.Get(ctx, key, &secret); err != nil {
		return nil, unreadable("Secret", key, c.Secrets.permission(key.Namespace), err)
	}
	for _, name := range wanted {
		if len(secret.Data[name]) == 0 {
			return nil, &CredentialsError{
				Reason:  domaincertv1alpha1.CredentialsNotFoundReason,
				Message: fmt.Sprintf("Secret %s has no key %s; add it", key, name),
			}
		}
	}
	return &secret, nil
}

// credentialsKey says where an EdgeProvider's credentials lie; the name is empty
// if they lie in no Secret.
func (c *Connector) credentialsKey(edge ProviderObject) types.NamespacedName {
	return types.NamespacedName{Namespace: c.namespaceOf(edge), Name: credentialsSecret(edge.ProviderSpec())}
}

// namespaceOf is where what an EdgeProvider refers to lies.
func (c *Connector) namespaceOf(edge ProviderObject) string {
	if namespace := edge.GetNamespace(); namespace != "" {
		return namespace
	}
	return c.ClusterNamespace
}

// credentialsSecret is the name of the Secret that a spec takes its
// credentials from, empty if it takes them from elsewhere.
func credentialsSecret(spec *domaincertv1alpha1.EdgeProviderSpec) string {
	switch {
	case spec.AlibabaCloud != nil && spec.AlibabaCloud.Credentials.AccessKey != nil:
		return spec.AlibabaCloud.Credentials.AccessKey.SecretRef.Name
	case spec.CDNPro != nil:
		return spec.CDNPro.Credentials.SecretRef.Name
	default:
		return ""
	}
}

// tokenAccount is the name of the ServiceAccount whose token a spec exchanges,
// empty if it does not.
func tokenAccount(spec *domaincertv1alpha1.EdgeProviderSpec) string {
	if spec.AlibabaCloud == nil || spec.AlibabaCloud.Credentials.OIDC == nil || spec.AlibabaCloud.Credentials.OIDC.ServiceAccountRef == nil {
		return ""
	}
	return spec.AlibabaCloud.Credentials.OIDC.ServiceAccountRef.Name
}

// tokenSource asks the API server for tokens of one ServiceAccount, good for
// nothing but the Security Token Service, and keeps each while it is good.
type tokenSource struct {
	tokens  client.SubResourceClientConstructor
	account types.NamespacedName

	mutex   sync.Mutex
	current string
	expires time.Time
}

// permission that requests need. The operator's role does not have it: whoever
// may request any token can become any ServiceAccount.
func (t *tokenSource) permission() string {
	return fmt.Sprintf("the verb create for serviceaccounts/token with the resource name %s in namespace %s, as docs/providers/credentials.md shows",
		t.account.Name, t.account.Namespace)
}

func (t *tokenSource) token(ctx context.Context) (string, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if time.Until(t.expires) > tokenMargin {
		return t.current, nil
	}
	seconds := int64(tokenLife.Seconds())
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		Audiences:         []string{audience},
		ExpirationSeconds: &seconds,
	}}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: t.account.Namespace, Name: t.account.Name}}
	if err := t.tokens.SubResource("token").Create(ctx, account, request); err != nil {
		return "", fmt.Errorf("request a token of ServiceAccount %s: %w", t.account, err)
	}
	t.current, t.expires = request.Status.Token, request.Status.ExpirationTimestamp.Time
	return t.current, nil
}

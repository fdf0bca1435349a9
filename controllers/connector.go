package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// ProviderObject is an EdgeProvider or a ClusterEdgeProvider.
type ProviderObject interface {
	client.Object
	ProviderSpec() *domaincertv1alpha1.EdgeProviderSpec
	ProviderStatus() *domaincertv1alpha1.EdgeProviderStatus
}

// Connection is an account at a product, ready to be called.
type Connection struct {
	provider.Provider
	// Budget that the provider's calls are charged to.
	Budget *provider.Budget
}

// Account is one identity at one product.
type Account interface {
	// Adapter returns the product's adapter. Its requests are counted under
	// the account's id.
	Adapter(accountID string) provider.Provider
	// Identify returns the account's id by one cheap read call. Errors are of
	// type *provider.Error; kind Denied means that the credentials are refused.
	Identify(ctx context.Context) (accountID string, err error)
	// Close gives up what the account keeps open. Calls in flight go on.
	Close()
}

// Product makes accounts at one product.
type Product struct {
	// Open returns an account with what a credentials Secret holds. It calls
	// nothing.
	Open func(spec *domaincertv1alpha1.EdgeProviderSpec, credentials map[string][]byte) (Account, error)
	// Quota is the product's documented one.
	Quota provider.Quota
	// SecretKeys are the keys that a credentials Secret must have.
	SecretKeys []string
}

// CredentialsError is why a credentials Secret cannot be used.
type CredentialsError struct {
	// Reason is a reason of the EdgeProvider's Ready condition.
	Reason  string
	Message string
	// Transient is true if the API server did not answer.
	Transient bool
}

func (e *CredentialsError) Error() string { return e.Message }

// Connector makes connections from EdgeProviders and keeps them while nothing
// changes. It is the only reader of credentials Secrets.
type Connector struct {
	// Reader is uncached, so that no Secret's body stays in memory.
	Reader client.Reader
	// Products by service, "Live", "CDN", ...
	Products map[string]Product
	// Budgets of the accounts.
	Budgets *provider.Budgets
	// ClusterNamespace is where a ClusterEdgeProvider's credentials lie.
	ClusterNamespace string

	mutex       sync.Mutex
	connections map[types.UID]keptConnection
}

// keptConnection is a connection and what it was made from.
type keptConnection struct {
	candidate
	generation int64
	service    string
	accountID  string
	connection Connection
}

// candidate is an account whose credentials were read.
type candidate struct {
	credentials domaincertv1alpha1.CredentialsStatus
	account     Account
}

// Connect returns the connection of an EdgeProvider that is Ready. The Secret
// is read only if the connection must be made anew.
func (c *Connector) Connect(ctx context.Context, edge ProviderObject) (*Connection, error) {
	status := edge.ProviderStatus()
	if status.Credentials == nil {
		return nil, &CredentialsError{Reason: domaincertv1alpha1.ProviderNotReadyReason, Message: "the credentials have not been checked yet", Transient: true}
	}
	if status.ObservedGeneration == nil || *status.ObservedGeneration != edge.GetGeneration() {
		// Ready speaks of the spec before; this one may lead where it must not.
		return nil, &CredentialsError{Reason: domaincertv1alpha1.ProviderNotReadyReason, Message: "its spec has changed and is being checked", Transient: true}
	}
	if kept, ok := c.kept(edge); ok {
		return &kept, nil
	}
	found, err := c.open(ctx, edge)
	if err != nil {
		return nil, err
	}
	if found.credentials != *status.Credentials {
		found.account.Close()
		return nil, &CredentialsError{Reason: domaincertv1alpha1.ProviderNotReadyReason, Message: "the credentials have changed and are being checked", Transient: true}
	}
	return c.keep(edge, found), nil
}

// kept returns the connection of an EdgeProvider if it is still current.
func (c *Connector) kept(edge ProviderObject) (Connection, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	kept, ok := c.connections[edge.GetUID()]
	current := ok && kept.generation == edge.GetGeneration() &&
		kept.credentials == *edge.ProviderStatus().Credentials &&
		kept.accountID == accountOf(edge)
	return kept.connection, current
}

// keep makes the connection of an EdgeProvider from a candidate whose
// credentials were accepted, and gives up the one before.
func (c *Connector) keep(edge ProviderObject, found candidate) *Connection {
	accountID := accountOf(edge)
	service := serviceOf(edge)
	if c.moved(edge) {
		c.Budgets.Leave(string(edge.GetUID()))
	}
	budget := c.Budgets.For(service+"/"+accountID, string(edge.GetUID()), quotaOf(edge.ProviderSpec(), c.Products[service].Quota))
	connection := Connection{Provider: provider.Limit(found.account.Adapter(accountID), budget), Budget: budget}

	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.drop(edge.GetUID())
	if c.connections == nil {
		c.connections = map[types.UID]keptConnection{}
	}
	c.connections[edge.GetUID()] = keptConnection{
		candidate:  found,
		generation: edge.GetGeneration(),
		service:    service,
		accountID:  accountID,
		connection: connection,
	}
	return &connection
}

// moved reports whether an EdgeProvider stands for another account or product
// than its connection.
func (c *Connector) moved(edge ProviderObject) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	kept, ok := c.connections[edge.GetUID()]
	return ok && (kept.accountID != accountOf(edge) || kept.service != serviceOf(edge))
}

// Leave gives up an object's place in the lines of all accounts.
func (c *Connector) Leave(object string) { c.Budgets.Release(object) }

// Forget gives up the connection of an EdgeProvider.
func (c *Connector) Forget(uid types.UID) {
	c.Budgets.Leave(string(uid))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.drop(uid)
}

// drop closes a connection; the mutex is held.
func (c *Connector) drop(uid types.UID) {
	if kept, ok := c.connections[uid]; ok {
		kept.account.Close()
		delete(c.connections, uid)
	}
}

// open reads an EdgeProvider's credentials and opens the account. It calls no
// provider.
func (c *Connector) open(ctx context.Context, edge ProviderObject) (candidate, error) {
	product, ok := c.Products[serviceOf(edge)]
	if !ok {
		return candidate{}, unsupported(fmt.Sprintf("the service %s is not supported by this version of the operator", serviceOf(edge)))
	}
	secret, err := c.readSecret(ctx, c.credentialsKey(edge), product.SecretKeys)
	if err != nil {
		return candidate{}, err
	}
	account, err := product.Open(edge.ProviderSpec(), secret.Data)
	if err != nil {
		return candidate{}, &CredentialsError{Reason: domaincertv1alpha1.CredentialsRefusedReason, Message: provider.AsError(err).Error()}
	}
	return candidate{
		credentials: domaincertv1alpha1.CredentialsStatus{
			SecretName:      secret.Name,
			UID:             string(secret.UID),
			ResourceVersion: secret.ResourceVersion,
		},
		account: account,
	}, nil
}

func unsupported(message string) *CredentialsError {
	return &CredentialsError{Reason: domaincertv1alpha1.NotSupportedReason, Message: message}
}

// readSecret reads a credentials Secret and checks that nothing is missing.
func (c *Connector) readSecret(ctx context.Context, key types.NamespacedName, wanted []string) (*corev1.Secret, error) {
	var secret corev1.Secret
	if err := c.Reader.Get(ctx, key, &secret); err != nil {
		return nil, unreadable(key, err)
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

func unreadable(key types.NamespacedName, err error) *CredentialsError {
	switch {
	case apierrors.IsNotFound(err):
		return &CredentialsError{
			Reason:  domaincertv1alpha1.CredentialsNotFoundReason,
			Message: fmt.Sprintf("Secret %s does not exist; create it", key),
		}
	case apierrors.IsForbidden(err):
		return &CredentialsError{
			Reason:  domaincertv1alpha1.CredentialsForbiddenReason,
			Message: fmt.Sprintf("the operator may not read Secret %s; grant its ServiceAccount the verb get", key),
		}
	default:
		return &CredentialsError{
			Reason:    domaincertv1alpha1.UnavailableReason,
			Message:   fmt.Sprintf("Secret %s cannot be read now, the API server does not answer; it is tried again", key),
			Transient: true,
		}
	}
}

// credentialsKey says where an EdgeProvider's credentials lie.
func (c *Connector) credentialsKey(edge ProviderObject) types.NamespacedName {
	namespace := edge.GetNamespace()
	if namespace == "" {
		namespace = c.ClusterNamespace
	}
	return types.NamespacedName{Namespace: namespace, Name: credentialsSecret(edge.ProviderSpec())}
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

// quotaOf returns a product's quota with what the spec overrides. Lookups keep
// their share of the reading requests.
func quotaOf(spec *domaincertv1alpha1.EdgeProviderSpec, documented provider.Quota) provider.Quota {
	quota := documented
	if spec.Quota == nil {
		return quota
	}
	if spec.Quota.SetPerSecond != nil {
		quota.DeployPerSecond = int(*spec.Quota.SetPerSecond)
	}
	if spec.Quota.DescribePerSecond != nil {
		quota.ObservePerSecond = int(*spec.Quota.DescribePerSecond)
		quota.LookupPerSecond = lookups(quota.ObservePerSecond, documented)
	}
	return quota
}

// lookups is the share that a product documents, of so many reading requests.
func lookups(observations int, documented provider.Quota) int {
	if documented.LookupPerSecond == 0 {
		return 0
	}
	return max(1, observations*documented.LookupPerSecond/documented.ObservePerSecond)
}

// asCredentialsError returns err as a CredentialsError.
func asCredentialsError(err error) *CredentialsError {
	var known *CredentialsError
	if errors.As(err, &known) {
		return known
	}
	return &CredentialsError{Reason: domaincertv1alpha1.UnavailableReason, Message: "the credentials cannot be read now", Transient: true}
}

package tenancy_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// unique makes a name that no other spec uses: domains of different specs must not
// meet, since all share one API server.
func unique(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()[:8]) }

// newNamespace makes a namespace with labels.
func newNamespace(ctx context.Context, labels map[string]string) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tenant-", Labels: labels}}
	Expect(kube.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}

func newNamespaceNamed(ctx context.Context, name string) {
	GinkgoHelper()
	Expect(kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
}

// twoNamespaces makes two, of which the first has the better claim should objects in
// both be created in the same second.
func twoNamespaces(ctx context.Context) (first, second string) {
	GinkgoHelper()
	names := []string{newNamespace(ctx, nil), newNamespace(ctx, nil)}
	slices.Sort(names)
	return names[0], names[1]
}

// relabel replaces a label of a namespace, or takes it away if the value is empty.
func relabel(ctx context.Context, namespace, label, value string) {
	GinkgoHelper()
	found := &corev1.Namespace{}
	Expect(kube.Get(ctx, client.ObjectKey{Name: namespace}, found)).To(Succeed())
	before := client.MergeFrom(found.DeepCopy())
	delete(found.Labels, label)
	if value != "" {
		metav1.SetMetaDataLabel(&found.ObjectMeta, label, value)
	}
	Expect(kube.Patch(ctx, found, before)).To(Succeed())
}

// newKey makes an access key.
func newKey() edgesim.AccessKey {
	return edgesim.AccessKey{ID: unique("key"), Secret: edgesim.Secret(rand.Text())}
}

// newAccount makes an account at the cloud whose keys these are.
func (o *operator) newAccount(domains []string, keys ...edgesim.AccessKey) string {
	GinkgoHelper()
	account := edgesim.Account{ID: unique("1000"), Keys: keys}
	for _, domain := range domains {
		account.Domains = append(account.Domains, edgesim.Domain{Name: onTheWire(domain)})
	}
	Expect(o.simulator.PutAccount(account)).To(Succeed())
	return account.ID
}

// revoke leaves an account no keys but these.
func (o *operator) revoke(account string, left ...edgesim.AccessKey) {
	GinkgoHelper()
	Expect(o.simulator.PutAccount(edgesim.Account{ID: account, Keys: left})).To(Succeed())
}

// forge makes a cloud name an account that is somebody else's.
func (o *operator) forge(account string, key edgesim.AccessKey) {
	GinkgoHelper()
	Expect(o.simulator.PutAccount(edgesim.Account{ID: account, Keys: []edgesim.AccessKey{key}})).To(Succeed())
}

// touch changes a provider's spec in a way that means nothing, so that it is checked
// anew.
func touch(ctx context.Context, edge *domaincertv1alpha1.EdgeProvider) *domaincertv1alpha1.EdgeProvider {
	GinkgoHelper()
	Expect(kube.Get(ctx, client.ObjectKeyFromObject(edge), edge)).To(Succeed())
	edge.Spec.AllowedDomains = append(edge.Spec.AllowedDomains, "*.example.com")
	Expect(kube.Update(ctx, edge)).To(Succeed())
	return edge
}

// live is a provider's spec at ApsaraVideo Live, with credentials in the Secret of
// this name.
func live(secret string) domaincertv1alpha1.EdgeProviderSpec {
	return domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{
		Service: domaincertv1alpha1.LiveService,
		Credentials: domaincertv1alpha1.AlibabaCloudCredentials{
			AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: secret}},
		},
	}}
}

// storeKey makes a Secret with an access key, and returns its name.
func storeKey(ctx context.Context, namespace string, key edgesim.AccessKey) string {
	GinkgoHelper()
	createSecret(ctx, namespace, key.ID, map[string][]byte{
		domaincertv1alpha1.AccessKeyIDKey: []byte(key.ID), domaincertv1alpha1.AccessKeySecretKey: []byte(key.Secret),
	})
	return key.ID
}

// createEdge makes an EdgeProvider.
func createEdge(ctx context.Context, namespace string, spec domaincertv1alpha1.EdgeProviderSpec) *domaincertv1alpha1.EdgeProvider {
	GinkgoHelper()
	edge := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "edge"}, Spec: spec}
	Expect(kube.Create(ctx, edge)).To(Succeed())
	return edge
}

// newEdge makes an EdgeProvider with a key of its own, and has it checked.
func (o *operator) newEdge(ctx context.Context, namespace string, key edgesim.AccessKey) *domaincertv1alpha1.EdgeProvider {
	GinkgoHelper()
	edge := createEdge(ctx, namespace, live(storeKey(ctx, namespace, key)))
	Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionTrue, "CredentialsAccepted"))
	return edge
}

// newClusterEdge makes a ClusterEdgeProvider that an edit limits, and has it checked.
// It allows every namespace everything, unless the edit says otherwise.
func (o *operator) newClusterEdge(ctx context.Context, key edgesim.AccessKey, edit func(*domaincertv1alpha1.ClusterEdgeProviderSpec)) *domaincertv1alpha1.ClusterEdgeProvider {
	GinkgoHelper()
	edge := &domaincertv1alpha1.ClusterEdgeProvider{
		ObjectMeta: metav1.ObjectMeta{Name: unique("shared")},
		Spec: domaincertv1alpha1.ClusterEdgeProviderSpec{
			EdgeProviderSpec:  live(storeKey(ctx, operatorNamespace, key)),
			AllowedNamespaces: &metav1.LabelSelector{},
		},
	}
	if edit != nil {
		edit(&edge.Spec)
	}
	Expect(kube.Create(ctx, edge)).To(Succeed())
	DeferCleanup(func(ctx context.Context) { Expect(client.IgnoreNotFound(kube.Delete(ctx, edge))).To(Succeed()) })
	Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionTrue, "CredentialsAccepted"))
	return edge
}

// newPro makes a ClusterEdgeProvider at CDN Pro that has one property with these
// hostnames, and one certificate for all of them.
func (o *operator) newPro(ctx context.Context, hostnames ...string) *domaincertv1alpha1.ClusterEdgeProvider {
	GinkgoHelper()
	user, apiKey, together := unique("user"), rand.Text(), authority.Issue(testcerts.Options{DNSNames: hostnames})
	Expect(o.simulator.PutAccount(edgesim.Account{ID: unique("1000"), CDNPro: &edgesim.CDNPro{
		User: user, APIKey: edgesim.Secret(apiKey),
		Certificates: []edgesim.CDNProCertificate{{
			ID: "5dca2205f9e9cc0001df7b33", Name: "together", Certificate: string(together.CertificatePEM), PrivateKey: edgesim.Secret(together.KeyPEM),
		}},
		Properties: []edgesim.CDNProProperty{{
			ID: "2e88917f24ede37603837a43", Hostnames: hostnames, Origins: []string{"192.0.2.1"}, CertificateID: "5dca2205f9e9cc0001df7b33",
		}},
	}})).To(Succeed())
	createSecret(ctx, operatorNamespace, user, map[string][]byte{domaincertv1alpha1.CDNProUserKey: []byte(user), domaincertv1alpha1.CDNProAPIKeyKey: []byte(apiKey)})
	edge := &domaincertv1alpha1.ClusterEdgeProvider{
		ObjectMeta: metav1.ObjectMeta{Name: unique("pro")},
		Spec: domaincertv1alpha1.ClusterEdgeProviderSpec{
			EdgeProviderSpec: domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: user}},
			}},
			AllowedNamespaces: &metav1.LabelSelector{},
		},
	}
	Expect(kube.Create(ctx, edge)).To(Succeed())
	DeferCleanup(func(ctx context.Context) { Expect(kube.Delete(ctx, edge)).To(Succeed()) })
	Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionTrue, "CredentialsAccepted"))
	return edge
}

// certificate is a DomainCertificate of a domain at a provider, with the Secret "tls".
func certificate(namespace, domain string, edge controllers.ProviderObject) *domaincertv1alpha1.DomainCertificate {
	kind := domaincertv1alpha1.EdgeProviderKind
	if edge.GetNamespace() == "" {
		kind = domaincertv1alpha1.ClusterEdgeProviderKind
	}
	return &domaincertv1alpha1.DomainCertificate{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "site"},
		Spec: domaincertv1alpha1.DomainCertificateSpec{
			DomainName:  domain,
			SecretRef:   &domaincertv1alpha1.SecretReference{Name: "tls"},
			ProviderRef: domaincertv1alpha1.ProviderReference{Kind: kind, Name: edge.GetName()},
		},
	}
}

// claim creates a DomainCertificate together with a good certificate for the domain,
// as a tenant can make for any name.
func claim(ctx context.Context, namespace, domain string, edge controllers.ProviderObject, edits ...func(*domaincertv1alpha1.DomainCertificate)) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	object := certificate(namespace, domain, edge)
	for _, edit := range edits {
		edit(object)
	}
	storePair(ctx, namespace, authority.Issue(testcerts.Options{DNSNames: []string{domain}}))
	Expect(kube.Create(ctx, object)).To(Succeed())
	return object
}

// turnsOff has HTTPS turned off when the object is deleted.
func turnsOff(object *domaincertv1alpha1.DomainCertificate) {
	object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
}

// isGone reports whether an object does not exist any more.
func isGone(ctx context.Context, object client.Object) bool {
	return apierrors.IsNotFound(kube.Get(ctx, client.ObjectKeyFromObject(object), object))
}

// storePair writes a pair into the Secret "tls".
func storePair(ctx context.Context, namespace string, pair testcerts.Pair) {
	GinkgoHelper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tls"}}
	data := map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM}
	if err := kube.Get(ctx, client.ObjectKeyFromObject(secret), secret); err == nil {
		secret.Data = data
		Expect(kube.Update(ctx, secret)).To(Succeed())
		return
	}
	secret.Data = data
	Expect(kube.Create(ctx, secret)).To(Succeed())
}

// haveCondition matches a DomainCertificate with a condition of this status and
// reason.
func haveCondition(kind string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(object *domaincertv1alpha1.DomainCertificate) []metav1.Condition { return object.Status.Conditions },
		containCondition(kind, status, reason))
}

// haveReady matches a provider that says this of its credentials.
func haveReady(status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(edge controllers.ProviderObject) []metav1.Condition { return edge.ProviderStatus().Conditions },
		containCondition("Ready", status, reason))
}

func containCondition(kind string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(conditions []metav1.Condition) *metav1.Condition {
		return meta.FindStatusCondition(conditions, kind)
	},
		gstruct.PointTo(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{"Status": Equal(status), "Reason": Equal(reason)})))
}

// refused matches an object that may not act, for this reason.
func refused(reason string) types.GomegaMatcher {
	return haveCondition("Accepted", metav1.ConditionFalse, reason)
}

// served matches an object whose certificate is in place.
func served() types.GomegaMatcher { return haveCondition("Ready", metav1.ConditionTrue, "Served") }

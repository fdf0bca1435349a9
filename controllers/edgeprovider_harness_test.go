package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
)

// everything is what any source of credentials looks for in a Secret.
var everything = map[string][]byte{
	"accessKeyID": []byte("id"), "accessKeySecret": []byte("secret"), "username": []byte("user"), "apiKey": []byte("key"),
}

// checks is one namespace of the real API server with a reconciler of
// EdgeProviders, whose account follows a script.
type checks struct {
	namespace string
	clock     *testclock.FakePassiveClock
	events    *recorder
	answers   *account
	// material is what the account was last opened with, and opened how often.
	material controllers.Material
	opened   int
	// tokens stands in for the API server where that is to fail; requests counts
	// those for tokens.
	tokens   interceptor.Funcs
	requests int

	connector  *controllers.Connector
	reconciler *controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]
}

func newChecks(ctx context.Context) *checks {
	GinkgoHelper()
	p := &checks{
		clock:   testclock.NewFakePassiveClock(time.Now().Truncate(time.Second)),
		events:  &recorder{},
		answers: &account{id: "1001"},
	}
	created := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "credentials-"}}
	Expect(kube.Create(ctx, created)).To(Succeed())
	p.namespace = created.Name
	p.tokens.SubResourceCreate = func(ctx context.Context, c client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
		p.requests++
		return c.SubResource(name).Create(ctx, object, body, options...)
	}
	p.connector = &controllers.Connector{
		Reader:           kube,
		Tokens:           p.tokenClient(),
		Budgets:          provider.NewBudgets(func(string) {}),
		ClusterNamespace: p.namespace,
		Permissions:      controllers.Permissions{AmbientCredentials: true},
		Products: map[string]controllers.Product{
			"Live": p.product(), "CDN": p.product(), "CDNPro": p.product("username", "apiKey"),
		},
	}
	p.reconciler = &controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
		Client: kube, Connector: p.connector, Recorder: p.events, Clock: p.clock, Ledger: controllers.NewLedger(),
	}
	return p
}

func (p *checks) product(keys ...string) controllers.Product {
	return controllers.Product{
		Quota:      provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
		SecretKeys: keys,
		Open: func(_ *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
			p.opened++
			p.material = material
			return p.answers, nil
		},
	}
}

func (p *checks) tokenClient() client.Client {
	GinkgoHelper()
	withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return interceptor.NewClient(withWatch, interceptor.Funcs{
		SubResourceCreate: func(ctx context.Context, c client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
			return p.tokens.SubResourceCreate(ctx, c, name, object, body, options...)
		},
	})
}

func (p *checks) create(ctx context.Context, spec domaincertv1alpha1.EdgeProviderSpec) {
	GinkgoHelper()
	Expect(kube.Create(ctx, &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "live"}, Spec: spec})).To(Succeed())
}

func (p *checks) store(ctx context.Context, values map[string][]byte) {
	GinkgoHelper()
	Expect(kube.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "credentials"}, Data: values})).To(Succeed())
}

// createServiceAccount makes the namespace's default ServiceAccount, which nobody
// does without a controller manager.
func (p *checks) createServiceAccount(ctx context.Context) {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "default"}}
	Expect(client.IgnoreAlreadyExists(kube.Create(ctx, account))).To(Succeed())
}

// requestTokensAs has tokens requested by a user who has no permissions yet.
func (p *checks) requestTokensAs(user string) {
	GinkgoHelper()
	config := rest.CopyConfig(kubeConfig)
	config.Impersonate.UserName = user
	operator, err := client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	p.tokens.SubResourceCreate = func(ctx context.Context, _ client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
		p.requests++
		return operator.SubResource(name).Create(ctx, object, body, options...)
	}
}

// grantTokens lets a user request tokens of one ServiceAccount.
func (p *checks) grantTokens(ctx context.Context, user, account string) {
	GinkgoHelper()
	named := metav1.ObjectMeta{Namespace: p.namespace, Name: "tokens"}
	Expect(kube.Create(ctx, &rbacv1.Role{ObjectMeta: named, Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{""}, Resources: []string{"serviceaccounts/token"}, ResourceNames: []string{account}, Verbs: []string{"create"},
	}}})).To(Succeed())
	Expect(kube.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: named,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: named.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
}

// check runs one reconcile that must not fail.
func (p *checks) check(ctx context.Context) *domaincertv1alpha1.EdgeProvider {
	GinkgoHelper()
	edge, err := p.tryCheck(ctx)
	Expect(err).NotTo(HaveOccurred())
	return edge
}

// tryCheck runs one reconcile, and returns the provider as it is afterwards.
func (p *checks) tryCheck(ctx context.Context) (*domaincertv1alpha1.EdgeProvider, error) {
	GinkgoHelper()
	name := keyOf(p.namespace, "live")
	_, err := reconcile.AsReconciler(kube, p.reconciler).Reconcile(ctx, reconcile.Request{NamespacedName: name})
	after := &domaincertv1alpha1.EdgeProvider{}
	Expect(kube.Get(ctx, name, after)).To(Succeed())
	return after, err
}

// later lets a regular check become due, and runs it.
func (p *checks) later(ctx context.Context) *domaincertv1alpha1.EdgeProvider {
	GinkgoHelper()
	p.clock.SetTime(p.clock.Now().Add(7 * time.Hour))
	return p.check(ctx)
}

// ready is what a provider says of itself, as "Status Reason".
func ready(edge *domaincertv1alpha1.EdgeProvider) string {
	GinkgoHelper()
	found := meta.FindStatusCondition(edge.Status.Conditions, "Ready")
	Expect(found).NotTo(BeNil())
	return string(found.Status) + " " + found.Reason
}

// specWith is a provider's spec with these credentials.
func specWith(credentials domaincertv1alpha1.AlibabaCloudCredentials) domaincertv1alpha1.EdgeProviderSpec {
	spec := liveSpec()
	spec.AlibabaCloud.Credentials = credentials
	return spec
}

// federatedBy are credentials by the token of a ServiceAccount.
func federatedBy(name string) domaincertv1alpha1.AlibabaCloudCredentials {
	return domaincertv1alpha1.AlibabaCloudCredentials{OIDC: &domaincertv1alpha1.OIDCCredentials{
		RoleARN: "acs:ram::1:role/x", OIDCProviderARN: "acs:ram::1:oidc-provider/x",
		ServiceAccountRef: &domaincertv1alpha1.ServiceAccountReference{Name: name},
	}}
}

package tenancy_test

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/edgesim"
)

// operator is the operator's reconcilers, which specs call themselves: what they
// have done is done when the call returns, and what they have not done stays so.
type operator struct {
	simulator *edgesim.Server
	quota     provider.Quota
	// seen is called whenever a provider was read.
	seen func()
	// woken are the objects whose turn has come.
	woken  chan string
	events *events.FakeRecorder
	clock  *testclock.FakePassiveClock

	connector    *controllers.Connector
	certificates *controllers.DomainCertificateReconciler
	namespaced   *controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]
	cluster      *controllers.EdgeProviderReconciler[*domaincertv1alpha1.ClusterEdgeProvider]
}

// newOperator starts an operator with these flags, and a cloud of its own. The
// flags of the operators in most specs allow nothing.
func newOperator(flags controllers.Permissions) *operator {
	GinkgoHelper()
	simulator, err := edgesim.Start(edgesim.Config{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(simulator.Close()).To(Succeed()) })
	o := &operator{
		simulator: simulator,
		quota:     provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
		clock:     testclock.NewFakePassiveClock(time.Now().Truncate(time.Second)),
	}
	o.restart(flags)
	return o
}

// restart makes an operator that remembers nothing, as a new process does.
func (o *operator) restart(flags controllers.Permissions) {
	GinkgoHelper()
	const many = 1000
	kube := asCache()
	woken := make(chan string, many)
	o.seen, o.woken, o.events = func() {}, woken, events.NewFakeRecorder(many)
	o.connector = &controllers.Connector{
		Reader: kube, Tokens: kube, Budgets: provider.NewBudgets(func(object string) { woken <- object }),
		ClusterNamespace: operatorNamespace, Permissions: flags,
	}
	o.connector.Products = o.products()
	ledger := controllers.NewLedger()
	o.certificates = &controllers.DomainCertificateReconciler{
		Client: kube, Reader: kube, Opener: o.connector, Prober: edgeprobe.Prober{}, Recorder: o.events, Clock: o.clock,
		Ledger: controllers.NewLedger(), Rechecker: &controllers.Rechecks{Ledger: ledger, Namespaced: &controllers.Waker{}, Cluster: &controllers.Waker{}},
	}
	o.namespaced = &controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
		Client: kube, Connector: o.connector, Recorder: o.events, Clock: o.clock, Ledger: ledger,
	}
	o.cluster = &controllers.EdgeProviderReconciler[*domaincertv1alpha1.ClusterEdgeProvider]{
		Client: kube, Connector: o.connector, Recorder: o.events, Clock: o.clock, Ledger: ledger,
	}
}

// cloud is the simulator's endpoint.
func (o *operator) cloud() string { return "http://" + o.simulator.APIAddress() }

// asCache stands in for the manager's client: it reads the API server directly, so
// that specs need not wait for a cache, and finds by index what a cache would.
func asCache() client.Client {
	GinkgoHelper()
	withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return interceptor.NewClient(withWatch, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			var asked client.ListOptions
			asked.ApplyOptions(options)
			if asked.FieldSelector == nil {
				return c.List(ctx, list, options...)
			}
			requirement := asked.FieldSelector.Requirements()[0]
			Expect(requirement.Field).To(Equal("domain"), "the only index that a reconcile uses")
			return c.List(ctx, list, client.MatchingFields{"spec.domainName": requirement.Value})
		},
	})
}

// check has a provider's credentials checked, and returns it as it is then.
func (o *operator) check(ctx context.Context, edge controllers.ProviderObject) controllers.ProviderObject {
	GinkgoHelper()
	key := client.ObjectKeyFromObject(edge)
	var err error
	if edge.GetNamespace() == "" {
		_, err = reconcile.AsReconciler(kube, o.cluster).Reconcile(ctx, reconcile.Request{NamespacedName: key})
	} else {
		_, err = reconcile.AsReconciler(kube, o.namespaced).Reconcile(ctx, reconcile.Request{NamespacedName: key})
	}
	Expect(err).NotTo(HaveOccurred())
	Expect(kube.Get(ctx, key, edge)).To(Succeed())
	return edge
}

// look reconciles an object once, and returns it as it is then, or as it was if it
// is gone.
func (o *operator) look(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) (*domaincertv1alpha1.DomainCertificate, reconcile.Result) {
	GinkgoHelper()
	key := client.ObjectKeyFromObject(object)
	result, err := reconcile.AsReconciler(o.certificates.Client, o.certificates).Reconcile(ctx, reconcile.Request{NamespacedName: key})
	Expect(err).NotTo(HaveOccurred())
	after := object.DeepCopy()
	Expect(client.IgnoreNotFound(kube.Get(ctx, key, after))).To(Succeed())
	return after, result
}

// tryLook is look where the reconcile may fail, to be tried again.
func (o *operator) tryLook(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	key := client.ObjectKeyFromObject(object)
	_, err := reconcile.AsReconciler(o.certificates.Client, o.certificates).Reconcile(ctx, reconcile.Request{NamespacedName: key})
	Expect(err).To(Or(Not(HaveOccurred()), MatchError(ContainSubstring("retrying"))))
	after := &domaincertv1alpha1.DomainCertificate{}
	Expect(kube.Get(ctx, key, after)).To(Succeed())
	return after
}

// tryCheck is check where the reconcile may fail, to be tried again.
func (o *operator) tryCheck(ctx context.Context, edge *domaincertv1alpha1.EdgeProvider) {
	GinkgoHelper()
	key := client.ObjectKeyFromObject(edge)
	_, err := reconcile.AsReconciler(kube, o.namespaced).Reconcile(ctx, reconcile.Request{NamespacedName: key})
	Expect(err).To(Or(Not(HaveOccurred()), MatchError(ContainSubstring("retrying"))))
	Expect(kube.Get(ctx, key, edge)).To(Succeed())
}

// settle reconciles an object, with time passing as asked for, until it asks for
// nothing soon.
func (o *operator) settle(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	const enough = 20
	for range enough {
		after, result := o.look(ctx, object)
		if result.RequeueAfter == 0 || result.RequeueAfter > time.Minute {
			return after
		}
		o.clock.SetTime(o.clock.Now().Add(result.RequeueAfter))
	}
	Fail("not settled")
	return nil
}

// settleWithin is settle for an object whose edge cannot be reached, which is tried
// again and again.
func (o *operator) settleWithin(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	const looks = 4
	for range looks {
		object = o.tryLook(ctx, object)
		o.clock.SetTime(o.clock.Now().Add(time.Second))
	}
	return object
}

// calls are those for a domain that one key made, or all if the key is empty.
func (o *operator) calls(key, domain string) []edgesim.Entry {
	var made []edgesim.Entry
	for _, entry := range o.simulator.Journal(edgesim.Query{Domain: onTheWire(domain)}) {
		if key == "" || entry.AccessKeyID == key {
			made = append(made, entry)
		}
	}
	return made
}

// changes are the calls that changed what is served for a domain, whoever made them.
func (o *operator) changes(domain string) []edgesim.Entry {
	var made []edgesim.Entry
	for _, entry := range o.simulator.Journal(edgesim.Query{Domain: onTheWire(domain)}) {
		if entry.Applied {
			made = append(made, entry)
		}
	}
	return made
}

// onTheWire is a domain in the cloud's notation.
func onTheWire(domain string) string { return strings.TrimPrefix(domain, "*") }

// createSecret makes a Secret.
func createSecret(ctx context.Context, namespace, name string, data map[string][]byte) {
	GinkgoHelper()
	secret := &corev1.Secret{Data: data}
	secret.Namespace, secret.Name = namespace, name
	Expect(kube.Create(ctx, secret)).To(Succeed())
}

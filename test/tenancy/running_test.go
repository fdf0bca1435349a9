package tenancy_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/edgesim"
)

// run runs the operator by itself in some namespaces until the spec ends.
func (o *operator) run(ctx context.Context, namespaces ...string) {
	GinkgoHelper()
	watched, yes := map[string]cache.Config{operatorNamespace: {}}, true
	for _, namespace := range namespaces {
		watched[namespace] = cache.Config{}
	}
	mgr, err := ctrl.NewManager(kubeConfig, ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"},
		Cache:      cache.Options{ReaderFailOnMissingInformer: true, DefaultNamespaces: watched},
		Controller: config.Controller{SkipNameValidation: &yes},
	})
	Expect(err).NotTo(HaveOccurred())
	Expect(controllers.IndexDomainCertificates(ctx, mgr.GetFieldIndexer())).To(Succeed())

	var certificates, cluster controllers.Waker
	ledger := controllers.NewLedger()
	o.connector.Reader, o.connector.Budgets = mgr.GetAPIReader(), provider.NewBudgets(certificates.WakeObject)
	options := controller.Options{MaxConcurrentReconciles: 4}
	Expect((&controllers.DomainCertificateReconciler{
		Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Opener: o.connector, Prober: edgeprobe.Prober{}, Recorder: mgr.GetEventRecorder("test"),
		Clock: clock.RealClock{}, Ledger: controllers.NewLedger(), Rechecker: &controllers.Rechecks{Ledger: ledger, Namespaced: &controllers.Waker{}, Cluster: &cluster},
	}).SetupWithManager(mgr, options, &certificates)).To(Succeed())
	Expect((&controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
		Client: mgr.GetClient(), Connector: o.connector, Recorder: mgr.GetEventRecorder("test"), Clock: clock.RealClock{}, Ledger: ledger,
	}).SetupWithManager(mgr, &domaincertv1alpha1.EdgeProvider{}, options, &controllers.Waker{})).To(Succeed())
	Expect((&controllers.EdgeProviderReconciler[*domaincertv1alpha1.ClusterEdgeProvider]{
		Client: mgr.GetClient(), Connector: o.connector, Recorder: mgr.GetEventRecorder("test"), Clock: clock.RealClock{}, Ledger: ledger,
	}).SetupWithManager(mgr, &domaincertv1alpha1.ClusterEdgeProvider{}, options, &cluster)).To(Succeed())

	running, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(running) }()
	DeferCleanup(func() {
		stop()
		Eventually(stopped).WithTimeout(30 * time.Second).Should(Receive(BeNil()))
	})
}

// now reads an object as it is at the moment.
func now(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) func() *domaincertv1alpha1.DomainCertificate {
	return func() *domaincertv1alpha1.DomainCertificate {
		found := &domaincertv1alpha1.DomainCertificate{}
		if err := kube.Get(ctx, client.ObjectKeyFromObject(object), found); err != nil {
			return &domaincertv1alpha1.DomainCertificate{}
		}
		return found
	}
}

var _ = Describe("An operator that runs by itself", func() {
	It("attack 66: notices that a label was taken away, and gives the domain to the next who may have it", func(ctx context.Context) {
		const domain = "a66.example.com"
		o, key := newOperator(controllers.Permissions{}), newKey()
		o.newAccount([]string{domain}, key)
		edge := o.newClusterEdge(ctx, key, rule("sport", domain))
		first, second := twoNamespaces(ctx)
		relabel(ctx, first, "team", "sport")
		relabel(ctx, second, "team", "sport")
		o.run(ctx, first, second)

		object := claim(ctx, first, domain, edge)
		Eventually(now(ctx, object)).Should(served())
		waiting := claim(ctx, second, domain, edge)
		Eventually(now(ctx, waiting)).Should(refused("Conflict"))

		relabel(ctx, first, "team", "news")
		Eventually(now(ctx, object)).Should(refused("DomainNotAllowed"))
		Eventually(now(ctx, waiting)).Should(served())
		Expect(o.simulator.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate"})).To(HaveLen(2), "one of each")
	})
})

package controllers_test

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

// live is an account at a scripted provider that refuses all but one key.
type live struct {
	*fake.Provider
	denied func() bool
}

func (l *live) Access(string) controllers.Access { return controllers.Access{Provider: l} }
func (l *live) Close()                           {}

// Observe and Deploy are refused like everything else.
func (l *live) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	if l.denied() {
		return provider.Observation{}, unknownKey()
	}
	return l.Provider.Observe(ctx, target)
}

func (l *live) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	if l.denied() {
		return provider.Handle{}, unknownKey()
	}
	return l.Provider.Deploy(ctx, target, bundle)
}

func unknownKey() *provider.Error {
	return &provider.Error{Kind: provider.Denied, Code: "InvalidAccessKeyId.NotFound", Account: true}
}

func (l *live) Identify(context.Context) (string, error) {
	if l.denied() {
		return "", unknownKey()
	}
	return "1001", nil
}

var _ = Describe("a running manager", func() {
	var (
		w        *world
		accepted atomic.Value
	)

	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		accepted.Store([]string{"right"})
		Expect(kube.Delete(ctx, &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "live"}})).To(Succeed())
		yes := true
		mgr, err := ctrl.NewManager(kubeConfig, ctrl.Options{
			Scheme:  scheme,
			Metrics: metricsserver.Options{BindAddress: "0"},
			Cache: cache.Options{
				ReaderFailOnMissingInformer: true,
				DefaultNamespaces:           map[string]cache.Config{w.namespace: {}},
			},
			Controller: config.Controller{SkipNameValidation: &yes},
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(controllers.IndexDomainCertificates(ctx, mgr.GetFieldIndexer())).To(Succeed())

		var certificates, namespaced, cluster controllers.Waker
		ledger := controllers.NewLedger()
		connector := &controllers.Connector{
			Reader:           mgr.GetAPIReader(),
			Budgets:          provider.NewBudgets(certificates.WakeObject),
			ClusterNamespace: w.namespace,
			Products: map[string]controllers.Product{"Live": {
				Quota:      provider.Quota{DeployPerSecond: 3, ObservePerSecond: 100},
				SecretKeys: []string{"accessKeyID", "accessKeySecret"},
				Open: func(_ *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
					key := string(material.Secret["accessKeySecret"])
					return &live{Provider: w.provider, denied: func() bool { return !slices.Contains(accepted.Load().([]string), key) }}, nil
				},
			}},
		}
		options := controller.Options{MaxConcurrentReconciles: 4}
		Expect((&controllers.DomainCertificateReconciler{
			Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Opener: connector, Prober: w.edge, Recorder: mgr.GetEventRecorder("test"),
			Clock: clock.RealClock{}, Ledger: controllers.NewLedger(),
			Rechecker: &controllers.Rechecks{Ledger: ledger, Namespaced: &namespaced, Cluster: &cluster},
		}).SetupWithManager(mgr, options, &certificates)).To(Succeed())
		Expect((&controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
			Client: mgr.GetClient(), Connector: connector, Recorder: mgr.GetEventRecorder("test"), Clock: clock.RealClock{}, Ledger: ledger,
		}).SetupWithManager(mgr, &domaincertv1alpha1.EdgeProvider{}, options, &namespaced)).To(Succeed())
		Expect((&controllers.EdgeProviderReconciler[*domaincertv1alpha1.ClusterEdgeProvider]{
			Client: mgr.GetClient(), Connector: connector, Recorder: mgr.GetEventRecorder("test"), Clock: clock.RealClock{}, Ledger: ledger,
		}).SetupWithManager(mgr, &domaincertv1alpha1.ClusterEdgeProvider{}, options, &cluster)).To(Succeed())

		running, stop := context.WithCancel(context.Background())
		stopped := make(chan error, 1)
		go func() { stopped <- mgr.Start(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(stopped).WithTimeout(30 * time.Second).Should(Receive(BeNil()))
		})
	})

	credentials := func(ctx context.Context, key string) {
		GinkgoHelper()
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "credentials"}}
		exists := kube.Get(ctx, client.ObjectKeyFromObject(secret), secret) == nil
		secret.Data = map[string][]byte{"accessKeyID": []byte("id"), "accessKeySecret": []byte(key)}
		if exists {
			Expect(kube.Update(ctx, secret)).To(Succeed())
			return
		}
		Expect(kube.Create(ctx, secret)).To(Succeed())
	}
	createEdge := func(ctx context.Context) {
		GinkgoHelper()
		Expect(kube.Create(ctx, &domaincertv1alpha1.EdgeProvider{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "live"}, Spec: liveSpec(),
		})).To(Succeed())
	}
	now := func(ctx context.Context, name string) func() *domaincertv1alpha1.DomainCertificate {
		return func() *domaincertv1alpha1.DomainCertificate {
			object := &domaincertv1alpha1.DomainCertificate{}
			if err := kube.Get(ctx, keyOf(w.namespace, name), object); err != nil {
				return &domaincertv1alpha1.DomainCertificate{}
			}
			return object
		}
	}

	It("is woken by everything that an object waits for, in whatever order it comes", func(ctx context.Context) {
		w.create(ctx)
		Eventually(now(ctx, "live")).Should(haveCondition("Accepted", metav1.ConditionFalse, "ProviderNotFound"))
		createEdge(ctx)
		Eventually(now(ctx, "live")).Should(haveCondition("Accepted", metav1.ConditionFalse, "ProviderNotReady"))
		credentials(ctx, "wrong")
		credentials(ctx, "right")
		Eventually(now(ctx, "live")).WithTimeout(5*time.Second).Should(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"),
			"a rotated key takes effect within five seconds")
		w.store(ctx, w.issue(2))
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		renewed := w.issue(1)
		w.store(ctx, renewed)
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(And(
			haveCondition("Ready", metav1.ConditionTrue, "Served"),
			HaveField("Status.Provider.Fingerprint", renewed.Fingerprint)))
		Expect(w.deployed()).To(HaveLen(2))
		object := now(ctx, "live")()
		w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "now")
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(HaveField("Status.LastHandledReconcileAt", "now"))
	})

	It("takes a rotated key within five seconds, and no object fails meanwhile", func(ctx context.Context) {
		createEdge(ctx)
		credentials(ctx, "right")
		w.store(ctx, w.issue(2))
		w.create(ctx)
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		watching, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		seen, err := watching.Watch(ctx, &domaincertv1alpha1.DomainCertificateList{}, client.InNamespace(w.namespace))
		Expect(err).NotTo(HaveOccurred())
		defer seen.Stop()

		accepted.Store([]string{"right", "newer"})
		credentials(ctx, "newer")
		accepted.Store([]string{"newer"}) // the one before is revoked at once
		renewed := w.issue(1)
		w.store(ctx, renewed)
		for {
			var change watch.Event
			Eventually(seen.ResultChan()).WithTimeout(5 * time.Second).Should(Receive(&change))
			object, ok := change.Object.(*domaincertv1alpha1.DomainCertificate)
			Expect(ok).To(BeTrue())
			Expect(meta.IsStatusConditionTrue(object.Status.Conditions, "Ready")).To(BeTrue())
			Expect(object).To(haveNoCondition("Stalled"))
			if object.Status.Provider.Fingerprint == renewed.Fingerprint {
				break
			}
		}
		Expect(w.deployed()).To(HaveLen(2))
	})

	It("hands a domain over when its owner goes", func(ctx context.Context) {
		createEdge(ctx)
		credentials(ctx, "right")
		w.store(ctx, w.issue(2))
		first := w.create(ctx)
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Name = "live-copy" })
		Eventually(now(ctx, "live-copy")).Should(haveCondition("Accepted", metav1.ConditionFalse, "Conflict"))
		Expect(kube.Delete(ctx, first)).To(Succeed())
		Eventually(now(ctx, "live-copy")).WithTimeout(2 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("hands a domain over when its owner may not have it any more, and back", func(ctx context.Context) {
		createEdge(ctx)
		credentials(ctx, "right")
		Expect(kube.Create(ctx, &domaincertv1alpha1.EdgeProvider{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "same-account"}, Spec: liveSpec(),
		})).To(Succeed())
		w.store(ctx, w.issue(2))
		w.create(ctx)
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Name, o.Spec.ProviderRef.Name = "live-other", "same-account"
		})
		Eventually(now(ctx, "live-other")).WithTimeout(5 * time.Second).Should(haveCondition("Accepted", metav1.ConditionFalse, "Conflict"))

		allow := func(domains ...string) {
			edge := &domaincertv1alpha1.EdgeProvider{}
			Eventually(func() error {
				Expect(kube.Get(ctx, keyOf(w.namespace, "live"), edge)).To(Succeed())
				edge.Spec.AllowedDomains = domains
				return kube.Update(ctx, edge)
			}).Should(Succeed())
		}
		allow("*.example.net")
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(haveCondition("Accepted", metav1.ConditionFalse, "DomainNotAllowed"))
		Eventually(now(ctx, "live-other")).WithTimeout(5 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		allow("*.example.com")
		Eventually(now(ctx, "live")).WithTimeout(5 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Eventually(now(ctx, "live-other")).WithTimeout(5 * time.Second).Should(haveCondition("Accepted", metav1.ConditionFalse, "Conflict"))
	})

	It("serves everyone in a line that is longer than the quota", func(ctx context.Context) {
		createEdge(ctx)
		credentials(ctx, "right")
		const objects = 7
		for i := range objects {
			name := string(rune('a'+i)) + ".example.com"
			w.provider.AddDomain(name)
			pair := ca.Issue(testOptions(name))
			Expect(kube.Create(ctx, &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
				Data:       data(pair.CertificatePEM, pair.KeyPEM),
			})).To(Succeed())
			w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
				o.Name, o.Spec.DomainName, o.Spec.SecretRef.Name = name, name, name
			})
		}
		for i := range objects {
			Eventually(now(ctx, string(rune('a'+i))+".example.com")).WithTimeout(20 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		}
		Expect(w.deployed()).To(HaveLen(objects))
	})

	It("lets nobody wait for the turns of those who are gone", func(ctx context.Context) {
		createEdge(ctx)
		credentials(ctx, "right")
		prepare := func(name string) {
			w.provider.AddDomain(name)
			pair := ca.Issue(testOptions(name))
			Expect(kube.Create(ctx, &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
				Data:       data(pair.CertificatePEM, pair.KeyPEM),
			})).To(Succeed())
			w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
				o.Name, o.Spec.DomainName, o.Spec.SecretRef.Name = name, name, name
			})
		}
		const objects = 12
		for i := range objects {
			prepare(string(rune('a'+i)) + ".example.com")
		}
		Eventually(w.deployed).WithTimeout(10 * time.Second).ShouldNot(BeEmpty())
		Expect(kube.DeleteAllOf(ctx, &domaincertv1alpha1.DomainCertificate{}, client.InNamespace(w.namespace))).To(Succeed())
		prepare("last.example.com")
		Eventually(now(ctx, "last.example.com")).WithTimeout(10 * time.Second).Should(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})
})

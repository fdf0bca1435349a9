package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	controllermetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// stopTimeout is how long running reconciles may take to end after a
	// signal; a Pod's grace period must be longer.
	stopTimeout = 25 * time.Second
	// reconcileTimeout of one reconcile; every call in it has a shorter one.
	reconcileTimeout = 90 * time.Second
	// syncTimeout of the first lists; the operator ends after it and is restarted.
	syncTimeout = 5 * time.Minute
	// readyTimeout of one ready probe.
	readyTimeout = time.Second
)

// useLogger makes the flags' logger everybody's. klog gets one that is fixed at
// info: at higher levels client-go describes requests.
func useLogger(o *options, output io.Writer) {
	ctrl.SetLogger(o.logger(output))
	quiet := *o
	quiet.logLevel = "info"
	klog.SetLogger(quiet.logger(output).WithName("client"))
}

// newManager puts the operator together.
func newManager(ctx context.Context, o *options, held *lease, failpoints failpoint.Points) (ctrl.Manager, error) {
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w; set --kubeconfig or KUBECONFIG, or run inside a cluster", err)
	}
	cluster.UserAgent = "domaincert/" + version
	settings := managerOptions(o)
	settings.LeaderElectionConfig = rest.CopyConfig(cluster)
	settings.LeaderElectionConfig.Wrap(held.watchElector)
	cluster.Wrap(held.guardCluster)
	mgr, err := ctrl.NewManager(cluster, settings)
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	if err := addReconcilers(ctx, mgr, o, held, failpoints); err != nil {
		return nil, err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return nil, fmt.Errorf("add the health check: %w", err)
	}
	if err := mgr.AddReadyzCheck("caches", cachesReady(mgr.GetCache())); err != nil {
		return nil, fmt.Errorf("add the ready check: %w", err)
	}
	return mgr, nil
}

// cachesReady reports ready once everything that is watched was listed: a
// standby counts as well, since it watches from the start.
func cachesReady(caches cache.Cache) healthz.Checker {
	return func(request *http.Request) error {
		ctx, cancel := context.WithTimeout(request.Context(), readyTimeout)
		defer cancel()
		if !caches.WaitForCacheSync(ctx) {
			return errors.New("the caches have not synced yet; are the CRDs installed?")
		}
		return nil
	}
}

func managerOptions(o *options) ctrl.Options {
	yes := true
	grace, duration, deadline, retry := stopTimeout, leaseDuration, leaseDeadline, leaseRetry
	return ctrl.Options{
		Scheme:                        newScheme(),
		Metrics:                       metricsOptions(o),
		HealthProbeBindAddress:        o.healthAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "domaincert.domaincert.io",
		LeaderElectionNamespace:       o.leaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true, // main returns as soon as the manager has stopped
		LeaseDuration:                 &duration,
		RenewDeadline:                 &deadline,
		RetryPeriod:                   &retry,
		GracefulShutdownTimeout:       &grace,
		Cache:                         cacheOptions(o),
		Controller: config.Controller{
			EnableWarmup:          &yes,
			ReconciliationTimeout: reconcileTimeout,
			CacheSyncTimeout:      syncTimeout,
		},
	}
}

// cacheOptions keeps the cache small and free of keys: of Secrets only the
// metadata is watched, without annotations, since a Secret that was applied by
// kubectl carries a copy of itself in one of them. An attempt to read a body
// from the cache is an error instead of a watch on all of them, and so is any
// attempt to read a Secret from it where they are not watched.
func cacheOptions(o *options) cache.Options {
	secrets := cache.ByObject{Transform: bare}
	options := cache.Options{
		ReaderFailOnMissingInformer: true,
		NewInformer:                 newInformer,
		DefaultTransform:            cache.TransformStripManagedFields(),
	}
	if namespaces := o.namespaces(); len(namespaces) > 0 {
		options.DefaultNamespaces = map[string]cache.Config{}
		// The credentials of ClusterEdgeProviders lie in the operator's namespace.
		secrets.Namespaces = map[string]cache.Config{o.clusterNamespace: {}}
		for _, name := range namespaces {
			options.DefaultNamespaces[name] = cache.Config{}
			secrets.Namespaces[name] = cache.Config{}
		}
	}
	if !o.secrets().Watches() {
		return options
	}
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	options.ByObject = map[client.Object]cache.ByObject{metadata: secrets}
	return options
}

// bare drops from an object's metadata what nobody reads.
func bare(object any) (any, error) {
	if metadata, ok := object.(metav1.Object); ok {
		metadata.SetManagedFields(nil)
		metadata.SetAnnotations(nil)
		metadata.SetLabels(nil)
	}
	return object, nil
}

func metricsOptions(o *options) metricsserver.Options {
	options := metricsserver.Options{
		BindAddress:   o.metricsAddress,
		SecureServing: o.metricsSecure,
		CertDir:       o.metricsCertificates,
		TLSOpts:       []func(*tls.Config){func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 }},
	}
	if o.metricsSecure {
		options.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return options
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(domaincertv1alpha1.AddToScheme(scheme))
	return scheme
}

// addReconcilers wires the three kinds to each other and to the providers.
func addReconcilers(ctx context.Context, mgr ctrl.Manager, o *options, held *lease, failpoints failpoint.Points) error {
	var certificates, namespaced, cluster controllers.Waker
	budgets, domains, ledger := provider.NewBudgets(certificates.WakeObject), controllers.NewLedger(), controllers.NewLedger()
	requests, err := registerMetrics(mgr, o, budgets, domains)
	if err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	// The first thing that asks the API server anything.
	if err := controllers.IndexDomainCertificates(ctx, mgr.GetFieldIndexer()); err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	rechecks := &controllers.Rechecks{Ledger: ledger, Namespaced: &namespaced, Cluster: &cluster}
	connector := &controllers.Connector{
		Reader:           mgr.GetAPIReader(),
		Tokens:           mgr.GetClient(),
		Products:         held.guardProducts(products(requests)),
		Budgets:          budgets,
		ClusterNamespace: o.clusterNamespace,
		Secrets:          o.secrets(),
		Changed:          rechecks.Look,
		Permissions:      o.permissions,
	}
	recorder := mgr.GetEventRecorder("domaincert")

	if err := (&controllers.DomainCertificateReconciler{
		Client:     mgr.GetClient(),
		Reader:     mgr.GetAPIReader(),
		Opener:     connector,
		Prober:     edgeprobe.Prober{AllowPrivate: o.allowPrivateEdges},
		Recorder:   recorder,
		Clock:      clock.RealClock{},
		Ledger:     domains,
		Rechecker:  rechecks,
		Failpoints: failpoints,
		Secrets:    o.secrets(),
		Namespaces: o.namespaces(),
	}).SetupWithManager(mgr, controllerOptions(o.concurrency), &certificates); err != nil {
		return err
	}
	if err := (&controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
		Client: mgr.GetClient(), Connector: connector, Recorder: recorder, Clock: clock.RealClock{}, Ledger: ledger,
	}).SetupWithManager(mgr, &domaincertv1alpha1.EdgeProvider{}, controllerOptions(checkers), &namespaced); err != nil {
		return err
	}
	return (&controllers.EdgeProviderReconciler[*domaincertv1alpha1.ClusterEdgeProvider]{
		Client: mgr.GetClient(), Connector: connector, Recorder: recorder, Clock: clock.RealClock{}, Ledger: ledger,
	}).SetupWithManager(mgr, &domaincertv1alpha1.ClusterEdgeProvider{}, controllerOptions(checkers), &cluster)
}

// registerMetrics registers what is told of accounts and objects, and returns those
// of requests.
func registerMetrics(mgr ctrl.Manager, o *options, budgets *provider.Budgets, domains *controllers.Ledger) (*metrics.Requests, error) {
	collectors := []prometheus.Collector{metrics.NewAccounts(budgets.States, domains.DriftRepairs)}
	if o.perObjectMetrics {
		collectors = append(collectors, metrics.NewObjects(mgr.GetClient(), mgr.GetLogger()))
	}
	for _, collector := range collectors {
		if err := controllermetrics.Registry.Register(collector); err != nil {
			return nil, err
		}
	}
	return metrics.NewRequests(controllermetrics.Registry)
}

// checkers are how many providers of a kind have their credentials checked at the
// same time. A check waits for hardly anything but the provider, and for one that does
// not answer 15 s: one after the other, a few of those would keep rotated credentials
// of all others from being used.
const checkers = 16

// controllerOptions of one controller.
func controllerOptions(workers int) controller.Options {
	return controller.Options{MaxConcurrentReconciles: workers, RateLimiter: controllers.NewBackoff()}
}

// wrapCore is zap's WrapCore under a name that does not clash.
func wrapCore(wrap func(zapcore.Core) zapcore.Core) zap.Option { return zap.WrapCore(wrap) }

package lockstep

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
)

// Options say what an operator runs on.
type Options struct {
	// API server that it writes to, and reads uncached.
	API API
	// Cache that it reads; a new operator begins with what is in it.
	Cache *Cache
	// Products that it can serve.
	Products map[string]controllers.Product
	// Prober asks edges.
	Prober controllers.Prober
	// Intercept decides what each effect comes to.
	Intercept Intercept
	// ClusterNamespace is where the credentials of ClusterEdgeProviders lie.
	ClusterNamespace string
	// Sleep lets time pass.
	Sleep func(time.Duration)
}

// Operator is one life of the operator, from its start to its death.
type Operator struct {
	options      Options
	queue        *queue
	certificates *controllers.DomainCertificateReconciler
	namespaced   reconcile.Reconciler
	cluster      reconcile.Reconciler
	// reconciles is how many there were.
	reconciles int
}

// Start begins a life: everything that is in the cache is due.
func Start(options Options) *Operator {
	o := &Operator{options: options, queue: newQueue()}
	cached := &operatorClient{cache: options.Cache, api: options.API, intercept: options.Intercept}
	reader := &operatorReader{api: options.API, intercept: options.Intercept}
	recorder := &operatorRecorder{intercept: options.Intercept}
	ledger := controllers.NewLedger()
	connector := &controllers.Connector{
		Reader: reader, Products: options.Products, Budgets: provider.NewBudgets(o.wake), ClusterNamespace: options.ClusterNamespace,
		Permissions: controllers.Permissions{InsecureEndpoints: true, NamespacedEndpoints: true},
	}
	o.certificates = &controllers.DomainCertificateReconciler{
		Client: cached, Reader: reader, Opener: connector, Prober: options.Prober, Recorder: recorder, Clock: clock.RealClock{},
		Ledger:    controllers.NewLedger(),
		Rechecker: &rechecks{operator: o, Rechecks: controllers.Rechecks{Ledger: ledger, Namespaced: &controllers.Waker{}, Cluster: &controllers.Waker{}}},
	}
	o.namespaced = reconcile.AsReconciler(cached, &controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
		Client: cached, Connector: connector, Recorder: recorder, Clock: clock.RealClock{}, Ledger: ledger,
	})
	o.cluster = reconcile.AsReconciler(cached, &controllers.EdgeProviderReconciler[*domaincertv1alpha1.ClusterEdgeProvider]{
		Client: cached, Connector: connector, Recorder: recorder, Clock: clock.RealClock{}, Ledger: ledger,
	})
	for _, kind := range []Kind{EdgeProviders, ClusterEdgeProviders, DomainCertificates} {
		for _, object := range options.Cache.all(kind) {
			o.queue.add(requestFor(kind, object), time.Now())
		}
	}
	return o
}

// wake is told by the budgets whose turn has come.
func (o *Operator) wake(object string) {
	namespace, name, _ := strings.Cut(object, "/")
	o.queue.add(Request{DomainCertificates, types.NamespacedName{Namespace: namespace, Name: name}}, time.Now())
}

// rechecks are the operator's own, and wake what they make due.
type rechecks struct {
	controllers.Rechecks
	operator *Operator
}

// Recheck implements controllers.Rechecker.
func (r *rechecks) Recheck(edge controllers.ProviderObject, now time.Time) {
	r.Rechecks.Recheck(edge, now)
	r.operator.queue.add(requestFor(kindOf(edge), edge), now)
}

// Uploaded implements controllers.Rechecker.
func (r *rechecks) Uploaded(edge controllers.ProviderObject, now time.Time) {
	r.Rechecks.Uploaded(edge, now)
	r.operator.queue.add(requestFor(kindOf(edge), edge), now)
}

// CatchUp shows the operator what has changed in the cluster.
func (o *Operator) CatchUp(ctx context.Context) error {
	changes, err := o.options.Cache.CatchUp(ctx)
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	for _, change := range changes {
		for _, request := range concerned(o.options.Cache, change) {
			o.queue.add(request, time.Now())
		}
	}
	return nil
}

// Reconciles is how many reconciles there were in this life.
func (o *Operator) Reconciles() int { return o.reconciles }

// Due is when the next reconcile is due; false if nothing is.
func (o *Operator) Due() (time.Time, bool) {
	_, at, ok := o.queue.next()
	return at, ok
}

// Step shows the operator what has changed, lets time pass until something is due,
// and reconciles that. It does nothing, and reports false, if nothing is due by the
// deadline. The error is [ErrKilled] where an effect has killed the operator.
func (o *Operator) Step(ctx context.Context, deadline time.Time) (bool, error) {
	if err := o.CatchUp(ctx); err != nil {
		return false, err
	}
	request, at, ok := o.queue.next()
	if !ok || at.After(deadline) {
		return false, nil
	}
	if wait := time.Until(at); wait > 0 {
		o.options.Sleep(wait)
		// A turn may have come meanwhile, of somebody who goes first.
		request, _, _ = o.queue.next()
	}
	o.queue.take(request)
	o.reconciles++
	return true, o.reconcile(ctx, request)
}

// ErrKilled is what a step returns in which the operator was killed.
var ErrKilled = errors.New("the operator was killed")

// reconcile runs one reconcile, and queues what it asks for.
func (o *Operator) reconcile(ctx context.Context, request Request) (err error) {
	defer func() {
		switch found := recover().(type) {
		case nil:
		case Killed:
			err = ErrKilled
		default:
			panic(found)
		}
	}()
	result, failure := o.reconciler(request.Kind).Reconcile(ctx, reconcile.Request{NamespacedName: request.NamespacedName})
	switch {
	case failure != nil:
		o.queue.add(request, time.Now().Add(o.queue.backoff.When(request)))
	case result.RequeueAfter > 0:
		o.queue.backoff.Forget(request)
		o.queue.add(request, time.Now().Add(result.RequeueAfter))
	default:
		o.queue.backoff.Forget(request)
	}
	return nil
}

func (o *Operator) reconciler(kind Kind) reconcile.Reconciler {
	switch kind {
	case EdgeProviders:
		return o.namespaced
	case ClusterEdgeProviders:
		return o.cluster
	default:
		return reconcile.Func(o.reconcileCertificate)
	}
}

// reconcileCertificate reads an object as the operator's own queue does. One that is
// gone leaves all lines.
func (o *Operator) reconcileCertificate(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	object := &domaincertv1alpha1.DomainCertificate{}
	err := o.certificates.Client.Get(ctx, request.NamespacedName, object)
	switch {
	case apierrors.IsNotFound(err):
		o.certificates.Opener.Leave(request.String())
		return reconcile.Result{}, nil
	case err != nil:
		return reconcile.Result{}, err
	}
	return o.certificates.Reconcile(ctx, object)
}

var _ client.Reader = (*Cache)(nil)

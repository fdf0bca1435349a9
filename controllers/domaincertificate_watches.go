package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// Indexes of the DomainCertificates in the cache. What lies in a namespace has
// it in its key: a list within a namespace that the operator was not told to
// watch is an error, and events come from any.
const (
	namespaceIndex   = "namespace"
	domainIndex      = "domain"
	secretIndex      = "secret"
	certificateIndex = "certificate"
	providerIndex    = "provider"
)

// anyCertificate is under certificateIndex whoever names a Certificate. No object
// of Kubernetes can have this name.
const anyCertificate = "*"

// IndexDomainCertificates adds the indexes that the reconcilers look things up
// by.
func IndexDomainCertificates(ctx context.Context, indexer client.FieldIndexer) error {
	indexes := map[string]func(*domaincertv1alpha1.DomainCertificate) []string{
		namespaceIndex:   func(object *domaincertv1alpha1.DomainCertificate) []string { return []string{object.Namespace} },
		domainIndex:      func(object *domaincertv1alpha1.DomainCertificate) []string { return []string{object.Spec.DomainName} },
		secretIndex:      secretsOf,
		certificateIndex: certificatesOf,
		providerIndex:    func(object *domaincertv1alpha1.DomainCertificate) []string { return []string{providerIndexKey(object)} },
	}
	for name, keys := range indexes {
		err := indexer.IndexField(ctx, &domaincertv1alpha1.DomainCertificate{}, name, func(object client.Object) []string {
			certificate, ok := object.(*domaincertv1alpha1.DomainCertificate)
			if !ok {
				return nil
			}
			return keys(certificate)
		})
		if err != nil {
			return fmt.Errorf("index DomainCertificates by %s: %w", name, err)
		}
	}
	return nil
}

// secretsOf are the Secrets whose change concerns an object: the one it names,
// or the one that was last read for the Certificate it names. Until that one is
// known it is taken to have the Certificate's name, as most have.
func secretsOf(object *domaincertv1alpha1.DomainCertificate) []string {
	switch {
	case object.Spec.ProviderCertificate != nil:
		return nil
	case object.Spec.SecretRef != nil:
		return []string{indexKey(object.Namespace, object.Spec.SecretRef.Name)}
	case object.Status.Source != nil && object.Status.Source.SecretName != "":
		return []string{indexKey(object.Namespace, object.Status.Source.SecretName)}
	case object.Spec.CertificateRef != nil:
		return []string{indexKey(object.Namespace, object.Spec.CertificateRef.Name)}
	default:
		return nil
	}
}

// certificatesOf is the Certificate that an object names.
func certificatesOf(object *domaincertv1alpha1.DomainCertificate) []string {
	if object.Spec.CertificateRef == nil {
		return nil
	}
	return []string{indexKey(object.Namespace, object.Spec.CertificateRef.Name), anyCertificate}
}

// indexKey is something in a namespace.
func indexKey(namespace, name string) string { return namespace + "/" + name }

// providerIndexKey names an object's provider in the index.
func providerIndexKey(object *domaincertv1alpha1.DomainCertificate) string {
	return string(object.Spec.ProviderRef.Kind) + "/" + providerKey(object).String()
}

// SetupWithManager adds the reconciler to a manager. IndexDomainCertificates
// must have been called.
func (r *DomainCertificateReconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options, waker *Waker) error {
	cluster, err := dynamic.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	changedProvider := builder.WithPredicates(predicate.Funcs{UpdateFunc: providerChanged})
	controlled := ctrl.NewControllerManagedBy(mgr).
		For(&domaincertv1alpha1.DomainCertificate{}, builder.WithPredicates(specOrAnnotationsChanged())).
		Watches(&domaincertv1alpha1.DomainCertificate{}, r.siblings()).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.ofNamespace), builder.WithPredicates(predicate.LabelChangedPredicate{})).
		Watches(&domaincertv1alpha1.EdgeProvider{}, handler.EnqueueRequestsFromMapFunc(r.ofProvider(domaincertv1alpha1.EdgeProviderKind)), changedProvider).
		Watches(&domaincertv1alpha1.ClusterEdgeProvider{}, handler.EnqueueRequestsFromMapFunc(r.ofProvider(domaincertv1alpha1.ClusterEdgeProviderKind)), changedProvider).
		WatchesRawSource(r.ofCertificates(cluster)).
		WatchesRawSource(waker.source()).
		WithOptions(options)
	if r.Secrets.Watches() {
		controlled = controlled.WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.ofSecret))
	}
	if err := controlled.Complete(reconcile.Func(r.reconcileName)); err != nil {
		return fmt.Errorf("set up the DomainCertificate controller: %w", err)
	}
	return nil
}

// reconcileName reconciles the object of a name. One that is gone leaves the
// lines here and not when it is deleted, since the last reconcile of it may still
// have joined one then.
func (r *DomainCertificateReconciler) reconcileName(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	object := &domaincertv1alpha1.DomainCertificate{}
	err := r.Client.Get(ctx, request.NamespacedName, object)
	switch {
	case apierrors.IsNotFound(err):
		r.Opener.Leave(request.String())
		return reconcile.Result{}, nil
	case err != nil:
		return reconcile.Result{}, fmt.Errorf("read the object: %w", err)
	}
	return r.Reconcile(ctx, object)
}

// specOrAnnotationsChanged lets through what can change a decision. The
// reconciler's own status writes are not among it.
func specOrAnnotationsChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{},
		predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetDeletionTimestamp().IsZero() != e.ObjectNew.GetDeletionTimestamp().IsZero()
		}})
}

// siblings wakes the other objects of a domain when one of them comes or goes:
// the next in line takes over.
func (r *DomainCertificateReconciler) siblings() handler.EventHandler {
	type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if !e.IsInInitialList {
				r.enqueueSiblings(ctx, e.Object, q)
			}
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) {
			r.Ledger.forget(e.Object.GetUID())
			r.enqueueSiblings(ctx, e.Object, q)
		},
	}
}

func (r *DomainCertificateReconciler) enqueueSiblings(ctx context.Context, object client.Object, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	certificate, ok := object.(*domaincertv1alpha1.DomainCertificate)
	if !ok {
		return
	}
	for _, sibling := range r.list(ctx, client.MatchingFields{domainIndex: certificate.Spec.DomainName}) {
		if sibling.UID != certificate.UID {
			queue.Add(requestFor(&sibling))
		}
	}
}

// ofSecret are the objects that deploy a Secret.
func (r *DomainCertificateReconciler) ofSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	found := r.list(ctx, client.MatchingFields{secretIndex: indexKey(secret.GetNamespace(), secret.GetName())})
	requests := make([]reconcile.Request, 0, len(found))
	for i := range found {
		requests = append(requests, requestFor(&found[i]))
	}
	return requests
}

// ofNamespace are the objects of a namespace whose labels have changed.
func (r *DomainCertificateReconciler) ofNamespace(ctx context.Context, namespace client.Object) []reconcile.Request {
	return r.withSiblings(ctx, r.list(ctx, client.MatchingFields{namespaceIndex: namespace.GetName()}))
}

// ofProvider are the objects that use a provider.
func (r *DomainCertificateReconciler) ofProvider(kind domaincertv1alpha1.ProviderKind) handler.MapFunc {
	return func(ctx context.Context, edge client.Object) []reconcile.Request {
		key := types.NamespacedName{Namespace: edge.GetNamespace(), Name: edge.GetName()}
		return r.withSiblings(ctx, r.list(ctx, client.MatchingFields{providerIndex: string(kind) + "/" + key.String()}))
	}
}

// withSiblings are some objects and the others of their domains, whatever
// provider or namespace those have: a domain that one of them has lost, or turns
// out to have, is another one's to take or to leave.
func (r *DomainCertificateReconciler) withSiblings(ctx context.Context, objects []domaincertv1alpha1.DomainCertificate) []reconcile.Request {
	requests := make([]reconcile.Request, 0, len(objects))
	for i := range objects {
		siblings := r.list(ctx, client.MatchingFields{domainIndex: objects[i].Spec.DomainName})
		for j := range siblings {
			requests = append(requests, requestFor(&siblings[j]))
		}
	}
	return requests
}

// list returns the objects that match, which are the cache's own. The cache
// cannot fail but for a missing index, which every start of the operator would
// show.
func (r *DomainCertificateReconciler) list(ctx context.Context, options ...client.ListOption) []domaincertv1alpha1.DomainCertificate {
	var found domaincertv1alpha1.DomainCertificateList
	if err := r.Client.List(ctx, &found, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "list DomainCertificates from the cache")
		return nil
	}
	return found.Items
}

func requestFor(object client.Object) reconcile.Request {
	return reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)}
}

// providerChanged reports whether a provider's change can matter to those who
// use it.
func providerChanged(e event.UpdateEvent) bool {
	before, ok := e.ObjectOld.(ProviderObject)
	after, alsoOK := e.ObjectNew.(ProviderObject)
	if !ok || !alsoOK {
		return false
	}
	return before.GetGeneration() != after.GetGeneration() ||
		verdictOn(before) != verdictOn(after) ||
		!equality.Semantic.DeepEqual(before.ProviderStatus().ObservedGeneration, after.ProviderStatus().ObservedGeneration) ||
		before.ProviderStatus().AccountID != after.ProviderStatus().AccountID ||
		!equality.Semantic.DeepEqual(before.ProviderStatus().Credentials, after.ProviderStatus().Credentials)
}

// verdict is what the status of an object says of its provider.
type verdict struct {
	status  metav1.ConditionStatus
	reason  string
	stalled bool
}

func verdictOn(edge ProviderObject) verdict {
	conditions := edge.ProviderStatus().Conditions
	found := verdict{stalled: meta.IsStatusConditionTrue(conditions, domaincertv1alpha1.StalledCondition)}
	if ready := meta.FindStatusCondition(conditions, domaincertv1alpha1.ReadyCondition); ready != nil {
		found.status, found.reason = ready.Status, ready.Reason
	}
	return found
}

package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// SetupWithManager adds the reconciler of one of the two kinds to a manager.
// blank is an empty object of that kind.
func (r *EdgeProviderReconciler[P]) SetupWithManager(mgr ctrl.Manager, blank P, options controller.Options, waker *Waker) error {
	forget := predicate.Funcs{
		DeleteFunc: func(e event.DeleteEvent) bool {
			r.Ledger.forget(e.Object.GetUID())
			r.Connector.Forget(e.Object.GetUID())
			return false
		},
	}
	controlled := ctrl.NewControllerManagedBy(mgr).
		For(blank, builder.WithPredicates(predicate.GenerationChangedPredicate{}, forget)).
		WatchesRawSource(waker.source()).
		WithOptions(options)
	if r.Connector.Secrets.Watches() {
		controlled = controlled.WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.ofSecret))
	}
	if err := controlled.Complete(reconcile.AsReconciler(mgr.GetClient(), r)); err != nil {
		return fmt.Errorf("set up the controller of providers: %w", err)
	}
	return nil
}

// ofSecret are the providers whose credentials lie in a Secret.
func (r *EdgeProviderReconciler[P]) ofSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	edges, err := r.list(ctx, secret.GetNamespace())
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "list providers from the cache")
		return nil
	}
	var requests []reconcile.Request
	for _, edge := range edges {
		if r.Connector.credentialsKey(edge) == client.ObjectKeyFromObject(secret) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(edge)})
		}
	}
	return requests
}

// list returns the providers of this reconciler's kind that may have their
// credentials in a namespace. There are few providers, so that they need no
// index.
func (r *EdgeProviderReconciler[P]) list(ctx context.Context, namespace string) ([]ProviderObject, error) {
	var found []ProviderObject
	if _, isCluster := any(*new(P)).(*domaincertv1alpha1.ClusterEdgeProvider); isCluster {
		var list domaincertv1alpha1.ClusterEdgeProviderList
		if err := r.Client.List(ctx, &list); err != nil {
			return nil, err
		}
		for i := range list.Items {
			found = append(found, &list.Items[i])
		}
		return found, nil
	}
	var list domaincertv1alpha1.EdgeProviderList
	if err := r.Client.List(ctx, &list); err != nil {
		return nil, err
	}
	// Not by a list within the namespace: that is an error for one which the
	// operator was not told to watch, such as that of its own credentials.
	for i := range list.Items {
		if list.Items[i].Namespace == namespace {
			found = append(found, &list.Items[i])
		}
	}
	return found, nil
}

// secretMetadata is an empty Secret of which only the metadata is read.
func secretMetadata() *metav1.PartialObjectMetadata {
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return metadata
}

package controllers

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/failpoint"
)

func hasFinalizer(object *domaincertv1alpha1.DomainCertificate) bool {
	return controllerutil.ContainsFinalizer(object, domaincertv1alpha1.WithdrawFinalizer)
}

// keepFinalizer gives the finalizer to objects that must be withdrawn before
// they go, and takes it from those that need not be any more. It runs before
// anything is deployed: what is withdrawn at the end must be held from the
// beginning. It is no question to the object, so that it is answered for one
// that may not act as well, and losing a race against another writer shows in
// no condition.
func (r *DomainCertificateReconciler) keepFinalizer(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) error {
	switch wanted := withdraws(object); {
	case wanted && !hasFinalizer(object):
		r.Failpoints.Reach(failpoint.FinalizerAdd, object.Spec.DomainName)
		return r.patchFinalizers(ctx, object, func(object *domaincertv1alpha1.DomainCertificate) {
			controllerutil.AddFinalizer(object, domaincertv1alpha1.WithdrawFinalizer)
		})
	case !wanted && hasFinalizer(object):
		return r.removeFinalizer(ctx, object)
	default:
		return nil
	}
}

// withdraws reports whether the certificate is to be taken off the domain when
// the object goes.
func withdraws(object *domaincertv1alpha1.DomainCertificate) bool {
	return object.Spec.DeletionPolicy == domaincertv1alpha1.DeletionDisableHTTPS
}

func (r *DomainCertificateReconciler) removeFinalizer(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) error {
	r.Failpoints.Reach(failpoint.FinalizerRemove, object.Spec.DomainName)
	return r.patchFinalizers(ctx, object, func(object *domaincertv1alpha1.DomainCertificate) {
		controllerutil.RemoveFinalizer(object, domaincertv1alpha1.WithdrawFinalizer)
	})
}

// patchFinalizers changes the finalizers and nothing else, and only of the
// object as it was read: the list is replaced whole, and others have theirs in
// it.
func (r *DomainCertificateReconciler) patchFinalizers(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, change func(*domaincertv1alpha1.DomainCertificate)) error {
	patched := object.DeepCopy()
	change(patched)
	before := client.MergeFromWithOptions(object.DeepCopy(), client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, patched, before); err != nil {
		return fmt.Errorf("patch finalizers: %w", err)
	}
	object.Finalizers, object.ResourceVersion = patched.Finalizers, patched.ResourceVersion
	return nil
}

// withdraw turns HTTPS off for an object that is being deleted, unless the user
// does not want it any more, this object never had its certificate in place, or
// another object takes the domain over.
func (r *DomainCertificateReconciler) withdraw(ctx context.Context, s *scope) *stop {
	if !withdraws(s.object) || s.object.Annotations[domaincertv1alpha1.AbandonAnnotation] == "true" || !s.hasDeployed() {
		return nil
	}
	edge, err := r.provider(ctx, s.object)
	switch {
	case apierrors.IsNotFound(err) && r.isLast(ctx, s.object):
		ctrl.LoggerFrom(ctx).Info("HTTPS is left on, since the provider has gone with the namespace", "domain", s.object.Spec.DomainName)
		return nil
	case apierrors.IsNotFound(err):
		return stuck(domaincertv1alpha1.ProviderNotFoundReason, fmt.Sprintf("%s %s does not exist any more", s.object.Spec.ProviderRef.Kind, s.object.Spec.ProviderRef.Name))
	case err != nil:
		return &stop{condition: domaincertv1alpha1.AcceptedCondition, reason: domaincertv1alpha1.ProviderNotReadyReason, message: "the provider cannot be read now", next: nextRetry, err: err}
	}
	s.edge = edge
	rivals, err := r.rivals(ctx, s)
	if err != nil {
		return &stop{condition: domaincertv1alpha1.AcceptedCondition, reason: domaincertv1alpha1.ConflictReason, message: "other DomainCertificates cannot be listed now", next: nextRetry, err: err}
	}
	if slices.ContainsFunc(rivals, staying) {
		return nil
	}
	// The permission may have gone since the domain was first acted upon.
	for _, ask := range []phase{r.checkAllowed, r.checkProviderReady} {
		if found := ask(ctx, s); found != nil {
			return stuck(found.reason, found.message)
		}
	}
	if found := r.connect(ctx, s); found != nil {
		return found
	}
	r.Failpoints.Reach(failpoint.WithdrawBefore, s.object.Spec.DomainName)
	err = s.connection.Withdraw(ctx, s.target())
	r.Failpoints.Reach(failpoint.WithdrawAfter, s.object.Spec.DomainName)
	// A domain that is gone is no error; one that is stopped is, and would be served
	// with the certificate again.
	if err != nil {
		found := r.providerStop(ctx, s, err)
		if found.next == nextHuman {
			found.message = orAbandon(found.message)
		}
		return found
	}
	return nil
}

// hasDeployed reports whether anything was ever put on the domain for the object.
func (s *scope) hasDeployed() bool {
	history := s.history()
	return history.Fingerprint != "" || !history.DeployedAt.IsZero()
}

// mayBeWithdrawn reports whether HTTPS may be off already: the provider was asked to
// turn it off, and did not say what became of it.
func (s *scope) mayBeWithdrawn() bool {
	return s.leaving() && s.connection != nil && s.stop.err != nil && !s.stop.queued && s.stop.reason == domaincertv1alpha1.UnavailableReason
}

// isLast reports whether an object's namespace is being deleted: what is missing
// there can never be created again, and waiting for it would hold up the
// namespace for ever.
func (r *DomainCertificateReconciler) isLast(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) bool {
	if object.Spec.ProviderRef.Kind == domaincertv1alpha1.ClusterEdgeProviderKind {
		return false
	}
	namespace, err := r.namespace(ctx, object.Namespace)
	return err == nil && !namespace.DeletionTimestamp.IsZero()
}

// staying reports whether an object will still be there to look after its
// domain.
func staying(object domaincertv1alpha1.DomainCertificate) bool {
	return object.DeletionTimestamp.IsZero()
}

// stuck is the stop of a deletion that cannot go on.
func stuck(reason, message string) *stop {
	return &stop{
		condition: domaincertv1alpha1.AcceptedCondition,
		reason:    reason,
		message:   orAbandon(message),
		next:      nextHuman,
		after:     deniedPace,
	}
}

// orAbandon is the message of a deletion that only a human can get on with.
func orAbandon(why string) string {
	return fmt.Sprintf("HTTPS cannot be turned off: %s; mend it, or annotate with %s=true to leave the domain as it is", why, domaincertv1alpha1.AbandonAnnotation)
}

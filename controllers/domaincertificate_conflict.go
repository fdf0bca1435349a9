package controllers

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// checkClaim asks whether an older object manages the same domain at the same
// account and product. Every object decides by the same rule and the same
// facts, so that they need not talk to each other.
func (r *DomainCertificateReconciler) checkClaim(ctx context.Context, s *scope) *stop {
	rival, err := r.betterClaim(ctx, s)
	switch {
	case err != nil:
		return &stop{
			condition: domaincertv1alpha1.AcceptedCondition,
			reason:    domaincertv1alpha1.ConflictReason,
			message:   "other DomainCertificates cannot be listed now; it is tried again",
			next:      nextRetry,
			err:       err,
		}
	case rival == nil:
		return nil
	}
	// A rival in another namespace is none of this one's business, and its
	// name may not be either.
	owner := "an older DomainCertificate in another namespace"
	if rival.Namespace == s.object.Namespace {
		owner = "the older DomainCertificate " + rival.Name
	}
	return notAccepted(domaincertv1alpha1.ConflictReason,
		fmt.Sprintf("%s manages %s at the same account; delete one of the two", owner, s.object.Spec.DomainName))
}

// betterClaim returns the object that has the best claim to the same domain, nil
// if that is this one. The best, and not any better one, since the cache lists in
// no order and the status names it.
func (r *DomainCertificateReconciler) betterClaim(ctx context.Context, s *scope) (*domaincertv1alpha1.DomainCertificate, error) {
	rivals, err := r.rivals(ctx, s)
	if err != nil {
		return nil, err
	}
	best := s.object
	for i := range rivals {
		if goesBefore(&rivals[i], best) {
			best = &rivals[i]
		}
	}
	if best == s.object {
		return nil, nil
	}
	return best, nil
}

// rivals are the other objects that claim the same domain and are allowed to.
// One that is being deleted counts while its finalizer still has work to do.
func (r *DomainCertificateReconciler) rivals(ctx context.Context, s *scope) ([]domaincertv1alpha1.DomainCertificate, error) {
	var same domaincertv1alpha1.DomainCertificateList
	if err := r.Client.List(ctx, &same, client.MatchingFields{domainIndex: s.object.Spec.DomainName}); err != nil {
		return nil, err
	}
	if len(same.Items) < 2 {
		return nil, nil
	}
	mine := claimOn(s.edge, s.object.Spec.DomainName)
	rivals := make([]domaincertv1alpha1.DomainCertificate, 0, len(same.Items)-1)
	for i := range same.Items {
		other := &same.Items[i]
		if other.UID == s.object.UID {
			continue
		}
		claims, err := r.claims(ctx, other, mine, s.now)
		if err != nil {
			return nil, err
		}
		if claims {
			rivals = append(rivals, *other)
		}
	}
	return rivals, nil
}

// claims reports whether an object makes this very claim now, and may. That it is
// suspended, or its account cannot be used for a while, loses it nothing: a domain
// would go to whoever waits for that.
func (r *DomainCertificateReconciler) claims(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, wanted claim, now time.Time) (bool, error) {
	if !object.DeletionTimestamp.IsZero() && !hasFinalizer(object) {
		return false, nil
	}
	edge, err := r.provider(ctx, object)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	if claimOn(edge, object.Spec.DomainName) != wanted || !isSupportedBy(edge, object) || hasLapsed(edge, now) {
		return false, nil
	}
	namespace, err := r.namespaceLabels(ctx, edge, object.Namespace)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return allows(edge, object.Spec.DomainName, namespace), nil
}

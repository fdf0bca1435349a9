package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// mostRemovals in one reconcile, and mostRefusals.
	mostRemovals = 3
	mostRefusals = 3
	// tidyPace is the time between two reconciles that tidy up.
	tidyPace = time.Second
)

// tidying says how the removal of superseded uploads stands after a reconcile.
type tidying string

const (
	// tidyNotNow: nothing is to be done, or not before the next read-back.
	tidyNotNow tidying = ""
	// tidyWaits: the object stands in line for the store's budget.
	tidyWaits tidying = "Waits"
	// tidyTurn: its turn has come.
	tidyTurn tidying = "Turn"
	// tidyOnward: more is to be done, by another reconcile.
	tidyOnward tidying = "Onward"
)

// tidyUp removes uploads of this object's that were superseded. It asks no
// question and stops nothing: the domain is served, whatever becomes of them. It
// runs when the provider was just seen to hold what is wanted, and the edge to
// serve it: before that, an earlier upload may still be needed.
func (r *DomainCertificateReconciler) tidyUp(ctx context.Context, s *scope) *stop {
	switch {
	case s.object.Spec.ProviderCertificate != nil:
	case s.observation == nil:
		if s.memory.untidy && s.tidying != tidyWaits {
			s.tidying = tidyOnward
		}
	case s.decision.Cause == provider.InSync && s.connection.Repository != nil:
		s.tidying = r.removeSuperseded(ctx, s)
	}
	return nil
}

// removeSuperseded removes the oldest of what may go, and tries what was refused
// before after everything else: it may stay for ever, and nothing else must. The turn to remove is taken
// before the uploads are listed, so that they are not listed in vain.
func (r *DomainCertificateReconciler) removeSuperseded(ctx context.Context, s *scope) tidying {
	target := s.tidyTarget()
	if err := s.connection.StoreBudget.Reserve(provider.OperationDeploy, target.Turn); err != nil {
		return r.leaveUntidy(ctx, s, err)
	}
	uploads, err := s.connection.Repository.Uploads(ctx, target)
	if err != nil {
		return r.leaveUntidy(ctx, s, err)
	}
	removed, refused := 0, 0
	superseded := provider.Superseded(uploads.Items, target.Known, s.connection.Keep)
	for _, upload := range r.Ledger.refusedLast(s.object.UID, superseded) {
		if removed == mostRemovals || refused == mostRefusals {
			r.Ledger.untidy(s.object.UID, refused < mostRefusals)
			return tidyOnward
		}
		err := s.connection.Repository.Remove(ctx, target, upload)
		switch failed := provider.AsError(err); {
		case provider.IsKind(err, provider.Conflict) && failed.RetryAfter > 0: // it is on its way
			r.Ledger.untidy(s.object.UID, true)
			s.tidyAfter = failed.RetryAfter
			return tidyOnward
		case provider.IsKind(err, provider.Conflict):
			refused++
			if r.Ledger.refused(s.object.UID, upload) {
				r.complain(s, err)
			}
			continue
		case err != nil:
			return r.leaveUntidy(ctx, s, err)
		}
		removed++
		ctrl.LoggerFrom(ctx).Info("removed a superseded certificate", "domain", target.Domain, "certificate", upload.Name, "id", upload.ID, "version", upload.Version)
	}
	r.Ledger.untidy(s.object.UID, false)
	return tidyNotNow
}

// leaveUntidy goes on when the turn has come, and with the next read-back if it
// had come already: the budget is short, and others need it more.
func (r *DomainCertificateReconciler) leaveUntidy(ctx context.Context, s *scope, err error) tidying {
	failed := provider.AsError(err)
	waits := failed.Queued && s.tidying != tidyTurn
	r.Ledger.untidy(s.object.UID, waits)
	switch {
	case waits:
		return tidyWaits
	case failed.Queued:
	case nextOf(failed) == nextHuman:
		r.complain(s, err)
	default:
		ctrl.LoggerFrom(ctx).Info("superseded certificates stay", "domain", s.object.Spec.DomainName, "failure", failureText(err), "requestID", requestID(err))
	}
	return tidyNotNow
}

// complain has finish tell that something stays in the repository, the same only
// once.
func (r *DomainCertificateReconciler) complain(s *scope, err error) {
	note := "superseded certificates stay at the provider: " + failureText(err)
	if r.Ledger.isNew(s.object.UID, note) {
		s.complaint = note
	}
}

// tidyTarget is the target as it was just seen.
func (s *scope) tidyTarget() provider.Target {
	target := s.target()
	target.Turn = s.tidyPlace()
	target.Known = provider.Handle{
		CertificateID:   s.observation.CertificateID,
		CertificateName: s.observation.CertificateName,
		Fingerprint:     s.observation.Fingerprint,
		Version:         s.observation.Version,
	}
	return target
}

// tidyPlace in line is behind everybody in the namespace whose certificate ends
// within a lifetime: tidying up is never urgent.
func (s *scope) tidyPlace() provider.Turn {
	const lifetime = 100 // years
	return provider.Turn{Object: objectKey(s.object), Namespace: s.object.Namespace, ServedUntil: s.now.AddDate(lifetime, 0, 0)}
}

// isTurnToTidy reports whether the provider is to be read for the uploads that an
// earlier reconcile left: when everything is in place, and the store's budget has
// room. Otherwise the object stands in line for it, and everything else goes on.
func (r *DomainCertificateReconciler) isTurnToTidy(ctx context.Context, s *scope) bool {
	if !s.memory.untidy || !s.inPlace() || s.object.Spec.ProviderCertificate != nil {
		return false
	}
	if s.verifies() && !meta.IsStatusConditionTrue(s.object.Status.Conditions, domaincertv1alpha1.VerifiedCondition) {
		return false
	}
	if r.connect(ctx, s) != nil {
		return false
	}
	if s.connection.StoreBudget.Reserve(provider.OperationDeploy, s.tidyPlace()) != nil {
		s.tidying = tidyWaits
		return false
	}
	s.tidying = tidyTurn
	return true
}

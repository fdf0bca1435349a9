package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/internal/provider"
)

// observe asks what the provider holds, and decides what to do about it. The
// provider is read only if there is a reason to: a wanted bundle that is not
// known to be in place, a request by the user, or the end of the interval.
func (r *DomainCertificateReconciler) observe(ctx context.Context, s *scope) *stop {
	if s.due = r.isDue(s) || r.isTurnToTidy(ctx, s); !s.due {
		return r.keepAnswer(s)
	}
	if found := r.connect(ctx, s); found != nil {
		return found
	}
	if found := r.standInLine(ctx, s); found != nil {
		return found
	}
	r.Failpoints.Reach(failpoint.ProviderObserve, s.object.Spec.DomainName)
	if err := s.look(ctx); err != nil {
		return r.providerStop(ctx, s, err)
	}
	if s.wavers() {
		if err := s.look(ctx); err != nil {
			return r.providerStop(ctx, s, err)
		}
	}
	if s.memory.steps > 0 && (s.decision.Cause == provider.InSync || s.resyncRequested()) {
		r.Ledger.startOver(s.object.UID)
	}
	if s.decision.Cause == provider.InSync {
		r.Ledger.inPeace(s.object.UID, s.now)
	}
	return nil
}

// look asks the provider once.
func (s *scope) look(ctx context.Context) error {
	observation, err := s.connection.Observe(ctx, s.target())
	if err != nil {
		s.observation, s.decision = nil, provider.Decision{}
		return err
	}
	s.observation = &observation
	s.decision = provider.Plan(s.want(), observation, s.history(), s.planSettings(), s.now)
	return nil
}

// wavers reports whether the answer contradicts the one before it, with nothing
// done in between. A product that is served from several places shows the past and
// the present by turns while they differ: what two looks in a row agree on is
// believed.
func (s *scope) wavers() bool {
	return s.isObserved() && s.isSent() && s.history().Confirmed && s.inPlace() != (s.decision.Cause == provider.InSync)
}

// isDue reports whether the provider must be read now.
func (r *DomainCertificateReconciler) isDue(s *scope) bool {
	switch {
	case s.resyncRequested(), s.freeExpired():
		return true
	case !s.memory.due.IsZero():
		return s.memory.subject != s.subject() || !s.now.Before(s.memory.due)
	case s.inPlace():
		r.Ledger.plan(s.object.UID, s.subject(), s.now, spread(s.object.Spec.Interval.Duration))
		s.memory = r.Ledger.of(s.object.UID)
		return false
	default:
		return true
	}
}

// isReadBack reports whether the provider is read because the interval has ended.
func (s *scope) isReadBack() bool {
	return !s.memory.due.IsZero() && !s.now.Before(s.memory.due)
}

// subject is what a read-back is about. When it changes, what was learned
// before no longer says anything. For a bundle that is not in place this
// includes the provider's settings and credentials: mending them is a reason to
// try again at once, but not to read everything that is in order.
func (s *scope) subject() string {
	subject := fmt.Sprintf("%s %d %s %v", s.wantedFingerprint(), s.object.Generation,
		s.object.Annotations[domaincertv1alpha1.AllowOlderAnnotation], claimOn(s.edge, s.object.Spec.DomainName))
	if credentials := s.edge.ProviderStatus().Credentials; !s.inPlace() && credentials != nil {
		subject += fmt.Sprintf(" %d %s", s.edge.GetGeneration(), credentials.ResourceVersion)
	}
	return subject
}

// inPlace reports whether the provider is known to hold what is wanted.
func (s *scope) inPlace() bool {
	status := s.object.Status
	return s.isObserved() &&
		meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.DeployedCondition) &&
		status.DeployedFingerprint == s.wantedFingerprint()
}

// keepAnswer ends the walk with what an earlier reconcile was told, if that was
// not yes; the provider is not asked again before its time.
func (r *DomainCertificateReconciler) keepAnswer(s *scope) *stop {
	if s.inPlace() {
		return nil
	}
	earlier := meta.FindStatusCondition(s.object.Status.Conditions, domaincertv1alpha1.DeployedCondition)
	if earlier == nil || earlier.Status == metav1.ConditionTrue {
		return &stop{condition: domaincertv1alpha1.DeployedCondition, reason: domaincertv1alpha1.DeployingReason, message: deployingMessage, next: nextLook}
	}
	next := waitsFor(earlier.Reason)
	if stalled := meta.FindStatusCondition(s.object.Status.Conditions, domaincertv1alpha1.StalledCondition); stalled != nil && stalled.Reason == earlier.Reason {
		next = nextHuman
	}
	return &stop{condition: domaincertv1alpha1.DeployedCondition, reason: earlier.Reason, message: earlier.Message, next: next}
}

// connect opens the account. That it cannot be opened just now is no answer to
// whether the object may act, nor does it unmake what was deployed.
func (r *DomainCertificateReconciler) connect(ctx context.Context, s *scope) *stop {
	if s.connection != nil {
		return nil
	}
	if r.Rechecker.IsHeld(s.edge) {
		found := beingChecked(fmt.Sprintf("%s %s: the credentials were refused and are being checked", s.object.Spec.ProviderRef.Kind, s.edge.GetName()))
		found.after = turnPatience
		return found
	}
	connection, err := r.Opener.Connect(ctx, s.edge)
	if err == nil {
		s.connection = connection
		return nil
	}
	failed := asCredentialsError(err)
	message := fmt.Sprintf("%s %s: %s", s.object.Spec.ProviderRef.Kind, s.edge.GetName(), failed.Message)
	switch {
	case failed.Checking:
		return beingChecked(message)
	case failed.Transient:
		return &stop{condition: domaincertv1alpha1.DeployedCondition, reason: domaincertv1alpha1.UnavailableReason, message: message, next: nextRetry}
	}
	r.Rechecker.Recheck(s.edge, s.now)
	return notAccepted(domaincertv1alpha1.ProviderNotReadyReason, message)
}

// checkPatience is how long an object waits for a provider that is being checked
// before it looks again, in case no event came.
const checkPatience = 10 * time.Second

// beingChecked is the stop while a provider's credentials have changed and are
// being checked: that takes a moment, and is no failure of anybody's.
func beingChecked(message string) *stop {
	return &stop{
		condition: domaincertv1alpha1.DeployedCondition,
		reason:    domaincertv1alpha1.UnavailableReason,
		message:   message,
		next:      nextEvent,
		after:     checkPatience,
		quiet:     true,
	}
}

// standInLine reserves the budget for a deployment before the provider is read,
// if one is to be expected: otherwise every object of a storm would be read
// once to learn that it has to wait, and once more when its turn has come.
func (r *DomainCertificateReconciler) standInLine(ctx context.Context, s *scope) *stop {
	if s.wantedFingerprint() == s.history().Fingerprint {
		return nil
	}
	r.Failpoints.Reach(failpoint.AccountTurn, s.object.Spec.DomainName)
	if err := s.connection.Budget.Reserve(provider.OperationDeploy, s.target().Turn); err != nil {
		return r.providerStop(ctx, s, err)
	}
	return nil
}

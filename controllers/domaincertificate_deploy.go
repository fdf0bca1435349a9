package controllers

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/internal/provider"
)

// deploy carries out the plan: one step of it, where the product takes several.
// Each step counts as a deployment of its own, so that the provider is given its
// time for each, and what is wanted counts as sent from the first one on.
func (r *DomainCertificateReconciler) deploy(ctx context.Context, s *scope) *stop {
	if s.observation == nil {
		return nil
	}
	if inTrouble(s) {
		return r.troubleStop(ctx, s)
	}
	if s.decision.Action != provider.Deploy {
		return holdBack(s)
	}
	if found := s.yield(); found != nil {
		return found
	}
	if found := r.loadAgain(ctx, s); found != nil {
		return found
	}
	if found := r.stillAccepted(ctx, s); found != nil {
		return found
	}
	r.tellShared(s)
	bundle := certbundle.Bundle{}
	if s.bundle != nil {
		bundle = *s.bundle
	}
	r.Failpoints.Reach(failpoint.DeployBefore, s.object.Spec.DomainName)
	handle, err := s.connection.Deploy(ctx, s.target(), bundle)
	r.Failpoints.Reach(failpoint.DeployAfter, s.object.Spec.DomainName)
	if provider.IsKind(err, provider.HeldBack) {
		s.held = true
		r.remember(s)
	}
	if err != nil {
		return r.providerStop(ctx, s, err)
	}
	s.sent = &handle
	r.remember(s)
	r.tellRepair(s)
	if s.connection.Gauged && s.bundle != nil {
		r.Rechecker.Uploaded(s.edge, s.now)
	}
	ctrl.LoggerFrom(ctx).Info("deployed", "domain", s.object.Spec.DomainName, "cause", s.decision.Cause,
		"fingerprint", s.wantedFingerprint(), "replaced", s.observation.Fingerprint, "requestID", handle.RequestID)
	after := s.pollAfter(0)
	if handle.TaskID == "" {
		after = shortestPoll // a step without a task is done when it is answered
	}
	return &stop{
		condition: domaincertv1alpha1.DeployedCondition,
		reason:    domaincertv1alpha1.DeployingReason,
		message:   deployingMessage,
		next:      nextLook,
		after:     after,
	}
}

// inTrouble reports whether the provider says that a deployment went wrong. It is
// repeated when the plan says so, but the next step of it is not taken at once:
// the one before has failed. Trouble with what is in place is no failure to
// deploy it.
func inTrouble(s *scope) bool {
	if s.observation.Trouble == nil {
		return false
	}
	switch s.decision.Cause {
	case provider.InSync:
		return s.observation.Fingerprint == "" && s.observation.NotAfter.IsZero()
	case provider.Unfinished:
		return s.propagates()
	default:
		return s.decision.Action == provider.Await
	}
}

// troubleStop is the stop for what the provider says went wrong. While the last
// step is recent it may still come right, or tell of the certificate before. It
// is looked at ever more rarely: a task that has failed changes no more, and
// looking at it takes from the quota of the others.
func (r *DomainCertificateReconciler) troubleStop(ctx context.Context, s *scope) *stop {
	found := r.providerStop(ctx, s, s.observation.Trouble)
	if s.propagates() {
		since := s.now.Sub(s.changedAt())
		found.next, found.after = nextLook, max(s.pollAfter(since), since)
	}
	return found
}

// tellShared tells, before a certificate is replaced, for which other domains
// this one is replaced too. The user may not know that they share it.
func (r *DomainCertificateReconciler) tellShared(s *scope) {
	const most = 5
	others, certificate := s.observation.AlsoServed, s.wantedFingerprint()
	if s.isFree() {
		certificate = string(provider.ExistingFree)
	}
	if len(others) == 0 || s.isSent() || s.memory.told == certificate {
		return
	}
	names := strings.Join(others[:min(len(others), most)], ", ")
	if len(others) > most {
		names += fmt.Sprintf(" and %d more", len(others)-most)
	}
	r.Recorder.Eventf(s.object, nil, eventNormal, domaincertv1alpha1.SharedCertificateReason, domaincertv1alpha1.DeployedCondition, "%s",
		"the certificate that is replaced is also served for "+names)
	r.Ledger.tells(s.object.UID, certificate)
}

// tellRepair tells that what somebody else had put in place is replaced: the
// conditions say no more than that a deployment is on its way.
func (r *DomainCertificateReconciler) tellRepair(s *scope) {
	if s.repairs() {
		r.Recorder.Eventf(s.object, nil, eventWarning, domaincertv1alpha1.DriftDetectedReason, domaincertv1alpha1.DeployedCondition, "%s",
			"somebody else changed the certificate at the provider; it was put back")
	}
}

const deployingMessage = "the provider accepted the certificate; waiting for it to show"

// remember notes what was accepted where the next reconcile finds it even if its
// cached status is older.
func (r *DomainCertificateReconciler) remember(s *scope) {
	r.Ledger.accepted(s.object.UID, sent{
		fingerprint: s.wantedFingerprint(),
		notBefore:   timeOf(s.wantedNotBefore()),
		at:          s.now,
	})
	r.Ledger.untidy(s.object.UID, s.connection.Repository != nil)
	switch {
	case s.decision.Cause == provider.Unfinished:
	case s.repeats():
		r.Ledger.wages(s.object.UID, s.now, s.repairs())
	default:
		r.Ledger.sends(s.object.UID, s.now)
	}
	if s.repairs() {
		r.Ledger.repaired(accountKey(s.edge))
	}
}

// loadAgain reads the Secret, or looks the certificate up, for a deployment that
// nobody expected, such as the repair of a drift. If it has changed meanwhile the
// walk starts anew: the plan was made for another certificate.
func (r *DomainCertificateReconciler) loadAgain(ctx context.Context, s *scope) *stop {
	planned := s.wantedFingerprint()
	var found *stop
	switch {
	case s.isFree(), s.bundle != nil, s.existing != nil:
		return nil
	case s.isStored():
		found = r.findStored(ctx, s)
	default:
		found = r.readBundle(ctx, s, types.NamespacedName{Namespace: s.object.Namespace, Name: s.source.SecretName})
	}
	if found != nil {
		return found
	}
	if s.wantedFingerprint() != planned {
		return &stop{
			condition: domaincertv1alpha1.DeployedCondition,
			reason:    domaincertv1alpha1.DeployingReason,
			message:   "the certificate to deploy has changed; looking again",
			next:      nextLook,
			after:     s.pollAfter(0),
		}
	}
	return nil
}

// holdBack says why the plan sends nothing; nil if everything is in place.
func holdBack(s *scope) *stop {
	found := &stop{condition: domaincertv1alpha1.DeployedCondition}
	switch s.decision.Cause {
	case provider.InSync:
		if s.freeExpired() {
			return expiredFree()
		}
		return nil
	case provider.Drifted:
		found.reason, found.next = domaincertv1alpha1.DriftDetectedReason, nextHuman
		found.message = "somebody else changed the certificate at the provider; it is left alone because driftPolicy is Warn"
	case provider.HeldBackCause:
		found.reason, found.next = domaincertv1alpha1.HeldBackReason, nextHuman
		found.message = heldBackMessage
	case provider.OlderThanHeld:
		found.reason, found.next = domaincertv1alpha1.OlderThanServedReason, nextHuman
		found.message = s.wantedWords() + " is older than the one in place; renew it, or annotate with " + domaincertv1alpha1.AllowOlderAnnotation + "=true"
	default:
		found.reason, found.next, found.message = domaincertv1alpha1.DeployingReason, nextLook, deployingMessage
		found.after = s.pollAfter(s.now.Sub(s.history().DeployedAt))
		if !s.observation.Pending && !s.propagates() {
			found.next, found.after, found.message = nextHuman, 0, ineffectiveMessage
		}
	}
	return found
}

const ineffectiveMessage = "the provider accepts the certificate and does not show it; look at the domain in its console, or ask its support"

const heldBackMessage = "the provider stored the certificate but does not put it into effect; ask its support"

// expiredFree is the stop for a free certificate that the provider did not renew.
func expiredFree() *stop {
	return invalid(domaincertv1alpha1.ExpiredReason, "the provider did not renew its free certificate; look at the domain in its console, or deploy a certificate of your own", nextHuman, 0)
}

// providerStop is the stop for an error of a provider's. That it refuses
// credentials which have changed since says nothing of those in force now.
func (r *DomainCertificateReconciler) providerStop(ctx context.Context, s *scope, err error) *stop {
	failed := provider.AsError(err)
	if failed.Account {
		if r.Opener.Outdated(ctx, s.edge) {
			return beingChecked("the credentials have changed and are being checked")
		}
		if failed.Kind == provider.Denied {
			r.Rechecker.Hold(s.edge)
		}
		r.Rechecker.Recheck(s.edge, s.now)
	}
	return &stop{
		condition: domaincertv1alpha1.DeployedCondition,
		reason:    reasonOf(failed),
		message:   messageOf(failed),
		next:      nextOf(failed),
		after:     afterOf(failed),
		queued:    failed.Queued,
		quiet:     failed.Queued && failed.Kind == provider.Throttled,
		err:       err,
	}
}

package controllers

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
)

// observe asks what the provider holds, and decides what to do about it. The
// provider is read only if there is a reason to: a wanted bundle that is not
// known to be in place, a request by the user, or the end of the interval.
func (r *DomainCertificateReconciler) observe(ctx context.Context, s *scope) *stop {
	if s.due = r.isDue(s); !s.due {
		return r.keepAnswer(s)
	}
	connection, found := r.connect(ctx, s)
	if found != nil {
		return found
	}
	s.connection = connection
	if found := r.standInLine(s); found != nil {
		return found
	}
	observation, err := connection.Observe(ctx, s.target())
	if err != nil {
		return r.providerStop(s, err)
	}
	s.observation = &observation
	s.decision = provider.Plan(s.want(), observation, s.history(), s.planSettings(), s.now)
	return nil
}

// isDue reports whether the provider must be read now.
func (r *DomainCertificateReconciler) isDue(s *scope) bool {
	switch {
	case s.resyncRequested():
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
	return status.ObservedGeneration != nil && *status.ObservedGeneration == s.object.Generation &&
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
func (r *DomainCertificateReconciler) connect(ctx context.Context, s *scope) (*Connection, *stop) {
	connection, err := r.Opener.Connect(ctx, s.edge)
	if err == nil {
		return connection, nil
	}
	failed := asCredentialsError(err)
	message := fmt.Sprintf("%s %s: %s", s.object.Spec.ProviderRef.Kind, s.edge.GetName(), failed.Message)
	if failed.Transient {
		return nil, &stop{condition: domaincertv1alpha1.DeployedCondition, reason: domaincertv1alpha1.UnavailableReason, message: message, next: nextRetry}
	}
	r.Rechecker.Recheck(s.edge, s.now)
	return nil, notAccepted(domaincertv1alpha1.ProviderNotReadyReason, message)
}

// standInLine reserves the budget for a deployment before the provider is read,
// if one is to be expected: otherwise every object of a storm would be read
// once to learn that it has to wait, and once more when its turn has come.
func (r *DomainCertificateReconciler) standInLine(s *scope) *stop {
	if s.wantedFingerprint() == s.history().Fingerprint {
		return nil
	}
	if err := s.connection.Budget.Reserve(provider.OperationDeploy, s.target().Turn); err != nil {
		return r.providerStop(s, err)
	}
	return nil
}

// deploy carries out the plan.
func (r *DomainCertificateReconciler) deploy(ctx context.Context, s *scope) *stop {
	if s.observation == nil {
		return nil
	}
	if s.decision.Action != provider.Deploy {
		return holdBack(s)
	}
	if s.bundle == nil {
		if found := r.rereadBundle(ctx, s); found != nil {
			return found
		}
	}
	handle, err := s.connection.Deploy(ctx, s.target(), *s.bundle)
	if provider.IsKind(err, provider.HeldBack) {
		s.held = true
		r.remember(s)
	}
	if err != nil {
		return r.providerStop(s, err)
	}
	s.sent = &handle
	r.remember(s)
	ctrl.LoggerFrom(ctx).Info("deployed", "domain", s.object.Spec.DomainName, "cause", s.decision.Cause,
		"fingerprint", s.wantedFingerprint(), "replaced", s.observation.Fingerprint, "requestID", handle.RequestID)
	return &stop{
		condition: domaincertv1alpha1.DeployedCondition,
		reason:    domaincertv1alpha1.DeployingReason,
		message:   deployingMessage,
		next:      nextLook,
		after:     pollAfter(0),
	}
}

const deployingMessage = "the provider accepted the certificate; waiting for it to show"

// remember notes an accepted bundle where the next reconcile finds it even if
// its cached status is older.
func (r *DomainCertificateReconciler) remember(s *scope) {
	r.Ledger.accepted(s.object.UID, sent{
		fingerprint: s.bundle.Fingerprint(),
		notBefore:   s.bundle.Leaf().NotBefore,
		at:          s.now,
	})
}

// rereadBundle reads the Secret for a deployment that nobody expected, such as
// the repair of a drift. A Secret that has changed meanwhile starts the walk
// anew: the plan was made for another bundle.
func (r *DomainCertificateReconciler) rereadBundle(ctx context.Context, s *scope) *stop {
	planned := s.wantedFingerprint()
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: s.source.SecretName}
	if found := r.readBundle(ctx, s, key); found != nil {
		return found
	}
	if s.wantedFingerprint() != planned {
		return &stop{
			condition: domaincertv1alpha1.DeployedCondition,
			reason:    domaincertv1alpha1.DeployingReason,
			message:   "the Secret has changed; looking again",
			next:      nextLook,
			after:     pollAfter(0),
		}
	}
	return nil
}

// holdBack says why the plan sends nothing; nil if everything is in place.
func holdBack(s *scope) *stop {
	found := &stop{condition: domaincertv1alpha1.DeployedCondition}
	switch s.decision.Cause {
	case provider.InSync:
		return nil
	case provider.Drifted:
		found.reason, found.next = domaincertv1alpha1.DriftDetectedReason, nextHuman
		found.message = "somebody else changed the certificate at the provider; it is left alone because driftPolicy is Warn"
	case provider.HeldBackCause:
		found.reason, found.next = domaincertv1alpha1.HeldBackReason, nextHuman
		found.message = heldBackMessage
	case provider.OlderThanHeld:
		found.reason, found.next = domaincertv1alpha1.OlderThanServedReason, nextHuman
		found.message = "the certificate in the Secret is older than the one in place; renew it, or annotate with " + domaincertv1alpha1.AllowOlderAnnotation + "=true"
	default:
		found.reason, found.next, found.message = domaincertv1alpha1.DeployingReason, nextLook, deployingMessage
		found.after = pollAfter(s.now.Sub(s.history().DeployedAt))
		if !s.observation.Pending && !s.propagates() {
			found.next, found.after, found.message = nextHuman, 0, ineffectiveMessage
		}
	}
	return found
}

const ineffectiveMessage = "the provider accepts the certificate and does not show it; look at the domain in its console, or ask its support"

const heldBackMessage = "the provider stored the certificate but does not put it into effect; ask its support"

// verifyEdge asks what the edge serves.
func (r *DomainCertificateReconciler) verifyEdge(ctx context.Context, s *scope) *stop {
	if !s.verifies() {
		return nil
	}
	edge := s.object.Status.Edge
	known := edge != nil && edge.Fingerprint == s.wantedFingerprint()
	if known && !s.due && meta.IsStatusConditionTrue(s.object.Status.Conditions, domaincertv1alpha1.VerifiedCondition) {
		return nil
	}
	result, err := r.Prober.Probe(ctx, s.probeRequest())
	if err != nil {
		return s.sawNothing(err)
	}
	s.probe = &result
	if result.Fingerprint == s.wantedFingerprint() {
		return nil
	}
	return s.servesOther()
}

// sawNothing says why no certificate was seen. An edge that has never had one for
// the domain refuses the handshake until the first has reached it.
func (s *scope) sawNothing(err error) *stop {
	var probed *edgeprobe.Error
	if errors.As(err, &probed) && probed.Failure == edgeprobe.NoHandshake && s.object.Status.Edge == nil && s.propagates() {
		return s.stillPropagating("the certificate has not reached the edge yet")
	}
	return &stop{
		condition: domaincertv1alpha1.VerifiedCondition,
		reason:    domaincertv1alpha1.UnreachableReason,
		message:   fmt.Sprintf("no certificate was seen at %s; check verification.address and the domain's DNS records", failureText(err)),
		next:      nextRetry,
		err:       err,
	}
}

// servesOther says how long another certificate at the edge is nothing to worry
// about.
func (s *scope) servesOther() *stop {
	if s.propagates() {
		return s.stillPropagating("the edge has not switched to the certificate yet")
	}
	return &stop{
		condition: domaincertv1alpha1.VerifiedCondition,
		reason:    domaincertv1alpha1.ServesOtherReason,
		message:   "the edge serves another certificate than the provider holds; check that the domain's DNS records lead to this provider",
		next:      nextHuman,
		after:     propagation,
	}
}

// propagates reports whether the last deployment is so recent that the edge need
// not show it.
func (s *scope) propagates() bool { return s.now.Sub(s.history().DeployedAt) < propagation }

func (s *scope) stillPropagating(message string) *stop {
	return &stop{
		condition: domaincertv1alpha1.VerifiedCondition,
		reason:    domaincertv1alpha1.PropagatingReason,
		message:   message,
		next:      nextLook,
		after:     pollAfter(s.now.Sub(s.history().DeployedAt)),
	}
}

// providerStop is the stop for an error of a provider's.
func (r *DomainCertificateReconciler) providerStop(s *scope, err error) *stop {
	failed := provider.AsError(err)
	if failed.Account {
		r.Rechecker.Recheck(s.edge, s.now)
	}
	return &stop{
		condition: domaincertv1alpha1.DeployedCondition,
		reason:    reasonOf(failed),
		message:   messageOf(failed),
		next:      nextOf(failed),
		after:     afterOf(failed),
		queued:    failed.Queued,
		err:       err,
	}
}

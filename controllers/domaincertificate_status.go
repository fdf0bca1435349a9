package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// patience is how long a failure that should pass may last before a human is
// called.
const patience = 10 * time.Minute

// longestMessage of a condition.
const longestMessage = 512

// questions in the order in which they are asked. The answer to one means
// little while an earlier one is not True.
func questions() []string {
	return []string{
		domaincertv1alpha1.AcceptedCondition,
		domaincertv1alpha1.CertificateValidCondition,
		domaincertv1alpha1.DeployedCondition,
		domaincertv1alpha1.VerifiedCondition,
	}
}

// describe says what a reconcile has shown. It is the only place where the
// status of a DomainCertificate is made, and it is pure: it reads the scope and
// calls nothing.
func describe(s *scope) domaincertv1alpha1.DomainCertificateStatus {
	status := *s.object.Status.DeepCopy()
	status.ObservedGeneration = &s.object.Generation
	describeFacts(s, &status)
	describeAnswers(s, &status)
	describeReady(s, &status)
	describeProgress(s, &status)
	return status
}

// describeAnswers sets the four questions: True up to the one that ended the
// walk, the stop's answer for that one, and what the facts still say for those
// that were not asked.
func describeAnswers(s *scope, status *domaincertv1alpha1.DomainCertificateStatus) {
	asked := true
	for _, question := range questions() {
		switch {
		case question == domaincertv1alpha1.VerifiedCondition && !s.verifies():
			meta.RemoveStatusCondition(&status.Conditions, question)
		case asked && s.stop != nil && s.stop.condition == question:
			describeStop(s, status)
			asked = false
		case asked && s.leaving():
			continue
		case asked:
			describeYes(s, status, question)
		default:
			describeUnasked(s, status, question)
		}
	}
}

// describeStop answers the question that ended the walk. A provider that could
// not be read does not unmake what it was last known to hold, or to hold back.
func describeStop(s *scope, status *domaincertv1alpha1.DomainCertificateStatus) {
	earlier := meta.FindStatusCondition(status.Conditions, s.stop.condition)
	unread := s.stop.condition == domaincertv1alpha1.DeployedCondition && s.observation == nil && transient(s.stop.reason)
	switch {
	case unread && holdsWanted(s, status):
		describeYes(s, status, s.stop.condition)
	case unread && earlier != nil && earlier.Reason == domaincertv1alpha1.HeldBackReason && s.isSent():
		s.set(status, s.stop.condition, metav1.ConditionFalse, earlier.Reason, earlier.Message)
	default:
		s.set(status, s.stop.condition, metav1.ConditionFalse, s.stop.reason, s.stop.message)
	}
}

// describeUnasked keeps the answer to a question that was not reached, unless
// the facts contradict it: what the edge served before is no proof of a newer
// certificate that is on its way.
func describeUnasked(s *scope, status *domaincertv1alpha1.DomainCertificateStatus, question string) {
	if question != domaincertv1alpha1.VerifiedCondition || s.stop.condition != domaincertv1alpha1.DeployedCondition {
		return
	}
	if status.Edge != nil && s.isExpected(status.Edge.Fingerprint, timeOf(status.Edge.NotAfter)) {
		return
	}
	s.set(status, question, metav1.ConditionFalse, domaincertv1alpha1.PropagatingReason, "the certificate is not deployed yet")
}

// describeReady sums up.
func describeReady(s *scope, status *domaincertv1alpha1.DomainCertificateStatus) {
	blocking := firstNotTrue(status)
	switch {
	case blocking == nil:
		s.set(status, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.ServedReason, "the domain is served with "+s.wantedWords())
	case servedUnattended(s, status, blocking):
		s.set(status, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.ServedReason,
			"the certificate deployed before was in place when last seen; nobody can look after it now: "+blocking.Message)
	case blocking.Type == domaincertv1alpha1.AcceptedCondition || !stillServed(s, status, blocking):
		s.set(status, domaincertv1alpha1.ReadyCondition, metav1.ConditionFalse, blocking.Reason, blocking.Message)
	case s.leaving():
		s.set(status, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.ServedReason,
			"the certificate is in place while the object is being deleted: "+blocking.Message)
	case lastSeenInPlace(s, status, blocking):
		s.set(status, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.ServedReason,
			s.wantedWords()+" was in place when last seen; it cannot be seen now: "+blocking.Message)
	default:
		s.set(status, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.RotatingReason,
			"the certificate deployed before is in place; "+s.wantedWords()+" is not: "+blocking.Message)
	}
}

// servedUnattended reports whether the certificate that this object deployed was in
// place when last seen, and only its account cannot be used now. The domain is
// served all the same; Accepted and Stalled say that nobody looks after it. One
// refused key must not make every domain of an account look as if it were down.
func servedUnattended(s *scope, status *domaincertv1alpha1.DomainCertificateStatus, blocking *metav1.Condition) bool {
	return blocking.Reason == domaincertv1alpha1.ProviderNotReadyReason && !s.leaving() && stillServed(s, status, blocking) &&
		(s.isFree() || status.DeployedFingerprint == status.Provider.Fingerprint)
}

// lastSeenInPlace reports whether what is wanted was seen in place, and only
// cannot be seen at the moment. That is no rotation.
func lastSeenInPlace(s *scope, status *domaincertv1alpha1.DomainCertificateStatus, blocking *metav1.Condition) bool {
	held := status.Provider
	seen := s.wantedFingerprint() != "" && status.DeployedFingerprint == s.wantedFingerprint() && held.Fingerprint == s.wantedFingerprint()
	if s.isFree() {
		seen = status.DeployedFingerprint == "" && isFreeType(held.CertificateType)
	}
	if !seen {
		return false
	}
	switch blocking.Reason {
	case domaincertv1alpha1.DeniedReason:
		return s.observation == nil
	case domaincertv1alpha1.UnreachableReason:
		return status.Edge != nil && s.isExpected(status.Edge.Fingerprint, timeOf(status.Edge.NotAfter))
	default:
		return false
	}
}

// stillServed reports whether a valid certificate that this object deployed
// before is in place while a newer one is not. The object must have been Ready:
// a first deployment is no rotation, and neither is the repair of what somebody
// else has put there.
func stillServed(s *scope, status *domaincertv1alpha1.DomainCertificateStatus, blocking *metav1.Condition) bool {
	if !meta.IsStatusConditionTrue(s.object.Status.Conditions, domaincertv1alpha1.ReadyCondition) || s.decision.Cause == provider.Drifted || s.mayBeWithdrawn() {
		return false
	}
	switch blocking.Reason {
	case domaincertv1alpha1.DriftDetectedReason, domaincertv1alpha1.ConflictReason, domaincertv1alpha1.DomainNotFoundReason, domaincertv1alpha1.ServesOtherReason:
		return false
	}
	held := status.Provider
	return held != nil && held.HTTPS != domaincertv1alpha1.HTTPSOff && held.NotAfter != nil && held.NotAfter.After(s.now)
}

// describeProgress sets Reconciling or Stalled, whichever applies.
func describeProgress(s *scope, status *domaincertv1alpha1.DomainCertificateStatus) {
	present, absent := domaincertv1alpha1.ReconcilingCondition, domaincertv1alpha1.StalledCondition
	switch {
	case s.stop == nil, s.stop.reason == domaincertv1alpha1.SuspendedReason,
		s.stop.onlyWaits() && holdsWanted(s, status):
		meta.RemoveStatusCondition(&status.Conditions, present)
		meta.RemoveStatusCondition(&status.Conditions, absent)
		return
	case s.stop.next == nextHuman, s.stop.shouldPass() && s.outOfPatience():
		present, absent = absent, present
	}
	if earlier := meta.FindStatusCondition(status.Conditions, present); s.stop.shouldPass() && earlier != nil && !sameFailure(earlier.Reason, s.stop.reason) {
		// Patience begins with the failure, not with what was waited for before.
		meta.RemoveStatusCondition(&status.Conditions, present)
	}
	s.set(status, present, metav1.ConditionTrue, s.stop.reason, s.stop.message)
	meta.RemoveStatusCondition(&status.Conditions, absent)
}

// outOfPatience reports whether a failure that should pass has lasted too long.
// Once Stalled for it, an object stays so until something else is said.
func (s *scope) outOfPatience() bool {
	stalled := meta.FindStatusCondition(s.object.Status.Conditions, domaincertv1alpha1.StalledCondition)
	if stalled != nil && sameFailure(stalled.Reason, s.stop.reason) {
		return true
	}
	ends := s.patienceEnds()
	return !ends.IsZero() && !ends.After(s.now)
}

// patienceEnds is when a failure that should pass will have lasted too long, zero
// if there is none, or no status tells of it yet.
func (s *scope) patienceEnds() time.Time {
	since := meta.FindStatusCondition(s.object.Status.Conditions, domaincertv1alpha1.ReconcilingCondition)
	if s.stop == nil || !s.stop.shouldPass() || since == nil || !sameFailure(since.Reason, s.stop.reason) {
		return time.Time{}
	}
	return since.LastTransitionTime.Add(patience)
}

// sameFailure reports whether two reasons tell of one failure: a provider in
// trouble breaks off in several ways. Having waited in line before is no part of it.
func sameFailure(a, b string) bool {
	return a == b || (transient(a) && transient(b) && a != domaincertv1alpha1.ThrottledReason && b != domaincertv1alpha1.ThrottledReason)
}

// set writes one condition; its transition time moves only with its status.
func (s *scope) set(status *domaincertv1alpha1.DomainCertificateStatus, condition string, answer metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&status.Conditions, metav1.Condition{
		Type:               condition,
		Status:             answer,
		Reason:             reason,
		Message:            cut(message, longestMessage),
		ObservedGeneration: s.object.Generation,
		LastTransitionTime: *timestamp(s.now),
	})
}

// firstNotTrue returns the first question that is not answered with yes.
func firstNotTrue(status *domaincertv1alpha1.DomainCertificateStatus) *metav1.Condition {
	for _, question := range questions() {
		condition := meta.FindStatusCondition(status.Conditions, question)
		if condition != nil && condition.Status != metav1.ConditionTrue {
			return condition
		}
	}
	return nil
}

// changed reports whether a status says something new.
func changed(before, after domaincertv1alpha1.DomainCertificateStatus) bool {
	return !equality.Semantic.DeepEqual(before, after)
}

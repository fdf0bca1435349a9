package controllers

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// humanPace is how often something that only a human can mend is tried
	// again anyway, in case it was mended where no event comes from.
	humanPace = time.Hour
	// deniedPace is the same for permissions, which people mend while they
	// watch.
	deniedPace = 5 * time.Minute
	// idPace is how soon a certificate's id is asked for again, in the first hour
	// after a deployment, if it was not to be had.
	idPace = 10 * time.Minute
	// turnPatience is how long an object waits to be woken before it asks
	// again, in case a wake-up was lost, and before its status says that it
	// waits.
	turnPatience = time.Minute
	// outagePatience is the same while the account is out of reach, which may last
	// and concerns everybody who uses it.
	outagePatience = 5 * time.Minute
)

// errRetry makes the workqueue try again with backoff. It carries no text of
// the failure, which the status and the log already have.
var errRetry = errors.New("retrying with backoff")

// outcome says when an object is looked at again. It is the only place where a
// stop becomes a requeue.
func (r *DomainCertificateReconciler) outcome(s *scope) (reconcile.Result, error) {
	r.planReadBack(s)
	// A priority that outlived its turn would be everybody's after one storm.
	result := reconcile.Result{Priority: new(ordinaryPriority)}
	switch {
	case s.stop == nil || s.stop.next != nextRetry:
		result.RequeueAfter = r.looksAgain(s, r.nextLook(s))
	case s.stop.after > 0:
		result.RequeueAfter = jittered(s.stop.after)
	default:
		return result, fmt.Errorf("%s is %s: %w", s.stop.condition, s.stop.reason, errRetry)
	}
	return result, nil
}

// planReadBack notes when the provider is to be read again. What was due and
// came to nothing, because the account could not be used or the Secret was lost
// meanwhile, stays due.
func (r *DomainCertificateReconciler) planReadBack(s *scope) {
	if !s.due {
		return
	}
	wait := jittered(s.object.Spec.Interval.Duration)
	switch {
	case s.stop == nil && s.lacksID():
		wait = min(jittered(idPace), wait)
	case s.stop == nil, s.stop.condition == domaincertv1alpha1.VerifiedCondition:
	case s.stop.queued:
		wait = 0
	case s.isStored() && s.stop.condition == domaincertv1alpha1.CertificateValidCondition && s.stop.after > 0:
		wait = min(s.stop.after, wait)
	case s.isStored() && s.stop.condition == domaincertv1alpha1.CertificateValidCondition && s.stop.next == nextHuman:
		wait = min(jittered(humanWait(s.stop)), wait)
	case s.stop.condition == domaincertv1alpha1.DeployedCondition && s.stop.next == nextHuman:
		wait = min(jittered(humanWait(s.stop)), wait)
	case s.stop.condition == domaincertv1alpha1.DeployedCondition && s.stop.next == nextLook:
		wait = s.stop.after
	default:
		wait = 0
	}
	r.Ledger.plan(s.object.UID, s.subject(), s.now, wait)
}

// lacksID reports whether what was deployed a while ago is in place and the
// product, which knows it by an id, was not able to tell that.
func (s *scope) lacksID() bool {
	seen := s.observation
	return seen != nil && seen.Found && seen.CertificateID == "" && seen.CertificateName != "" && s.now.Sub(s.history().DeployedAt) < humanPace
}

// humanWait is the pace for a stop that a human must mend.
func humanWait(stop *stop) time.Duration {
	if stop.reason == domaincertv1alpha1.DeniedReason || stop.reason == domaincertv1alpha1.ClockSkewReason {
		return deniedPace
	}
	return humanPace
}

// nextLook is the time until something is to be done by itself, zero if only an
// event can bring the object back.
func (r *DomainCertificateReconciler) nextLook(s *scope) time.Duration {
	var waits []time.Duration
	switch {
	case s.stop == nil:
		waits = append(waits, r.untilDue(s))
	case s.stop.after > 0:
		waits = append(waits, s.stop.after)
	case s.stop.next == nextEvent:
	case s.stop.condition == domaincertv1alpha1.DeployedCondition,
		s.isStored() && s.stop.condition == domaincertv1alpha1.CertificateValidCondition:
		waits = append(waits, r.untilDue(s))
	default:
		waits = append(waits, jittered(humanPace))
	}
	// The status has to say so when a certificate expires.
	for _, expiry := range []time.Time{expiryOf(s.object.Status.Source), expiryHeld(s.object.Status.Provider), s.warnsAt()} {
		if expiry.After(s.now) {
			waits = append(waits, expiry.Sub(s.now))
		}
	}
	// It has to say so too when a failure has lasted too long, and who waits for an
	// account that is out of reach is not woken for that.
	if ends := s.patienceEnds(); s.stop != nil && s.stop.queued && ends.After(s.now) {
		waits = append(waits, ends.Sub(s.now))
	}
	if s.tidying == tidyOnward {
		waits = append(waits, max(tidyPace, s.tidyAfter))
	}
	if len(waits) == 0 {
		return 0
	}
	return slices.Min(waits)
}

// untilDue is the time until the provider is to be read again.
func (r *DomainCertificateReconciler) untilDue(s *scope) time.Duration {
	return max(r.Ledger.of(s.object.UID).due.Sub(s.now), time.Millisecond)
}

func expiryOf(source *domaincertv1alpha1.SourceStatus) time.Time {
	if source == nil {
		return time.Time{}
	}
	return timeOf(source.NotAfter)
}

func expiryHeld(held *domaincertv1alpha1.ProviderStatus) time.Time {
	if held == nil {
		return time.Time{}
	}
	return timeOf(held.NotAfter)
}

// reasonOf is the reason of the Deployed condition for a provider's error.
func reasonOf(failed *provider.Error) string {
	switch failed.Kind {
	case provider.Throttled:
		return domaincertv1alpha1.ThrottledReason
	case provider.Denied:
		return domaincertv1alpha1.DeniedReason
	case provider.NotFound:
		return domaincertv1alpha1.DomainNotFoundReason
	case provider.Rejected:
		return domaincertv1alpha1.RejectedReason
	case provider.HeldBack:
		return domaincertv1alpha1.HeldBackReason
	case provider.Conflict:
		return domaincertv1alpha1.DeployingReason
	default:
		return unavailableReason(failed)
	}
}

// unavailableReason is the reason of what a provider could not be asked: one that
// tells where to look, if the code does.
func unavailableReason(failed *provider.Error) string {
	switch failed.Code {
	case provider.CodeClockSkew:
		return domaincertv1alpha1.ClockSkewReason
	case provider.CodeTLS:
		return domaincertv1alpha1.ProviderTLSErrorReason
	default:
		return domaincertv1alpha1.UnavailableReason
	}
}

// nextOf is what a provider's error makes the object wait for.
func nextOf(failed *provider.Error) next {
	switch {
	case failed.Queued:
		return nextEvent
	case failed.Kind == provider.Denied, failed.Kind == provider.NotFound, failed.Kind == provider.Rejected, failed.Kind == provider.HeldBack,
		failed.Code == provider.CodeClockSkew: // the one repetition that could help was made
		return nextHuman
	default:
		return nextRetry
	}
}

// afterOf is how long a provider's error makes the object wait; zero leaves it
// to the backoff or to the kind.
func afterOf(failed *provider.Error) time.Duration {
	switch {
	case failed.Queued && failed.Kind == provider.Unavailable:
		return jittered(outagePatience)
	case failed.Queued:
		return turnPatience
	default:
		return failed.RetryAfter
	}
}

// messageOf is what the status says of a provider's error.
func messageOf(failed *provider.Error) string {
	switch {
	case failed.Queued && failed.Kind == provider.Unavailable:
		// Who has asked for all is told the same as those who wait.
		told := *failed
		told.Operation = ""
		return told.Error()
	case failed.Queued:
		return "waiting for the account's turn within its request quota"
	default:
		return failed.Error()
	}
}

// waitsFor is what an earlier answer, kept until its time, waits for.
func waitsFor(reason string) next {
	switch reason {
	case domaincertv1alpha1.DeployingReason, domaincertv1alpha1.ThrottledReason, domaincertv1alpha1.UnavailableReason,
		domaincertv1alpha1.ProviderTLSErrorReason:
		return nextLook
	default:
		return nextHuman
	}
}

// transient reports whether a reason of the Deployed condition is a failure to
// ask, not an answer.
func transient(reason string) bool {
	switch reason {
	case domaincertv1alpha1.UnavailableReason, domaincertv1alpha1.ThrottledReason,
		domaincertv1alpha1.ClockSkewReason, domaincertv1alpha1.ProviderTLSErrorReason:
		return true
	default:
		return false
	}
}

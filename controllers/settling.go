package controllers

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

const (
	// settling is how long a Secret that keeps changing must be left alone before
	// it is deployed, and one whose key and certificate do not match before that is
	// said: the other half may be on its way.
	settling = 2 * time.Second
	// longestSettling is how long one that is never left alone is waited for. What
	// it holds then is deployed.
	longestSettling = 30 * time.Second
)

// flux is what is remembered of a Secret that has changed.
type flux struct {
	// version of the Secret that was seen last, and since when.
	version string
	seen    time.Time
	// restless is since when changes have followed each other; zero while they
	// have not.
	restless time.Time
}

// change is the flux after a look at a version.
func (f flux) change(version string, now time.Time) flux {
	switch {
	case f.version == version:
		return f
	case f.version == "" || now.Sub(f.seen) >= settling:
		return flux{version: version, seen: now}
	case f.restless.IsZero():
		f.restless = now
	}
	return flux{version: version, seen: now, restless: f.restless}
}

// wait is how long the Secret is to be left alone from now on.
func (f flux) wait(now time.Time) time.Duration {
	if f.restless.IsZero() || now.Sub(f.restless) >= longestSettling {
		return 0
	}
	return max(settling-now.Sub(f.seen), 0)
}

// sees notes the version of an object's Secret.
func (l *Ledger) sees(uid types.UID, version string, now time.Time) (after flux) {
	l.update(uid, func(m *memory) {
		m.flux = m.flux.change(version, now)
		after = m.flux
		if !after.restless.IsZero() && after.wait(now) == 0 {
			m.flux.restless = time.Time{} // it is deployed now, and the next change is the first again
		}
	})
	return after
}

// untilSettled asks whether a Secret that has changed is to be left alone for a
// moment, so that one which flaps is not deployed at every turn. A single change
// is not held up, and neither is a certificate for an object that has none yet.
func (r *DomainCertificateReconciler) untilSettled(s *scope, known *domaincertv1alpha1.SourceStatus, metadata *metav1.PartialObjectMetadata) *stop {
	sameVersion := known != nil && known.UID == string(metadata.UID) && known.ResourceVersion == metadata.ResourceVersion
	if known == nil || sameVersion || !s.isObserved() || s.resyncRequested() {
		return nil
	}
	s.memory.flux = r.Ledger.sees(s.object.UID, string(metadata.UID)+"/"+metadata.ResourceVersion, s.now)
	wait := s.memory.flux.wait(s.now)
	if wait == 0 {
		return nil
	}
	s.source = known
	return &stop{
		condition: domaincertv1alpha1.DeployedCondition,
		reason:    domaincertv1alpha1.DeployingReason,
		message:   "the Secret keeps changing; it is deployed once it is left alone",
		next:      nextLook,
		after:     wait,
		quiet:     true,
	}
}

// untilPaired has a bundle of two halves that do not match looked at again, without
// a word, while the other half may be on its way.
func (s *scope) untilPaired(found *stop) *stop {
	rest := settling - s.now.Sub(s.memory.flux.seen)
	if found.reason == domaincertv1alpha1.KeyMismatchReason && s.isObserved() && rest > 0 {
		found.next, found.after, found.quiet = nextLook, rest, true
	}
	return found
}

package controllers

import (
	"time"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
)

// scope is what one reconcile knows. Every field says when it is filled.
type scope struct {
	// object is the DomainCertificate as it was read; only finish changes its
	// status.
	object *domaincertv1alpha1.DomainCertificate
	now    time.Time

	// edge is the provider that providerRef names; filled by accept.
	edge ProviderObject
	// memory is what earlier reconciles of this process left behind; filled
	// before the first phase.
	memory memory

	// source describes the certificate in the Secret; filled by loadBundle,
	// from the status if the Secret has not changed since.
	source *domaincertv1alpha1.SourceStatus
	// bundle is filled by loadBundle if the Secret was read.
	bundle *certbundle.Bundle

	// due is true if the provider must be read now; filled by observe.
	due bool
	// connection to the account; filled by observe if a call is to be made.
	connection *Connection
	// observation is filled by observe if the provider was read.
	observation *provider.Observation
	// decision is filled by observe, together with observation.
	decision provider.Decision
	// sent is filled by deploy if the provider accepted the bundle.
	sent *provider.Handle
	// held is true if the provider accepted the bundle but holds it back;
	// filled by deploy.
	held bool

	// probe is filled by verifyEdge if a handshake was made.
	probe *edgeprobe.Result

	// stop is why the walk ended early, nil if it did not.
	stop *stop
}

// stop is why a phase ended the walk: the condition that is not True, what to
// say of it, and how to go on.
type stop struct {
	condition string
	reason    string
	message   string
	// next is what the object waits for.
	next next
	// after is when to look again; zero if an event will tell.
	after time.Duration
	// queued is true if the object only waits for its turn in line.
	queued bool
	// err is the failure behind the stop, if there is one to log.
	err error
}

// shouldPass reports whether the stop is a failure, or the lack of something,
// that should not last: patience with it has an end.
func (s *stop) shouldPass() bool {
	return s.next == nextRetry || (s.next == nextEvent && !s.queued)
}

// next is what an object waits for after a stop.
type next string

const (
	// nextEvent: an event brings it back (a Secret, a provider, a turn in
	// line), at the latest after stop.after.
	nextEvent next = "Event"
	// nextLook: something is on its way; look again after stop.after.
	nextLook next = "Look"
	// nextRetry: a failure that should pass; retry with backoff.
	nextRetry next = "Retry"
	// nextHuman: somebody must mend something. Looked at again after
	// stop.after, but slowly.
	nextHuman next = "Human"
)

// wantedFingerprint is the leaf that must be served, empty if unknown.
func (s *scope) wantedFingerprint() string {
	if s.source == nil {
		return ""
	}
	return s.source.Fingerprint
}

// leaving reports whether the object is being deleted: then nothing is asked
// but what stands in the way.
func (s *scope) leaving() bool { return !s.object.DeletionTimestamp.IsZero() }

// verifies reports whether the edge is to be asked.
func (s *scope) verifies() bool {
	return s.object.Spec.Verification.Mode == domaincertv1alpha1.VerificationEdge
}

// resyncRequested reports whether the user asked for a read-back that has not
// been acted upon.
func (s *scope) resyncRequested() bool {
	requested := resyncAnnotation(s.object)
	return requested != "" && requested != s.object.Status.LastHandledReconcileAt
}

// resyncAnnotation is the value of the one-shot annotation, cut to what the
// status can hold.
func resyncAnnotation(object *domaincertv1alpha1.DomainCertificate) string {
	const longest = 256
	return cut(object.Annotations[domaincertv1alpha1.ReconcileRequestedAtAnnotation], longest)
}

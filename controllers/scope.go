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

	// source describes the certificate that must be served; filled by
	// loadCertificate, from the status if nothing has changed since. Nil for a
	// free certificate, which is any.
	source *domaincertv1alpha1.SourceStatus
	// bundle is filled by loadCertificate if the Secret was read.
	bundle *certbundle.Bundle
	// existing is the certificate at the provider that must be served; filled by
	// loadCertificate if it was looked up.
	existing *provider.Existing

	// due is true if the provider must be read now; filled by observe, and by
	// loadCertificate if the certificate lives at the provider.
	due bool
	// connection to the account; filled with the first call that is to be made.
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

	// tidying says how the removal of superseded uploads stands; filled by
	// tidyUp.
	tidying tidying
	// tidyAfter is when to go on with it, if the provider says so; filled by
	// tidyUp.
	tidyAfter time.Duration
	// complaint is what is to be told of uploads that stay; filled by tidyUp.
	complaint string

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
	// queued is true if the object stands in line.
	queued bool
	// quiet is true if the stop is no news unless it lasts.
	quiet bool
	// err is the failure behind the stop, if there is one to log.
	err error
}

// shouldPass reports whether the stop is a failure, or the lack of something,
// that should not last: patience with it has an end.
func (s *stop) shouldPass() bool {
	return s.next == nextRetry || (s.next == nextEvent && !s.onlyWaits())
}

// onlyWaits reports whether nothing is wrong but that others go first.
func (s *stop) onlyWaits() bool {
	return s.queued && s.reason == domaincertv1alpha1.ThrottledReason
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

package controllers

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Rechecks has providers checked again when a DomainCertificate finds their
// account refused, or has filled their repository. A provider is checked at most
// once in refusedPace, or gaugePace, however many objects ask for it.
type Rechecks struct {
	// Ledger of the providers.
	Ledger *Ledger
	// Namespaced and Cluster wake the reconcilers of the two kinds.
	Namespaced, Cluster *Waker
}

// Recheck makes a provider's check due.
func (r *Rechecks) Recheck(edge ProviderObject, now time.Time) { r.hasten(edge, now, refusedPace) }

// Hold has everybody who uses a provider wait for its check: what was refused to
// one is refused to all, and the account must not be asked by each of them.
func (r *Rechecks) Hold(edge ProviderObject) { r.Ledger.hold(edge.GetUID()) }

// IsHeld reports whether a provider's check is waited for.
func (r *Rechecks) IsHeld(edge ProviderObject) bool { return r.Ledger.of(edge.GetUID()).held }

// Uploaded makes it due because its account's repository has become fuller.
func (r *Rechecks) Uploaded(edge ProviderObject, now time.Time) { r.hasten(edge, now, gaugePace) }

// Look has a provider look at its credentials now, which checks them if they have
// changed.
func (r *Rechecks) Look(edge ProviderObject) {
	r.waker(edge).WakeAfter(client.ObjectKeyFromObject(edge), 0)
}

// hasten makes it due as soon as least has passed since the last one.
func (r *Rechecks) hasten(edge ProviderObject, now time.Time, least time.Duration) {
	r.waker(edge).WakeAfter(client.ObjectKeyFromObject(edge), r.Ledger.hasten(edge.GetUID(), now, least))
}

// waker of the reconciler for a provider's kind.
func (r *Rechecks) waker(edge ProviderObject) *Waker {
	if edge.GetNamespace() == "" {
		return r.Cluster
	}
	return r.Namespaced
}

package controllers

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Rechecks has providers checked again when a DomainCertificate finds their
// account refused. A provider is checked at most once in refusedPace, however
// many objects complain.
type Rechecks struct {
	// Ledger of the providers.
	Ledger *Ledger
	// Namespaced and Cluster wake the reconcilers of the two kinds.
	Namespaced, Cluster *Waker
}

// Recheck makes a provider's check due.
func (r *Rechecks) Recheck(edge ProviderObject, now time.Time) {
	waker := r.Namespaced
	if edge.GetNamespace() == "" {
		waker = r.Cluster
	}
	waker.WakeAfter(client.ObjectKeyFromObject(edge), r.Ledger.hasten(edge.GetUID(), now, refusedPace))
}

package rig

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// Object is one more domain of a world, with a DomainCertificate and a Secret of
// one name.
type Object struct {
	Name, Domain string
	// Pair is what the Secret held at the beginning.
	Pair testcerts.Pair
}

// AddObject adds a domain with its certificate and its DomainCertificate.
func (w *World) AddObject(ctx context.Context, name string) Object {
	GinkgoHelper()
	object := Object{Name: name, Domain: name + "." + w.Namespace + ".example.com"}
	object.Pair = w.Issue(object.Domain)
	w.AddDomain(object.Domain)
	w.PutCertificate(ctx, name, object.Pair)
	w.Create(ctx, w.DomainCertificate(name, object.Domain))
	return object
}

// Restrict makes the cloud hold something against a domain.
func (w *World) Restrict(domain string, restrictions ...edgesim.Restriction) {
	GinkgoHelper()
	Expect(w.Cloud.PutDomain(w.AccountID, edgesim.Domain{Name: domain, Restrictions: restrictions})).To(Succeed())
}

// SetsOf are the Sets of a certificate, on any domain of the account's.
func (w *World) SetsOf(fingerprint string) []edgesim.Entry {
	var found []edgesim.Entry
	for _, set := range w.Sets("") {
		if set.Fingerprint == fingerprint {
			found = append(found, set)
		}
	}
	return found
}

// Events are those of an object for a reason; one that was repeated counts once.
func (w *World) Events(ctx context.Context, name, reason string) []eventsv1.Event {
	GinkgoHelper()
	var all eventsv1.EventList
	Expect(w.Client.List(ctx, &all, client.InNamespace(w.Namespace))).To(Succeed())
	var found []eventsv1.Event
	for _, event := range all.Items {
		if event.Regarding.Name == name && event.Reason == reason {
			found = append(found, event)
		}
	}
	return found
}

// LearnSecret has the remains searched for one more secret when the suite ends.
func (p *Plane) LearnSecret(name, secret string) { p.remains.learnSecret(name, secret) }

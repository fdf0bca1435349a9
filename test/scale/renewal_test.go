package scale_test

import (
	"context"
	"sync"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/watch"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// patience is how long a certificate may take to be verified before a
// measurement is given up.
const patience = 2 * time.Minute

// setOperation is the call that puts a certificate on a domain.
const setOperation = "SetLiveDomainCertificate"

// issue makes a certificate for a domain.
func (s *scene) issue(d *domain) testcerts.Pair {
	return s.ca.Issue(testcerts.Options{DNSNames: []string{d.name}, NotAfter: d.expiry})
}

func secretData(pair testcerts.Pair) map[string][]byte {
	return map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM}
}

// renew writes another certificate into a domain's Secret, and returns when it
// began to.
func (s *scene) renew(d *domain, pair testcerts.Pair) (time.Time, error) {
	d.secret.Data = secretData(pair)
	d.served = pair
	begin := time.Now()
	return begin, s.client.Update(s.Context(), d.secret)
}

// rotation is how long after the write of a Secret its certificate was set at
// the provider, and seen verified in the status.
type rotation struct{ set, verified time.Duration }

// rotate renews a domain's certificate and waits until it is verified.
func (s *scene) rotate(d *domain, pair testcerts.Pair) rotation {
	s.Helper()
	begin, err := s.renew(d, pair)
	NewWithT(s).Expect(err).NotTo(HaveOccurred())
	verified := s.awaitVerified(d)
	set := s.sim.Journal(edgesim.Query{Operation: setOperation, Fingerprint: pair.Fingerprint, Outcome: edgesim.OutcomeOK})
	NewWithT(s).Expect(set).To(HaveLen(1), "a certificate is set once")
	return rotation{set: set[0].Time.Sub(begin), verified: verified.Sub(begin)}
}

// awaitVerified waits until each domain is verified to serve what its Secret
// holds, and returns when the last of them was.
func (s *scene) awaitVerified(domains ...*domain) time.Time {
	s.Helper()
	var last time.Time
	deadline := time.After(patience)
	for i, d := range domains {
		select {
		case <-s.sightings.of(d.served.Fingerprint).seen:
		case <-deadline:
			s.Fatalf("%s is not verified within %s; %d of %d are", d.name, patience, i, len(domains))
		}
		if at := s.sightings.of(d.served.Fingerprint).at; at.After(last) {
			last = at
		}
	}
	return last
}

// sightings are the times at which certificates were first seen verified.
type sightings struct {
	mutex         sync.Mutex
	byFingerprint map[string]*sighting
}

// sighting of one certificate.
type sighting struct {
	// seen is closed when the certificate is seen, after at is set.
	seen chan struct{}
	at   time.Time
}

// of returns the sighting of a certificate, whether or not it was seen yet.
func (s *sightings) of(fingerprint string) *sighting {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known, ok := s.byFingerprint[fingerprint]
	if !ok {
		known = &sighting{seen: make(chan struct{})}
		s.byFingerprint[fingerprint] = known
	}
	return known
}

// watch follows the status of all DomainCertificates until the test ends.
func (s *scene) watch() *sightings {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	events, err := s.client.Watch(ctx, &domaincertv1alpha1.DomainCertificateList{})
	NewWithT(s).Expect(err).NotTo(HaveOccurred())
	found := &sightings{byFingerprint: map[string]*sighting{}}
	var following sync.WaitGroup
	following.Go(func() { found.follow(events) })
	s.Cleanup(func() {
		cancel()
		events.Stop()
		following.Wait()
	})
	return found
}

func (s *sightings) follow(events watch.Interface) {
	for event := range events.ResultChan() {
		object, ok := event.Object.(*domaincertv1alpha1.DomainCertificate)
		if !ok || object.Status.Edge == nil ||
			!meta.IsStatusConditionTrue(object.Status.Conditions, domaincertv1alpha1.ReadyCondition) ||
			!meta.IsStatusConditionTrue(object.Status.Conditions, domaincertv1alpha1.VerifiedCondition) {
			continue
		}
		now := time.Now()
		first := s.of(object.Status.Edge.Fingerprint)
		if first.at.IsZero() {
			first.at = now
			close(first.seen)
		}
	}
}

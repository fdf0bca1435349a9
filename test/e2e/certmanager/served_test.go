//go:build certmanager

package certmanager_test

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/stage"
)

// awaitFirst waits until the domain is served and the object says so.
func (s site) awaitFirst(ctx context.Context) issuance {
	GinkgoHelper()
	return s.awaitNext(ctx, issuance{})
}

// awaitNext waits until another certificate is served than before, and the
// object says so.
func (s site) awaitNext(ctx context.Context, before issuance) issuance {
	GinkgoHelper()
	next := s.awaitEdge(ctx, before)
	s.awaitSaid(ctx, next)
	return next
}

// awaitSaid waits until the object says that a certificate is served.
func (s site) awaitSaid(ctx context.Context, served issuance) {
	GinkgoHelper()
	for _, condition := range []string{"jsonpath={.status.edge.fingerprint}=" + served.Fingerprint, "condition=Verified", "condition=Ready"} {
		must(ctx, world, "wait", "dcert", s.name, "-n", stage.Namespace, "--for="+condition, "--timeout=2m")
	}
	Eventually(s.says).WithArguments(domaincertv1alpha1.ReadyCondition).WithTimeout(patience).Should(Equal("True Served"))
}

// awaitEdge waits until clients of the domain meet another certificate than
// before, which must be one that cert-manager has issued for it. How long it took
// is noted, unless it is the first one.
func (s site) awaitEdge(ctx context.Context, before issuance) issuance {
	GinkgoHelper()
	var fingerprint string
	var servedAt time.Time
	Eventually(func(g Gomega) {
		leaf, err := world.ServedFor(ctx, s.host, events.roots())
		g.Expect(err).NotTo(HaveOccurred())
		fingerprint, servedAt = stage.Fingerprint(leaf), time.Now()
		g.Expect(fingerprint).NotTo(Equal(before.Fingerprint))
	}).WithContext(ctx).WithTimeout(patience).Should(Succeed())

	var next issuance
	Eventually(func() []issuance {
		all := s.issued()
		if i := slices.IndexFunc(all, func(known issuance) bool { return known.Fingerprint == fingerprint }); i >= 0 {
			next = all[i]
		}
		return all
	}).WithTimeout(patience).Should(ContainElement(HaveField("Fingerprint", fingerprint)))
	if before.Fingerprint != "" {
		took := servedAt.Sub(writtenAt(world, s.secret, next.At))
		timing.add(s.source, took)
		GinkgoWriter.Printf("%s is served %s after cert-manager wrote it\n", s.host, took)
	}
	return next
}

// awaitAnswers waits until the object says what is wrong with its certificate, and
// that the domain is served all the same.
func (s site) awaitAnswers(wrong string) {
	GinkgoHelper()
	Eventually(s.says).WithArguments(domaincertv1alpha1.CertificateValidCondition).WithTimeout(patience).Should(Equal("False " + wrong))
	Eventually(s.says).WithArguments(domaincertv1alpha1.ReadyCondition).WithTimeout(patience).Should(Equal("True " + domaincertv1alpha1.RotatingReason))
}

// served is the fingerprint that clients of the domain meet now.
func (s site) served(ctx context.Context) string {
	GinkgoHelper()
	leaf, err := world.ServedFor(ctx, s.host, events.roots())
	Expect(err).NotTo(HaveOccurred())
	return stage.Fingerprint(leaf)
}

// issued are the certificates that the site's Secret has held, the oldest first.
func (s site) issued() []issuance { return events.issuances(stage.Namespace, s.secret) }

// says is the object's last answer to a question, as "STATUS REASON".
func (s site) says(question string) string { return events.says(s.name, question) }

// sets are the requests that have put something on the domain, or have tried to.
func (s site) sets(ctx context.Context) []edgesim.Entry {
	GinkgoHelper()
	text, err := world.Admin(ctx, "/journal?operation=SetLiveDomainCertificate&domain="+s.host, nil)
	Expect(err).NotTo(HaveOccurred())
	var entries []edgesim.Entry
	Expect(json.Unmarshal(text, &entries)).To(Succeed())
	return entries
}

// expectEachSentOnce asserts that every certificate of the Secret was sent to the
// domain once, in order, and nothing else was; that no pair was found torn; and
// that the domain never was in doubt after it had been served for the first
// time. Certificates that were renewed before the object was there do not count.
func (s site) expectEachSentOnce(ctx context.Context) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		var issued, sent []string
		for _, one := range s.issued() {
			issued = append(issued, one.Fingerprint)
		}
		for _, set := range s.sets(ctx) {
			g.Expect(set.Outcome).To(Equal(edgesim.OutcomeOK))
			sent = append(sent, set.Fingerprint)
		}
		g.Expect(sent).NotTo(BeEmpty())
		g.Expect(issued).To(ContainElement(sent[0]))
		g.Expect(sent).To(Equal(issued[slices.Index(issued, sent[0]):]))
	}).WithContext(ctx).WithTimeout(patience).Should(Succeed())
	Expect(events.said(s.name, domaincertv1alpha1.CertificateValidCondition)).
		NotTo(ContainElement(HaveSuffix(domaincertv1alpha1.KeyMismatchReason)))
	Expect(events.saidSinceReady(s.name)).To(HaveEach(HavePrefix("True")))
}

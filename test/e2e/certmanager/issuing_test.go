//go:build certmanager

package certmanager_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/stage"
)

// What is served stays in place whatever becomes of the Certificate.
var _ = Describe("A domain that is served", func() {
	It("is served on while an issuance lasts, which certificateRef waits for", func(ctx SpecContext) {
		apply(ctx, world, authority("fickle", "root", stage.Namespace, "Issuer"))
		must(ctx, world, "wait", "issuer/fickle", "-n", stage.Namespace, "--for=condition=Ready", "--timeout=2m")
		s := newSite(ctx, "waiting", certificateRef, "issuerRef: {kind: Issuer, name: fickle}")
		before := s.awaitFirst(ctx)

		signWith := func(secret string) {
			GinkgoHelper()
			must(ctx, world, "patch", "issuer", "fickle", "-n", stage.Namespace, "--type=merge", "-p", `{"spec":{"ca":{"secretName":"`+secret+`"}}}`)
		}
		signWith("nowhere")
		must(ctx, world, "wait", "issuer/fickle", "-n", stage.Namespace, "--for=condition=Ready=False", "--timeout=2m")
		renew(ctx, s.secret)
		s.awaitAnswers(domaincertv1alpha1.IssuingReason)
		Expect(s.served(ctx)).To(Equal(before.Fingerprint))

		signWith("fickle")
		s.awaitNext(ctx, before)
		s.expectEachSentOnce(ctx)
	}, SpecTimeout(timeout))

	DescribeTable("is served on while its Secret is gone, and then with the one that is issued in its place", func(ctx SpecContext, source string) {
		s := newSite(ctx, "lost-by-"+strings.ToLower(source), source, "")
		before := s.awaitFirst(ctx)
		must(ctx, world, "delete", "secret", s.secret, "-n", stage.Namespace)
		next := s.awaitNext(ctx, before)
		Expect(next.Leaf.RawSubjectPublicKeyInfo).NotTo(Equal(before.Leaf.RawSubjectPublicKeyInfo))
		s.expectEachSentOnce(ctx)
	},
		Entry("by secretRef", SpecTimeout(timeout), secretRef),
		Entry("by certificateRef", SpecTimeout(timeout), certificateRef),
	)

	It("is served on from another Secret when its Certificate names one", func(ctx SpecContext) {
		s := newSite(ctx, "moved", certificateRef, "")
		before := s.awaitFirst(ctx)
		must(ctx, world, "patch", "certificate", s.secret, "-n", stage.Namespace, "--type=merge", "-p", `{"spec":{"secretName":"moved-elsewhere"}}`)
		after := s
		after.secret = "moved-elsewhere"
		next := after.awaitNext(ctx, before)
		Expect(s.issued()).To(HaveLen(1))
		Expect(s.sets(ctx)).To(HaveExactElements(
			And(HaveField("Outcome", edgesim.OutcomeOK), HaveField("Fingerprint", before.Fingerprint)),
			And(HaveField("Outcome", edgesim.OutcomeOK), HaveField("Fingerprint", next.Fingerprint)),
		))
	}, SpecTimeout(timeout))

	It("is served on while its Certificate is gone, and asks for nothing when it is back", func(ctx SpecContext) {
		s := newSite(ctx, "recreated", certificateRef, "")
		before := s.awaitFirst(ctx)
		must(ctx, world, "delete", "certificate", s.secret, "-n", stage.Namespace)
		s.awaitAnswers(domaincertv1alpha1.SecretNotFoundReason)
		Expect(s.served(ctx)).To(Equal(before.Fingerprint))

		apply(ctx, world, certificate(s.secret, s.host, ""))
		s.awaitSaid(ctx, before)
		Expect(s.sets(ctx)).To(HaveLen(1))
		renew(ctx, s.secret)
		s.awaitNext(ctx, before)
		s.expectEachSentOnce(ctx)
	}, SpecTimeout(timeout))
})

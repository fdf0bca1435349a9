//go:build certmanager

package certmanager_test

import (
	"bytes"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/stage"
)

// A self-signed root, an intermediate that it signs, and Certificates from that
// one: clients of the domains trust the root alone.
var _ = Describe("A Certificate", func() {
	DescribeTable("is served, and so is each renewal that is forced", func(ctx SpecContext, source string) {
		s := newSite(ctx, "forced-by-"+strings.ToLower(source), source, "")
		served := s.awaitFirst(ctx)
		for range 3 {
			renew(ctx, s.secret)
			served = s.awaitNext(ctx, served)
		}
		s.expectEachSentOnce(ctx)
	},
		Entry("by its Secret", SpecTimeout(timeout), secretRef),
		Entry("by its own name", SpecTimeout(timeout), certificateRef),
	)

	It("is served where it was issued before the operator started", func(ctx SpecContext) {
		resident.awaitFirst(ctx)
		resident.expectEachSentOnce(ctx)
	}, SpecTimeout(timeout))

	It("is served where a DomainCertificate has waited for its Secret", func(ctx SpecContext) {
		s := site{name: stage.Name, host: stage.Domain, source: secretRef, secret: stage.SecretName}
		Eventually(s.says).WithArguments("CertificateValid").WithTimeout(patience).Should(Equal("False SecretNotFound"))
		apply(ctx, world, certificate(s.secret, s.host, ""))
		s.awaitFirst(ctx)
		s.expectEachSentOnce(ctx)
	}, SpecTimeout(timeout))

	DescribeTable("is served with the right key", func(ctx SpecContext, name, source, privateKey string, keeps bool) {
		s := newSite(ctx, name, source, "privateKey: "+privateKey)
		served := s.awaitFirst(ctx)
		for range 2 {
			before := served
			renew(ctx, s.secret)
			served = s.awaitNext(ctx, before)
			kept := bytes.Equal(served.Leaf.RawSubjectPublicKeyInfo, before.Leaf.RawSubjectPublicKeyInfo)
			Expect(kept).To(Equal(keeps))
		}
		s.expectEachSentOnce(ctx)
	},
		Entry("if each renewal changes it, as is the default", SpecTimeout(timeout), "changes-key", secretRef, "{algorithm: ECDSA}", false),
		Entry("if each renewal of an issuance that is waited for changes it", SpecTimeout(timeout), "changes-rsa-key", certificateRef, "{algorithm: RSA, rotationPolicy: Always}", false),
		Entry("if renewals keep it", SpecTimeout(timeout), "keeps-rsa-key", secretRef, "{algorithm: RSA, rotationPolicy: Never}", true),
		Entry("if renewals of an issuance that is waited for keep it", SpecTimeout(timeout), "keeps-key", certificateRef, "{algorithm: ECDSA, rotationPolicy: Never}", true),
	)

	DescribeTable("is served anew whenever its time has come", func(ctx SpecContext, source string) {
		// So short is refused by cert-manager's webhook, which does not run here: another
		// one every quarter of a minute.
		s := newSite(ctx, "timed-by-"+strings.ToLower(source), source, "duration: 60s\n  renewBefore: 45s")
		served := s.awaitFirst(ctx)
		for range 3 {
			served = s.awaitEdge(ctx, served)
		}
		s.expectEachSentOnce(ctx)
	},
		Entry("by its Secret", SpecTimeout(timeout), secretRef),
		Entry("by its own name", SpecTimeout(timeout), certificateRef),
	)

	It("is served at all domains that it covers", func(ctx SpecContext) {
		apply(ctx, world, certificate("wildcard", "*.example.com", ""))
		sites := []site{
			{name: "left", host: "left.example.com", source: secretRef, secret: "wildcard"},
			{name: "right", host: "right.example.com", source: certificateRef, secret: "wildcard"},
		}
		served := make([]issuance, len(sites))
		for i, s := range sites {
			s.deploy(ctx, world)
			served[i] = s.awaitFirst(ctx)
		}
		renew(ctx, "wildcard")
		for i, s := range sites {
			served[i] = s.awaitEdge(ctx, served[i])
		}
		for i, s := range sites {
			s.awaitSaid(ctx, served[i])
			s.expectEachSentOnce(ctx)
		}
		Expect(served[0].Fingerprint).To(Equal(served[1].Fingerprint))
	}, SpecTimeout(timeout))
})

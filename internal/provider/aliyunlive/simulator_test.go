package aliyunlive_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("Against the simulator", func() {
	DescribeTable("a certificate's life",
		func(ctx SpecContext, version string, settings edgesim.Settings, wire string) {
			simulator := alibaba.NewSimulator(settings, edgesim.Domain{Name: wire})
			adapter := newAdapter(simulator, alibaba.Signature(version))
			ca := testcerts.NewCA("Example")
			t := target()
			t.Domain = strings.Replace(wire, ".example", "*.example", 1)
			if wire == domain {
				t.Domain = domain
			}
			options := testcerts.Options{DNSNames: []string{t.Domain}}

			observation, err := adapter.Observe(ctx, t)
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.Found).To(BeFalse())
			Expect(observation.HTTPS).NotTo(Equal(provider.HTTPSOn))

			for range 2 { // set, and renewed
				bundle := alibaba.NewBundle(ca, options)
				handle := deploy(ctx, adapter, t, bundle)
				Expect(handle.CertificateName).To(Equal(name))
				Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()))
				Expect(handle.RequestID).NotTo(BeEmpty())
				Expect(deploy(ctx, adapter, t, bundle).Fingerprint).To(Equal(bundle.Fingerprint()), "it is safe to repeat")

				observation, err = adapter.Observe(ctx, t)
				Expect(err).NotTo(HaveOccurred())
				Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
				Expect(observation.HTTPS).To(Equal(provider.HTTPSOn))
				Expect(observation.CertificateType).To(Equal("upload"))
				Expect(observation.CertificateID).NotTo(BeEmpty())
				Expect(observation.NotAfter).To(Equal(bundle.Leaf().NotAfter))
				Expect(observation.Calls).To(Equal(2))

				t.Known = provider.Handle{CertificateID: observation.CertificateID, CertificateName: observation.CertificateName, Fingerprint: observation.Fingerprint}
				again, err := adapter.Observe(ctx, t)
				Expect(err).NotTo(HaveOccurred())
				Expect(again.Calls).To(Equal(1))
				Expect(again.CertificateID).To(Equal(observation.CertificateID))
			}

			for range 2 { // already gone is success
				Expect(adapter.Withdraw(ctx, t)).To(Succeed())
			}
			observation, err = adapter.Observe(ctx, t)
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.Found).To(BeFalse())
			for _, entry := range simulator.Journal(edgesim.Query{}) {
				Expect(entry.KeyInURL).To(BeFalse())
				Expect(entry.Outcome).To(Equal(edgesim.OutcomeOK))
				Expect(entry.Signature).To(Equal(version))
				Expect(entry.Domain).To(Or(Equal(wire), BeEmpty()))
			}
		},
		Entry("signature V3", aliyun.SignatureV3, edgesim.Settings{}, domain),
		Entry("signature V1", aliyun.SignatureV1, edgesim.Settings{}, domain),
		Entry("a wildcard", aliyun.SignatureV3, edgesim.Settings{}, ".example.com"),
		Entry("a wildcard with signature V1", aliyun.SignatureV1, edgesim.Settings{}, ".example.com"),
		Entry("CertInfo as an object in a wrapper, as the page shows", aliyun.SignatureV3, edgesim.Settings{CertInfo: edgesim.FormObject, Wrapped: true}, domain),
		Entry("the leaf alone described", aliyun.SignatureV3, edgesim.Settings{SSLPub: edgesim.SSLPubLeaf}, domain),
		Entry("an empty list without certificate", aliyun.SignatureV3, edgesim.Settings{NoCertificate: edgesim.NoCertificateEmpty}, domain),
		Entry("no list without certificate", aliyun.SignatureV3, edgesim.Settings{NoCertificate: edgesim.NoCertificateAbsent}, domain),
		Entry("equal content refused", aliyun.SignatureV3, edgesim.Settings{DuplicateContent: edgesim.DuplicateReject}, domain),
	)

	DescribeTable("the keys that a bundle can have",
		func(ctx SpecContext, kind testcerts.KeyKind) {
			adapter := newAdapter(alibaba.NewSimulator(edgesim.Settings{PEM: edgesim.PEMDocumented}, edgesim.Domain{Name: domain}))
			bundle := alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{domain}, Key: kind})
			Expect(deploy(ctx, adapter, target(), bundle).Fingerprint).To(Equal(bundle.Fingerprint()))
		},
		Entry("RSA", testcerts.RSA2048),
		Entry("ECDSA", testcerts.ECDSAP256),
	)

	DescribeTable("what the cloud holds against a domain",
		func(ctx SpecContext, held edgesim.Domain, code string, kind provider.Kind) {
			held.Name = domain
			simulator := alibaba.NewSimulator(edgesim.Settings{}, held)
			_, err := newAdapter(simulator).Deploy(ctx, target(), aBundle())
			failure := alibaba.ExpectFailure(err, kind)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Account).To(BeFalse())
			Expect(alibaba.Operations(simulator)).To(HaveLen(1))
		},
		Entry("offline", edgesim.Domain{Status: "offline"}, "InvalidDomain.notOnline", provider.NotFound),
		Entry("being configured", edgesim.Domain{Status: "configuring"}, "ServiceBusy", provider.Conflict),
		Entry("denied by RAM", restricted(edgesim.RestrictionDenied), "NoPermission", provider.Denied),
		Entry("not owned", restricted(edgesim.RestrictionNotOwned), "IllegalOperationDomain", provider.Denied),
		Entry("not permitted", restricted(edgesim.RestrictionIllegalOperation), "IllegalOperation", provider.Denied),
		Entry("not authenticated", restricted(edgesim.RestrictionAuthentication), "AuthenticationFailed", provider.Denied),
		Entry("safe mode", restricted(edgesim.RestrictionSafeMode), "DomainInSafeMode", provider.Rejected),
		Entry("protected mode", restricted(edgesim.RestrictionProtectedMode), "DomainInProtectedMode", provider.Rejected),
		Entry("another function", restricted(edgesim.RestrictionFunctionMutex), "FunctionMutex", provider.Conflict),
		Entry("storage out of order", restricted(edgesim.RestrictionStorageFailed), "CertStorage.failed", provider.Unavailable),
		Entry("held back", restricted(edgesim.RestrictionSettedNotEffect), "Certificate.SettedNotEffect", provider.HeldBack),
	)

	DescribeTable("what it holds against switching off",
		func(ctx SpecContext, restriction edgesim.Restriction, code string, kind provider.Kind) {
			adapter := newAdapter(alibaba.NewSimulator(edgesim.Settings{}, edgesim.Domain{Name: domain, Restrictions: []edgesim.Restriction{restriction}}))
			deploy(ctx, adapter, target(), aBundle())
			Expect(alibaba.ExpectFailure(adapter.Withdraw(ctx, target()), kind).Code).To(Equal(code))
		},
		Entry("it would change scheduling", edgesim.RestrictionNotPermittedOff, "Certificate.NotPermittedOff", provider.Rejected),
		Entry("it fails", edgesim.RestrictionDeleteFailed, "DeleteFailed", provider.Unavailable),
	)

	It("an unknown domain is not found, and withdrawn already", func(ctx SpecContext) {
		adapter := newAdapter(alibaba.NewSimulator(edgesim.Settings{}))
		_, err := adapter.Observe(ctx, target())
		Expect(alibaba.ExpectFailure(err, provider.NotFound).Advice).NotTo(BeEmpty())
		_, err = adapter.Deploy(ctx, target(), aBundle())
		Expect(alibaba.ExpectFailure(err, provider.NotFound).Advice).NotTo(BeEmpty())
		Expect(adapter.Withdraw(ctx, target())).To(Succeed())
	})

	It("bad input is refused by the product's own checks", func(ctx SpecContext) {
		adapter := newAdapter(alibaba.NewSimulator(edgesim.Settings{MaxCertificateBytes: 3000}, edgesim.Domain{Name: domain}))
		ca := testcerts.NewCA("Example")
		expired := alibaba.NewBundle(ca, testcerts.Options{DNSNames: []string{domain}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)})
		_, err := adapter.Deploy(ctx, target(), expired)
		Expect(alibaba.ExpectFailure(err, provider.Rejected).Code).To(Equal("Certificate.Expired"))

		long := target()
		long.Name = strings.Repeat("n", 129)
		_, err = adapter.Deploy(ctx, long, aBundle())
		Expect(alibaba.ExpectFailure(err, provider.Rejected).Code).To(Equal("InvalidCertName.TooLong"))

		long.Name = ""
		_, err = adapter.Deploy(ctx, long, aBundle())
		Expect(alibaba.ExpectFailure(err, provider.Rejected).Code).To(Equal("CertName.MissingParameter"))

		names := []string{domain}
		for i := range 200 {
			names = append(names, strings.Repeat(string(rune('a'+i%26)), 40)+".example.com")
		}
		_, err = adapter.Deploy(ctx, target(), alibaba.NewBundle(ca, testcerts.Options{DNSNames: names}))
		Expect(alibaba.ExpectFailure(err, provider.Rejected).Code).To(Equal("InvalidCertificate.TooLong"))
	})
})

// restricted is a domain with one restriction.
func restricted(restriction edgesim.Restriction) edgesim.Domain {
	return edgesim.Domain{Restrictions: []edgesim.Restriction{restriction}}
}

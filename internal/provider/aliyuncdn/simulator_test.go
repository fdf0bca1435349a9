package aliyuncdn_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("Against the simulator", func() {
	for _, p := range products() {
		DescribeTable("a certificate's life at "+p.name,
			func(ctx SpecContext, version string, settings edgesim.Settings, user string) {
				simulator := alibaba.NewSimulator(settings, p.domain(aliyun.WireDomain(user)))
				adapter := p.before(simulator, alibaba.Signature(version))
				ca, t := testcerts.NewCA("Example"), provider.Target{Domain: user, Name: name}

				observation, err := adapter.Observe(ctx, t)
				Expect(err).NotTo(HaveOccurred())
				Expect(observation.Found).To(BeFalse())

				for range 3 { // set, and renewed twice
					bundle := alibaba.NewBundle(ca, testcerts.Options{DNSNames: []string{user}})
					handle := deploy(ctx, adapter, t, bundle)
					Expect(handle.CertificateName).To(Equal(provider.UploadName(name, bundle.Fingerprint())))
					Expect(handle.RequestID).NotTo(BeEmpty())
					Expect(strings.TrimSpace(handle.RequestID)).To(Equal(handle.RequestID))

					observation, err = adapter.Observe(ctx, t)
					Expect(err).NotTo(HaveOccurred())
					Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
					Expect(observation.HTTPS).To(Equal(provider.HTTPSOn))
					Expect(observation.CertificateType).To(Equal("upload"))
					Expect(observation.CertificateID).NotTo(BeEmpty())
					Expect(observation.NotBefore).To(Equal(bundle.Leaf().NotBefore))
					Expect(observation.Calls).To(Equal(p.calls))
					Expect(observation.AlsoServed).To(BeEmpty())
					Expect(observation.Trouble).NotTo(HaveOccurred())

					t.Known = provider.Handle{CertificateID: observation.CertificateID, CertificateName: observation.CertificateName, Fingerprint: observation.Fingerprint}
					again, err := adapter.Observe(ctx, t)
					Expect(err).NotTo(HaveOccurred())
					Expect(again.Calls).To(Equal(1))
				}
				Expect(simulator.Stored(alibaba.AccountID)).To(HaveLen(3), "nothing is stored twice, and nothing replaced")

				for range 2 { // already gone is success
					Expect(adapter.Withdraw(ctx, t)).To(Succeed())
				}
				observation, err = adapter.Observe(ctx, t)
				Expect(err).NotTo(HaveOccurred())
				Expect(observation.Found).To(BeFalse())
				for _, entry := range simulator.Journal(edgesim.Query{}) {
					Expect(entry.Outcome).To(Equal(edgesim.OutcomeOK))
					Expect(entry.Signature).To(Equal(version))
				}
			},
			Entry("signature V3", aliyun.SignatureV3, edgesim.Settings{}, domain),
			Entry("signature V1", aliyun.SignatureV1, edgesim.Settings{}, domain),
			Entry("a wildcard", aliyun.SignatureV3, edgesim.Settings{}, "*.example.com"),
			Entry("CertInfo as an object in a wrapper", aliyun.SignatureV3, edgesim.Settings{CertInfo: edgesim.FormObject, Wrapped: true}, domain),
			Entry("CertInfos as the list itself", aliyun.SignatureV3, edgesim.Settings{CertInfo: edgesim.FormBare}, domain),
			Entry("the leaf alone described", aliyun.SignatureV3, edgesim.Settings{SSLPub: edgesim.SSLPubLeaf}, domain),
			Entry("an empty list without certificate", aliyun.SignatureV3, edgesim.Settings{NoCertificate: edgesim.NoCertificateEmpty}, domain),
			Entry("no list without certificate", aliyun.SignatureV3, edgesim.Settings{NoCertificate: edgesim.NoCertificateAbsent}, domain),
			Entry("a stray newline in request ids", aliyun.SignatureV3, edgesim.Settings{StrayNewline: true}, domain),
			Entry("the list of domains as an array", aliyun.SignatureV3, edgesim.Settings{DomainList: edgesim.DomainListArray}, "*.example.com"),
			Entry("whatever is stored already refused", aliyun.SignatureV3,
				edgesim.Settings{DuplicateContent: edgesim.DuplicateReject, RepeatedUpload: edgesim.RepeatedReject}, domain),
		)

		DescribeTable("a lost answer of "+p.name+" makes no second upload",
			func(ctx SpecContext, settings edgesim.Settings, code string) {
				simulator := alibaba.NewSimulator(settings, p.domain(domain))
				adapter, bundle := p.before(simulator), aBundle()
				_, err := simulator.AddFault(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Operation: p.set, Count: 1})
				Expect(err).NotTo(HaveOccurred())
				_, err = adapter.Deploy(ctx, target(), bundle)
				Expect(alibaba.ExpectFailure(err, provider.Unavailable).Code).To(Equal("connection"))
				handle := deploy(ctx, adapter, target(), bundle)
				Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()))
				Expect(simulator.Stored(alibaba.AccountID)).To(HaveLen(1))
				Expect(simulator.Journal(edgesim.Query{Operation: p.set})[1].Outcome).To(Equal(code))
			},
			Entry("where repeating is accepted", edgesim.Settings{}, edgesim.OutcomeOK),
			Entry("where it is refused", edgesim.Settings{RepeatedUpload: edgesim.RepeatedReject}, "Certificate.Duplicated"),
			Entry("where it is refused in CDN's own code", edgesim.Settings{RepeatedUpload: edgesim.RepeatedReject, TakenName: edgesim.TakenNameExists}, "CertNameAlreadyExists"),
		)

		DescribeTable("what the cloud holds against a domain of "+p.name,
			func(ctx SpecContext, held edgesim.Domain, code string, kind provider.Kind) {
				held.Name, held.Product = domain, p.simulated
				simulator := alibaba.NewSimulator(edgesim.Settings{}, held)
				_, err := p.before(simulator).Deploy(ctx, target(), aBundle())
				failure := alibaba.ExpectFailure(err, kind)
				Expect(failure.Code).To(Equal(code))
				Expect(failure.Account).To(BeFalse())
				Expect(alibaba.Operations(simulator)).To(HaveLen(1))
			},
			Entry("offline", edgesim.Domain{Status: "offline"}, offline(p), provider.NotFound),
			Entry("being configured", edgesim.Domain{Status: "configuring"}, "ServiceBusy", provider.Conflict),
			Entry("denied by RAM", restricted(edgesim.RestrictionDenied), "NoPermission", provider.Denied),
			Entry("not owned", restricted(edgesim.RestrictionNotOwned), "IllegalOperationDomain", provider.Denied),
			Entry("safe mode", restricted(edgesim.RestrictionSafeMode), "DomainInSafeMode", provider.Rejected),
			Entry("another function", restricted(edgesim.RestrictionFunctionMutex), "FunctionMutex", provider.Conflict),
			Entry("storage out of order", restricted(edgesim.RestrictionStorageFailed), "CertStorage.failed", provider.Unavailable),
			Entry("held back", restricted(edgesim.RestrictionSettedNotEffect), "Certificate.SettedNotEffect", provider.HeldBack),
		)

		It("a domain of another product is not found at "+p.name, func(ctx SpecContext) {
			adapter := p.before(alibaba.NewSimulator(edgesim.Settings{}, edgesim.Domain{Name: domain}))
			_, err := adapter.Deploy(ctx, target(), aBundle())
			Expect(alibaba.ExpectFailure(err, provider.NotFound).Advice).To(ContainSubstring(p.name))
			Expect(adapter.Withdraw(ctx, target())).To(Succeed())
		})
	}
})

// offline is the product's code for a domain that is stopped.
func offline(p product) string {
	if p.name == vod().name {
		return "InvalidDomain.Offline"
	}
	return "InvalidDomain.notOnline"
}

// restricted is a domain with one restriction.
func restricted(restriction edgesim.Restriction) edgesim.Domain {
	return edgesim.Domain{Restrictions: []edgesim.Restriction{restriction}}
}

package edgesim_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("what an account has stored", func() {
	It("is listed from both stores, with the domains last set to it", func() {
		bought, free := issueFor("*.example.com"), issueFor("*.example.com")
		sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "bought", Type: "cas"}, bought), provide(edgesim.ProvidedCertificate{Name: "free", Type: "free"}, free))
		live := newClient(sim.APIAddress())
		Expect(live.call(setOperation, issueFor(domainName).on()).code()).To(BeEmpty())
		Expect(live.call(setOperation, params{"DomainName": "two.example.com", "SSLProtocol": "on", "CertType": "free", "CertName": "free"}).code()).To(BeEmpty())
		Expect(live.call("DescribeLiveCertificateList", nil).at("CertificateListModel", "Count")).To(BeEquivalentTo(3))
		Expect(sim.Stored(accountID)).To(HaveExactElements(
			And(HaveField("Name", "bought"), HaveField("Kind", "cas"), HaveField("Store", "cas"), HaveField("Status", "issued"),
				HaveField("Fingerprint", bought.fingerprint), HaveField("Domains", BeEmpty())),
			And(HaveField("Name", "free"), HaveField("Store", "live"), HaveField("Status", "success"), HaveField("Domains", ConsistOf("two.example.com"))),
			And(HaveField("Name", "first"), HaveField("Kind", "upload"), HaveField("Store", "live"), HaveField("Domains", ConsistOf(domainName)))))
		Expect(sim.Stored("nobody")).To(BeEmpty())
	})
})

var _ = Describe("a free certificate", func() {
	pending := func(status string) (*edgesim.Server, *client, upload) {
		cert := issueFor(domainName)
		sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "free", Type: "free", Status: status}, cert), func(c *edgesim.Config) {
			c.Settings.FreePending = edgesim.FreePendingAccept
		})
		return sim, newClient(sim.APIAddress()), cert
	}
	set := params{"DomainName": domainName, "SSLProtocol": "on", "CertType": "free", "CertName": "free"}

	It("is described while it is applied for, and served once it is issued", func() {
		sim, c, cert := pending("applying")
		Expect(c.call(setOperation, set).code()).To(BeEmpty())
		status := func() any {
			return c.call(describe, params{"DomainName": domainName}).at("CertInfos", "CertInfo", "Status")
		}
		Expect(status()).To(Equal("applying"))
		Expect(handshake(sim, domainName)).Error().To(MatchError(ContainSubstring("unrecognized name")))
		Expect(sim.SetCertificateStatus(accountID, "free", "checking")).To(Succeed())
		Expect(status()).To(Equal("checking"))
		Expect(handshake(sim, domainName)).Error().To(HaveOccurred())
		Expect(sim.SetCertificateStatus(accountID, "free", "success")).To(Succeed())
		Expect(status()).To(Equal("success"))
		Expect(handshake(sim, domainName)).To(Equal(cert.fingerprint))
		Expect(sim.SetCertificateStatus(accountID, "free", "failed")).To(Succeed())
		Expect(status()).To(Equal("failed"))
		Expect(handshake(sim, domainName)).To(Equal(cert.fingerprint), "a renewal that failed takes nothing away")
	})

	It("leaves the one before in service while it is applied for", func() {
		sim, c, _ := pending("applying")
		first := issueFor(domainName)
		Expect(c.call(setOperation, first.on()).code()).To(BeEmpty())
		Expect(c.call(setOperation, set).code()).To(BeEmpty())
		Expect(handshake(sim, domainName)).To(Equal(first.fingerprint))
	})

	DescribeTable("can be in any state of the page",
		func(status string) {
			_, c, _ := pending(status)
			Expect(c.call(setOperation, set).code()).To(BeEmpty())
			Expect(c.call(describe, params{"DomainName": domainName}).at("CertInfos", "CertInfo", "Status")).To(Equal(status))
		},
		Entry(nil, "success"), Entry(nil, "checking"), Entry(nil, "cname_error"), Entry(nil, "domain_invalid"),
		Entry(nil, "unsupport_wildcard"), Entry(nil, "applying"), Entry(nil, "failed"),
	)

	It("changes its status when it is provided again", func() {
		sim, c, cert := pending("applying")
		Expect(c.call(setOperation, set).code()).To(BeEmpty())
		Expect(sim.PutAccount(edgesim.Account{ID: accountID, Keys: []edgesim.AccessKey{{ID: keyID, Secret: keySecret}}, Certificates: []edgesim.ProvidedCertificate{
			{Name: "free", Type: "free", Certificate: cert.pub, PrivateKey: edgesim.Secret(cert.pri)}}})).To(Succeed())
		Expect(handshake(sim, domainName)).To(Equal(cert.fingerprint))
	})

	DescribeTable("and others refuse states that they cannot have",
		func(name, status, complaint string) {
			sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "free", Type: "free"}, issueFor(domainName)),
				provide(edgesim.ProvidedCertificate{Name: "bought", Type: "cas"}, issueFor(domainName)))
			mustUpload(sim, "mine", issueFor(domainName))
			Expect(sim.SetCertificateStatus(accountID, name, status)).To(MatchError(ContainSubstring(complaint)))
			Expect(sim.SetCertificateStatus("nobody", name, status)).To(MatchError(ContainSubstring("nobody")))
		},
		Entry("free", "free", "revoked", `"revoked"`),
		Entry("bought", "bought", "applying", `"applying"`),
		Entry("an upload has none", "mine", "success", "mine"),
		Entry("nothing", "none", "success", "none"),
	)
})

var _ = Describe("changing certificates out of band", func() {
	It("adds to the repository for the products that upload there, and replaces nothing in it", func() {
		sim := startNetworks()
		pair := func() testcerts.Pair {
			return testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{"*.example.com"}})
		}
		first := pair()
		for _, n := range networks() {
			Expect(sim.SetOutOfBand(n.domain, "console", first.CertificatePEM, first.KeyPEM)).To(Succeed())
			Expect(handshake(sim, n.domain)).To(Equal(first.Fingerprint))
		}
		Expect(sim.Stored(accountID)).To(ConsistOf(And(HaveField("Store", "cas"), HaveField("Domains", HaveLen(3)))))
		other := pair()
		Expect(sim.SetOutOfBand(cdnDomain, "console", other.CertificatePEM, other.KeyPEM)).To(MatchError(ContainSubstring("never replaced")))
		Expect(sim.SetOutOfBand(cdnDomain, "", nil, nil)).To(Succeed())
		Expect(handshake(sim, cdnDomain)).Error().To(HaveOccurred())
		Expect(sim.SetOutOfBand(domainName, "live", other.CertificatePEM, other.KeyPEM)).To(Succeed())
		Expect(sim.SetOutOfBand(domainName, "live", first.CertificatePEM, first.KeyPEM)).To(Succeed(), "Live replaces by name")
		Expect(sim.SetOutOfBand("nobody.example.com", "", nil, nil)).To(MatchError(ContainSubstring("nobody")))
	})
})

var _ = Describe("a domain", func() {
	DescribeTable("is refused with attributes that its product does not have",
		func(d edgesim.Domain, complaint string) {
			d.Name = "new.example.com"
			Expect(start().PutDomain(accountID, d)).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("unknown product", edgesim.Domain{Product: "oss"}, "oss"),
		Entry("Live's type with CDN", edgesim.Domain{Product: edgesim.ProductCDN, Type: "liveEdge"}, "liveEdge"),
		Entry("a type with DCDN", edgesim.Domain{Product: edgesim.ProductDCDN, Type: "web"}, "web"),
		Entry("CDN's status with Live", edgesim.Domain{Status: "checking"}, "checking"),
		Entry("a CNAME status with Live", edgesim.Domain{CnameStatus: "ok"}, "cnameStatus"),
		Entry("an unknown CNAME status", edgesim.Domain{Product: edgesim.ProductVOD, CnameStatus: "fine"}, "fine"),
		Entry("an unknown certificate status", edgesim.Domain{Product: edgesim.ProductCDN, CertificateStatus: "fine"}, "fine"),
	)

	It("belongs to one product", func() {
		sim := startNetworks()
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: "CDN.example.com", Product: edgesim.ProductDCDN})).To(MatchError(ContainSubstring("belongs to product cdn")))
		twice := edgesim.Account{ID: "7", Domains: []edgesim.Domain{{Name: "a.example.com", Product: edgesim.ProductVOD}, {Name: "a.example.com"}}}
		Expect(sim.PutAccount(twice)).To(MatchError(ContainSubstring("belongs to product vod")))
	})
})

var _ = Describe("open connections", func() {
	It("are counted on both API listeners until the client lets go", func() {
		sim := startNetworks()
		transport := &http.Transport{}
		c := newClient(sim.APIAddress())
		c.http = &http.Client{Transport: transport}
		Expect(sim.OpenConnections()).To(Equal(0))
		c.call(describe, nil)
		Expect(sim.OpenConnections()).To(Equal(1))
		transport.CloseIdleConnections()
		Eventually(sim.OpenConnections).Should(Equal(0))
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultReset})
		Expect(c.try(GinkgoT().Context(), describe, nil)).Error().To(HaveOccurred())
		Eventually(sim.OpenConnections).Should(Equal(0), "a reset connection is gone")
	})
})

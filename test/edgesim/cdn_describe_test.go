package edgesim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// zulu is the form of times in descriptions of domains.
const zulu = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`

var _ = Describe("describing a domain's certificate", func() {
	DescribeTable("shows the product's fields, all of them strings",
		func(n network, fields int, body, state string, expected params) {
			at := newClock()
			sim := startNetworks(func(c *edgesim.Config) { c.Clock = at.Now })
			c := calling(sim, n.version)
			c.now = at.Now
			cert := issue(testcerts.Options{DNSNames: []string{"*.example.com"}})
			Expect(c.call(n.set, n.uploadTo(cert)).code()).To(BeEmpty())
			got := c.call(n.describe, params{"DomainName": n.domain})
			info := got.at("CertInfos", "CertInfo")
			Expect(info).To(And(HaveLen(fields), HaveEach(BeAssignableToTypeOf(""))), got.raw)
			Expect(info).To(And(
				HaveKeyWithValue("DomainName", n.domain),
				HaveKeyWithValue("CertId", storedID(sim, "first")),
				HaveKeyWithValue("CertName", "first"),
				HaveKeyWithValue("CertType", "upload"),
				HaveKeyWithValue("CertRegion", "cn-hangzhou"),
				HaveKeyWithValue("CertOrg", Not(BeEmpty())),
				HaveKeyWithValue("CertDomainName", "*.example.com"),
				HaveKeyWithValue("CertLife", "months"),
				HaveKeyWithValue("CertStartTime", MatchRegexp(zulu)),
				HaveKeyWithValue("CertExpireTime", MatchRegexp(zulu)),
				HaveKeyWithValue("CertUpdateTime", at.Now().UTC().Format("2006-01-02T15:04:05Z")),
				HaveKeyWithValue(body, cert.pub),
				HaveKeyWithValue(state, "on"),
			))
			for name, value := range expected {
				Expect(info).To(HaveKeyWithValue(name, value))
			}
			Expect(got.body).To(And(HaveLen(2), HaveKeyWithValue("RequestId", MatchRegexp(`^[0-9A-F]{8}-[0-9A-F-]{27}$`))))
			Expect(sim.Journal(edgesim.Query{Operation: n.describe, CertID: storedID(sim, "first"), CertificateName: "first"})).To(HaveLen(1))
		},
		Entry("CDN: fifteen", networks()[0], 15, "ServerCertificate", "ServerCertificateStatus", params{"Status": "success", "DomainCnameStatus": "ok"}),
		Entry("DCDN: Live's names", networks()[1], 14, "SSLPub", "SSLProtocol", params{"Status": "success"}),
		Entry("VOD: a status for free certificates only", networks()[2], 15, "ServerCertificate", "ServerCertificateStatus", params{"Status": "", "DomainCnameStatus": "ok"}),
	)

	It("says years where the certificate lives for years", func() {
		sim := startNetworks()
		n := networks()[0]
		c := calling(sim, n.version)
		cert := expiring(testcerts.Options{NotBefore: time.Now(), NotAfter: time.Now().Add(365 * 24 * time.Hour)}, n.domain)
		Expect(c.call(n.set, n.uploadTo(cert)).code()).To(BeEmpty())
		Expect(c.call(n.describe, params{"DomainName": n.domain}).at("CertInfos", "CertInfo", "CertLife")).To(Equal("years"))
	})

	DescribeTable("answers in other forms when told to",
		func(change func(*edgesim.Settings), set bool, expected string) {
			for _, n := range networks() {
				sim := startNetworks()
				mustSet(sim, change)
				c := calling(sim, n.version)
				if set {
					Expect(c.call(n.set, n.uploadTo(issueFor(n.domain))).code()).To(BeEmpty())
				}
				got := c.call(n.describe, params{"DomainName": n.domain})
				Expect(got.status).To(Equal(http.StatusOK))
				if wrapped, isWrapped := got.body[n.describe+"Response"].(map[string]any); isWrapped {
					Expect("wrapped:" + outline(wrapped)).To(Equal(expected))
					continue
				}
				Expect(outline(got.body)).To(Equal(expected))
			}
		},
		Entry("a list, by default", func(*edgesim.Settings) {}, true, "{CertInfos:{CertInfo:[{…}]} RequestId}"),
		Entry("an object", func(s *edgesim.Settings) { s.CertInfo = edgesim.FormObject }, true, "{CertInfos:{CertInfo:{…}} RequestId}"),
		Entry("a bare list, as the parameter table", func(s *edgesim.Settings) { s.CertInfo = edgesim.FormBare }, true, "{CertInfos:[{…}] RequestId}"),
		Entry("wrapped", func(s *edgesim.Settings) { s.Wrapped = true }, true, "wrapped:{CertInfos:{CertInfo:[{…}]} RequestId}"),
		Entry("without RequestId", func(s *edgesim.Settings) { s.OmitRequestID = true }, true, "{CertInfos:{CertInfo:[{…}]}}"),
		Entry("no certificate: off", func(*edgesim.Settings) {}, false, "{CertInfos:{CertInfo:[{…}]} RequestId}"),
		Entry("no certificate: empty list", func(s *edgesim.Settings) { s.NoCertificate = edgesim.NoCertificateEmpty }, false, "{CertInfos:{CertInfo:[]} RequestId}"),
		Entry("no certificate: absent", func(s *edgesim.Settings) { s.NoCertificate = edgesim.NoCertificateAbsent }, false, "{CertInfos:{} RequestId}"),
	)

	It("shows a domain without certificate with all fields, off and empty", func() {
		info := calling(startNetworks(), cdnVersion).call(cdnDescribe, params{"DomainName": cdnDomain}).at("CertInfos", "CertInfo")
		Expect(info).To(And(HaveLen(15), HaveKeyWithValue("ServerCertificateStatus", "off"), HaveKeyWithValue("CertId", ""),
			HaveKeyWithValue("ServerCertificate", ""), HaveKeyWithValue("Status", ""), HaveKeyWithValue("DomainCnameStatus", "ok")))
	})

	It("ends RequestId with a line feed when told to", func() {
		sim := startNetworks(func(c *edgesim.Config) { c.Settings.StrayNewline = true })
		got := calling(sim, cdnVersion).call(cdnSet, networks()[0].uploadTo(issueFor(cdnDomain)))
		Expect(got.body).To(HaveKeyWithValue("RequestId", HaveSuffix("\n")))
	})

	It("returns the leaf alone when told to", func() {
		sim := startNetworks(func(c *edgesim.Config) { c.Settings.SSLPub = edgesim.SSLPubLeaf })
		cert := issueFor(cdnDomain)
		c := calling(sim, cdnVersion)
		Expect(c.call(cdnSet, networks()[0].uploadTo(cert)).code()).To(BeEmpty())
		leaf := c.call(cdnDescribe, params{"DomainName": cdnDomain}).at("CertInfos", "CertInfo", "ServerCertificate")
		Expect(cert.pub).To(And(HavePrefix(leaf.(string)), Not(Equal(leaf))))
	})

	DescribeTable("tells the status of the certificate and of the CNAME that the domain was given",
		func(status, cname string) {
			sim := startNetworks()
			c := calling(sim, cdnVersion)
			Expect(c.call(cdnSet, networks()[0].uploadTo(issueFor(cdnDomain))).code()).To(BeEmpty())
			Expect(sim.PutDomain(accountID, edgesim.Domain{Name: cdnDomain, Product: edgesim.ProductCDN, CertificateStatus: status, CnameStatus: cname})).To(Succeed())
			info := c.call(cdnDescribe, params{"DomainName": cdnDomain}).at("CertInfos", "CertInfo")
			Expect(info).To(And(HaveKeyWithValue("Status", status), HaveKeyWithValue("DomainCnameStatus", cname)))
		},
		Entry(nil, "success", "ok"),
		Entry(nil, "checking", "cname_error"),
		Entry(nil, "cname_error", "op_domain_cname_error"),
		Entry(nil, "top_domain_cname_error", "unsupport_wildcard"),
		Entry(nil, "domain_invalid", "ok"),
		Entry(nil, "unsupport_wildcard", "ok"),
		Entry(nil, "applying", "ok"),
		Entry(nil, "get_token_timeout", "ok"),
		Entry(nil, "check_token_timeout", "ok"),
		Entry(nil, "get_cert_timeout", "ok"),
		Entry(nil, "failed", "ok"),
	)

	DescribeTable("shows a change after DescribeDelay, the edge after PropagationDelay, and stale caches what was before",
		func(n network) {
			at := newClock()
			sim := startNetworks(func(c *edgesim.Config) { c.Clock = at.Now })
			c := calling(sim, n.version)
			c.now = at.Now
			shown := func() any {
				c.call(n.describe, params{"DomainName": n.domain})
				entries := sim.Journal(edgesim.Query{Operation: n.describe})
				return entries[len(entries)-1].Fingerprint
			}
			first, second := issueFor(n.domain), issueFor(n.domain)
			Expect(c.call(n.set, n.uploadTo(first)).code()).To(BeEmpty())
			mustSet(sim, func(s *edgesim.Settings) { s.DescribeDelay, s.PropagationDelay = 10*edgesim.Second, 5*edgesim.Minute })
			Expect(c.call(n.set, n.uploadTo(second).with(params{"CertName": "second"})).code()).To(BeEmpty())
			Expect(shown()).To(Equal(first.fingerprint))
			at.Advance(10 * time.Second)
			Expect(shown()).To(Equal(second.fingerprint))
			Expect(handshake(sim, n.domain)).To(Equal(first.fingerprint))
			at.Advance(5 * time.Minute)
			Expect(handshake(sim, n.domain)).To(Equal(second.fingerprint))
		}, ofNetworks())

	It("can show what was before, as a stale cache does", func() {
		sim := startNetworks()
		c := calling(sim, cdnVersion)
		n := networks()[0]
		first := issueFor(cdnDomain)
		Expect(c.call(cdnSet, n.uploadTo(first)).code()).To(BeEmpty())
		Expect(c.call(cdnSet, n.uploadTo(issueFor(cdnDomain)).with(params{"CertName": "second"})).code()).To(BeEmpty())
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultStale, Operation: cdnDescribe})
		Expect(c.call(cdnDescribe, params{"DomainName": cdnDomain}).at("CertInfos", "CertInfo", "ServerCertificate")).To(Equal(first.pub))
	})
})

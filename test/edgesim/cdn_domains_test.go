package edgesim_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("CDN's calls about domains", func() {
	It("tell a domain's state", func() {
		sim := startNetworks()
		c := calling(sim, cdnVersion)
		detail := func() any {
			return c.call("DescribeCdnDomainDetail", params{"DomainName": cdnDomain}).at("GetDomainDetailModel")
		}
		Expect(detail()).To(And(HaveKeyWithValue("DomainStatus", "online"), HaveKeyWithValue("CdnType", "web"), HaveKeyWithValue("ServerCertificateStatus", "off"),
			HaveKeyWithValue("HttpsCname", ""), HaveKeyWithValue("Cname", HavePrefix(cdnDomain))))
		Expect(c.call(cdnSet, networks()[0].uploadTo(issueFor(cdnDomain))).code()).To(BeEmpty())
		Expect(detail()).To(And(HaveKeyWithValue("ServerCertificateStatus", "on"), HaveKeyWithValue("HttpsCname", HavePrefix(cdnDomain))))
		Expect(c.call("DescribeCdnDomainDetail", params{"DomainName": domainName}).code()).To(Equal("InvalidDomain.NotFound"))
	})

	DescribeTable("page through the account's domains of CDN alone",
		func(p params, total int, first string) {
			sim := startNetworks()
			Expect(sim.PutDomain(accountID, edgesim.Domain{Name: "video.example.com", Product: edgesim.ProductCDN, Type: "video", Status: "configure_failed"})).To(Succeed())
			got := calling(sim, cdnVersion).call("DescribeUserDomains", p)
			Expect(got.at("TotalCount")).To(BeEquivalentTo(total), got.raw)
			Expect(got.at("Domains", "PageData")).To(And(HaveKeyWithValue("DomainName", first), HaveKeyWithValue("DomainId", BeNumerically(">", 0)),
				HaveKeyWithValue("SslProtocol", "off"), HaveKeyWithValue("Sandbox", "normal"), HaveKey("DomainStatus"), HaveKey("Coverage")))
		},
		Entry("all", params{}, 3, ".wild-"+cdnDomain),
		Entry("second page", params{"PageNumber": "2", "PageSize": "1"}, 3, cdnDomain),
		Entry("by name", params{"DomainName": "video"}, 1, "video.example.com"),
		Entry("by state", params{"DomainStatus": "configure_failed"}, 1, "video.example.com"),
		Entry("by type", params{"CdnType": "video"}, 1, "video.example.com"),
	)

	DescribeTable("list domains with HTTPS, with times that name no zone",
		func(o testcerts.Options, name, status string) {
			sim := startNetworks()
			c := calling(sim, cdnVersion)
			Expect(c.call(cdnSet, networks()[0].uploadTo(expiring(o, name))).code()).To(BeEmpty())
			got := c.call("DescribeCdnHttpsDomainList", params{"Keyword": "CDN.example"})
			Expect(got.at("TotalCount")).To(BeEquivalentTo(1))
			Expect(got.at("CertInfos", "CertInfo")).To(And(HaveLen(8), HaveKeyWithValue("DomainName", cdnDomain), HaveKeyWithValue("CertName", "first"),
				HaveKeyWithValue("CertType", "upload"), HaveKeyWithValue("CertCommonName", name), HaveKeyWithValue("CertStatus", status),
				HaveKeyWithValue("CertStartTime", MatchRegexp(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)), HaveKey("CertExpireTime"), HaveKey("CertUpdateTime")))
			Expect(c.call("DescribeCdnHttpsDomainList", params{"Keyword": "other"}).at("TotalCount")).To(BeEquivalentTo(0))
		},
		Entry("good", testcerts.Options{}, cdnDomain, "ok"),
		Entry("for another name", testcerts.Options{}, "other.example.net", "mismatch"),
		Entry("about to expire", testcerts.Options{NotAfter: time.Now().Add(48 * time.Hour)}, cdnDomain, "expire_soon"),
	)

	It("list DCDN's domains with HTTPS, a wildcard as users write it, and refuse an account that has none", func() {
		sim := startNetworks()
		n := networks()[1]
		c := calling(sim, n.version)
		got := c.call("DescribeDcdnHttpsDomainList", nil)
		Expect(got.code()).To(Equal("NoHttpsDomain"))
		Expect(got.status).To(Equal(400))
		Expect(c.call(n.set, n.uploadTo(issueFor("*.wild-"+n.domain)).with(params{"DomainName": ".wild-" + n.domain})).code()).To(BeEmpty())
		Expect(c.call("DescribeDcdnHttpsDomainList", nil).at("CertInfos", "CertInfo")).To(And(
			HaveKeyWithValue("DomainName", "*.wild-"+n.domain), HaveKeyWithValue("CertName", "first"), HaveKeyWithValue("CertStatus", "ok")))
		Expect(calling(sim, cdnVersion).call("DescribeCdnHttpsDomainList", nil).code()).To(Equal("NoHttpsDomain"))
	})

	It("show a certificate that expired on the domain as expired", func() {
		at := newClock()
		sim := startNetworks(func(c *edgesim.Config) { c.Clock = at.Now })
		c := calling(sim, cdnVersion)
		c.now = at.Now
		Expect(c.call(cdnSet, networks()[0].uploadTo(issueFor(cdnDomain))).code()).To(BeEmpty())
		at.Advance(365 * 24 * time.Hour)
		Expect(c.call("DescribeCdnHttpsDomainList", nil).at("CertInfos", "CertInfo", "CertStatus")).To(Equal("expired"))
	})

	DescribeTable("refuse page parameters beyond the page's limits",
		func(operation string, p params, code string) {
			Expect(calling(startNetworks(), cdnVersion).call(operation, p).code()).To(Equal(code))
		},
		Entry(nil, "DescribeUserDomains", params{"PageSize": "501"}, "InvalidPageSize.Malformed"),
		Entry(nil, "DescribeUserDomains", params{"PageNumber": "x"}, "InvalidPageNumber.Malformed"),
		Entry(nil, "DescribeUserDomains", params{"DomainName": "a", "DomainSearchType": "regexp"}, "InvalidDomainSearchType.Malformed"),
		Entry(nil, "DescribeCdnHttpsDomainList", params{"PageSize": "501"}, "InvalidPageSize.Malformed"),
		Entry(nil, "DescribeCdnHttpsDomainList", params{"PageNumber": "0"}, "InvalidPageNumber.Malformed"),
	)
})

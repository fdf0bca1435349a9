package edgesim_test

import (
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("DescribeCertificateInfoByID", func() {
	const operation = "DescribeCertificateInfoByID"
	var (
		sim  *edgesim.Server
		c    *client
		cert upload
	)
	BeforeEach(func() {
		sim = startNetworks()
		c = calling(sim, cdnVersion)
		cert = issueFor("*.example.com")
		Expect(c.call(cdnSet, networks()[0].uploadTo(cert)).code()).To(BeEmpty())
		dcdn := networks()[1]
		Expect(calling(sim, dcdn.version).call(dcdn.set, dcdn.uploadTo(cert)).code()).To(BeEmpty())
	})

	It("shows seven strings, times in Go's form, and as text the CDN domains that use it", func() {
		goTime := func(t time.Time) string { return t.UTC().String() }
		state, _ := sim.Edge(cdnDomain)
		for _, get := range []bool{false, true} {
			c.get = get
			got := c.call(operation, params{"CertId": storedID(sim, "first")})
			Expect(got.at("CertInfos", "CertInfo")).To(And(
				HaveLen(7), HaveEach(BeAssignableToTypeOf("")),
				HaveKeyWithValue("CertId", storedID(sim, "first")), HaveKeyWithValue("CertName", "first"), HaveKeyWithValue("CertType", "upload"),
				HaveKeyWithValue("CreateTime", goTime(state.Stored.NotBefore)), HaveKeyWithValue("CertExpireTime", goTime(state.Stored.NotAfter)),
				HaveKeyWithValue("HttpsCrt", cert.pub), HaveKeyWithValue("DomainList", `["`+cdnDomain+`"]`),
			), got.raw)
			Expect(got.body).To(HaveKey("RequestId"))
		}
		Expect(goTime(state.Stored.NotAfter)).To(MatchRegexp(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$`), "the sample's form")
	})

	It("lists one empty name where no domain uses it, as the sample", func() {
		id := mustUpload(sim, "unused", issueFor(cdnDomain))
		Expect(c.call(operation, params{"CertId": id}).at("CertInfos", "CertInfo", "DomainList")).To(Equal(`[""]`))
	})

	It("does not know a certificate whose domain was switched off, until another is served with it", func() {
		id := storedID(sim, "first")
		Expect(c.call(cdnSet, params{"DomainName": cdnDomain, "SSLProtocol": "off"}).code()).To(BeEmpty())
		dcdn := networks()[1]
		Expect(calling(sim, dcdn.version).call(dcdn.set, params{"DomainName": dcdn.domain, "SSLProtocol": "off"}).code()).To(BeEmpty())
		Expect(c.call(operation, params{"CertId": id}).code()).To(Equal("InvalidCertId.NotFound"))
		mustSet(sim, func(s *edgesim.Settings) { s.UnknownCertificate = edgesim.UnknownNotExisted })
		got := c.call(operation, params{"CertId": id})
		Expect(got.code()).To(Equal("CertNotExisted"))
		Expect(got.status).To(Equal(http.StatusBadRequest))
		Expect(c.call(operation, params{"CertId": "17"}).code()).To(Equal("CertNotExisted"))
		Expect(c.call("DescribeCdnCertificateDetailById", params{"CertId": "17"}).code()).To(Equal("InvalidCertId.NotFound"))
		Expect(c.call(cdnSet, params{"DomainName": cdnDomain, "SSLProtocol": "on", "CertType": "cas", "CertId": id}).code()).To(BeEmpty())
		Expect(c.call(operation, params{"CertId": id}).code()).To(BeEmpty())
	})

	It("goes on knowing a certificate that another took the place of", func() {
		Expect(c.call(cdnSet, networks()[0].uploadTo(issueFor(cdnDomain)).with(params{"CertName": "second"})).code()).To(BeEmpty())
		Expect(calling(sim, networks()[1].version).call(networks()[1].set, params{"DomainName": networks()[1].domain, "SSLProtocol": "off"}).code()).To(BeEmpty())
		Expect(c.call(operation, params{"CertId": storedID(sim, "first")}).at("CertInfos", "CertInfo", "DomainList")).To(Equal(`[""]`))
	})

	DescribeTable("answers in other forms when told to",
		func(change func(*edgesim.Settings), path ...string) {
			mustSet(sim, change)
			got := c.call(operation, params{"CertId": storedID(sim, "first")})
			Expect(got.at(path...)).To(HaveKeyWithValue("CertName", "first"), got.raw)
		},
		Entry("a list", func(*edgesim.Settings) {}, "CertInfos", "CertInfo"),
		Entry("an object", func(s *edgesim.Settings) { s.CertInfo = edgesim.FormObject }, "CertInfos", "CertInfo"),
		Entry("a bare list", func(s *edgesim.Settings) { s.CertInfo = edgesim.FormBare }, "CertInfos"),
		Entry("wrapped", func(s *edgesim.Settings) { s.Wrapped = true }, operation+"Response", "CertInfos", "CertInfo"),
	)

	It("makes DomainList a JSON list when told to, in XML too", func() {
		mustSet(sim, func(s *edgesim.Settings) { s.DomainList = edgesim.DomainListArray })
		got := c.call(operation, params{"CertId": storedID(sim, "first")})
		Expect(got.raw).To(ContainSubstring(`"DomainList":["` + cdnDomain + `"]`))
		c.format = "XML"
		Expect(c.call(operation, params{"CertId": storedID(sim, "first")}).raw).To(And(
			HavePrefix(`<?xml version="1.0" encoding="UTF-8"?>`+"\n<DescribeCertificateInfoByIDResponse><CertInfos><CertInfo>"),
			ContainSubstring("<DomainList>"+cdnDomain+"</DomainList>")))
	})

	It("shows bought certificates, and refuses ids that are not there", func() {
		Expect(sim.PutAccount(edgesim.Account{ID: accountID, Keys: []edgesim.AccessKey{{ID: keyID, Secret: keySecret}},
			Certificates: []edgesim.ProvidedCertificate{{Name: "bought", Type: "cas", Certificate: cert.pub, PrivateKey: edgesim.Secret(cert.pri)}}})).To(Succeed())
		Expect(c.call(operation, params{"CertId": storedID(sim, "bought")}).at("CertInfos", "CertInfo", "CertType")).To(Equal("cas"))
		for _, id := range []string{"17", "none"} {
			Expect(c.call(operation, params{"CertId": id}).code()).To(Equal("InvalidCertId.NotFound"))
		}
		Expect(c.call(operation, nil).code()).To(Equal("MissingCertId"))
	})
})

var _ = Describe("CDN's lists of certificates", func() {
	It("show ids as numbers and fingerprints in small letters", func() {
		sim := startNetworks()
		mustUpload(sim, "older", issueFor(cdnDomain))
		mustUpload(sim, "newer", issueFor("elsewhere.example.net"))
		c := calling(sim, cdnVersion)
		row := And(HaveKeyWithValue("CertName", "newer"), HaveKeyWithValue("CertId", BeNumerically(">", 1_000_000)), HaveKeyWithValue("Common", "elsewhere.example.net"),
			HaveKeyWithValue("Fingerprint", MatchRegexp(`^[0-9a-f]{40}$`)), HaveKey("Issuer"), HaveKeyWithValue("LastTime", BeNumerically("~", time.Now().Unix(), 60)))
		all := c.call("DescribeCdnCertificateList", nil)
		Expect(all.at("CertificateListModel", "Count")).To(BeEquivalentTo(2))
		Expect(all.at("CertificateListModel", "CertList", "Cert")).To(And(row, HaveLen(6)))
		good := c.call("DescribeCdnCertificateList", params{"DomainName": cdnDomain})
		Expect(good.at("CertificateListModel", "CertList", "Cert", "CertName")).To(Equal("older"))
		Expect(c.call("DescribeCdnCertificateList", params{"DomainName": domainName}).code()).To(Equal("InvalidDomain.NotFound"))
	})

	DescribeTable("page and search in every product",
		func(version, operation string) {
			sim := startNetworks()
			for i := range 3 {
				mustUpload(sim, fmt.Sprintf("cert-%d", i), issueFor(cdnDomain))
			}
			c := calling(sim, version)
			second := c.call(operation, params{"PageNumber": "2", "PageSize": "2"}).at("CertificateListModel")
			Expect(second).To(And(HaveKeyWithValue("Count", BeEquivalentTo(3)), HaveKeyWithValue("PageNumber", BeEquivalentTo(2)), HaveKeyWithValue("PageSize", BeEquivalentTo(2))))
			oldest := c.call(operation, params{"PageNumber": "2", "PageSize": "2"})
			Expect(oldest.at("CertificateListModel", "CertList", "Cert")).To(And(HaveKeyWithValue("CertName", "cert-0"), HaveKeyWithValue("CertRegion", "cn-hangzhou")))
			Expect(c.call(operation, params{"SearchKeyword": "t-1"}).at("CertificateListModel", "Count")).To(BeEquivalentTo(1))
			Expect(c.call(operation, params{"PageSize": "1001"}).code()).To(Equal("InvalidPageSize.Malformed"))
			Expect(c.call(operation, params{"PageNumber": "0"}).code()).To(Equal("InvalidPageNumber.Malformed"))
			Expect(c.call(operation, params{"DomainName": "nobody.example.com"}).code()).To(Equal("InvalidDomain.NotFound"))
		},
		Entry("CDN", cdnVersion, "DescribeCdnSSLCertificateList"),
		Entry("DCDN", "2018-01-15", "DescribeDcdnSSLCertificateList"),
		Entry("VOD", "2017-03-21", "DescribeVodSSLCertificateList"),
	)

	It("give details by id, with a Key that is not the private one", func() {
		sim := startNetworks()
		cert := issueFor(cdnDomain)
		id := mustUpload(sim, "first", cert)
		c := calling(sim, cdnVersion)
		Expect(c.call("DescribeCdnCertificateDetailById", params{"CertId": id}).body).To(And(HaveLen(5), HaveKeyWithValue("Cert", cert.pub),
			HaveKeyWithValue("CertName", "first"), HaveKeyWithValue("CertId", BeNumerically(">", 0)), HaveKeyWithValue("Key", MatchRegexp(`^[0-9a-f]{32}$`))))
		Expect(c.call("DescribeCdnCertificateDetailById", params{"CertId": "17"}).code()).To(Equal("InvalidCertId.NotFound"))
		got := c.call("DescribeCdnCertificateDetailById", params{"CertId": id, "CertRegion": "mars"})
		Expect(got.code()).To(Equal("Abs.CertRegion.ValueNotSupported"))
		Expect(got.status).To(Equal(http.StatusBadRequest))
	})
})

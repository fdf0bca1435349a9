//go:build witness

package witness_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/test/edgesim"
)

// product is a product that serves domains.
type product struct {
	name    edgesim.Product
	version string
	// set and describe are its operations.
	set, describe string
	// body and state are its names for the certificate and for whether HTTPS is on.
	body, state string
	// fields are the other fields of CertInfo, and empty those that say nothing of an
	// upload.
	fields, empty []string
	// adapter is the operator's.
	adapter func(*aliyun.Client) provider.Provider
}

func live() product {
	return product{
		name: edgesim.ProductLive, version: "2016-11-01",
		set: "SetLiveDomainCertificate", describe: "DescribeLiveDomainCertificateInfo",
		body: "SSLPub", state: "SSLProtocol",
		fields:  []string{"DomainName", "CertName", "CertDomainName", "CertType", "CertOrg", "CertLife", "CertExpireTime"},
		empty:   []string{"Status"},
		adapter: func(c *aliyun.Client) provider.Provider { return aliyunlive.New(c) },
	}
}

func cdn() product {
	return product{
		name: edgesim.ProductCDN, version: "2018-05-10",
		set: "SetCdnDomainSSLCertificate", describe: "DescribeDomainCertificateInfo",
		body: "ServerCertificate", state: "ServerCertificateStatus",
		fields: []string{"DomainName", "CertId", "CertName", "CertDomainName", "CertType", "CertOrg", "CertLife", "CertRegion",
			"CertStartTime", "CertExpireTime", "CertUpdateTime", "Status", "DomainCnameStatus"},
		adapter: func(c *aliyun.Client) provider.Provider { return aliyuncdn.NewCDN(c) },
	}
}

func dcdn() product {
	return product{
		name: edgesim.ProductDCDN, version: "2018-01-15",
		set: "SetDcdnDomainSSLCertificate", describe: "DescribeDcdnDomainCertificateInfo",
		body: "SSLPub", state: "SSLProtocol",
		fields: []string{"DomainName", "CertId", "CertName", "CertDomainName", "CertType", "CertOrg", "CertLife", "CertRegion",
			"CertStartTime", "CertExpireTime", "CertUpdateTime", "Status"},
		adapter: func(c *aliyun.Client) provider.Provider { return aliyuncdn.NewDCDN(c) },
	}
}

func vod() product {
	p := cdn()
	p.name, p.version = edgesim.ProductVOD, "2017-03-21"
	p.set, p.describe = "SetVodDomainSSLCertificate", "DescribeVodDomainCertificateInfo"
	p.fields = slices.DeleteFunc(p.fields, func(field string) bool { return field == "Status" })
	p.empty = []string{"Status"}
	p.adapter = func(c *aliyun.Client) provider.Provider { return aliyuncdn.NewVOD(c) }
	return p
}

// way is one of the vendor's ways to call a product.
type way struct {
	client

	product product
	how     string
	// signature and keyInURL are what the simulator must have seen, so that a client
	// that quietly changes its ways is not taken for another.
	signature string
	keyInURL  bool
}

// ways are those of the clients that exist: Live and VOD have none of their own.
func ways() []way {
	const pop, openapi = "pop-core", "openapi-client"
	session := key{ID: tokenID, Secret: keySecret, Token: token}
	// Version 2.5.0 of the client does not know these two yet.
	newer := []string{"CertStartTime", "CertUpdateTime"}
	all := []way{
		{client{Client: "cdn20180510"}, cdn(), "its own client", "V3", true},
		{client{Client: "cdn20180510", Key: session}, cdn(), "its own client, session", "V3", true},
		{client{Client: "dcdn20180115", Newer: newer}, dcdn(), "its own client", "V3", true},
		{client{Client: "dcdn20180115", Newer: newer, Key: session}, dcdn(), "its own client, session", "V3", true},
	}
	for _, p := range []product{live(), cdn(), dcdn(), vod()} {
		all = append(all,
			way{client{Client: pop, Version: p.version, Via: "POST"}, p, "V1, POST", "V1", false},
			way{client{Client: pop, Version: p.version, Via: "GET"}, p, "V1, GET", "V1", true},
			way{client{Client: pop, Version: p.version, Via: "POST", Key: session}, p, "V1, POST, session", "V1", false},
			way{client{Client: openapi, Version: p.version, Via: "query"}, p, "V3, query", "V3", true},
			way{client{Client: openapi, Version: p.version, Via: "form"}, p, "V3, chunked form", "V3", false},
			way{client{Client: openapi, Version: p.version, Via: "form", Key: session}, p, "V3, chunked form, session", "V3", false},
		)
	}
	return all
}

// certificateName has what clients are known to encode in their own ways.
const certificateName = "a name (1)*~'!"

// domain is the domain of the product in every simulator here.
func (p product) domain() string { return string(p.name) + ".example.com" }

// on are the parameters that put the certificate on the domain.
func (p product) on(c certificate) params {
	return params{"DomainName": p.domain(), "SSLProtocol": "on", "CertType": "upload", "CertName": certificateName, "SSLPub": c.pub, "SSLPri": c.pri}
}

// info is what the vendor's client reads of the domain.
func (w way) info(sim *edgesim.Server) map[string]any {
	GinkgoHelper()
	return certInfo(w.of(sim).call(w.product.describe, params{"DomainName": w.product.domain()}))
}

var _ = Describe("The vendor's client", func() {
	for _, w := range ways() {
		p := w.product
		called := " " + string(p.name) + ": " + w.how

		It("sets, describes and switches off"+called, func() {
			sim := start()
			cert := issue(p.domain())
			Expect(w.of(sim).call(p.set, p.on(cert))).To(HaveLen(1), "RequestId alone")
			info := w.info(sim)
			Expect(info).To(And(
				HaveLen(2+len(p.fields)+len(p.empty)),
				HaveEach(BeAssignableToTypeOf("")),
				HaveKeyWithValue("DomainName", p.domain()),
				HaveKeyWithValue("CertName", certificateName),
				HaveKeyWithValue(p.body, cert.pub),
				HaveKeyWithValue(p.state, "on"),
			))
			for _, field := range p.fields {
				Expect(info).To(HaveKeyWithValue(field, Not(BeEmpty())))
			}
			for _, field := range p.empty {
				Expect(info).To(HaveKeyWithValue(field, ""))
			}
			Expect(served(sim.EdgeAddress(), p.domain(), cert.root)).To(Equal(cert.fingerprint))

			w.of(sim).call(p.set, params{"DomainName": p.domain(), "SSLProtocol": "off"})
			Expect(w.info(sim)).To(HaveKeyWithValue(p.state, "off"))
			Expect(sim.Journal(edgesim.Query{})).To(HaveEach(And(HaveField("Outcome", edgesim.OutcomeOK), HaveField("Signature", w.signature))))
			Expect(sim.Journal(edgesim.Query{Fingerprint: cert.fingerprint, Operation: p.set})).To(HaveEach(HaveField("KeyInURL", w.keyInURL)))
		})

		It("is refused with a code, a status and a request id by"+called, func() {
			sim := start()
			vendor := w.of(sim)
			expectRefusals(sim, vendor, p.describe, params{"DomainName": p.domain()})
			expectRefusal(sim, vendor, p.describe, params{"DomainName": "unknown.example.net"}, "InvalidDomain.NotFound", 404)
			mismatched := p.on(issue(p.domain()))
			mismatched["SSLPri"] = issue(p.domain()).pri
			expectRefusal(sim, vendor, p.set, mismatched, "Certificate.MissMatch", 400)
			Expect(sim.Journal(edgesim.Query{Operation: p.set})).To(HaveEach(HaveField("Applied", false)))
		})

		It("sees what the operator does, and the operator what it does, on"+called, func(ctx SpecContext) {
			sim := start()
			expectAgreement(ctx, sim, p.adapter(operator(sim)), agreement{
				domain: p.domain(),
				set:    func(c certificate) { w.of(sim).call(p.set, p.on(c)) },
				read:   func() any { return w.info(sim)[p.body] },
			})
		})
	}

	It("reads what Live stores, by name", func() {
		sim := start()
		for _, w := range ways() {
			if w.product.name != edgesim.ProductLive {
				continue
			}
			cert := issue(w.product.domain())
			set := w.product.on(cert)
			set["ForceSet"] = "1"
			w.of(sim).call(w.product.set, set)
			Expect(w.of(sim).call("DescribeLiveCertificateDetail", params{"CertName": certificateName})).To(And(
				HaveKeyWithValue("CertId", BeNumerically(">", 0)), HaveKeyWithValue("Cert", cert.pub)))
		}
	})

	It("reads what CDN stores, by id", func() {
		sim := start()
		vendor, cert := client{Client: "cdn20180510"}.of(sim), issue(cdn().domain())
		vendor.call(cdn().set, cdn().on(cert))
		id := certInfo(vendor.call(cdn().describe, params{"DomainName": cdn().domain()}))["CertId"]
		Expect(certInfo(vendor.call("DescribeCertificateInfoByID", params{"CertId": id}))).To(And(
			HaveLen(7),
			HaveEach(Not(BeEmpty())),
			HaveKeyWithValue("CertId", id),
			HaveKeyWithValue("CertName", certificateName),
			HaveKeyWithValue("CertType", "upload"),
			HaveKeyWithValue("HttpsCrt", cert.pub),
			HaveKeyWithValue("DomainList", `["cdn.example.com"]`),
			HaveKeyWithValue("CreateTime", HaveSuffix(" +0000 UTC")),
			HaveKeyWithValue("CertExpireTime", HaveSuffix(" +0000 UTC")),
		))
		Expect(vendor.call("DescribeCdnSSLCertificateList", params{"DomainName": cdn().domain()})).To(
			HaveKeyWithValue("CertificateListModel", HaveKeyWithValue("Count", BeNumerically("==", 1))))
		expectRefusal(sim, vendor, "DescribeCertificateInfoByID", params{"CertId": "1"}, "InvalidCertId.NotFound", 400)
	})
})

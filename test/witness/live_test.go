//go:build witness

package witness_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	setLive      = "SetLiveDomainCertificate"
	describeLive = "DescribeLiveDomainCertificateInfo"
)

// liveClient is one of the vendor's ways to call ApsaraVideo Live, for which there is
// no typed npm client.
type liveClient struct {
	client

	how string
	// signature and keyInURL are what the simulator must have seen, so that a client
	// that quietly changes its ways is not taken for another.
	signature string
	keyInURL  bool
}

func liveClients() []liveClient {
	const pop, openapi, version = "pop-core", "openapi-client", "2016-11-01"
	session := key{ID: tokenID, Secret: keySecret, Token: token}
	return []liveClient{
		{client{Client: pop, Version: version, Via: "POST"}, "V1, POST", "V1", false},
		{client{Client: pop, Version: version, Via: "GET"}, "V1, GET", "V1", true},
		{client{Client: pop, Version: version, Via: "POST", Key: session}, "V1, POST, session", "V1", false},
		{client{Client: openapi, Version: version, Via: "query"}, "V3, query", "V3", true},
		{client{Client: openapi, Version: version, Via: "form"}, "V3, chunked form", "V3", false},
		{client{Client: openapi, Version: version, Via: "query", Key: session}, "V3, query, session", "V3", true},
		{client{Client: openapi, Version: version, Via: "form", Key: session}, "V3, chunked form, session", "V3", false},
	}
}

// live are the parameters that put the certificate on the domain. The name has
// what clients are known to encode in their own ways.
func (c certificate) live() params {
	return params{"DomainName": liveDomain, "SSLProtocol": "on", "CertType": "upload", "CertName": "a name (1)*~'!",
		"SSLPub": c.pub, "SSLPri": c.pri, "ForceSet": "1"}
}

var _ = Describe("ApsaraVideo Live", func() {
	for _, row := range liveClients() {
		It("is set, described and switched off: "+row.how, func() {
			sim := start()
			vendor, cert := row.of(sim), issue(liveDomain)
			Expect(vendor.call(setLive, cert.live())).To(HaveLen(1), "RequestId alone")
			Expect(certInfo(vendor.call(describeLive, params{"DomainName": liveDomain}))).To(And(
				HaveLen(10),
				HaveEach(BeAssignableToTypeOf("")),
				HaveKeyWithValue("CertName", "a name (1)*~'!"),
				HaveKeyWithValue("SSLPub", cert.pub),
				HaveKeyWithValue("SSLProtocol", "on"),
			))
			Expect(vendor.call("DescribeLiveCertificateDetail", params{"CertName": "a name (1)*~'!"})).To(And(
				HaveKeyWithValue("CertId", BeNumerically(">", 0)), HaveKeyWithValue("Cert", cert.pub)))
			Expect(served(sim.EdgeAddress(), liveDomain, cert.root)).To(Equal(cert.fingerprint))

			vendor.call(setLive, params{"DomainName": liveDomain, "SSLProtocol": "off"})
			Expect(certInfo(vendor.call(describeLive, params{"DomainName": liveDomain}))).To(HaveKeyWithValue("SSLProtocol", "off"))
			Expect(sim.Journal(edgesim.Query{})).To(HaveEach(And(HaveField("Outcome", edgesim.OutcomeOK), HaveField("Signature", row.signature))))
			Expect(sim.Journal(edgesim.Query{Fingerprint: cert.fingerprint, Operation: setLive})).To(HaveEach(HaveField("KeyInURL", row.keyInURL)))
		})

		It("refuses with a code, a status and a request id: "+row.how, func() {
			sim := start()
			expectRefusals(sim, row.of(sim), describeLive, params{"DomainName": liveDomain})
			expectMismatch(sim, row.of(sim), setLive, issue(liveDomain).live().with("SSLPri", issue(liveDomain).pri))
		})

		It("is seen alike by the operator: "+row.how, func(ctx SpecContext) {
			sim := start()
			expectAgreement(ctx, sim, aliyunlive.New(operator(sim)), agreement{
				domain: liveDomain,
				set:    func(c certificate) { row.of(sim).call(setLive, c.live()) },
				read: func() any {
					return certInfo(row.of(sim).call(describeLive, params{"DomainName": liveDomain}))["SSLPub"]
				},
			})
		})
	}
})

package edgesim_test

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("UploadUserCertificate", func() {
	It("stores a certificate under a new id, a number", func() {
		sim := startNetworks()
		c := calling(sim, casVersion)
		cert := issueFor(cdnDomain)
		got := c.call("UploadUserCertificate", params{"Name": "mine", "Cert": cert.pub, "Key": cert.pri})
		Expect(got.body).To(And(HaveLen(3), HaveKeyWithValue("CertId", BeNumerically(">", 1_000_000)),
			HaveKeyWithValue("ResourceId", HavePrefix("cas-upload-")), HaveKey("RequestId")), got.raw)
		id := number(got.body["CertId"])
		Expect(storedID(sim, "mine")).To(Equal(id))
		Expect(sim.Journal(edgesim.Query{CertID: id})).To(ConsistOf(And(HaveField("CertificateName", "mine"), HaveField("Fingerprint", cert.fingerprint),
			HaveField("Applied", true), HaveField("KeyInURL", false))))
		Expect(mustUpload(sim, "next", issueFor(cdnDomain))).NotTo(Equal(id))
	})

	DescribeTable("is refused, and stores nothing",
		func(change func(upload) params, code string) {
			sim := startNetworks()
			mustUpload(sim, "taken", issueFor(cdnDomain))
			good := issueFor(cdnDomain)
			p := params{"Name": "mine", "Cert": good.pub, "Key": good.pri}.with(change(good))
			got := calling(sim, casVersion).call("UploadUserCertificate", p)
			Expect(got.code()).To(Equal(code), got.raw)
			Expect(got.status).To(Equal(http.StatusBadRequest))
			Expect(sim.Stored(accountID)).To(HaveLen(1))
		},
		Entry("no Name", send(params{"Name": ""}), "MissingName"),
		Entry("no Cert", send(params{"Cert": ""}), "MissingCert"),
		Entry("no Key", send(params{"Key": ""}), "MissingKey"),
		Entry("Name of 64 characters", send(params{"Name": strings.Repeat("n", 64)}), "InvalidName.Malformed"),
		Entry("Name taken", send(params{"Name": "taken"}), "NameRepeat"),
		Entry("another key", func(upload) params { return params{"Key": issueFor(cdnDomain).pri} }, "Certificate.MissMatch"),
		Entry("not PEM", send(params{"Cert": "garbage"}), "InvalidSSLPub"),
	)

	It("takes a Name of 63 characters", func() {
		sim := startNetworks()
		long := strings.Repeat("n", 63)
		id := mustUpload(sim, long, issueFor(cdnDomain))
		Expect(storedID(sim, long)).To(Equal(id))
	})

	It("takes equal content under another name, unless told otherwise", func() {
		sim := startNetworks()
		cert := issueFor(cdnDomain)
		mustUpload(sim, "one", cert)
		mustUpload(sim, "two", cert)
		mustSet(sim, func(s *edgesim.Settings) { s.DuplicateContent = edgesim.DuplicateReject })
		got := calling(sim, casVersion).call("UploadUserCertificate", params{"Name": "three", "Cert": cert.pub, "Key": cert.pri})
		Expect(got.code()).To(Equal("CertificateContent.Duplicated"))
	})

	It("fills a quota, which is told, and of which bought certificates take nothing", func() {
		sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "bought", Type: "cas"}, issueFor(cdnDomain)))
		c := calling(sim, casVersion)
		quota := func() map[string]any { return c.call("GetCertWarehouseQuota", nil).body }
		Expect(quota()).To(And(HaveKeyWithValue("TotalQuota", BeEquivalentTo(5000)), HaveKeyWithValue("UseCount", BeEquivalentTo(0))))
		mustSet(sim, func(s *edgesim.Settings) { s.CertificateQuota = 1 })
		mustUpload(sim, "one", issueFor(cdnDomain))
		Expect(quota()).To(And(HaveKeyWithValue("TotalQuota", BeEquivalentTo(1)), HaveKeyWithValue("UseCount", BeEquivalentTo(1))))
		cert := issueFor(cdnDomain)
		Expect(c.call("UploadUserCertificate", params{"Name": "two", "Cert": cert.pub, "Key": cert.pri}).code()).To(Equal("QuotaExceeded"))
		Expect(c.call("DeleteUserCertificate", params{"CertId": storedID(sim, "one")}).code()).To(BeEmpty())
		mustUpload(sim, "two", cert)
	})

	It("promises an id and stores nothing when only pretending", func() {
		sim := startNetworks()
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAccept})
		mustUpload(sim, "mine", issueFor(cdnDomain))
		Expect(sim.Stored(accountID)).To(BeEmpty())
	})

	DescribeTable("tells in the journal that a key was in the URL",
		func(name string) {
			sim := startNetworks()
			c := calling(sim, casVersion)
			c.viaQuery = true
			c.call("UploadUserCertificate", params{"Name": "mine", name: "secret"})
			Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(HaveField("KeyInURL", true)))
		},
		Entry(nil, "Key"), Entry(nil, "EncryptPrivateKey"), Entry(nil, "SignPrivateKey"),
	)
})

var _ = Describe("DeleteUserCertificate", func() {
	DescribeTable("refuses a certificate that a domain of any product is set to",
		func(n network) {
			sim := startNetworks()
			id := mustUpload(sim, "mine", issueFor(n.domain))
			network := calling(sim, n.version)
			Expect(network.call(n.set, params{"DomainName": n.domain, "SSLProtocol": "on", "CertType": "cas", "CertId": id}).code()).To(BeEmpty())
			c := calling(sim, casVersion)
			Expect(c.call("DeleteUserCertificate", params{"CertId": id}).code()).To(Equal("CertificateInUse"))
			Expect(network.call(n.set, params{"DomainName": n.domain, "SSLProtocol": "off"}).code()).To(BeEmpty())
			Expect(c.call("DeleteUserCertificate", params{"CertId": id}).body).To(And(HaveLen(1), HaveKey("RequestId")))
			Expect(sim.Stored(accountID)).To(BeEmpty())
			Expect(c.call("DeleteUserCertificate", params{"CertId": id}).code()).To(Equal("InvalidCertId.NotFound"))
		}, ofNetworks())

	It("refuses one that Live names by CertType cas", func() {
		sim := startNetworks()
		cert := issueFor(domainName)
		id := mustUpload(sim, "mine", cert)
		live := newClient(sim.APIAddress())
		Expect(live.call(setOperation, params{"DomainName": domainName, "SSLProtocol": "on", "CertType": "cas", "CertName": "mine"}).code()).To(BeEmpty())
		Expect(handshake(sim, domainName)).To(Equal(cert.fingerprint))
		Expect(live.call(describe, params{"DomainName": domainName}).at("CertInfos", "CertInfo", "CertType")).To(Equal("cas"))
		Expect(live.call("DescribeLiveCertificateDetail", params{"CertName": "mine"}).body).To(HaveKeyWithValue("CertId", BeEquivalentTo(sim.Stored(accountID)[0].ID)))
		Expect(calling(sim, casVersion).call("DeleteUserCertificate", params{"CertId": id}).code()).To(Equal("CertificateInUse"))
	})

	DescribeTable("deletes a bought certificate only once it has expired",
		func(o testcerts.Options, status, code string) {
			sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "bought", Type: "cas", Status: status}, expiring(o, cdnDomain)))
			Expect(calling(sim, casVersion).call("DeleteUserCertificate", params{"CertId": storedID(sim, "bought")}).code()).To(Equal(code))
		},
		Entry("issued", testcerts.Options{}, "issued", "IllegalOperation"),
		Entry("expired by its status", testcerts.Options{}, "expired", ""),
		Entry("expired by its date", testcerts.Options{NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}, "issued", ""),
	)

	It("keeps the certificate when only pretending, and knows no other account's", func() {
		sim := startNetworks(func(c *edgesim.Config) {
			c.Accounts = append(c.Accounts, edgesim.Account{ID: otherAccountID, Keys: []edgesim.AccessKey{{ID: "other", Secret: keySecret}}})
		})
		id := mustUpload(sim, "mine", issueFor(cdnDomain))
		other := calling(sim, casVersion)
		other.keyID = "other"
		Expect(other.call("DeleteUserCertificate", params{"CertId": id}).code()).To(Equal("InvalidCertId.NotFound"))
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAccept})
		Expect(calling(sim, casVersion).call("DeleteUserCertificate", params{"CertId": id}).code()).To(BeEmpty())
		Expect(sim.Stored(accountID)).To(HaveLen(1))
	})
})

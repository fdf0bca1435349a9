package edgesim_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const casList = "ListUserCertificateOrder"

// names are the field of the rows of a list.
func names(got answer, field string) []any {
	GinkgoHelper()
	rows, isList := got.body["CertificateOrderList"].([]any)
	Expect(isList).To(BeTrue(), got.raw)
	found := []any{}
	for _, row := range rows {
		found = append(found, row.(map[string]any)[field])
	}
	return found
}

// sha1Of is the SHA-1 of the first certificate of a PEM text, upper hex.
func sha1Of(chainPEM string) string {
	block, _ := pem.Decode([]byte(chainPEM))
	sum := sha1.Sum(block.Bytes)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

var _ = Describe("ListUserCertificateOrder", func() {
	It("describes an upload", func() {
		sim := startNetworks()
		cert := issueFor(cdnDomain, "other.example.com")
		id := mustUpload(sim, "mine", cert)
		got := calling(sim, casVersion).call(casList, params{"OrderType": "UPLOAD"})
		Expect(got.body).To(And(HaveKeyWithValue("TotalCount", BeEquivalentTo(1)), HaveKeyWithValue("CurrentPage", BeEquivalentTo(1)), HaveKeyWithValue("ShowSize", BeEquivalentTo(50))))
		row := got.at("CertificateOrderList")
		Expect(row).To(And(
			HaveKeyWithValue("Name", "mine"), HaveKeyWithValue("Fingerprint", sha1Of(cert.pub)), HaveKeyWithValue("Sha2", strings.ToUpper(cert.fingerprint)),
			HaveKeyWithValue("Sans", cdnDomain+",other.example.com"), HaveKeyWithValue("CommonName", cdnDomain), HaveKeyWithValue("SerialNo", MatchRegexp(`^([0-9a-f]{2})+$`)),
			HaveKeyWithValue("StartDate", MatchRegexp(`^\d{4}-\d\d-\d\d$`)), HaveKeyWithValue("EndDate", MatchRegexp(`^\d{4}-\d\d-\d\d$`)),
			HaveKeyWithValue("Expired", false), HaveKeyWithValue("Upload", true), HaveKeyWithValue("InstanceId", HavePrefix("cas-upload-"))), got.raw)
		Expect(number(got.at("CertificateOrderList", "CertificateId"))).To(Equal(id))
	})

	DescribeTable("lists by kind and status",
		func(p params, expected ...any) {
			expired := testcerts.Options{NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}
			sim := startNetworks(
				provide(edgesim.ProvidedCertificate{Name: "issued", Type: "cas"}, issueFor(cdnDomain)),
				provide(edgesim.ProvidedCertificate{Name: "checking", Type: "cas", Status: "checking"}, issueFor(cdnDomain)),
				provide(edgesim.ProvidedCertificate{Name: "refused", Type: "cas", Status: "checked_fail"}, issueFor(cdnDomain)),
				provide(edgesim.ProvidedCertificate{Name: "expired", Type: "cas"}, expiring(expired, cdnDomain)),
				provide(edgesim.ProvidedCertificate{Name: "revoked", Type: "cas", Status: "revoked"}, issueFor(cdnDomain)),
				provide(edgesim.ProvidedCertificate{Name: "free", Type: "free"}, issueFor(cdnDomain)))
			mustUpload(sim, "ending", expiring(testcerts.Options{NotAfter: time.Now().Add(48 * time.Hour)}, cdnDomain))
			mustUpload(sim, "mine", issueFor("elsewhere.example.net"))
			got := calling(sim, casVersion).call(casList, p)
			field := "Name"
			if p["OrderType"] != "CERT" && p["OrderType"] != "UPLOAD" {
				field = "Status"
			}
			Expect(names(got, field)).To(HaveExactElements(expected...), got.raw)
		},
		Entry("certificates: the valid ones, newest first", params{"OrderType": "CERT"}, "mine", "ending", "issued"),
		Entry("uploads", params{"OrderType": "UPLOAD"}, "mine", "ending"),
		Entry("certificates that are about to expire", params{"OrderType": "CERT", "Status": "WILLEXPIRED"}, "ending"),
		Entry("certificates that have expired", params{"OrderType": "CERT", "Status": "EXPIRED"}, "expired"),
		Entry("certificates that were revoked, which is a status of orders", params{"OrderType": "CERT", "Status": "REVOKED"}),
		Entry("orders, by default: all of them", params{}, "REVOKED", "EXPIRED", "CHECKED_FAIL", "CHECKING", "ISSUED"),
		Entry("orders in a status", params{"OrderType": "CPACK", "Status": "CHECKING"}, "CHECKING"),
		Entry("orders of single certificates", params{"OrderType": "BUY"}),
		Entry("by a domain name", params{"OrderType": "CERT", "Keyword": "elsewhere"}, "mine"),
		Entry("by a certificate's name, which is not searched", params{"OrderType": "CERT", "Keyword": "mine"}),
		Entry("by the resource id", params{"OrderType": "CERT", "Keyword": "cas-upload-"}, "mine", "ending"),
	)

	It("pages", func() {
		sim := startNetworks()
		for i := range 3 {
			mustUpload(sim, fmt.Sprintf("cert-%d", i), issueFor(cdnDomain))
		}
		c := calling(sim, casVersion)
		got := c.call(casList, params{"OrderType": "UPLOAD", "CurrentPage": "2", "ShowSize": "2"})
		Expect(names(got, "Name")).To(HaveExactElements("cert-0"))
		Expect(got.body).To(HaveKeyWithValue("TotalCount", BeEquivalentTo(3)))
		Expect(c.call(casList, params{"OrderType": "UPLOAD", "CurrentPage": "0"}).code()).To(Equal("InvalidCurrentPage.Malformed"))
		Expect(c.call(casList, params{"OrderType": "UPLOAD", "ShowSize": "x"}).code()).To(Equal("InvalidShowSize.Malformed"))
		Expect(c.call(casList, params{"OrderType": "ALL"}).code()).To(Equal("InvalidOrderType.Malformed"))
	})
})

var _ = Describe("GetUserCertificateDetail", func() {
	const operation = "GetUserCertificateDetail"

	DescribeTable("gives the key to whoever does not filter, and the journal tells",
		func(kind testcerts.KeyKind) {
			sim := startNetworks()
			cert := expiring(testcerts.Options{Key: kind}, cdnDomain)
			id := mustUpload(sim, "mine", cert)
			c := calling(sim, casVersion)
			Expect(c.call(operation, params{"CertId": id}).body).To(And(HaveKeyWithValue("Cert", cert.pub), HaveKeyWithValue("Key", cert.pri),
				HaveKeyWithValue("Name", "mine"), HaveKeyWithValue("Id", BeEquivalentTo(sim.Stored(accountID)[0].ID)), HaveKeyWithValue("CertIdentifier", id+"-cn-hangzhou"),
				HaveKeyWithValue("Fingerprint", sha1Of(cert.pub)), HaveKeyWithValue("Sha2", strings.ToUpper(cert.fingerprint)), HaveKeyWithValue("BuyInAliyun", false),
				HaveKeyWithValue("NotBefore", BeNumerically(">", 1e12)), HaveKeyWithValue("NotAfter", BeNumerically(">", 1e12))))
			Expect(c.call(operation, params{"CertId": id}).body["CertChain"]).To(HaveExactElements(
				And(HaveLen(5), HaveKeyWithValue("CommonName", cdnDomain), HaveKeyWithValue("RemainDay", BeNumerically("~", 89, 2))),
				HaveKeyWithValue("NotAfter", BeNumerically(">", 1e12))))
			Expect(c.call(operation, params{"CertId": id, "CertFilter": "false"}).body).To(HaveKey("Key"))
			filtered := c.call(operation, params{"CertId": id, "CertFilter": "true"})
			Expect(filtered.body).To(And(Not(HaveKey("Key")), Not(HaveKey("Cert")), HaveKeyWithValue("Sha2", strings.ToUpper(cert.fingerprint))))
			entries := sim.Journal(edgesim.Query{Operation: operation})
			Expect(entries).To(HaveExactElements(HaveField("KeyInAnswer", true), HaveField("KeyInAnswer", true), HaveField("KeyInAnswer", true), HaveField("KeyInAnswer", false)))
		},
		Entry("RSA", testcerts.RSA2048),
		Entry("ECDSA", testcerts.ECDSAP256),
	)

	It("leaves out the key only, when told to, and refuses ids that are not there", func() {
		sim := startNetworks(func(c *edgesim.Config) {
			c.Settings.CertFilter, c.Settings.CertificateRegion = edgesim.CertFilterKey, "ap-southeast-1"
		})
		cert := issueFor(cdnDomain)
		id := mustUpload(sim, "mine", cert)
		c := calling(sim, casVersion)
		Expect(c.call(operation, params{"CertId": id, "CertFilter": "true"}).body).To(And(Not(HaveKey("Key")), HaveKeyWithValue("Cert", cert.pub),
			HaveKeyWithValue("CertIdentifier", id+"-ap-southeast-1")))
		Expect(c.call(operation, params{"CertId": "17"}).code()).To(Equal("InvalidCertId.NotFound"))
		Expect(c.call(operation, nil).code()).To(Equal("MissingCertId"))
	})

	It("gives a key in PKCS#8 where nothing else holds it", func() {
		sim := startNetworks(func(c *edgesim.Config) { c.Settings.PEM = edgesim.PEMLenient })
		pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{cdnDomain}, Key: testcerts.Ed25519})
		id := mustUpload(sim, "mine", upload{pub: string(pair.CertificatePEM), pri: string(pair.KeyPEM)})
		Expect(calling(sim, casVersion).call(operation, params{"CertId": id}).body).To(HaveKeyWithValue("Key", string(pair.KeyPEM)))
	})
})

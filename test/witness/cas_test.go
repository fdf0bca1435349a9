//go:build witness

package witness_test

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/test/edgesim"
)

// casWays are the vendor's ways to call Certificate Management Service.
func casWays() []client {
	const version = "2020-04-07"
	return []client{
		{Client: "cas20200407"},
		{Client: "pop-core", Version: version, Via: "POST"},
		{Client: "pop-core", Version: version, Via: "GET"},
		{Client: "openapi-client", Version: version, Via: "form"},
	}
}

var _ = Describe("The vendor's client of Certificate Management Service", func() {
	const stored = "witness-upload"
	for _, w := range casWays() {
		how := strings.TrimSpace(w.Client + " " + w.Via)
		It("uploads, lists, reads and deletes: "+how, func() {
			sim := start()
			vendor, cert := w.of(sim), issue("cdn.example.com")
			uploaded := vendor.call("UploadUserCertificate", params{"Name": stored, "Cert": cert.pub, "Key": cert.pri})
			Expect(uploaded).To(And(HaveLen(3), HaveKeyWithValue("CertId", BeNumerically(">", 0)), HaveKeyWithValue("ResourceId", HavePrefix("cas-upload-"))))
			id := uploaded["CertId"]

			listed := vendor.call("ListUserCertificateOrder", params{"OrderType": "UPLOAD", "CurrentPage": 1, "ShowSize": 50})
			Expect(listed).To(HaveKeyWithValue("TotalCount", BeNumerically("==", 1)))
			Expect(listed).To(HaveKeyWithValue("CertificateOrderList", ConsistOf(And(
				HaveKeyWithValue("CertificateId", id),
				HaveKeyWithValue("Name", stored),
				HaveKeyWithValue("Sha2", strings.ToUpper(cert.fingerprint)),
				HaveKeyWithValue("Fingerprint", MatchRegexp(`^[0-9A-F]{40}$`)),
				HaveKeyWithValue("Sans", "cdn.example.com"),
				HaveKeyWithValue("Expired", false),
				HaveKeyWithValue("Upload", true),
			))))

			detail := vendor.call("GetUserCertificateDetail", params{"CertId": id})
			Expect(detail).To(And(HaveKeyWithValue("Cert", cert.pub), HaveKeyWithValue("Key", ContainSubstring("PRIVATE KEY"))))
			filtered := vendor.call("GetUserCertificateDetail", params{"CertId": id, "CertFilter": true})
			Expect(filtered).To(And(HaveKeyWithValue("Id", id), HaveKeyWithValue("Sha2", strings.ToUpper(cert.fingerprint))))
			Expect(filtered).NotTo(Or(HaveKey("Key"), HaveKey("Cert")))
			Expect(sim.Journal(edgesim.Query{Operation: "GetUserCertificateDetail"})).To(HaveExactElements(
				HaveField("KeyInAnswer", true), HaveField("KeyInAnswer", false)))

			Expect(vendor.call("DeleteUserCertificate", params{"CertId": id})).To(HaveLen(1))
			Expect(vendor.call("ListUserCertificateOrder", params{"OrderType": "UPLOAD"})).To(HaveKeyWithValue("CertificateOrderList", BeEmpty()))
		})

		It("is refused with a code, a status and a request id: "+how, func() {
			sim := start()
			vendor, cert := w.of(sim), issue("cdn.example.com")
			expectRefusals(sim, vendor, "ListUserCertificateOrder", params{"OrderType": "UPLOAD"})
			upload := params{"Name": stored, "Cert": cert.pub, "Key": issue("cdn.example.com").pri}
			refused := vendor.refusal("UploadUserCertificate", upload)
			Expect(refused.Status).To(Equal(400))
			upload["Key"] = cert.pri
			vendor.call("UploadUserCertificate", upload)
			expectRefusal(sim, vendor, "UploadUserCertificate", upload, "NameRepeat", 400)
		})

		It("finds what was set on a domain, and cannot delete what serves one: "+how, func() {
			sim := start()
			cert := issue(cdn().domain())
			client{Client: "cdn20180510"}.of(sim).call(cdn().set, cdn().on(cert))
			vendor := w.of(sim)
			rows, isList := vendor.call("ListUserCertificateOrder", params{"OrderType": "UPLOAD", "Keyword": "example.com"})["CertificateOrderList"].([]any)
			Expect(isList).To(BeTrue())
			Expect(rows).To(HaveLen(1))
			row, isObject := rows[0].(map[string]any)
			Expect(isObject).To(BeTrue())
			Expect(row).To(HaveKeyWithValue("Sha2", strings.ToUpper(cert.fingerprint)))
			refused := vendor.refusal("DeleteUserCertificate", params{"CertId": row["CertificateId"]})
			Expect(refused.RequestID).NotTo(BeEmpty())
			Expect(served(sim.EdgeAddress(), cdn().domain(), cert.root)).To(Equal(cert.fingerprint))
		})

		It("sees what the operator uploads, and the operator finds what it uploads: "+how, func(ctx SpecContext) {
			sim := start()
			vendor, ours := w.of(sim), aliyuncas.New(operator(sim), nil)
			theirs := issue(cdn().domain())
			vendor.call("UploadUserCertificate", params{"Name": stored, "Cert": theirs.pub, "Key": theirs.pri})
			found, err := ours.Find(ctx, provider.Target{Domain: cdn().domain(), Existing: &provider.Existing{Type: provider.ExistingCAS, Name: stored}})
			Expect(err).NotTo(HaveOccurred())
			Expect(found).To(And(HaveField("Fingerprint", theirs.fingerprint), HaveField("Trouble", BeNil())))

			own := issue(cdn().domain())
			handle, err := ours.Upload(ctx, provider.Target{Domain: cdn().domain(), Name: "witness-12345678"}, own.bundle)
			Expect(err).NotTo(HaveOccurred())
			id, err := strconv.Atoi(handle.CertificateID)
			Expect(err).NotTo(HaveOccurred())
			Expect(vendor.call("GetUserCertificateDetail", params{"CertId": id, "CertFilter": true})).To(And(
				HaveKeyWithValue("Name", handle.CertificateName), HaveKeyWithValue("Sha2", strings.ToUpper(own.fingerprint))))
			Expect(sim.Journal(edgesim.Query{})).To(HaveEach(HaveField("KeyInAnswer", false)))
		})
	}
})

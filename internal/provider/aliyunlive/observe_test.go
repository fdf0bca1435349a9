package aliyunlive_test

import (
	"crypto/sha1" // the product's own fingerprints
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/testcerts"
)

// info is a CertInfo with all ten fields.
func info(change map[string]string) map[string]string {
	all := map[string]string{
		"DomainName": domain, "CertName": name, "CertDomainName": "*.example.com", "CertType": "upload",
		"CertOrg": "Let's Encrypt", "CertLife": "3 months", "CertExpireTime": "2018-06-03T22:03:39Z",
		"SSLProtocol": "on", "SSLPub": "yourSSLPub", "Status": "",
	}
	for field, value := range change {
		all[field] = value
	}
	return all
}

var _ = Describe("A describe reply", func() {
	decode := func(certInfos any) provider.Observation {
		GinkgoHelper()
		body, err := json.Marshal(map[string]any{"RequestId": "R", "CertInfos": certInfos})
		Expect(err).NotTo(HaveOccurred())
		observation, err := aliyunlive.Decode(body, domain)
		Expect(err).NotTo(HaveOccurred())
		return observation
	}
	only := func(change map[string]string) provider.Observation {
		GinkgoHelper()
		return decode(map[string]any{"CertInfo": []any{info(change)}})
	}

	It("tells all that its ten fields hold", func() {
		Expect(only(nil)).To(Equal(provider.Observation{
			Found:                 true,
			NotAfter:              time.Date(2018, 6, 3, 22, 3, 39, 0, time.UTC),
			HTTPS:                 provider.HTTPSOn,
			CertificateName:       name,
			CertificateType:       "upload",
			CertificateDomainName: "*.example.com",
			Organization:          "Let's Encrypt",
			Life:                  "3 months",
		}))
	})

	It("prefers the certificate to what is said of it", func() {
		bundle := aBundle()
		observation := only(map[string]string{"SSLPub": string(bundle.CertificatePEM())})
		Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(observation.NotAfter).To(Equal(bundle.Leaf().NotAfter))
		Expect(observation.NotBefore).To(Equal(bundle.Leaf().NotBefore))
	})

	It("may show the leaf alone", func() {
		bundle := aBundle()
		observation := only(map[string]string{"SSLPub": string(testcerts.CertificatePEM(bundle.Leaf()))})
		Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
	})

	DescribeTable("holds CertInfo in several forms",
		func(certInfos any, found bool, certificateName string) {
			observation := decode(certInfos)
			Expect(observation.Found).To(Equal(found))
			Expect(observation.CertificateName).To(Equal(certificateName))
		},
		Entry("an array", map[string]any{"CertInfo": []any{info(nil)}}, true, name),
		Entry("an object, as the page shows", map[string]any{"CertInfo": info(nil)}, true, name),
		Entry("an empty array", map[string]any{"CertInfo": []any{}}, false, ""),
		Entry("null", map[string]any{"CertInfo": nil}, false, ""),
		Entry("an empty text", map[string]any{"CertInfo": ""}, false, ""),
		Entry("none", map[string]any{}, false, ""),
		Entry("not even CertInfos", nil, false, ""),
		Entry("with another domain before it",
			map[string]any{"CertInfo": []any{info(map[string]string{"DomainName": "a.example.com", "CertName": "a"}), info(nil)}}, true, name),
		Entry("about another domain alone", map[string]any{"CertInfo": []any{info(map[string]string{"DomainName": "a.example.com"})}}, false, ""),
		Entry("without a domain", map[string]any{"CertInfo": []any{info(map[string]string{"DomainName": ""})}}, true, name),
		Entry("in capitals", map[string]any{"CertInfo": []any{info(map[string]string{"DomainName": "LIVE.example.com"})}}, true, name),
	)

	DescribeTable("says whether HTTPS is on",
		func(protocol string, https provider.HTTPS) {
			Expect(only(map[string]string{"SSLProtocol": protocol}).HTTPS).To(Equal(https))
		},
		Entry("on", "on", provider.HTTPSOn),
		Entry("off", "off", provider.HTTPSOff),
		Entry("in capitals", "ON", provider.HTTPSOn),
		Entry("not at all", "", provider.HTTPS("")),
		Entry("in a way not seen yet", "maybe", provider.HTTPS("")),
	)

	DescribeTable("says what became of a certificate's application",
		func(kind, status string, pending bool, trouble provider.Kind) {
			observation := only(map[string]string{"CertType": kind, "Status": status})
			Expect(observation.Status).To(Equal(status))
			Expect(observation.Pending).To(Equal(pending))
			if trouble == "" {
				Expect(observation.Trouble).NotTo(HaveOccurred())
				return
			}
			Expect(observation.Trouble.Kind).To(Equal(trouble))
			Expect(observation.Trouble.Code).To(Equal(status))
			Expect(observation.Trouble.Operation).To(Equal("DescribeLiveDomainCertificateInfo"))
			Expect(observation.Trouble.Advice).NotTo(BeEmpty())
		},
		Entry("1, it is in place", "free", "success", false, provider.Kind("")),
		Entry("2, it is being checked", "free", "checking", true, provider.Kind("")),
		Entry("3, the CNAME record is wrong", "free", "cname_error", false, provider.Rejected),
		Entry("4, the domain has odd characters", "free", "domain_invalid", false, provider.Rejected),
		Entry("5, it would be for a wildcard", "free", "unsupport_wildcard", false, provider.Rejected),
		Entry("6, it is applied for", "free", "applying", true, provider.Kind("")),
		Entry("7, it failed", "free", "failed", false, provider.Rejected),
		Entry("a word not seen yet", "free", "pondering", false, provider.Kind("")),
		Entry("an upload, of which the status says nothing", "upload", "checking", false, provider.Kind("")),
		Entry("an upload, of which it says nothing bad either", "upload", "failed", false, provider.Kind("")),
	)

	It("is not trusted to be short and printable", func() {
		observation := only(map[string]string{"CertOrg": "a\x1b[31m\n" + strings.Repeat("é", 400)})
		Expect(len(observation.Organization)).To(BeNumerically("<=", 256))
		Expect(observation.Organization).To(HavePrefix("a[31mé"))
		Expect(observation.Organization).NotTo(ContainSubstring("�"))
	})
})

var _ = Describe("The certificate's id", func() {
	bundle := aBundleOnce()
	// observe answers the lookups as given, and describes the bundle.
	observe := func(ctx SpecContext, known provider.Handle, detail, list func(url.Values) (int, any)) provider.Observation {
		GinkgoHelper()
		script := alibaba.Answers{"DescribeLiveDomainCertificateInfo": alibaba.Described(info(map[string]string{"SSLPub": string(bundle().CertificatePEM())}))}
		if detail != nil {
			script["DescribeLiveCertificateDetail"] = detail
		}
		if list != nil {
			script["DescribeLiveCertificateList"] = list
		}
		t := target()
		t.Known = known
		observation, err := scripted(script).Observe(ctx, t)
		Expect(err).NotTo(HaveOccurred())
		Expect(observation.Fingerprint).To(Equal(bundle().Fingerprint()))
		return observation
	}
	detailOf := func(b func() certbundle.Bundle, id any) func(url.Values) (int, any) {
		return func(form url.Values) (int, any) {
			return 200, map[string]any{"RequestId": "R", "CertId": id, "CertName": form.Get("CertName"), "Cert": string(b().CertificatePEM())}
		}
	}
	listOf := func(certificates ...map[string]any) func(url.Values) (int, any) {
		return func(form url.Values) (int, any) {
			Expect(form.Get("DomainName")).To(Equal(domain))
			return 200, map[string]any{"RequestId": "R", "CertificateListModel": map[string]any{
				"Count": len(certificates), "CertList": map[string]any{"Cert": certificates}}}
		}
	}
	absent := alibaba.Refusing(400, "Certificate.NotFind", "")
	thumbprint := func() string {
		sum := sha1.Sum(bundle().Leaf().Raw)
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	}

	It("comes from the detail in spite of what is not read there", func(ctx SpecContext) {
		detail := func(url.Values) (int, any) {
			return 200, map[string]any{"RequestId": "R", "CertId": 17, "CertName": 18, "Cert": string(bundle().CertificatePEM())}
		}
		Expect(observe(ctx, provider.Handle{}, detail, nil).CertificateID).To(Equal("17"))
	})

	It("comes from the detail, and keeps its digits", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, detailOf(bundle, 9007199254740993), nil)
		Expect(observation.CertificateID).To(Equal("9007199254740993"))
		Expect(observation.Calls).To(Equal(2))
	})

	It("costs nothing when it is known", func(ctx SpecContext) {
		known := provider.Handle{CertificateID: "17", CertificateName: name, Fingerprint: bundle().Fingerprint()}
		observation := observe(ctx, known, nil, nil)
		Expect(observation.CertificateID).To(Equal("17"))
		Expect(observation.Calls).To(Equal(1))
	})

	It("is asked for again once anything has changed", func(ctx SpecContext) {
		for _, known := range []provider.Handle{
			{CertificateID: "17", CertificateName: "other", Fingerprint: bundle().Fingerprint()},
			{CertificateID: "17", CertificateName: name, Fingerprint: "other"},
			{CertificateName: name, Fingerprint: bundle().Fingerprint()},
		} {
			Expect(observe(ctx, known, detailOf(bundle, 18), nil).CertificateID).To(Equal("18"))
		}
	})

	It("is not believed of another certificate under the name", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, detailOf(aBundleOnce(), 17), nil)
		Expect(observation.CertificateID).To(BeEmpty())
		Expect(observation.Calls).To(Equal(2))
	})

	It("comes from the list where the detail has none", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, absent, listOf(
			map[string]any{"CertId": 1, "CertName": name, "Fingerprint": "00"},
			map[string]any{"CertId": 2, "CertName": "other", "Fingerprint": thumbprint()},
			map[string]any{"CertId": 3, "CertName": name, "Fingerprint": thumbprint()},
		))
		Expect(observation.CertificateID).To(Equal("3"))
		Expect(observation.Calls).To(Equal(3))
	})

	It("stays empty where nothing proves it", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, absent, listOf(map[string]any{"CertId": 1, "CertName": name, "Fingerprint": "00"}))
		Expect(observation.CertificateID).To(BeEmpty())
		Expect(observation.Calls).To(Equal(3))
	})

	DescribeTable("is no reason to know nothing of the rest",
		func(ctx SpecContext, detail, list func(url.Values) (int, any), calls int) {
			observation := observe(ctx, provider.Handle{}, detail, list)
			Expect(observation.CertificateID).To(BeEmpty())
			Expect(observation.Calls).To(Equal(calls))
		},
		Entry("throttled", alibaba.Refusing(400, "Throttling.User", ""), nil, 2),
		Entry("unavailable", alibaba.Refusing(503, "ServiceUnavailable", ""), nil, 2),
		Entry("denied", alibaba.Refusing(403, "NoPermission", ""), nil, 2),
		Entry("the list fails too", absent, alibaba.Refusing(503, "ServiceUnavailable", ""), 3),
		Entry("the list is empty", absent, listOf(), 3),
		Entry("the detail makes no sense", func(url.Values) (int, any) { return 200, map[string]any{"RequestId": "R", "Cert": 1} }, nil, 2),
	)

	It("is not asked for without a certificate to prove it by", func(ctx SpecContext) {
		adapter := scripted(alibaba.Answers{"DescribeLiveDomainCertificateInfo": alibaba.Described(info(nil))})
		observation, err := adapter.Observe(ctx, target())
		Expect(err).NotTo(HaveOccurred())
		Expect(observation.Calls).To(Equal(1))
	})
})

// aBundleOnce is a bundle made when it is first asked for.
func aBundleOnce() func() certbundle.Bundle {
	var bundle *certbundle.Bundle
	return func() certbundle.Bundle {
		if bundle == nil {
			made := aBundle()
			bundle = &made
		}
		return *bundle
	}
}

func FuzzDescribeReply(f *testing.F) {
	pub := string(testcerts.SelfSigned(testcerts.Options{DNSNames: []string{domain}}).CertificatePEM)
	for _, certInfo := range []any{info(nil), []any{info(nil)}, info(map[string]string{"SSLPub": pub}), []any{}, nil, "", 1} {
		body, err := json.Marshal(map[string]any{"CertInfos": map[string]any{"CertInfo": certInfo}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		observation, err := aliyunlive.Decode(body, domain)
		if err != nil {
			return
		}
		if observation.Fingerprint != "" && (!observation.Found || len(observation.Fingerprint) != 64 || observation.NotAfter.IsZero()) {
			t.Fatalf("inconsistent: %+v", observation)
		}
		for _, text := range []string{observation.CertificateName, observation.Organization, observation.Life, observation.Status} {
			if len(text) > 256 || strings.ContainsAny(text, "\n\r\x00\x1b") {
				t.Fatalf("unfit for a status: %q", text)
			}
		}
	})
}

package aliyuncdn_test

import (
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/testcerts"
)

// byID is the call that CDN alone has.
const byID = "DescribeCertificateInfoByID"

// storedInfo is a CertInfo of DescribeCertificateInfoByID with all fields.
func storedInfo(change map[string]any) map[string]any {
	all := map[string]any{
		"CertId": "9002448", "CertName": "stored", "CertType": "cas", "CreateTime": "2015-12-21 08:02:07 +0000 UTC",
		"CertExpireTime": "2098-02-08 08:02:07 +0000 UTC", "HttpsCrt": "-----BEGIN CERTIFICATE-----\nxxx-----END CERTIFICATE-----\n",
		"DomainList": `[""]`,
	}
	for field, value := range change {
		all[field] = value
	}
	return all
}

var _ = Describe("A describe reply", func() {
	for _, p := range products() {
		Context("of "+p.name, func() {
			observe := func(ctx SpecContext, certInfos any) provider.Observation {
				GinkgoHelper()
				observation, err := p.scripted(alibaba.Answers{
					p.describe: func(sent url.Values) (int, any) {
						Expect(sent).To(Equal(url.Values{"DomainName": {domain}}))
						return 200, map[string]any{"RequestId": "5C1E43DC-9E51-4771-82C0-7D5ECEB547A1\n", "CertInfos": certInfos}
					},
					byID: alibaba.Refusing(404, "InvalidCertId.NotFound", ""),
				}).Observe(ctx, target())
				Expect(err).NotTo(HaveOccurred())
				Expect(observation.Calls).To(BeElementOf(1, p.calls))
				observation.Calls = 0
				return observation
			}
			only := func(ctx SpecContext, change map[string]any) provider.Observation {
				GinkgoHelper()
				return observe(ctx, map[string]any{"CertInfo": []any{p.info(change)}})
			}

			It("tells all that its fields hold", func(ctx SpecContext) {
				Expect(only(ctx, nil)).To(Equal(provider.Observation{
					Found:                 true,
					NotBefore:             time.Date(2018, 3, 5, 22, 3, 39, 0, time.UTC),
					NotAfter:              time.Date(2018, 6, 3, 22, 3, 39, 0, time.UTC),
					UpdateTime:            time.Date(2018, 3, 6, 0, 0, 0, 0, time.UTC),
					HTTPS:                 provider.HTTPSOn,
					CertificateID:         "9002448",
					CertificateName:       "stored",
					CertificateType:       "upload",
					CertificateRegion:     "cn-hangzhou",
					CertificateDomainName: "*.example.com",
					Organization:          "Let's Encrypt",
					Life:                  "months",
					Status:                "success",
					CNAMEStatus:           "ok",
				}))
			})

			It("prefers the certificate to what is said of it, the leaf alone too", func(ctx SpecContext) {
				bundle := aBundle()
				for _, body := range []string{string(bundle.CertificatePEM()), string(testcerts.CertificatePEM(bundle.Leaf()))} {
					observation := only(ctx, map[string]any{p.body: body})
					Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
					Expect(observation.NotAfter).To(Equal(bundle.Leaf().NotAfter))
					Expect(observation.NotBefore).To(Equal(bundle.Leaf().NotBefore))
				}
			})

			DescribeTable("comes in several forms",
				func(ctx SpecContext, certInfos any, certificateName string) {
					observation := observe(ctx, certInfos)
					Expect(observation.Found).To(Equal(certificateName != ""))
					Expect(observation.CertificateName).To(Equal(certificateName))
				},
				Entry("an array, as the sample shows", map[string]any{"CertInfo": []any{p.info(nil)}}, "stored"),
				Entry("an object", map[string]any{"CertInfo": p.info(nil)}, "stored"),
				Entry("the bare array of the table", []any{p.info(nil)}, "stored"),
				Entry("an empty array", map[string]any{"CertInfo": []any{}}, ""),
				Entry("a bare empty array", []any{}, ""),
				Entry("null", map[string]any{"CertInfo": nil}, ""),
				Entry("an empty text", map[string]any{"CertInfo": ""}, ""),
				Entry("none", map[string]any{}, ""),
				Entry("not even CertInfos", nil, ""),
				Entry("CertInfos as an empty text", "", ""),
				Entry("with another domain before it",
					[]any{p.info(map[string]any{"DomainName": "a.example.com", "CertName": "a"}), p.info(nil)}, "stored"),
				Entry("about another domain alone", []any{p.info(map[string]any{"DomainName": "a.example.com"})}, ""),
				Entry("without a domain", []any{p.info(map[string]any{"DomainName": ""})}, "stored"),
				Entry("in capitals", []any{p.info(map[string]any{"DomainName": "WWW.example.com"})}, "stored"),
				Entry("with a number for an id", []any{p.info(map[string]any{"CertId": 9002448})}, "stored"),
				Entry("of a domain whose HTTPS never was on", []any{map[string]any{"DomainName": domain, p.https: "off", "CertId": "", "DomainCnameStatus": "ok"}}, ""),
			)

			It("may stand in a wrapper", func(ctx SpecContext) {
				observation, err := p.scripted(alibaba.Answers{p.describe: func(url.Values) (int, any) {
					return 200, map[string]any{p.describe + "Response": map[string]any{"RequestId": "R", "CertInfos": []any{p.info(map[string]any{"CertId": ""})}}}
				}}).Observe(ctx, target())
				Expect(err).NotTo(HaveOccurred())
				Expect(observation.CertificateName).To(Equal("stored"))
			})

			It("is not trusted to be short and printable", func(ctx SpecContext) {
				observation := only(ctx, map[string]any{"CertOrg": "a\x1b[31m\n" + strings.Repeat("é", 400), "DomainCnameStatus": strings.Repeat("x", 999)})
				Expect(len(observation.Organization)).To(BeNumerically("<=", 256))
				Expect(observation.Organization).To(HavePrefix("a[31mé"))
				Expect(observation.Organization).NotTo(ContainSubstring("�"))
				Expect(observation.CNAMEStatus).To(HaveLen(256))
			})
		})
	}
})

var _ = Describe("What CDN tells of a certificate by itself", func() {
	bundle := aBundleOnce()
	// observe describes a domain with this body, and answers the second call.
	observe := func(ctx SpecContext, known provider.Handle, body string, answer alibaba.Answer) provider.Observation {
		GinkgoHelper()
		t := target()
		t.Known = known
		script := alibaba.Answers{"DescribeDomainCertificateInfo": alibaba.Described([]any{cdn().info(map[string]any{"ServerCertificate": body})})}
		if answer != nil {
			script[byID] = answer
		}
		observation, err := cdn().scripted(script).Observe(ctx, t)
		Expect(err).NotTo(HaveOccurred())
		return observation
	}
	pem := func() string { return string(bundle().CertificatePEM()) }

	It("is asked for by GET, and names no domains that would get another one, too", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, pem(), func(sent url.Values) (int, any) {
			Expect(sent).To(Equal(url.Values{"CertId": {"9002448"}}))
			return alibaba.Described([]any{storedInfo(map[string]any{
				"HttpsCrt": pem(), "DomainList": `["b.example.com","WWW.example.com",".example.com","","b.example.com"]`,
			})})(sent)
		})
		Expect(observation.AlsoServed).To(BeEmpty())
		Expect(observation.CertificateID).To(Equal("9002448"))
		Expect(observation.Fingerprint).To(Equal(bundle().Fingerprint()))
		Expect(observation.Calls).To(Equal(2))
	})

	It("costs nothing where it is known", func(ctx SpecContext) {
		known := provider.Handle{CertificateID: "9002448", Fingerprint: bundle().Fingerprint()}
		Expect(observe(ctx, known, pem(), nil).Calls).To(Equal(1))
	})

	It("is asked for again once anything has changed", func(ctx SpecContext) {
		answer := alibaba.Described([]any{storedInfo(map[string]any{"HttpsCrt": pem()})})
		for _, known := range []provider.Handle{
			{CertificateID: "1", Fingerprint: bundle().Fingerprint()},
			{CertificateID: "9002448", Fingerprint: "other"},
			{Fingerprint: bundle().Fingerprint()},
		} {
			Expect(observe(ctx, known, pem(), answer).Calls).To(Equal(2))
		}
	})

	It("fills in what the domain's own description lacks", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, "asdadaxxxx", alibaba.Described([]any{storedInfo(map[string]any{"HttpsCrt": pem()})}))
		Expect(observation.Fingerprint).To(Equal(bundle().Fingerprint()))
		Expect(observation.NotBefore).To(Equal(bundle().Leaf().NotBefore))
		Expect(observation.NotAfter).To(Equal(bundle().Leaf().NotAfter))
	})

	DescribeTable("gives the times where no certificate does",
		func(ctx SpecContext, start, expire string, notBefore, notAfter int) {
			observation, err := cdn().scripted(alibaba.Answers{
				"DescribeDomainCertificateInfo": alibaba.Described([]any{cdn().info(map[string]any{"CertStartTime": start, "CertExpireTime": expire})}),
				byID:                            alibaba.Described([]any{storedInfo(nil)}),
			}).Observe(ctx, target())
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.NotBefore.Year()).To(Equal(notBefore))
			Expect(observation.NotAfter.Year()).To(Equal(notAfter))
		},
		Entry("and the domain's description has none", "", "", 2015, 2098),
		Entry("and it has one", "", "2018-06-03T22:03:39Z", 2015, 2018),
		Entry("and it has both", "2018-03-05T22:03:39Z", "2018-06-03T22:03:39Z", 2018, 2018),
		Entry("and it has one that cannot be read", "yesterday", "2018-06-03 22:03:39", 2015, 2018),
	)

	It("takes the id away that stands for another certificate", func(ctx SpecContext) {
		observation := observe(ctx, provider.Handle{}, pem(), alibaba.Described([]any{storedInfo(map[string]any{
			"HttpsCrt": string(aBundle().CertificatePEM()), "DomainList": `["a.example.com"]`,
		})}))
		Expect(observation.CertificateID).To(BeEmpty())
		Expect(observation.Fingerprint).To(Equal(bundle().Fingerprint()))
	})

	DescribeTable("is no reason to know nothing of the rest",
		func(ctx SpecContext, answer alibaba.Answer) {
			observation := observe(ctx, provider.Handle{}, pem(), answer)
			Expect(observation.Fingerprint).To(Equal(bundle().Fingerprint()))
			Expect(observation.CertificateID).To(Equal("9002448"))
			Expect(observation.Calls).To(Equal(2))
		},
		Entry("not there, as for a domain whose HTTPS is off", alibaba.Refusing(404, "InvalidCertId.NotFound", "")),
		Entry("throttled", alibaba.Refusing(400, "Throttling.User", "")),
		Entry("unavailable", alibaba.Refusing(503, "ServiceUnavailable", "")),
		Entry("denied", alibaba.Refusing(403, "NoPermission", "")),
		Entry("empty", alibaba.Described([]any{})),
		Entry("about another certificate", alibaba.Described([]any{storedInfo(map[string]any{"CertId": "1", "DomainList": `["a.example.com"]`})})),
		Entry("of another shape", alibaba.Described("none")),
	)
})

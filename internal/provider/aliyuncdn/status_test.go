package aliyuncdn_test

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

// none is the kind of no trouble.
const none provider.Kind = ""

var _ = Describe("The provider's own word", func() {
	observe := func(certType, status, cnameStatus string) provider.Observation {
		GinkgoHelper()
		body, err := json.Marshal(map[string]any{"CertInfos": []any{cdn().info(map[string]any{
			"CertType": certType, "Status": status, "DomainCnameStatus": cnameStatus,
		})}})
		Expect(err).NotTo(HaveOccurred())
		observation, err := aliyuncdn.Decode(body, domain)
		Expect(err).NotTo(HaveOccurred())
		Expect(observation.Status).To(Equal(status), "it is shown, whatever it means")
		Expect(observation.CNAMEStatus).To(Equal(cnameStatus))
		return observation
	}
	expect := func(observation provider.Observation, pending bool, kind provider.Kind, word, advice string) {
		GinkgoHelper()
		Expect(observation.Pending).To(Equal(pending))
		if kind == none {
			Expect(observation.Trouble).NotTo(HaveOccurred())
			return
		}
		failure := alibaba.ExpectFailure(observation.Trouble, kind)
		Expect(failure.Code).To(Equal(word))
		Expect(failure.Operation).To(Equal("DescribeDomainCertificateInfo"))
		Expect(failure.Advice).To(ContainSubstring(advice))
	}

	DescribeTable("for a certificate, row by row of DescribeDomainCertificateInfo, Status",
		func(word string, pending bool, kind provider.Kind, advice string) {
			for _, issued := range []string{"free", "cas", "FREE"} {
				expect(observe(issued, word, "ok"), pending, kind, word, advice)
			}
			expect(observe("upload", word, "ok"), false, none, "", "")
			expect(observe("", word, "ok"), false, none, "", "")
		},
		Entry("1", "success", false, none, ""),
		Entry("2", "checking", true, none, ""),
		Entry("3", "cname_error", false, provider.Rejected, "point the domain's CNAME record to the name that Alibaba Cloud CDN shows"),
		Entry("4", "top_domain_cname_error", false, provider.Rejected, "point the CNAME record of the top-level domain"),
		Entry("5", "domain_invalid", false, provider.Rejected, "characters"),
		Entry("6", "unsupport_wildcard", false, provider.Rejected, "use a certificate of your own"),
		Entry("7", "applying", true, none, ""),
		Entry("8", "get_token_timeout", false, provider.Unavailable, "apply for it again"),
		Entry("9", "check_token_timeout", false, provider.Unavailable, "apply for it again"),
		Entry("10", "get_cert_timeout", false, provider.Unavailable, "apply for it again"),
		Entry("11", "failed", false, provider.Rejected, "console"),
		Entry("none", "", false, none, ""),
		Entry("one not seen yet", "pondering", false, none, ""),
	)

	DescribeTable("for a domain, row by row of DescribeDomainCertificateInfo, DomainCnameStatus",
		func(word string, forUploads, forBought, forFree provider.Kind) {
			for certType, kind := range map[string]provider.Kind{"upload": forUploads, "cas": forBought, "free": forFree, "": forUploads} {
				expect(observe(certType, "success", word), false, kind, word, "")
			}
		},
		Entry("1", "ok", none, none, none),
		Entry("2", "cname_error", provider.Rejected, provider.Rejected, provider.Rejected),
		Entry("3, as the page writes it", "op_domain_cname_error", provider.Rejected, provider.Rejected, provider.Rejected),
		Entry("3, as it is meant", "top_domain_cname_error", provider.Rejected, provider.Rejected, provider.Rejected),
		Entry("4, which keeps no certificate of one's own from being served", "unsupport_wildcard", none, none, provider.Rejected),
		Entry("none, as DCDN has it", "", none, none, none),
		Entry("one not seen yet", "pondering", none, none, none),
	)

	It("for the certificate comes before that for the domain", func() {
		expect(observe("free", "failed", "cname_error"), false, provider.Rejected, "failed", "")
		expect(observe("free", "applying", "cname_error"), true, provider.Rejected, "cname_error", "")
	})

	It("arrives from the simulator", func(ctx SpecContext) {
		for _, p := range []product{cdn(), vod()} {
			held := p.domain(domain)
			held.CnameStatus = "cname_error"
			adapter := p.before(alibaba.NewSimulator(edgesim.Settings{}, held))
			deploy(ctx, adapter, target(), aBundle())
			observation, err := adapter.Observe(ctx, target())
			Expect(err).NotTo(HaveOccurred())
			Expect(alibaba.ExpectFailure(observation.Trouble, provider.Rejected).Advice).To(ContainSubstring(p.name))
		}
	})
})

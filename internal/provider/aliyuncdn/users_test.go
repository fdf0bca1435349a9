package aliyuncdn_test

import (
	"fmt"
	"net/url"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// served is the list of DCDN's domains with their certificates' names.
const served = "DescribeDcdnHttpsDomainList"

var _ = Describe("The users of a certificate", func() {
	users := func(ctx SpecContext, p product, script alibaba.Answers) ([]string, int, error) {
		return p.scripted(script).Users(ctx, "17")
	}

	It("are told by CDN itself", func(ctx SpecContext) {
		domains, calls, err := users(ctx, cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{
			"CertId": "17", "DomainList": []string{"b.example.com", ".example.com", "a.example.com"},
		})})})
		Expect(err).NotTo(HaveOccurred())
		Expect(calls).To(Equal(1))
		Expect(domains).To(Equal([]string{"*.example.com", "a.example.com", "b.example.com"}))
	})

	DescribeTable("are none of CDN where it says that the certificate is not there",
		func(ctx SpecContext, answer alibaba.Answer) {
			domains, calls, err := users(ctx, cdn(), alibaba.Answers{byID: answer})
			Expect(err).NotTo(HaveOccurred())
			Expect(calls).To(Equal(1))
			Expect(domains).To(BeEmpty())
		},
		Entry("by its id's code", alibaba.Refusing(400, "InvalidCertId.NotFound", "")),
		Entry("by its own page's code", alibaba.Refusing(400, "CertNotExisted", "")),
		Entry("by the family's code", alibaba.Refusing(400, "Certificate.NotFind", "")),
		Entry("by an empty list", alibaba.Described([]any{})),
		Entry("by a certificate without a list's text", alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": ""})})),
		Entry("by a certificate without domains", alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17"})})),
	)

	It("are those of the simulator's CDN", func(ctx SpecContext) {
		simulator := alibaba.NewSimulator(edgesim.Settings{}, cdn().domain("a.example.com"), cdn().domain(".example.com"))
		adapter := cdn().before(simulator)
		bundle := alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{"*.example.com"}})
		deploy(ctx, adapter, provider.Target{Domain: "a.example.com", Name: name}, bundle)
		for _, version := range alibaba.SignatureVersions() {
			domains, _, err := cdn().before(simulator, alibaba.Signature(version)).Users(ctx, number(simulator.Stored(alibaba.AccountID)[0].ID))
			Expect(err).NotTo(HaveOccurred())
			Expect(domains).To(Equal([]string{"a.example.com"}))
		}
		domains, _, err := adapter.Users(ctx, "99")
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(BeEmpty())
	})

	named := alibaba.Listed(map[string]any{"CertId": 16, "CertName": "other"}, map[string]any{"CertId": 17, "CertName": "stored"})
	on := func(domain, certificate string) map[string]any {
		return map[string]any{"DomainName": domain, "CertName": certificate, "CertType": "upload", "CertStatus": "ok"}
	}

	It("are found by DCDN's name for the certificate, on all pages", func(ctx SpecContext) {
		pages := 0
		domains, calls, err := users(ctx, dcdn(), alibaba.Answers{
			dcdn().list: named,
			served: func(sent url.Values) (int, any) {
				pages++
				Expect(sent).To(Equal(url.Values{"PageNumber": {strconv.Itoa(pages)}, "PageSize": {"100"}}))
				if pages == 2 {
					return alibaba.Described([]any{on("*.example.com", "stored")})(sent)
				}
				full := []any{on("a.example.com", "stored")}
				for i := range 99 {
					full = append(full, on(fmt.Sprintf("d%d.example.com", i), "other"))
				}
				return alibaba.Described(full)(sent)
			},
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(Equal([]string{"*.example.com", "a.example.com"}))
		Expect(calls).To(Equal(3))
	})

	It("are none of DCDN where no domain is served over HTTPS", func(ctx SpecContext) {
		domains, calls, err := users(ctx, dcdn(), alibaba.Answers{dcdn().list: named, served: alibaba.Refusing(400, "NoHttpsDomain", "")})
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(BeEmpty())
		Expect(calls).To(Equal(2))
	})

	DescribeTable("are unknown",
		func(ctx SpecContext, p product, script alibaba.Answers, calls int) {
			_, made, err := users(ctx, p, script)
			failure := alibaba.ExpectFailure(err, provider.Rejected)
			Expect(failure.Code).To(Equal("unknown"))
			Expect(failure.Advice).To(ContainSubstring(p.name))
			Expect(made).To(Equal(calls))
		},
		Entry("CDN's list is none", cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": "a.example.com"})})}, 1),
		Entry("CDN's list is cut in half", cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": `["a.example.com",`})})}, 1),
		Entry("CDN has no list", cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": nil})})}, 1),
		Entry("VOD has no call for it", vod(), alibaba.Answers{}, 0),
		Entry("DCDN does not list the certificate", dcdn(), alibaba.Answers{dcdn().list: alibaba.Listed()}, 1),
		Entry("DCDN's list never ends", dcdn(), alibaba.Answers{dcdn().list: named, served: func(sent url.Values) (int, any) {
			full := make([]any, 100)
			for i := range full {
				full[i] = on("a.example.com", "stored")
			}
			return alibaba.Described(full)(sent)
		}}, 51),
	)

	DescribeTable("cannot be asked for",
		func(ctx SpecContext, p product, script alibaba.Answers, kind provider.Kind) {
			domains, _, err := users(ctx, p, script)
			Expect(alibaba.ExpectFailure(err, kind).Code).NotTo(Equal("unknown"))
			Expect(domains).To(BeEmpty())
		},
		Entry("CDN denies it", cdn(), alibaba.Answers{byID: alibaba.Refusing(403, "NoPermission", "")}, provider.Denied),
		Entry("CDN answers about another one", cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(nil)})}, provider.Unavailable),
		Entry("CDN does not find something else", cdn(), alibaba.Answers{byID: alibaba.Refusing(404, "Something.NotFound", "")}, provider.NotFound),
		Entry("CDN is down", cdn(), alibaba.Answers{byID: alibaba.Refusing(503, "ServiceUnavailable", "")}, provider.Unavailable),
		Entry("DCDN denies the list", dcdn(), alibaba.Answers{dcdn().list: alibaba.Refusing(403, "NoPermission", "")}, provider.Denied),
		Entry("DCDN throttles", dcdn(), alibaba.Answers{dcdn().list: named, served: alibaba.Refusing(400, "Throttling.User", "")}, provider.Throttled),
	)
})

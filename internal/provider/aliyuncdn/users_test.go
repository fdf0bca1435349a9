package aliyuncdn_test

import (
	"fmt"
	"net/url"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// served is the list of DCDN's domains with their certificates' names.
const served = "DescribeDcdnHttpsDomainList"

var _ = Describe("The users of a certificate", func() {
	users := func(ctx SpecContext, p product, script alibaba.Answers) ([]string, int, error) {
		return p.scripted(script).Users(ctx, provider.Upload{ID: "17", Name: "stored"})
	}

	It("are told by CDN itself", func(ctx SpecContext) {
		domains, calls, err := users(ctx, cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{
			"CertId": "17", "DomainList": []string{"b.example.com", ".example.com", "a.example.com"},
		})})})
		Expect(err).NotTo(HaveOccurred())
		Expect(calls).To(Equal(1))
		Expect(domains).To(Equal([]string{"*.example.com", "a.example.com", "b.example.com"}))
	})

	DescribeTable("are told in several forms",
		func(ctx SpecContext, list any, expected ...string) {
			domains, _, err := users(ctx, cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": list})})})
			Expect(err).NotTo(HaveOccurred())
			Expect(domains).To(ConsistOf(expected))
		},
		Entry("a text, as the table says", `["a.example.com"]`, "a.example.com"),
		Entry("an array, as the sample shows", []string{"a.example.com"}, "a.example.com"),
		Entry("the sample's none", []string{""}),
		Entry("the same in a text", `[""]`),
		Entry("an empty text", ""),
		Entry("in capitals, and twice", `["B.example.com",".example.com","","b.example.com"]`, "*.example.com", "b.example.com"),
		Entry("things that are no domains", []any{1, nil, map[string]any{}, "a.example.com"}, "1", "a.example.com"),
	)

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
			domains, _, err := cdn().before(simulator, alibaba.Signature(version)).Users(ctx, provider.Upload{ID: number(simulator.Stored(alibaba.AccountID)[0].ID)})
			Expect(err).NotTo(HaveOccurred())
			Expect(domains).To(Equal([]string{"a.example.com"}))
		}
		domains, _, err := adapter.Users(ctx, provider.Upload{ID: "99"})
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(BeEmpty())
	})

	on := func(domain, certificate string) map[string]any {
		return map[string]any{"DomainName": domain, "CertName": certificate, "CertType": "upload", "CertStatus": "ok"}
	}
	// many are so many domains with other certificates.
	many := func(count int) []any {
		rows := []any{}
		for i := range count {
			rows = append(rows, on(fmt.Sprintf("d%d.example.com", i), "other"))
		}
		return rows
	}
	// counted is a page of a list of so many rows.
	counted := func(total any, rows ...any) (int, any) {
		return 200, map[string]any{"RequestId": "R-1", "TotalCount": total, "CertInfos": map[string]any{"CertInfo": rows}}
	}

	DescribeTable("are found by DCDN's name for the certificate, on all pages",
		func(ctx SpecContext, total any, pages ...[]any) {
			read := 0
			domains, calls, err := users(ctx, dcdn(), alibaba.Answers{served: func(sent url.Values) (int, any) {
				read++
				Expect(sent).To(Equal(url.Values{"PageNumber": {strconv.Itoa(read)}, "PageSize": {"500"}}))
				return counted(total, pages[read-1]...)
			}})
			Expect(err).NotTo(HaveOccurred())
			Expect(domains).To(Equal([]string{"*.example.com", "a.example.com"}))
			Expect(calls).To(Equal(len(pages)))
		},
		Entry("one that is not full", nil, []any{on("a.example.com", "stored"), on("b.example.com", "other"), on("*.example.com", "stored")}),
		Entry("a full one, and what is left", nil, append(many(499), on("a.example.com", "stored")), []any{on("*.example.com", "stored")}),
		Entry("fewer rows than were asked for, by the list's own count", 102, append(many(99), on("a.example.com", "stored")), []any{on("*.example.com", "stored"), on("b.example.com", "other")}),
		Entry("a full one that is all there is", 500, append(many(498), on("a.example.com", "stored"), on("*.example.com", "stored"))),
		Entry("a count that is less than was read", 1, append(many(499), on("a.example.com", "stored")), []any{on("*.example.com", "stored")}),
		Entry("names in other letters", "2", []any{on("a.example.com", "Stored"), on("*.example.com", "STORED")}),
	)

	It("are none of DCDN where no domain is served over HTTPS", func(ctx SpecContext) {
		domains, calls, err := users(ctx, dcdn(), alibaba.Answers{served: alibaba.Refusing(400, "NoHttpsDomain", "")})
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(BeEmpty())
		Expect(calls).To(Equal(1))
	})

	It("are those of the simulator's DCDN", func(ctx SpecContext) {
		simulator := alibaba.NewSimulator(edgesim.Settings{}, dcdn().domain("a.example.com"), dcdn().domain(".example.com"))
		adapter := dcdn().before(simulator)
		asked := provider.Upload{ID: "1", Name: "none"}
		domains, _, err := adapter.Users(ctx, asked)
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(BeEmpty(), "no domain is served over HTTPS")

		bundle := alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{"*.example.com"}})
		asked.Name = deploy(ctx, adapter, provider.Target{Domain: "a.example.com", Name: name}, bundle).CertificateName
		deploy(ctx, adapter, provider.Target{Domain: "*.example.com", Name: "default-wild-12345678"}, bundle)
		for _, version := range alibaba.SignatureVersions() {
			domains, calls, err := dcdn().before(simulator, alibaba.Signature(version)).Users(ctx, asked)
			Expect(err).NotTo(HaveOccurred())
			Expect(domains).To(Equal([]string{"a.example.com"}))
			Expect(calls).To(Equal(1))
		}
		asked.Name = provider.UploadName("default-wild-12345678", bundle.Fingerprint())
		domains, _, err = adapter.Users(ctx, asked)
		Expect(err).NotTo(HaveOccurred())
		Expect(domains).To(Equal([]string{"*.example.com"}))
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
		Entry("CDN's list is an object", cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": map[string]any{"a": 1}})})}, 1),
		Entry("CDN has no list", cdn(), alibaba.Answers{byID: alibaba.Described([]any{storedInfo(map[string]any{"CertId": "17", "DomainList": nil})})}, 1),
		Entry("VOD has no call for it", vod(), alibaba.Answers{}, 0),
		Entry("DCDN does not name a domain's certificate", dcdn(), alibaba.Answers{served: alibaba.Described([]any{on("a.example.com", "")})}, 1),
		Entry("DCDN's list never ends", dcdn(), alibaba.Answers{served: func(url.Values) (int, any) { return counted(nil, many(500)...) }}, aliyuncdn.MaxUsersCalls),
		Entry("DCDN's list is longer than what it shows", dcdn(), alibaba.Answers{served: func(url.Values) (int, any) { return counted(7) }}, aliyuncdn.MaxUsersCalls),
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
		Entry("DCDN denies the list", dcdn(), alibaba.Answers{served: alibaba.Refusing(403, "NoPermission", "")}, provider.Denied),
		Entry("DCDN throttles", dcdn(), alibaba.Answers{served: alibaba.Refusing(400, "Throttling.User", "")}, provider.Throttled),
		Entry("DCDN has no domains any more, in the middle of the list", dcdn(), alibaba.Answers{served: func(sent url.Values) (int, any) {
			if sent.Get("PageNumber") == "1" {
				return counted(nil, many(500)...)
			}
			return alibaba.Refusing(400, "NoHttpsDomain", "")(sent)
		}}, provider.NotFound),
	)
})

package edgesim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("DescribeLiveDomainCertificateInfo", func() {
	It("shows ten fields, all of them strings", func() {
		c := newClient(start().APIAddress())
		cert := issue(testcerts.Options{DNSNames: []string{"*.example.com"}})
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		got := c.call(describe, params{"DomainName": domainName})
		Expect(got.at("CertInfos", "CertInfo")).To(And(
			HaveLen(10),
			HaveEach(BeAssignableToTypeOf("")),
			HaveKeyWithValue("DomainName", domainName),
			HaveKeyWithValue("CertName", "first"),
			HaveKeyWithValue("CertDomainName", "*.example.com"),
			HaveKeyWithValue("CertType", "upload"),
			HaveKeyWithValue("CertLife", "3 months"),
			HaveKeyWithValue("SSLProtocol", "on"),
			HaveKeyWithValue("SSLPub", cert.pub),
			HaveKeyWithValue("Status", ""),
			HaveKeyWithValue("CertExpireTime", MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)),
			HaveKeyWithValue("CertOrg", Not(BeEmpty())),
		))
		Expect(got.body).To(HaveKeyWithValue("RequestId", MatchRegexp(`^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)))
	})

	It("refuses a domain of another account", func() {
		sim := start(func(c *edgesim.Config) {
			c.Accounts = append(c.Accounts, edgesim.Account{ID: otherAccountID, Domains: []edgesim.Domain{{Name: "other.example.net"}}})
		})
		got := newClient(sim.APIAddress()).call(describe, params{"DomainName": "other.example.net"})
		Expect(got.status).To(Equal(http.StatusNotFound))
		Expect(got.code()).To(Equal("InvalidDomain.NotFound"))
	})

	shape := func(change func(*edgesim.Settings), set bool) string {
		sim := start()
		mustSet(sim, change)
		c := newClient(sim.APIAddress())
		if set {
			Expect(c.call(setOperation, issueFor(domainName).on()).status).To(Equal(http.StatusOK))
		}
		got := c.call(describe, params{"DomainName": domainName})
		Expect(got.status).To(Equal(http.StatusOK))
		return outline(got.body)
	}
	DescribeTable("answers in other forms when told to",
		func(change func(*edgesim.Settings), set bool, expected string) {
			Expect(shape(change, set)).To(Equal(expected))
		},
		Entry("a list, by default", func(*edgesim.Settings) {}, true, "{CertInfos:{CertInfo:[{…}]} RequestId}"),
		Entry("an object, as the page's sample", func(s *edgesim.Settings) { s.CertInfo = edgesim.FormObject }, true, "{CertInfos:{CertInfo:{…}} RequestId}"),
		Entry("wrapped, as the page's sample", func(s *edgesim.Settings) { s.Wrapped, s.CertInfo = true, edgesim.FormObject }, true,
			"{SetLiveDomainCertificateResponse:{CertInfos:{CertInfo:{…}} RequestId}}"),
		Entry("without RequestId", func(s *edgesim.Settings) { s.OmitRequestID = true }, true, "{CertInfos:{CertInfo:[{…}]}}"),
		Entry("no certificate: off", func(*edgesim.Settings) {}, false, "{CertInfos:{CertInfo:[{…}]} RequestId}"),
		Entry("no certificate: empty list", func(s *edgesim.Settings) { s.NoCertificate = edgesim.NoCertificateEmpty }, false, "{CertInfos:{CertInfo:[]} RequestId}"),
		Entry("no certificate: absent", func(s *edgesim.Settings) { s.NoCertificate = edgesim.NoCertificateAbsent }, false, "{CertInfos:{} RequestId}"),
	)

	It("writes the page's wrapper as the root in XML", func() {
		sim := start()
		mustSet(sim, func(s *edgesim.Settings) { s.Wrapped = true })
		c := newClient(sim.APIAddress())
		c.format = "XML"
		Expect(c.call(describe, params{"DomainName": domainName}).raw).To(And(
			ContainSubstring("<SetLiveDomainCertificateResponse><CertInfos><CertInfo><CertDomainName>"),
			HaveSuffix("</RequestId></SetLiveDomainCertificateResponse>")))
	})

	It("returns the leaf alone when told to", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		cert := issueFor(domainName)
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		mustSet(sim, func(s *edgesim.Settings) { s.SSLPub = edgesim.SSLPubLeaf })
		leaf := c.call(describe, params{"DomainName": domainName}).at("CertInfos", "CertInfo", "SSLPub")
		Expect(leaf).To(HaveSuffix("-----END CERTIFICATE-----\n"))
		Expect(strings.HasPrefix(cert.pub, fmt.Sprint(leaf))).To(BeTrue())
		Expect(leaf).NotTo(Equal(cert.pub))
	})

	It("shows a change after DescribeDelay, and the edge after PropagationDelay", func() {
		at := newClock()
		sim := start(func(c *edgesim.Config) { c.Clock = at.Now })
		c := newClient(sim.APIAddress())
		c.now = at.Now
		shown := func() string { return edgeFingerprint(c, sim) }
		first, second := issueFor(domainName), issueFor(domainName)
		Expect(c.call(setOperation, first.on()).status).To(Equal(http.StatusOK))
		mustSet(sim, func(s *edgesim.Settings) {
			s.DescribeDelay, s.PropagationDelay = 10*edgesim.Second, 5*edgesim.Minute
		})
		Expect(c.call(setOperation, second.on()).status).To(Equal(http.StatusOK))
		Expect(shown()).To(Equal(first.fingerprint))
		at.Advance(10 * time.Second)
		Expect(shown()).To(Equal(second.fingerprint))
		Expect(handshake(sim, domainName)).To(Equal(first.fingerprint))
		at.Advance(5 * time.Minute)
		Expect(handshake(sim, domainName)).To(Equal(second.fingerprint))
	})
})

// edgeFingerprint makes a describe call and reads from the journal what it showed.
func edgeFingerprint(c *client, sim *edgesim.Server) string {
	GinkgoHelper()
	Expect(c.call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
	entries := sim.Journal(edgesim.Query{Operation: describe})
	return entries[len(entries)-1].Fingerprint
}

// outline writes an answer's shape: objects of strings are only hinted at.
func outline(body map[string]any) string {
	var write func(any) string
	write = func(value any) string {
		switch v := value.(type) {
		case []any:
			var items []string
			for _, item := range v {
				items = append(items, write(item))
			}
			return "[" + strings.Join(items, " ") + "]"
		case map[string]any:
			if len(v) > 3 {
				return "{…}"
			}
			var fields []string
			for _, name := range []string{"SetLiveDomainCertificateResponse", "CertInfos", "CertInfo", "RequestId"} {
				field, has := v[name]
				if _, isText := field.(string); has && isText {
					fields = append(fields, name)
				} else if has {
					fields = append(fields, name+":"+write(field))
				}
			}
			return "{" + strings.Join(fields, " ") + "}"
		}
		return fmt.Sprint(value)
	}
	return write(body)
}

var _ = Describe("the other Live calls", func() {
	It("give a stored certificate's id by name, as a number and without key", func() {
		c := newClient(start().APIAddress())
		cert := issueFor(domainName)
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		got := c.call("DescribeLiveCertificateDetail", params{"CertName": "first"})
		Expect(got.body).To(And(HaveKeyWithValue("CertId", BeNumerically(">", 1_000_000)), HaveKeyWithValue("Cert", cert.pub),
			HaveKeyWithValue("CertName", "first"), HaveKey("RequestId"), HaveLen(4)))
		renewed := issueFor(domainName)
		Expect(c.call(setOperation, renewed.on()).status).To(Equal(http.StatusOK))
		Expect(c.call("DescribeLiveCertificateDetail", params{"CertName": "first"}).body).To(HaveKeyWithValue("CertId", got.body["CertId"]))
		Expect(c.call("DescribeLiveCertificateDetail", params{"CertName": "unknown"}).code()).To(Equal("Certificate.NotFind"))
		Expect(c.call("DescribeLiveCertificateDetail", nil).code()).To(Equal("MissingCertName"))
	})

	It("list the stored certificates, all or those good for a domain", func() {
		c := newClient(start().APIAddress())
		Expect(c.call(setOperation, issueFor(domainName).on()).status).To(Equal(http.StatusOK))
		Expect(c.call(setOperation, issueFor("two.example.com").on().with(params{"DomainName": "two.example.com", "CertName": "second"})).status).To(Equal(http.StatusOK))
		Expect(c.call("DescribeLiveCertificateList", nil).at("CertificateListModel", "Count")).To(BeEquivalentTo(2))
		got := c.call("DescribeLiveCertificateList", params{"DomainName": "two.example.com"})
		Expect(got.at("CertificateListModel", "Count")).To(BeEquivalentTo(1))
		Expect(got.at("CertificateListModel", "CertList", "Cert")).To(And(
			HaveKeyWithValue("CertName", "second"), HaveKeyWithValue("CertId", BeNumerically(">", 0)), HaveKeyWithValue("LastTime", BeNumerically(">", 0)),
			HaveKeyWithValue("Fingerprint", HaveLen(40)), HaveKey("Issuer"), HaveKey("Common")))
		Expect(c.call("DescribeLiveCertificateList", params{"DomainName": "two.example.com," + domainName}).at("CertificateListModel", "Count")).To(BeEquivalentTo(2))
		Expect(c.call("DescribeLiveCertificateList", params{"DomainName": "nobody.example.com"}).code()).To(Equal("InvalidDomain.NotFound"))
	})

	It("tell a domain's type, status and certificate", func() {
		sim := start(func(c *edgesim.Config) {
			c.Accounts[0].Domains = append(c.Accounts[0].Domains, edgesim.Domain{Name: "push.example.com", Type: "liveEdge", Status: "configuring"})
		})
		c := newClient(sim.APIAddress())
		Expect(c.call("DescribeLiveDomainDetail", params{"DomainName": "push.example.com"}).at("DomainDetail")).To(And(
			HaveKeyWithValue("LiveDomainType", "liveEdge"), HaveKeyWithValue("DomainStatus", "configuring"), HaveKeyWithValue("SSLProtocol", "off")))
		Expect(c.call(setOperation, issueFor(domainName).on()).status).To(Equal(http.StatusOK))
		Expect(c.call("DescribeLiveDomainDetail", params{"DomainName": domainName}).at("DomainDetail")).To(And(
			HaveKeyWithValue("LiveDomainType", "liveVideo"), HaveKeyWithValue("SSLProtocol", "on"), HaveKeyWithValue("CertName", "first")))
	})

	DescribeTable("page through the domains",
		func(p params, total int, first any) {
			sim := start(func(c *edgesim.Config) {
				c.Accounts[0].Domains = nil
				for i := range 60 {
					c.Accounts[0].Domains = append(c.Accounts[0].Domains, edgesim.Domain{Name: fmt.Sprintf("d%02d.example.com", i)})
				}
				c.Accounts[0].Domains[7].Type = "liveEdge"
				c.Accounts[0].Domains[8].Status = "offline"
			})
			got := newClient(sim.APIAddress()).call("DescribeLiveUserDomains", p)
			Expect(got.at("TotalCount")).To(BeEquivalentTo(total), got.raw)
			Expect(got.at("Domains", "PageData", "DomainName")).To(first.(OmegaMatcher))
		},
		Entry("first page", params{}, 60, Equal("d00.example.com")),
		Entry("last page", params{"PageNumber": "2", "PageSize": "50"}, 60, Equal("d50.example.com")),
		Entry("beyond the last page", params{"PageNumber": "9"}, 60, BeNil()),
		Entry("fuzzy by default", params{"DomainName": "5.example"}, 6, Equal("d05.example.com")),
		Entry("by prefix", params{"DomainName": "d1", "DomainSearchType": "pre_match"}, 10, Equal("d10.example.com")),
		Entry("by suffix", params{"DomainName": "9.example.com", "DomainSearchType": "suf_match"}, 6, Equal("d09.example.com")),
		Entry("in full", params{"DomainName": "d42.example.com", "DomainSearchType": "full_match"}, 1, Equal("d42.example.com")),
		Entry("by type", params{"LiveDomainType": "liveEdge"}, 1, Equal("d07.example.com")),
		Entry("by status", params{"DomainStatus": "offline"}, 1, Equal("d08.example.com")),
	)

	DescribeTable("refuse page parameters beyond the page's limits",
		func(p params, code string) {
			Expect(newClient(start().APIAddress()).call("DescribeLiveUserDomains", p).code()).To(Equal(code))
		},
		Entry("51 a page", params{"PageSize": "51"}, "InvalidPageSize.Malformed"),
		Entry("page 0", params{"PageNumber": "0"}, "InvalidPageNumber.Malformed"),
		Entry("not a number", params{"PageNumber": "two"}, "InvalidPageNumber.Malformed"),
		Entry("unknown search", params{"DomainName": "a", "DomainSearchType": "regexp"}, "InvalidDomainSearchType.Malformed"),
	)

	It("do not include an operation that does not exist", func() {
		got := newClient(start().APIAddress()).call("DeleteLiveCertificate", nil)
		Expect(got.code()).To(Equal("InvalidAction.NotFound"))
		Expect(got.status).To(Equal(http.StatusNotFound))
	})
})

var _ = Describe("listings", func() {
	It("hold no secret of an account", func() {
		listed, err := json.Marshal(start().Accounts())
		Expect(err).NotTo(HaveOccurred())
		Expect(string(listed)).To(And(ContainSubstring(keyID), Not(ContainSubstring(keySecret))))
		Expect(fmt.Sprintf("%v %+v %#v", start().Accounts(), start().Accounts(), start().Accounts())).NotTo(ContainSubstring(keySecret))
	})
})

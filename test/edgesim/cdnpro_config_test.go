package edgesim_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("CDN Pro: beside the other products", func() {
	It("answers over HTTPS, with Locations to match, and leaves the RPC API where it was", func() {
		sim := startPro()
		roots := x509.NewCertPool()
		Expect(roots.AppendCertsFromPEM(sim.CAPEM())).To(BeTrue())
		for _, host := range []string{"", "open.chinanetcenter.com", "api.cdnetworks.com"} {
			c := newProClient(sim)
			c.url = "https://" + sim.APITLSAddress()
			c.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host}}}
			made := c.call("POST", "/cdn/certificates", object{"name": "x", "newVersion": issuePro().newVersion(c.date())})
			Expect(made.header.Get("Location")).To(HavePrefix(c.url + "/cdn/certificates/"))
		}
		Expect(newClient(sim.APIAddress()).call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
		Expect(sim.Journal(edgesim.Query{Operation: proCreate})).To(HaveLen(3))
		Expect(sim.Journal(edgesim.Query{Operation: proDeploy})).To(BeEmpty())
	})

	It("has one name space with the other products", func() {
		sim := startPro()
		put := func(hostname string) error {
			return sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "other", Hostnames: []string{hostname}})
		}
		Expect(put(domainName)).To(MatchError(ContainSubstring("another product")))
		Expect(put("*.wild.example.com")).To(MatchError(ContainSubstring("another product")))
		Expect(put("*.two.example.com")).To(Succeed())
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: proHost})).To(MatchError(ContainSubstring("CDN Pro")))
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: ".two.example.com"})).To(MatchError(ContainSubstring("CDN Pro")))
		Expect(sim.RemoveAccount(accountID)).To(BeTrue())
		Expect(sim.PutAccount(edgesim.Account{ID: otherAccountID, Domains: []edgesim.Domain{{Name: proHost}}})).To(Succeed())
	})

	DescribeTable("refuses to start with",
		func(change func(*edgesim.CDNPro, *edgesim.Config), complaint string) {
			pro := &edgesim.CDNPro{User: proUser, APIKey: proKey, Properties: []edgesim.CDNProProperty{{ID: "p", Hostnames: []string{proHost}}}}
			config := edgesim.Config{Accounts: []edgesim.Account{{ID: accountID, CDNPro: pro}}}
			change(pro, &config)
			_, err := edgesim.Start(config)
			Expect(err).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("no user", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.User = "" }, "user"),
		Entry("a user that Basic authentication would split", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.User = "a:b" }, "colon"),
		Entry("no key", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.APIKey = "" }, "apiKey"),
		Entry("a listed, withheld key", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.APIKey = "[withheld]" }, "placeholder"),
		Entry("a property without id", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.Properties[0].ID = "" }, "id"),
		Entry("a property without hostname", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.Properties[0].Hostnames = nil }, "hostname"),
		Entry("a wildcard in the notation of other products", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.Properties[0].Hostnames[0] = ".example.com" }, "*.example.com"),
		Entry("an unknown environment", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.Properties[0].Targets = []edgesim.CDNProTarget{"moon"} }, "moon"),
		Entry("an unknown certificate", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.Properties[0].CertificateID = "none" }, `"none"`),
		Entry("configs that contradict what is known of them", func(p *edgesim.CDNPro, _ *edgesim.Config) {
			p.Properties[0].Configs = map[string]json.RawMessage{"hostnames": json.RawMessage(`7`)}
		}, "configs"),
		Entry("what is no certificate", func(p *edgesim.CDNPro, _ *edgesim.Config) { p.Certificates = []edgesim.CDNProCertificate{{ID: "c"}} }, "certificate c"),
		Entry("another way to renew", func(p *edgesim.CDNPro, _ *edgesim.Config) {
			cert := issuePro()
			p.Certificates = []edgesim.CDNProCertificate{{Certificate: cert.pub, PrivateKey: edgesim.Secret(cert.pri), AutoRenew: "Always"}}
		}, "Always"),
		Entry("a user of another account", func(_ *edgesim.CDNPro, c *edgesim.Config) {
			c.Accounts = append(c.Accounts, edgesim.Account{ID: otherAccountID, CDNPro: &edgesim.CDNPro{User: proUser, APIKey: "k"}})
		}, "user "+proUser),
		Entry("a hostname of another account", func(p *edgesim.CDNPro, c *edgesim.Config) {
			c.Accounts = append(c.Accounts, edgesim.Account{ID: otherAccountID, CDNPro: &edgesim.CDNPro{User: "other", APIKey: "k", Properties: p.Properties}})
		}, "hostname "+proHost),
		Entry("a hostname that is a domain too", func(_ *edgesim.CDNPro, c *edgesim.Config) {
			c.Accounts[0].Domains = []edgesim.Domain{{Name: proHost}}
		}, "another product"),
		Entry("tasks that end before they begin", func(_ *edgesim.CDNPro, c *edgesim.Config) { c.Settings.CDNPro.TaskDuration = -1 }, "negative"),
		Entry("a refusal that is none", func(_ *edgesim.CDNPro, c *edgesim.Config) { c.Settings.CDNPro.Throttle.Status = 200 }, "200"),
		Entry("another way to delete", func(_ *edgesim.CDNPro, c *edgesim.Config) { c.Settings.CDNPro.DeleteVersions = "all" }, "deleteVersions"),
	)
})

package edgesim_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("the edge", func() {
	It("serves by SNI, a wildcard for exactly one label, and nothing it was not given", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		exact, wild := issueFor(domainName), issueFor("*.wild.example.com")
		Expect(c.call(setOperation, exact.on()).status).To(Equal(http.StatusOK))
		Expect(c.call(setOperation, wild.on().with(params{"DomainName": ".wild.example.com", "CertName": "wild"})).status).To(Equal(http.StatusOK))

		Expect(handshake(sim, domainName)).To(Equal(exact.fingerprint))
		Expect(handshake(sim, "LIVE.example.com")).To(Equal(exact.fingerprint))
		Expect(handshake(sim, "any.wild.example.com")).To(Equal(wild.fingerprint))
		for _, name := range []string{"wild.example.com", "a.b.wild.example.com", "two.example.com", "nobody.example.net", ""} {
			Expect(handshake(sim, name)).Error().To(MatchError(ContainSubstring("unrecognized name")), "server name %q", name)
		}
	})

	It("sends the whole chain, and answers HTTP for people with curl", func() {
		sim := start()
		ca := testcerts.NewCA("edgesim test CA")
		pair := ca.Issue(testcerts.Options{DNSNames: []string{domainName}})
		Expect(sim.SetOutOfBand(domainName, "console", pair.CertificatePEM, pair.KeyPEM)).To(Succeed())
		browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), ServerName: domainName}}}
		response, err := browser.Get("https://" + sim.EdgeAddress())
		Expect(err).NotTo(HaveOccurred())
		Expect(io.ReadAll(response.Body)).To(HavePrefix("edgesim"))
		Expect(response.Body.Close()).To(Succeed())
	})

	It("follows changes made behind the API's back, which no call in the journal explains", func() {
		sim := start()
		pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{domainName}})
		Expect(sim.SetOutOfBand(domainName, "console", pair.CertificatePEM, pair.KeyPEM)).To(Succeed())
		Expect(handshake(sim, domainName)).To(Equal(pair.Fingerprint))
		Expect(sim.Journal(edgesim.Query{})).To(BeEmpty())
		state, known := sim.Edge(domainName)
		Expect(known).To(BeTrue())
		Expect(state.Stored).To(HaveField("Name", "console"))
		Expect(state.Served).To(Equal(state.Described))
		Expect(sim.SetOutOfBand(domainName, "", nil, nil)).To(Succeed())
		Expect(handshake(sim, domainName)).Error().To(HaveOccurred())
		Expect(sim.SetOutOfBand("nobody.example.com", "", nil, nil)).To(MatchError(ContainSubstring("nobody.example.com")))
		other := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{domainName}})
		Expect(sim.SetOutOfBand(domainName, "", pair.CertificatePEM, other.KeyPEM)).To(MatchError(ContainSubstring("belong together")))
	})

	It("stops serving a domain that is removed", func() {
		sim := start()
		pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{domainName}})
		Expect(sim.SetOutOfBand(domainName, "console", pair.CertificatePEM, pair.KeyPEM)).To(Succeed())
		Expect(sim.RemoveDomain(domainName)).To(BeTrue())
		Expect(sim.RemoveDomain(domainName)).To(BeFalse())
		Expect(handshake(sim, domainName)).Error().To(HaveOccurred())
	})
})

var _ = Describe("the HTTPS API", func() {
	secure := func(sim *edgesim.Server, change func(*tls.Config)) *client {
		roots := x509.NewCertPool()
		Expect(roots.AppendCertsFromPEM(sim.CAPEM())).To(BeTrue())
		config := &tls.Config{RootCAs: roots}
		change(config)
		c := newClient(sim.APITLSAddress())
		c.url = "https://" + sim.APITLSAddress()
		c.http = &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
		return c
	}

	It("is verified by the simulator's authority, for the real hosts' names too", func() {
		sim := start()
		for _, name := range []string{"", "localhost", "live.aliyuncs.com", "sts.aliyuncs.com"} {
			c := secure(sim, func(t *tls.Config) { t.ServerName = name })
			Expect(c.call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
		}
	})

	DescribeTable("presents what a client must not accept",
		func(presented edgesim.APICertificate, complaint string) {
			sim := start(func(c *edgesim.Config) { c.Settings.APICertificate = presented })
			c := secure(sim, func(*tls.Config) {})
			_, err := c.try(GinkgoT().Context(), describe, params{"DomainName": domainName})
			Expect(err).To(MatchError(ContainSubstring(complaint)))
			Expect(sim.Journal(edgesim.Query{})).To(BeEmpty())
		},
		Entry("an expired certificate", edgesim.APICertificateExpired, "expired"),
		Entry("another host's certificate", edgesim.APICertificateWrongHost, "IP SANs"),
		Entry("an unknown authority's", edgesim.APICertificateUnknownCA, "unknown authority"),
		Entry("TLS 1.0", edgesim.APICertificateTLS10, "protocol version"),
	)
})

package edgesim_test

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("the Sets of CDN, DCDN and VOD", func() {
	DescribeTable("store an upload in Certificate Management Service and serve it",
		func(n network) {
			sim := startNetworks()
			cert := issueFor(n.domain)
			got := calling(sim, n.version).call(n.set, n.uploadTo(cert))
			Expect(got.body).To(And(HaveLen(1), HaveKey("RequestId")), got.raw)
			Expect(handshake(sim, n.domain)).To(Equal(cert.fingerprint))
			stored := sim.Stored(accountID)
			Expect(stored).To(ConsistOf(edgesim.StoredCertificate{ID: stored[0].ID, Name: "first", Kind: "upload", Store: "cas",
				Fingerprint: cert.fingerprint, Domains: []string{n.domain}}))
			Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(And(HaveField("Domain", n.domain), HaveField("CertificateName", "first"),
				HaveField("CertID", MatchRegexp(`^\d{7}$`)), HaveField("Fingerprint", cert.fingerprint), HaveField("Applied", true))))
		}, ofNetworks())

	DescribeTable("serve a wildcard domain, written with a leading dot, one label deep",
		func(n network) {
			sim := startNetworks()
			cert := issueFor("*.wild-" + n.domain)
			Expect(calling(sim, n.version).call(n.set, n.uploadTo(cert).with(params{"DomainName": ".wild-" + n.domain})).code()).To(BeEmpty())
			Expect(handshake(sim, "any.wild-"+n.domain)).To(Equal(cert.fingerprint))
			Expect(handshake(sim, "two.deep.wild-"+n.domain)).Error().To(MatchError(ContainSubstring("unrecognized name")))
		}, ofNetworks())

	DescribeTable("do not find the domains of other products",
		func(n network) {
			sim := startNetworks()
			c := calling(sim, n.version)
			for _, other := range append(networks(), network{domain: domainName}) {
				if other.domain == n.domain {
					continue
				}
				Expect(c.call(n.set, n.uploadTo(issueFor(other.domain)).with(params{"DomainName": other.domain})).code()).To(Equal("InvalidDomain.NotFound"))
				Expect(c.call(n.describe, params{"DomainName": other.domain}).status).To(Equal(http.StatusNotFound))
			}
			live := newClient(sim.APIAddress())
			Expect(live.call(setOperation, issueFor(n.domain).on().with(params{"DomainName": n.domain})).code()).To(Equal("InvalidDomain.NotFound"))
			Expect(live.call("DescribeLiveUserDomains", nil).at("TotalCount")).To(BeEquivalentTo(3))
		}, ofNetworks())

	DescribeTable("are refused, and change nothing",
		func(r refusedSet) {
			for _, n := range networks() {
				sim := startNetworks()
				c := calling(sim, n.version)
				Expect(c.call(n.set, n.uploadTo(issueFor(n.domain))).code()).To(BeEmpty())
				before, _ := sim.Edge(n.domain)
				if r.domain.Status != "" || r.domain.Restrictions != nil {
					changed := r.domain
					changed.Name, changed.Product = n.domain, n.product
					Expect(sim.PutDomain(accountID, changed)).To(Succeed())
				}
				good := issueFor(n.domain)
				p := n.uploadTo(good).with(params{"CertName": "second"}).with(r.change(good))
				got := c.call(n.set, p)
				Expect(got.code()).To(Equal(r.code), string(n.product)+got.raw)
				Expect(got.status).To(Equal(max(r.status, http.StatusBadRequest)))
				after, _ := sim.Edge(n.domain)
				Expect(after).To(Equal(before))
				Expect(sim.Stored(accountID)).To(HaveLen(1))
			}
		},
		Entry("no DomainName", refusedSet{change: send(params{"DomainName": ""}), code: "MissingDomainName"}),
		Entry("no SSLProtocol", refusedSet{change: send(params{"SSLProtocol": ""}), code: "InvalidSSLProtocol.ValueNotSupported"}),
		Entry("CertType free, which only Live has", refusedSet{change: send(params{"CertType": "free"}), code: "SetDomainCertificate.ParameterError"}),
		Entry("no SSLPub", refusedSet{change: send(params{"SSLPub": ""}), code: "SSLPub.MissingParameter"}),
		Entry("no SSLPri", refusedSet{change: send(params{"SSLPri": ""}), code: "SSLPri.MissingParameter"}),
		Entry("another key", refusedSet{change: func(upload) params { return params{"SSLPri": issueFor(cdnDomain).pri} }, code: "Certificate.MissMatch"}),
		Entry("CertName of 129 characters", refusedSet{change: send(params{"CertName": strings.Repeat("n", 129)}), code: "InvalidCertName.TooLong"}),
		Entry("CertName taken by other content, and there is no ForceSet", refusedSet{change: send(params{"CertName": "first", "ForceSet": "1"}), code: "Certificate.Duplicated"}),
		Entry("unknown region", refusedSet{change: send(params{"CertRegion": "mars"}), code: "Abs.CertRegion.ValueNotSupported"}),
		Entry("CertType cas without CertId", refusedSet{change: send(params{"CertType": "cas"}), code: "SetDomainCertificate.ParameterError"}),
		Entry("CertId is not an integer", refusedSet{change: send(params{"CertType": "cas", "CertId": "12-cn-hangzhou"}), code: "SetDomainCertificate.ParameterError"}),
		Entry("CertId of nothing", refusedSet{change: send(params{"CertType": "cas", "CertId": "17"}), code: "Certificate.NotFind"}),
		Entry("domain configuring", refusedSet{change: send(nil), domain: edgesim.Domain{Status: "configuring"}, status: 403, code: "ServiceBusy"}),
		Entry("denied by RAM", refusedSet{change: send(nil), domain: edgesim.Domain{Restrictions: []edgesim.Restriction{edgesim.RestrictionDenied}}, status: 403, code: "NoPermission"}),
		Entry("illegal operation", refusedSet{change: send(nil), domain: edgesim.Domain{Restrictions: []edgesim.Restriction{edgesim.RestrictionIllegalOperation}}, status: 403, code: "IllegalOperation"}),
		Entry("storage failed", refusedSet{change: send(nil), domain: edgesim.Domain{Restrictions: []edgesim.Restriction{edgesim.RestrictionStorageFailed}}, code: "CertStorage.failed"}),
		Entry("a failure to create it", refusedSet{change: send(nil), domain: edgesim.Domain{Restrictions: []edgesim.Restriction{edgesim.RestrictionCreateFailed}}, code: "CreateCertificateFailed"}),
		Entry("off, not permitted", refusedSet{change: send(params{"SSLProtocol": "off"}), domain: edgesim.Domain{Restrictions: []edgesim.Restriction{edgesim.RestrictionNotPermittedOff}}, code: "Certificate.NotPermittedOff"}),
	)

	It("name the product's own operation where RAM denies it", func() {
		sim := startNetworks()
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: cdnDomain, Product: edgesim.ProductCDN, Restrictions: []edgesim.Restriction{edgesim.RestrictionDenied}})).To(Succeed())
		got := calling(sim, cdnVersion).call(cdnSet, params{"DomainName": cdnDomain, "SSLProtocol": "off"})
		Expect(got.at("AccessDeniedDetail", "AuthAction")).To(Equal("cdn:SetCdnDomainSSLCertificate"))
	})

	DescribeTable("answer in the words of CDN's own page, and VOD in Live's",
		func(n network, p params, restriction edgesim.Restriction, status int, message string) {
			sim := startNetworks()
			if restriction != "" {
				Expect(sim.PutDomain(accountID, edgesim.Domain{Name: n.domain, Product: n.product, Restrictions: []edgesim.Restriction{restriction}})).To(Succeed())
			}
			got := calling(sim, n.version).call(n.set, n.uploadTo(issueFor(n.domain)).with(p))
			Expect(got.status).To(Equal(status))
			Expect(got.body).To(HaveKeyWithValue("Message", message))
		},
		Entry("CDN", networks()[0], params{"SSLProtocol": ""}, edgesim.Restriction(""), 400, "The specified SSLProtocol is invalid."),
		Entry("DCDN", networks()[1], params{"SSLProtocol": ""}, edgesim.Restriction(""), 400, "The specified SSLProtocol is invalid."),
		Entry("VOD", networks()[2], params{"SSLProtocol": ""}, edgesim.Restriction(""), 400, "The specified value of parameter SSLProtocol is not supported."),
		Entry("CDN's protected mode has a status of its own", networks()[0], params{}, edgesim.RestrictionProtectedMode, 403,
			"The domain is in protection mode. To request permission, contact Customer Service."),
		Entry("VOD's protected mode", networks()[2], params{}, edgesim.RestrictionProtectedMode, 400,
			"This domain is in the protected mode. if you want to do this operation, please contact us!"),
		Entry("a code that CDN's page lacks", networks()[0], params{}, edgesim.RestrictionFunctionMutex, 400, "Function is mutex with other function."),
	)

	It("keep the simulator's reason in other words", func() {
		sim := startNetworks()
		calling(sim, cdnVersion).call(cdnSet, networks()[0].uploadTo(issueFor(cdnDomain)).with(params{"CertType": "free"}))
		Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(HaveField("Reason", ContainSubstring("CertType"))))
	})

	DescribeTable("refuse domains that are not online, each with its code",
		func(n network, status, code string) {
			sim := startNetworks()
			Expect(sim.PutDomain(accountID, edgesim.Domain{Name: n.domain, Product: n.product, Status: status})).To(Succeed())
			Expect(calling(sim, n.version).call(n.set, n.uploadTo(issueFor(n.domain))).code()).To(Equal(code))
		},
		Entry("CDN offline", networks()[0], "offline", "InvalidDomain.notOnline"),
		Entry("CDN under review", networks()[0], "checking", "InvalidDomain.notOnline"),
		Entry("CDN, configuration failed, may be configured again", networks()[0], "configure_failed", ""),
		Entry("DCDN stopping", networks()[1], "stopping", "InvalidDomain.Offline"),
		Entry("CDN being deleted", networks()[0], "deleting", "InvalidDomain.Offline"),
		Entry("VOD offline", networks()[2], "offline", "InvalidDomain.Offline"),
	)

	It("refuse an empty CertName, and make a name where none is sent", func() {
		sim := startNetworks()
		n := networks()[0]
		c := calling(sim, n.version)
		empty := n.uploadTo(issueFor(n.domain))
		empty["CertName"] = ""
		got := c.call(n.set, empty)
		Expect(got.code()).To(Equal("CertName.MissingParameter"))
		Expect(c.call(n.set, empty.with(params{"CertName": ""})).code()).To(BeEmpty())
		Expect(sim.Stored(accountID)).To(ConsistOf(HaveField("Name", MatchRegexp(`^cert-\d+$`))))
	})

	It("never replace what is stored: another upload is another CertId, until the repository is full", func() {
		sim := startNetworks(func(c *edgesim.Config) { c.Settings.CertificateQuota = 2 })
		n := networks()[0]
		c := calling(sim, n.version)
		second := issueFor(n.domain)
		Expect(c.call(n.set, n.uploadTo(issueFor(n.domain))).code()).To(BeEmpty())
		Expect(c.call(n.set, n.uploadTo(second).with(params{"CertName": "second"})).code()).To(BeEmpty())
		Expect(c.call(n.set, n.uploadTo(issueFor(n.domain)).with(params{"CertName": "third"})).code()).To(Equal("CertStorage.failed"))
		stored := sim.Stored(accountID)
		Expect(stored).To(HaveExactElements(And(HaveField("Name", "first"), HaveField("Domains", BeEmpty())),
			And(HaveField("Name", "second"), HaveField("Domains", ConsistOf(n.domain)))))
		Expect(stored[1].ID).To(BeNumerically(">", stored[0].ID))
		Expect(handshake(sim, n.domain)).To(Equal(second.fingerprint))
		Expect(c.call(n.set, n.uploadTo(second).with(params{"CertName": "second"})).code()).To(BeEmpty(), "what is stored needs no room")
	})

	DescribeTable("meet what is stored already, as the settings say",
		func(change func(*edgesim.Settings), name string, code string, stored int) {
			sim := startNetworks()
			n := networks()[0]
			c := calling(sim, n.version)
			cert := issueFor("*.example.com")
			Expect(c.call(n.set, n.uploadTo(cert)).code()).To(BeEmpty())
			mustSet(sim, change)
			got := calling(sim, networks()[1].version).call(networks()[1].set, networks()[1].uploadTo(cert).with(params{"CertName": name}))
			Expect(got.code()).To(Equal(code))
			Expect(sim.Stored(accountID)).To(HaveLen(stored))
		},
		Entry("same name, same content: taken for the stored one", func(*edgesim.Settings) {}, "first", "", 1),
		Entry("same name, same content: refused", func(s *edgesim.Settings) { s.RepeatedUpload = edgesim.RepeatedReject }, "first", "Certificate.Duplicated", 1),
		Entry("same name, refused by the page's other code", func(s *edgesim.Settings) {
			s.RepeatedUpload, s.TakenName = edgesim.RepeatedReject, edgesim.TakenNameExists
		}, "first", "CertNameAlreadyExists", 1),
		Entry("another name: stored again", func(*edgesim.Settings) {}, "other", "", 2),
		Entry("another name: refused", func(s *edgesim.Settings) { s.DuplicateContent = edgesim.DuplicateReject }, "other", "CertificateContent.Duplicated", 1),
	)

	DescribeTable("put a certificate from Certificate Management Service on a domain by CertId",
		func(n network) {
			bought := issueFor(n.domain)
			sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "bought", Type: "cas"}, bought))
			id := mustUpload(sim, "uploaded", issueFor(n.domain))
			c := calling(sim, n.version)
			for _, used := range []string{storedID(sim, "bought"), id} {
				Expect(c.call(n.set, params{"DomainName": n.domain, "SSLProtocol": "on", "CertType": "cas", "CertId": used, "CertRegion": "cn-hangzhou"}).code()).To(BeEmpty())
				info := c.call(n.describe, params{"DomainName": n.domain})
				Expect(info.at("CertInfos", "CertInfo", "CertId")).To(Equal(used))
				Expect(info.at("CertInfos", "CertInfo", "CertType")).To(Equal("cas"))
			}
			Expect(c.call(n.set, params{"DomainName": n.domain, "SSLProtocol": "on", "CertType": "cas", "CertId": id, "CertRegion": "ap-southeast-1"}).code()).To(Equal("Certificate.NotFind"))
		}, ofNetworks())

	DescribeTable("refuse a bought certificate that is not fit to be used",
		func(status string, o testcerts.Options, code string) {
			sim := startNetworks(provide(edgesim.ProvidedCertificate{Name: "bought", Type: "cas", Status: status}, expiring(o, cdnDomain)))
			got := calling(sim, cdnVersion).call(cdnSet, params{"DomainName": cdnDomain, "SSLProtocol": "on", "CertType": "cas", "CertId": storedID(sim, "bought")})
			Expect(got.code()).To(Equal(code))
		},
		Entry("under review", "checking", testcerts.Options{}, "Certificate.StatusError"),
		Entry("revoked", "revoked", testcerts.Options{}, "Certificate.StatusError"),
		Entry("expired by its status", "expired", testcerts.Options{}, "Certificate.StatusError"),
		Entry("expired by its date", "issued", testcerts.Options{NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}, "Certificate.Expired"),
		Entry("issued", "issued", testcerts.Options{}, ""),
	)

	DescribeTable("keep the certificate in the repository when switched off",
		func(n network) {
			sim := startNetworks()
			c := calling(sim, n.version)
			Expect(c.call(n.set, n.uploadTo(issueFor(n.domain))).code()).To(BeEmpty())
			for range 2 {
				Expect(c.call(n.set, params{"DomainName": n.domain, "SSLProtocol": "off"}).code()).To(BeEmpty())
			}
			Expect(handshake(sim, n.domain)).Error().To(MatchError(ContainSubstring("unrecognized name")))
			Expect(sim.Stored(accountID)).To(ConsistOf(HaveField("Domains", BeEmpty())))
		}, ofNetworks())

	It("hold a certificate back under settedNotEffect, and change nothing when only pretending", func() {
		sim := startNetworks()
		n := networks()[0]
		c := calling(sim, n.version)
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAccept, Count: 1})
		Expect(c.call(n.set, n.uploadTo(issueFor(n.domain))).code()).To(BeEmpty())
		Expect(sim.Stored(accountID)).To(BeEmpty())
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: n.domain, Product: n.product, Restrictions: []edgesim.Restriction{edgesim.RestrictionSettedNotEffect}})).To(Succeed())
		cert := issueFor(n.domain)
		Expect(c.call(n.set, n.uploadTo(cert)).code()).To(Equal("Certificate.SettedNotEffect"))
		Expect(sim.Stored(accountID)).To(ConsistOf(HaveField("Domains", ConsistOf(n.domain))))
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: n.domain, Product: n.product})).To(Succeed())
		Expect(handshake(sim, n.domain)).To(Equal(cert.fingerprint))
	})
})

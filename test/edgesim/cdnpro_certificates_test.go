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

var _ = Describe("CDN Pro: certificates", func() {
	var (
		at  *clock
		sim *edgesim.Server
		c   *proClient
	)
	BeforeEach(func() {
		at = newClock()
		sim = startPro(func(config *edgesim.Config) { config.Clock = at.Now })
		c = newProClient(sim)
		c.now = at.Now
	})
	get := func(id string) object { return c.call("GET", "/cdn/certificates/"+id, nil).body }
	last := func() edgesim.Entry {
		entries := sim.Journal(edgesim.Query{})
		return entries[len(entries)-1]
	}

	It("answers field by field like the sample on the page of GET /cdn/certificates/{certificateId}", func() {
		at.now = time.Date(2019, 11, 11, 22, 21, 41, 0, time.UTC)
		created := c.call("POST", "/cdn/certificates", object{"name": "testCertificate2019101202146", "description": "certificate description",
			"newVersion": object{"certificate": "GENERATE", "privateKey": "RSA2048", "comments": "a self-signed version",
				"identificationInfo": object{"commonName": "testdomain-t1573511384256.domain.info"}}})
		Expect(created.status).To(Equal(http.StatusCreated), created.raw)
		Expect(created.raw).To(BeEmpty())
		id := created.made()
		Expect(created.header.Get("Location")).To(Equal(c.url + "/cdn/certificates/" + id))
		generated := get(id)["versions"].([]any)[0].(object)["fingerprint"]
		Expect(generated).To(MatchRegexp("^[0-9a-f]{40}$"))

		at.Advance(6 * time.Second)
		second := issueProOf(testcerts.Options{DNSNames: []string{"*.domain.info"}, NotBefore: at.Now(), NotAfter: time.Date(2029, 12, 30, 9, 33, 38, 0, time.UTC)})
		version := second.newVersion(c.date())
		version["comments"] = "certificate comments 2"
		updated := c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": version})
		Expect(updated.header.Get("Location")).To(Equal(c.url + "/cdn/certificates/" + id + "/versions/2"))
		for property, hostname := range map[string]string{"2e88917f24ede37603837a43": "testdomain-t1573511384256.domain.info", "75e8d78b973a4aadc3fcc185": "testdomain-t1573511634898.domain.info"} {
			Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: property, Hostnames: []string{hostname}, CertificateID: id,
				Targets: []edgesim.CDNProTarget{edgesim.CDNProProduction}})).To(Succeed())
		}
		c.deploy("production", deployCert(id, 2))

		expected := strings.NewReplacer("b23dce5954b2e1a639aa0a45", id, "6d38d08f70e3a04ad2c2bff11fb394e8ed29f878", generated.(string),
			"03a6feea219b6dfd3e54b41174393d56387cbebf", second.sha1Of()).Replace(samplePage)
		sample := c.call("GET", "/cdn/certificates/"+id, nil)
		Expect(sample.raw).To(MatchJSON(expected))
		Expect(sample.header.Get("Content-Type")).To(Equal("application/json"))
		Expect(sample.header.Get("X-Cnc-Request-Id")).NotTo(BeEmpty())

		c.deploy("staging", deployCert(id, 1))
		c.call("PATCH", "/cdn/certificates/"+id, object{"forceRenew": true, "autoRenew": "LE"})
		Expect(get(id)).To(And(HaveKeyWithValue("versionInStaging", 1.0), HaveKeyWithValue("forceRenew", true), HaveKeyWithValue("autoRenew", "LE")))
	})

	It("makes self-signed certificates of curves too", func() {
		got := c.call("POST", "/cdn/certificates", object{"name": "x", "newVersion": object{"certificate": "GENERATE", "privateKey": "ECC256",
			"identificationInfo": object{"commonName": "x", "subjectAlternativeNames": []string{proHost}}}})
		Expect(c.call("GET", "/cdn/certificates/"+got.made()+"/versions/1", nil).body).To(And(HaveKeyWithValue("algorithm", "EC"), HaveKeyWithValue("keyLength", 256.0),
			HaveKeyWithValue("subjectAlternativeNames", []any{proHost})))
	})

	It("does not recognise content that it has, and numbers it anew", func() {
		cert := issuePro()
		id := c.create("first", cert)
		Expect([]string{c.update(id, cert), c.update(id, cert)}).To(Equal([]string{"2", "3"}))
		Expect(get(id)["versions"]).To(HaveExactElements(HaveKeyWithValue("fingerprint", cert.sha1Of()), HaveKeyWithValue("fingerprint", cert.sha1Of()), HaveKeyWithValue("fingerprint", cert.sha1Of())))
	})

	It("copies what an update leaves out", func() {
		pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{proHost}})
		leaf := string(testcerts.CertificatePEM(pair.Leaf))
		chain := strings.TrimPrefix(string(pair.CertificatePEM), leaf)
		cert := upload{pub: leaf, pri: string(pair.KeyPEM), fingerprint: pair.Fingerprint}
		id := c.create("first", cert)
		links := func(version string) any {
			return c.call("GET", "/cdn/certificates/"+id+"/versions/"+version, nil).body["chainCertificates"]
		}
		Expect(links("1")).To(BeEmpty())
		Expect(c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": object{"chainCert": chain}}).made()).To(Equal("2"))
		Expect(links("2")).To(ConsistOf(HaveKeyWithValue("subject", ContainSubstring("edgesim test CA"))))
		Expect(c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": object{"certificate": leaf}}).made()).To(Equal("3"), "with the key that it has")
		Expect(c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": object{}}).proCode()).To(Equal("InvalidRequest"))
		Expect(c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": object{"certificate": issuePro().pub}}).proCode()).To(Equal("InvalidKey"))
		got := c.call("PATCH", "/cdn/certificates/"+id, object{"name": "second", "description": "described"})
		Expect(got.status).To(Equal(http.StatusOK))
		Expect(got.header).NotTo(HaveKey("Location"), "no version was made")
		Expect(get(id)).To(And(HaveKeyWithValue("name", "second"), HaveKeyWithValue("description", "described"), HaveKeyWithValue("versions", HaveLen(3))))
	})

	It("tells the details of a version", func() {
		cert := issueProOf(testcerts.Options{DNSNames: []string{proHost, "*.pro.example.com"}, CommonName: "subject", Key: testcerts.RSA2048})
		id := c.create("first", cert)
		c.deploy("staging", deployCert(id, 1))
		Expect(c.call("GET", "/cdn/certificates/"+id+"/versions/1", nil).body).To(And(HaveKeyWithValue("version", 1.0), HaveKeyWithValue("fingerprint", cert.sha1Of()),
			HaveKeyWithValue("subject", ContainSubstring("subject")), HaveKeyWithValue("issuer", ContainSubstring("edgesim test CA")), HaveKey("serialNumber"),
			HaveKeyWithValue("algorithm", "RSA"), HaveKeyWithValue("keyLength", 2048.0), HaveKey("signatureAlgo"),
			HaveKeyWithValue("subjectAlternativeNames", []any{proHost, "*.pro.example.com"}), HaveKeyWithValue("chainCertificates", HaveLen(1)),
			HaveKeyWithValue("inProduction", false), HaveKeyWithValue("inStaging", true), HaveKeyWithValue("deletable", false), HaveKey("expirationTime"), HaveKey("creationTime")))
	})

	It("takes keys as PKCS#1, SEC1 and PKCS#8, of RSA and of curves", func() {
		for _, kind := range []testcerts.KeyKind{testcerts.RSA2048, testcerts.ECDSAP256} {
			pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{proHost}, Key: kind})
			forms := []string{string(pair.KeyPEM)}
			if kind == testcerts.RSA2048 {
				forms = append(forms, string(testcerts.PKCS1(pair.Signer)))
			} else {
				forms = append(forms, string(testcerts.SEC1(pair.Signer)), string(testcerts.SEC1WithParameters(pair.Signer)))
			}
			for _, form := range forms {
				c.create("first", upload{pub: string(pair.CertificatePEM), pri: form})
			}
		}
	})

	DescribeTable("refuses",
		func(change func(form, version object), code, reason string) {
			version := issuePro().newVersion(c.date())
			form := object{"name": "first", "newVersion": version}
			change(form, version)
			got := c.call("POST", "/cdn/certificates", form)
			Expect(got.status).To(Equal(http.StatusBadRequest))
			Expect(got.body).To(And(HaveKeyWithValue("code", code), HaveKeyWithValue("message", Not(BeEmpty()))))
			Expect(last()).To(And(HaveField("Outcome", code), HaveField("Reason", ContainSubstring(reason)), HaveField("Applied", false)))
			Expect(sim.CDNProCertificates(accountID)).To(BeEmpty())
		},
		Entry("no name", func(form, _ object) { delete(form, "name") }, "InvalidRequest", "name"),
		Entry("an empty name", func(form, _ object) { form["name"] = " " }, "InvalidRequest", "name"),
		Entry("no version", func(form, _ object) { delete(form, "newVersion") }, "InvalidRequest", "newVersion"),
		Entry("a name that is no text", func(form, _ object) { form["name"] = 1 }, "InvalidRequest", "JSON"),
		Entry("another way to renew", func(form, _ object) { form["autoRenew"] = "Always" }, "InvalidRequest", "autoRenew"),
		Entry("no certificate", func(_, version object) { delete(version, "certificate") }, "InvalidRequest", "newVersion"),
		Entry("no key", func(_, version object) { delete(version, "privateKey") }, "InvalidRequest", "newVersion"),
		Entry("a certificate that is not PEM", func(_, version object) { version["certificate"] = "garbage" }, "InvalidCertificate", "PEM"),
		Entry("a key for a certificate", func(_, version object) { version["certificate"] = issuePro().pri }, "InvalidCertificate", "no certificate"),
		Entry("a plaintext key", func(_, version object) { version["privateKey"] = issuePro().pri }, "InvalidKey", "must be encrypted"),
		Entry("a key that is not base64", func(_, version object) { version["privateKey"] = "%%%" }, "InvalidKey", "base64"),
		Entry("half a block", func(_, version object) { version["privateKey"] = "c2hvcnQ=" }, "InvalidKey", "blocks"),
		Entry("another certificate's key", func(_, version object) { version["privateKey"] = proEncrypt(issuePro().pri, proKey, c.date()) }, "InvalidKey", "not the key of the certificate"),
		Entry("a certificate for a key", func(_, version object) { version["privateKey"] = proEncrypt(issuePro().pub, proKey, c.date()) }, "InvalidKey", "no private key"),
		Entry("a key encrypted with another API key", func(_, version object) { version["privateKey"] = proEncrypt(issuePro().pri, "other", c.date()) }, "InvalidKey", "was not encrypted with the user's API key"),
		Entry("a key in another form than PEM", func(_, version object) { version["privateKey"] = proEncrypt("\x30\x82\x80", proKey, c.date()) }, "InvalidKey", "is not PEM"),
		Entry("a key encrypted for a date long ago", func(_, version object) {
			version["privateKey"] = proEncrypt(issuePro().pri, proKey, at.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		}, "InvalidKey", "was not encrypted"),
		Entry("a key encrypted a second before the request was dated, saying so", func(_, version object) {
			version["privateKey"] = proEncrypt(issuePro().pri, proKey, at.Now().Add(-time.Second).UTC().Format(http.TimeFormat))
		}, "InvalidKey", "was encrypted for the date "),
		Entry("to generate without a kind of key", func(_, version object) { version["certificate"] = "GENERATE" }, "InvalidKey", "ECC256"),
	)

	DescribeTable("does not find",
		func(method, path, code string) {
			id := c.create("first", issuePro())
			got := c.call(method, strings.Replace(path, "ID", id, 1), object{})
			Expect(got.status).To(Equal(http.StatusNotFound))
			Expect(got.proCode()).To(Equal(code))
		},
		Entry("a certificate", "GET", "/cdn/certificates/none", "InvalidCertId"),
		Entry("a certificate to update", "PATCH", "/cdn/certificates/none", "InvalidCertId"),
		Entry("a certificate to delete", "DELETE", "/cdn/certificates/none", "InvalidCertId"),
		Entry("the version of a certificate that is not there", "GET", "/cdn/certificates/none/versions/1", "InvalidCertId"),
		Entry("a version", "GET", "/cdn/certificates/ID/versions/2", "InvalidCertVersion"),
		Entry("a version that is no number", "GET", "/cdn/certificates/ID/versions/latest", "InvalidCertVersion"),
		Entry("a version to delete", "DELETE", "/cdn/certificates/ID/versions/2", "InvalidCertVersion"),
	)

	It("has room for so many versions", func() {
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.MaxVersions = 2 })
		id := c.create("first", issuePro())
		c.update(id, issuePro())
		got := c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": issuePro().newVersion(c.date())})
		Expect(got.status).To(Equal(http.StatusBadRequest))
		Expect(got.proCode()).To(Equal("TooManyVersions"))
		Expect(c.call("DELETE", "/cdn/certificates/"+id+"/versions/2", nil).status).To(Equal(http.StatusNoContent))
		Expect(c.update(id, issuePro())).To(Equal("3"), "a number is given once")
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.MaxVersions = -1 })
		Expect(c.update(id, issuePro())).To(Equal("4"))
	})

	It("deletes the latest version if it was never deployed, and none if so set", func() {
		id := c.create("first", issuePro())
		remove := func(version string) any {
			return c.call("DELETE", "/cdn/certificates/"+id+"/versions/"+version, nil).proCode()
		}
		Expect(remove("1")).To(Equal("CertVersionNotDeletable"), "the only one")
		c.update(id, issuePro())
		c.update(id, issuePro())
		Expect(remove("2")).To(Equal("CertVersionNotDeletable"), "not the latest")
		Expect(c.call("GET", "/cdn/certificates/"+id+"/versions/3", nil).body).To(HaveKeyWithValue("deletable", true))
		c.deploy("staging", deployCert(id, 3))
		c.deploy("staging", deployCert(id, 1))
		Expect(remove("3")).To(Equal("CertVersionNotDeletable"), "it was deployed once")
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.DeleteVersions = edgesim.CDNProDeleteNone })
		Expect(remove("3")).To(Equal("NotFound"))
	})

	Describe("are listed", func() {
		ids := func(query string) []any {
			GinkgoHelper()
			got := c.call("GET", "/cdn/certificates"+query, nil)
			Expect(got.status).To(Equal(http.StatusOK), got.raw)
			list := []any{}
			for _, item := range got.body["certificates"].([]any) {
				list = append(list, item.(object)["certificateId"])
			}
			return list
		}
		It("by last update, by name, by environment and in parts", func() {
			var made []any
			for _, name := range []string{"one-a", "two-a", "three-b"} {
				made = append(made, c.create(name, issuePro()))
				at.Advance(time.Second)
			}
			one, two, three := made[0], made[1], made[2]
			Expect(ids("")).To(Equal([]any{three, two, one}))
			c.update(one.(string), issuePro())
			Expect(ids("")).To(Equal([]any{one, three, two}))
			Expect(ids("?sortBy=creationTime&sortOrder=asc")).To(Equal(made))
			Expect(ids("?search=-a")).To(Equal([]any{one, two}))
			Expect(ids("?offset=1&limit=1")).To(Equal([]any{three}))
			Expect(ids("?offset=9")).To(BeEmpty())
			c.deploy("staging", deployCert(two.(string), 1))
			c.deploy("production", deployCert(three.(string), 1))
			Expect(ids("?target=staging")).To(Equal([]any{two}))
			Expect(ids("?target=production")).To(Equal([]any{three}))
			Expect(ids("?target=all")).To(Equal([]any{three, two}))
			Expect(ids("?autoRenew=LE")).To(BeEmpty())
			soon := c.create("soon", issueProOf(testcerts.Options{DNSNames: []string{proHost}, NotAfter: at.Now().Add(time.Hour)}))
			Expect(ids("?sortBy=expirationTime&sortOrder=asc&limit=1")).To(Equal([]any{soon}))
			Expect(ids("?sortBy=productionExpirationTime&limit=1")).To(Equal([]any{three}))
			Expect(c.call("GET", "/cdn/certificates?search=one-a&limit=1", nil).body).To(And(HaveKeyWithValue("count", 1.0), HaveKeyWithValue("certificates", ConsistOf(And(
				HaveKeyWithValue("name", "one-a"), HaveKeyWithValue("latestVersion", 2.0), HaveKeyWithValue("autoRenew", "Off"), HaveKey("expirationTime"), HaveKey("creationTime"), HaveKey("lastUpdateTime"))))))
			Expect(c.call("GET", "/cdn/certificates?target=production", nil).at("certificates", "versionInProduction")).To(Equal(1.0))
		})
		DescribeTable("but not by", func(query, code string) {
			got := c.call("GET", "/cdn/certificates?"+query, nil)
			Expect(got.status).To(Equal(http.StatusBadRequest))
			Expect(got.proCode()).To(Equal(code))
		},
			Entry("a limit of nothing", "limit=0", "InvalidListLimit"),
			Entry("a limit beyond the page's", "limit=201", "InvalidListLimit"),
			Entry("an offset before the first", "offset=-1", "InvalidListOffset"),
			Entry("another environment", "target=moon", "InvalidTarget"),
		)
	})
})

// samplePage is the sample on the page of GET /cdn/certificates/{certificateId}.
const samplePage = `{
	"certificateId": "b23dce5954b2e1a639aa0a45", "name": "testCertificate2019101202146", "versionInProduction": 2, "description": "certificate description",
	"versions": [
		{"version": 1, "type": "selfsigned", "expirationTime": "2019-11-21T22:21:41Z", "creationTime": "2019-11-11T22:21:41Z",
			"fingerprint": "6d38d08f70e3a04ad2c2bff11fb394e8ed29f878", "comments": "a self-signed version"},
		{"version": 2, "type": "uploaded", "expirationTime": "2029-12-30T09:33:38Z", "creationTime": "2019-11-11T22:21:47Z",
			"fingerprint": "03a6feea219b6dfd3e54b41174393d56387cbebf", "comments": "certificate comments 2"}
	],
	"usageInProduction": [
		{"propertyId": "2e88917f24ede37603837a43", "hostnames": ["testdomain-t1573511384256.domain.info"]},
		{"propertyId": "75e8d78b973a4aadc3fcc185", "hostnames": ["testdomain-t1573511634898.domain.info"]}
	],
	"autoRenew": "Off"
}`

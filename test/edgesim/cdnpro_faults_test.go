package edgesim_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	proUpdate = "PATCH /cdn/certificates/{id}"
	proRead   = "GET /cdn/certificates/{id}"
	proCreate = "POST /cdn/certificates"
	proDeploy = "POST /cdn/deploymentTasks"
	proTask   = "GET /cdn/deploymentTasks/{id}"
)

var _ = Describe("CDN Pro: faults", func() {
	var (
		at   *clock
		sim  *edgesim.Server
		c    *proClient
		id   string
		cert upload
	)
	BeforeEach(func() {
		at = newClock()
		sim = startPro(func(config *edgesim.Config) { config.Clock = at.Now })
		c = newProClient(sim)
		c.now = at.Now
		id = c.create("first", issuePro())
		cert = issuePro()
	})
	update := func() (answer, error) {
		return c.try("PATCH", "/cdn/certificates/"+id, c.date(), object{"newVersion": cert.newVersion(c.date())})
	}
	versions := func() int { return len(sim.CDNProCertificates(accountID)[0].Versions) }
	last := func() edgesim.Entry {
		entries := sim.Journal(edgesim.Query{Operation: proUpdate})
		return entries[len(entries)-1]
	}

	DescribeTable("strike the answer, the work or both",
		func(f edgesim.Fault, takesEffect bool, outcome string, check func(answer, error)) {
			f.Operation = proUpdate
			mustFault(sim, f)
			check(update())
			Expect(versions()).To(Equal(map[bool]int{false: 1, true: 2}[takesEffect]))
			Expect(last()).To(And(HaveField("Fault", f.Kind), HaveField("Outcome", outcome), HaveField("Applied", takesEffect), HaveField("CertID", id)))
		},
		Entry("error", edgesim.Fault{Kind: edgesim.FaultError, Status: 503, Code: "Busy", Message: "soon", Headers: map[string]string{"Retry-After": "7"}}, false, "Busy", func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.status).To(Equal(503))
			Expect(got.raw).To(MatchJSON(`{"code":"Busy","message":"soon"}`))
			Expect(got.header.Get("Retry-After")).To(Equal("7"))
		}),
		Entry("error, applied", edgesim.Fault{Kind: edgesim.FaultError, Applied: true}, true, "InternalError", func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.proCode()).To(Equal("InternalError"))
			Expect(got.header).NotTo(HaveKey("Location"))
		}),
		Entry("html", edgesim.Fault{Kind: edgesim.FaultHTML}, false, edgesim.OutcomeUnanswered, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.status).To(Equal(http.StatusBadGateway))
			Expect(got.raw).To(HavePrefix("<html>"))
		}),
		Entry("html, applied", edgesim.Fault{Kind: edgesim.FaultHTML, Applied: true}, true, edgesim.OutcomeLost, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.header).NotTo(HaveKey("Location"))
		}),
		Entry("empty: success that does not say what it made", edgesim.Fault{Kind: edgesim.FaultEmpty}, true, edgesim.OutcomeLost, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.status).To(Equal(http.StatusOK))
			Expect(got.header).NotTo(HaveKey("Location"))
		}),
		Entry("truncate: an answer without body loses its Location", edgesim.Fault{Kind: edgesim.FaultTruncate}, true, edgesim.OutcomeLost, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.status).To(Equal(http.StatusCreated))
			Expect(got.header).NotTo(HaveKey("Location"))
		}),
		Entry("huge", edgesim.Fault{Kind: edgesim.FaultHuge, Bytes: 3 << 20}, true, edgesim.OutcomeLost, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(len(got.raw)).To(BeNumerically(">=", 3<<20))
		}),
		Entry("redirect", edgesim.Fault{Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:1/"}, false, edgesim.OutcomeUnanswered, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.status).To(Equal(http.StatusTemporaryRedirect))
			Expect(got.header.Get("Location")).To(Equal("http://127.0.0.1:1/"))
		}),
		Entry("reset", edgesim.Fault{Kind: edgesim.FaultReset}, false, edgesim.OutcomeUnanswered, func(_ answer, err error) {
			Expect(errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)).To(BeTrue(), "%v", err)
		}),
		Entry("reset, applied", edgesim.Fault{Kind: edgesim.FaultReset, Applied: true}, true, edgesim.OutcomeLost, func(_ answer, err error) {
			Expect(errors.Is(err, syscall.ECONNRESET)).To(BeTrue(), "%v", err)
		}),
		Entry("cut", edgesim.Fault{Kind: edgesim.FaultCut}, true, edgesim.OutcomeLost, func(got answer, err error) {
			Expect(err != nil || got.header.Get("Location") == "").To(BeTrue())
		}),
		Entry("drip", edgesim.Fault{Kind: edgesim.FaultDrip, Delay: edgesim.Millisecond}, true, edgesim.OutcomeLost, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.made()).To(Equal("2"))
		}),
		Entry("delay", edgesim.Fault{Kind: edgesim.FaultDelay, Delay: edgesim.Millisecond}, true, edgesim.OutcomeOK, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.made()).To(Equal("2"))
		}),
		Entry("accept: says yes and makes nothing", edgesim.Fault{Kind: edgesim.FaultAccept}, false, edgesim.OutcomeOK, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.made()).To(Equal("2"))
		}),
	)

	It("accept: makes no certificate, task or version, and deletes nothing", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAccept})
		Expect(c.call("GET", "/cdn/certificates/"+c.create("second", cert), nil).proCode()).To(Equal("InvalidCertId"))
		Expect(c.call("GET", "/cdn/deploymentTasks/"+c.deploy("production", deployCert(id, 1)), nil).proCode()).To(Equal("InvalidDeploymentTaskId"))
		made := c.call("POST", "/cdn/properties/"+proProperty+"/versions", object{"hostnames": []string{proHost}})
		Expect(c.call("GET", made.header.Get("Location")[len(c.url):], nil).proCode()).To(Equal("InvalidVersion"))
		Expect(c.call("PATCH", "/cdn/certificates/"+id, object{"name": "renamed"}).status).To(Equal(http.StatusOK))
		Expect(c.call("DELETE", "/cdn/certificates/"+id, nil).status).To(Equal(http.StatusNoContent))
		Expect(sim.CDNProCertificates("")).To(ConsistOf(And(HaveField("ID", id), HaveField("Name", "first"))))
		sim.ClearFaults()
		version := c.call("POST", "/cdn/properties/"+proProperty+"/versions", object{"hostnames": []string{proHost}})
		Expect(version.made()).To(Equal("2"))
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAccept})
		Expect(c.call("POST", "/cdn/validations", object{"propertyId": proProperty, "version": 2}).status).To(Equal(http.StatusCreated))
		Expect(sim.CDNProTasks(accountID)).To(BeEmpty())
	})

	It("stale: shows certificate, hostname and task before the last change", func() {
		stale := func(path string) object {
			GinkgoHelper()
			fault := mustFault(sim, edgesim.Fault{Kind: edgesim.FaultStale, Count: 1})
			defer sim.RemoveFault(fault)
			return c.call("GET", path, nil).body
		}
		Expect(stale("/cdn/certificates/" + id)).To(HaveKeyWithValue("code", "InvalidCertId"))
		Expect(c.update(id, cert)).To(Equal("2"))
		Expect(stale("/cdn/certificates/" + id)).To(HaveKeyWithValue("versions", HaveLen(1)))
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.TaskDuration = edgesim.Minute })
		task := c.deploy("production", deployCert(id, 2))
		at.Advance(time.Minute)
		Expect(stale("/cdn/deploymentTasks/" + task)).To(HaveKeyWithValue("status", "in progress"))
		Expect(stale("/cdn/certificates/" + id)).To(And(HaveKeyWithValue("versions", HaveLen(2)), Not(HaveKey("versionInProduction"))))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).To(HaveKeyWithValue("versionInProduction", 2.0))
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: proProperty, Hostnames: []string{proHost}, CertificateID: id,
			Targets: []edgesim.CDNProTarget{edgesim.CDNProProduction}})).To(Succeed())
		Expect(stale("/cdn/hostnames/" + proHost)).To(HaveKeyWithValue("propertyInProduction", Not(HaveKey("certificateId"))))
		Expect(stale("/cdn/certificates/" + id)).To(And(HaveKeyWithValue("versionInProduction", 2.0), Not(HaveKey("usageInProduction"))))
	})

	It("select calls by the one hostname that a certificate serves", func() {
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: proProperty, Hostnames: []string{proHost}, CertificateID: id})).To(Succeed())
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Domain: proHost, Code: "Chosen"})
		Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).proCode()).To(Equal("Chosen"))
		got, err := update()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.proCode()).To(Equal("Chosen"))
		Expect(last().Domain).To(Equal(proHost))
		Expect(c.call("GET", "/cdn/hostnames/other.example.com", nil).proCode()).To(Equal("InvalidHostname"))
	})
})

var _ = Describe("CDN Pro: the quota", func() {
	It("is 300 calls in five minutes, of all interfaces and with all keys of an account together", func() {
		at := newClock()
		sim := startPro(func(config *edgesim.Config) { config.Clock = at.Now })
		c := newProClient(sim)
		c.now = at.Now
		for range 150 {
			Expect(c.call("GET", "/cdn/certificates", nil).status).To(Equal(http.StatusOK))
			Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).status).To(Equal(http.StatusOK))
		}
		at.Advance(5*time.Minute - 1)
		got := c.call("GET", "/cdn/deploymentTasks/none", nil)
		Expect(got.status).To(Equal(http.StatusTooManyRequests))
		Expect(got.proCode()).To(Equal("TooManyRequests"))
		Expect(sim.Journal(edgesim.Query{Outcome: edgesim.OutcomeThrottled})).To(ConsistOf(HaveField("Operation", proTask)))
		at.Advance(1)
		Expect(c.call("GET", "/cdn/deploymentTasks/none", nil).proCode()).To(Equal("InvalidDeploymentTaskId"))
	})

	It("can be changed, for all and for one account, and so can its answer", func() {
		sim := startPro()
		c := newProClient(sim)
		status := func() int { return c.call("GET", "/cdn/certificates", nil).status }
		mustSet(sim, func(s *edgesim.Settings) {
			s.Quotas = map[string]int{"cdnpro": 1}
			s.CDNPro.Throttle = edgesim.CDNProThrottle{Status: 503, Code: "Busy"}
		})
		Expect([]int{status(), status()}).To(Equal([]int{200, 503}))
		Expect(sim.PutAccount(edgesim.Account{ID: accountID, Quotas: map[string]int{"cdnpro": -1}})).To(Succeed())
		Expect([]int{status(), status(), status()}).To(Equal([]int{200, 200, 200}))
	})
})

var _ = Describe("CDN Pro: keys", func() {
	It("appear nowhere, plain or encrypted, however they are sent", func() {
		var log buffer
		sim := startPro(func(config *edgesim.Config) {
			config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		c := newProClient(sim)
		cert := issuePro()
		id := c.create("first", cert)
		c.deploy("production", deployCert(id, 1))
		date := c.date()
		encrypted := proEncrypt(cert.pri, proKey, date)
		told := ""
		for _, key := range []string{encrypted, cert.pri, proEncrypt(cert.pri, "other", date)} {
			for _, form := range []object{
				{"name": "x", "newVersion": object{"certificate": cert.pub, "privateKey": key}},
				{"name": "x", "newVersion": object{"certificate": cert.pub, "privateKey": key[:64]}},
				{"name": "x", "newVersion": object{"certificate": key, "privateKey": encrypted}},
				{"name": key, "newVersion": object{"certificate": cert.pub, "privateKey": encrypted}},
				{"name": "x", "description": key, "autoRenew": key},
				{"target": key, "actions": []object{deployCert(key, 1), deployCert(id, key)}},
			} {
				for _, call := range []string{"POST /cdn/certificates", "PATCH /cdn/certificates/" + id, "POST /cdn/deploymentTasks", "POST /cdn/validations"} {
					method, path, _ := strings.Cut(call, " ")
					got, err := c.try(method, path, date, form)
					Expect(err).NotTo(HaveOccurred())
					told += got.raw
				}
			}
		}
		wrong := newProClient(sim)
		wrong.apiKey = "wrong"
		wrong.call("GET", "/cdn/certificates?privateKey=-----BEGIN+PRIVATE+KEY-----", nil)

		journal, err := json.Marshal(sim.Journal(edgesim.Query{}))
		Expect(err).NotTo(HaveOccurred())
		states, err := json.Marshal(sim.CDNProCertificates(""))
		Expect(err).NotTo(HaveOccurred())
		told += string(journal) + log.String() + string(states)
		for _, path := range []string{"/journal", "/accounts", "/settings", "/cdnpro/certificates", "/cdnpro/properties", "/cdnpro/tasks", "/edge?domain=" + proHost} {
			response, err := (&http.Client{}).Get("http://" + sim.AdminAddress() + path)
			Expect(err).NotTo(HaveOccurred())
			body, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			told += string(body)
		}
		Expect(told).To(And(ContainSubstring(cert.fingerprint), ContainSubstring(`"keyInURL":true`)), "the search is not of nothing")
		for _, trace := range append(traces(cert.pri), encrypted[:64], encrypted[100:140], proKey) {
			Expect(strings.Contains(told, trace)).To(BeFalse(), "a trace of a key was found")
		}
	})
})

var _ = Describe("CDN Pro: surroundings", func() {
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

	It("is run by the admin API, and goes back to the start", func() {
		sim := startPro()
		post := func(path, body string) (int, string) {
			GinkgoHelper()
			response, err := (&http.Client{}).Post("http://"+sim.AdminAddress()+path, "application/json", bytes.NewReader([]byte(body)))
			Expect(err).NotTo(HaveOccurred())
			answer, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			return response.StatusCode, string(answer)
		}
		get := func(path string) string {
			GinkgoHelper()
			response, err := (&http.Client{}).Get("http://" + sim.AdminAddress() + path)
			Expect(err).NotTo(HaveOccurred())
			body, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			return string(body)
		}
		cert := issuePro()
		form, err := json.Marshal(object{"account": accountID, "id": "mine", "certificate": cert.pub, "privateKey": cert.pri})
		Expect(err).NotTo(HaveOccurred())
		for _, version := range []string{"1", "2"} {
			status, made := post("/cdnpro/certificates", string(form))
			Expect(status).To(Equal(http.StatusCreated))
			Expect(made).To(MatchJSON(`{"id":"mine","version":` + version + `}`))
		}
		status, _ := post("/cdnpro/properties", `{"account":"`+accountID+`","id":"`+proProperty+`","hostnames":["`+proHost+`"],"certificateID":"mine","targets":["production"]}`)
		Expect(status).To(Equal(http.StatusNoContent))
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(cert.fingerprint))
		Expect(get("/cdnpro/certificates?account=" + accountID)).To(And(ContainSubstring(`"inProduction": 2`), ContainSubstring(cert.fingerprint)))
		Expect(get("/cdnpro/certificates?account=9")).To(MatchJSON(`[]`))
		Expect(get("/cdnpro/properties")).To(MatchJSON(`[{"account":"` + accountID + `","id":"` + proProperty + `","hostnames":["` + proHost + `"],"certificateID":"mine","targets":["production","staging"]}]`))
		Expect(get("/edge?domain=" + proHost)).To(ContainSubstring(cert.fingerprint))
		status, _ = post("/cdnpro/failures", `{"account":"`+accountID+`"}`)
		Expect(status).To(Equal(http.StatusNoContent))
		newProClient(sim).deploy("production", deployCert("mine", 1))
		Expect(get("/cdnpro/tasks")).To(ContainSubstring(`"status": "failed"`))
		status, _ = post("/settings", `{"cdnpro":{"taskDuration":"1m"}}`)
		Expect(status).To(Equal(http.StatusNoContent))
		Expect(sim.Settings().CDNPro).To(And(HaveField("TaskDuration", edgesim.Minute), HaveField("ClockWindow", 5*edgesim.Minute)))
		for path, body := range map[string]string{"/cdnpro/certificates": `{"account":"9"}`, "/cdnpro/properties": `{"account":"9","id":"p","hostnames":["` + proHost + `"]}`,
			"/cdnpro/failures": `{"account":"9"}`, "/cdnpro/tasks": ``, "/accounts": `{"id":"9","cdnpro":{}}`} {
			status, refusal := post(path, body)
			Expect(status).To(BeNumerically(">=", 400), path)
			Expect(refusal).To(ContainSubstring("error"))
		}
		for _, body := range []string{`{"account":"` + accountID + `","count":-1}`, `{"account":"` + accountID + `","kind":"flight"}`, `{"accounts":"1"}`} {
			status, _ := post("/cdnpro/failures", body)
			Expect(status).To(Equal(http.StatusBadRequest), body)
		}
		status, _ = post("/cdnpro/certificates", `{"certificat":""}`)
		Expect(status).To(Equal(http.StatusBadRequest))

		Expect(sim.Reset()).To(Succeed())
		Expect(get("/cdnpro/certificates")).To(MatchJSON(`[]`))
		Expect(get("/cdnpro/tasks")).To(MatchJSON(`[]`))
		Expect(get("/accounts")).To(And(ContainSubstring(`"apiKey": "[withheld]"`), Not(ContainSubstring(proKey))))
		Expect(newProClient(sim).call("GET", "/cdn/hostnames/"+proHost, nil).at("propertyInProduction", "version")).To(Equal(1.0))
	})
})

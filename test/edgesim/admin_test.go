package edgesim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("the admin API", func() {
	var sim *edgesim.Server
	BeforeEach(func() { sim = start() })

	// admin makes a request and returns status and body.
	admin := func(method, path, body string) (int, string) {
		GinkgoHelper()
		request, err := http.NewRequest(method, "http://"+sim.AdminAddress()+path, strings.NewReader(body))
		Expect(err).NotTo(HaveOccurred())
		response, err := (&http.Client{}).Do(request)
		Expect(err).NotTo(HaveOccurred())
		answer, err := io.ReadAll(response.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		return response.StatusCode, string(answer)
	}
	succeed := func(method, path, body string) string {
		GinkgoHelper()
		status, answer := admin(method, path, body)
		Expect(status).To(BeNumerically("<", 300), answer)
		return answer
	}

	It("says when it is up, and hands out the authority", func() {
		Expect(succeed("GET", "/healthz", "")).To(ContainSubstring("ok"))
		Expect(succeed("GET", "/ca.pem", "")).To(Equal(string(sim.CAPEM())))
	})

	It("makes accounts and domains that then work, and removes them", func() {
		succeed("POST", "/accounts", `{"id":"7","keys":[{"id":"seven","secret":"s7"}],"quotas":{"DescribeLiveDomainCertificateInfo":1}}`)
		succeed("POST", "/domains", `{"account":"7","name":"Seven.example.com","type":"liveEdge","restrictions":["safeMode"]}`)
		c := newClient(sim.APIAddress())
		c.keyID, c.secret = "seven", "s7"
		Expect(c.call(setOperation, issueFor("seven.example.com").on().with(params{"DomainName": "seven.example.com"})).code()).To(Equal("DomainInSafeMode"))
		Expect(succeed("GET", "/domains?account=7", "")).To(MatchJSON(`[{"account":"7","name":"seven.example.com","product":"live","type":"liveEdge","status":"online","restrictions":["safeMode"]}]`))
		Expect(succeed("GET", "/accounts", "")).To(And(ContainSubstring(`"[withheld]"`), Not(ContainSubstring("s7"))))
		succeed("DELETE", "/domains?name=seven.example.com", "")
		Expect(c.call(describe, params{"DomainName": "seven.example.com"}).code()).To(Equal("InvalidDomain.NotFound"))
		succeed("DELETE", "/accounts?id=7", "")
		Expect(c.call(describe, nil).code()).To(Equal("InvalidAccessKeyId.NotFound"))
	})

	It("adds, lists and removes faults", func() {
		Expect(succeed("POST", "/faults", `{"kind":"error","code":"Oops","operation":"`+describe+`","for":"1m","delay":"1ms"}`)).To(MatchJSON(`{"id":"1"}`))
		c := newClient(sim.APIAddress())
		Expect(c.call(describe, nil).code()).To(Equal("Oops"))
		Expect(succeed("GET", "/faults", "")).To(And(ContainSubstring(`"struck": 1`), ContainSubstring(`"for": "1m0s"`)))
		succeed("DELETE", "/faults?id=1", "")
		Expect(c.call(describe, nil).code()).To(Equal("MissingDomainName"))
		succeed("POST", "/faults", `{"kind":"hang"}`)
		succeed("DELETE", "/faults", "")
		Expect(sim.Faults()).To(BeEmpty())
	})

	It("shows and forgets the journal", func() {
		c := newClient(sim.APIAddress())
		c.call(describe, params{"DomainName": domainName})
		c.call(describe, params{"DomainName": "two.example.com"})
		var entries []edgesim.Entry
		Expect(json.Unmarshal([]byte(succeed("GET", "/journal?operation="+describe+"&domain=two.example.com&outcome=ok&after=1", "")), &entries)).To(Succeed())
		Expect(entries).To(ConsistOf(And(HaveField("Sequence", BeEquivalentTo(2)), HaveField("Domain", "two.example.com"))))
		succeed("DELETE", "/journal", "")
		Expect(succeed("GET", "/journal", "")).To(MatchJSON("[]"))
	})

	It("shows the edge, and changes it behind the API's back", func() {
		pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{domainName}})
		form, err := json.Marshal(map[string]string{"domain": domainName, "certificateName": "console", "certificate": string(pair.CertificatePEM), "privateKey": string(pair.KeyPEM)})
		Expect(err).NotTo(HaveOccurred())
		succeed("POST", "/edge", string(form))
		Expect(handshake(sim, domainName)).To(Equal(pair.Fingerprint))
		Expect(succeed("GET", "/edge?domain="+domainName, "")).To(And(ContainSubstring(pair.Fingerprint), Not(ContainSubstring("BEGIN"))))
		succeed("POST", "/edge", `{"domain":"`+domainName+`"}`)
		Expect(succeed("GET", "/edge?domain="+domainName, "")).To(MatchJSON(`{"domain":"` + domainName + `"}`))
	})

	It("lists what is stored, and changes the status of a provided certificate", func() {
		cert := issueFor(domainName)
		account, err := json.Marshal(edgesim.Account{ID: "7"})
		Expect(err).NotTo(HaveOccurred())
		succeed("POST", "/accounts", string(account))
		free, err := json.Marshal(map[string]any{"id": "7", "certificates": []map[string]string{
			{"name": "free", "type": "free", "status": "applying", "certificate": cert.pub, "privateKey": cert.pri}}})
		Expect(err).NotTo(HaveOccurred())
		succeed("POST", "/accounts", string(free))
		succeed("POST", "/certificates", `{"account":"7","name":"free","status":"failed"}`)
		Expect(succeed("GET", "/certificates?account=7", "")).To(MatchJSON(`[{"account":"7","id":1000001,"name":"free","kind":"free",
			"store":"live","status":"failed","fingerprint":"` + cert.fingerprint + `","domains":[]}]`))
		Expect(succeed("GET", "/certificates?account="+accountID, "")).To(MatchJSON(`[]`))
	})

	It("selects calls by certificate", func() {
		c := newClient(sim.APIAddress())
		Expect(c.call(setOperation, issueFor(domainName).on()).status).To(Equal(http.StatusOK))
		Expect(succeed("GET", "/journal?certificateName=first&certID=1000001", "")).To(ContainSubstring(setOperation))
		Expect(succeed("GET", "/journal?certID=1", "")).To(MatchJSON("[]"))
	})

	It("changes the settings that are named, and only those", func() {
		succeed("POST", "/settings", `{"propagationDelay":"2s","quotas":{"A":1}}`)
		succeed("POST", "/settings", `{"certInfo":"object","quotas":{"B":2}}`)
		Expect(sim.Settings()).To(And(HaveField("PropagationDelay", 2*edgesim.Second), HaveField("CertInfo", edgesim.FormObject),
			HaveField("Quotas", Equal(map[string]int{"A": 1, "B": 2}))))
		Expect(succeed("GET", "/settings", "")).To(ContainSubstring(`"propagationDelay": "2s"`))
	})

	It("goes back to the start", func() {
		c := newClient(sim.APIAddress())
		cert := issueFor(domainName)
		c.nonce = "once"
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		succeed("POST", "/settings", `{"quotas":{"`+describe+`":0}}`)
		succeed("POST", "/faults", `{"kind":"hang"}`)
		succeed("POST", "/accounts", `{"id":"7"}`)
		succeed("POST", "/reset", "")
		Expect(sim.Journal(edgesim.Query{})).To(BeEmpty())
		Expect(sim.Accounts()).To(HaveLen(1))
		Expect(c.call(describe, params{"DomainName": domainName}).at("CertInfos", "CertInfo", "SSLProtocol")).To(Equal("off"))
	})

	DescribeTable("refuses",
		func(method, path, body string, status int, complaint string) {
			got, answer := admin(method, path, body)
			Expect(got).To(Equal(status))
			var refusal struct{ Error string }
			Expect(json.Unmarshal([]byte(answer), &refusal)).To(Succeed(), answer)
			Expect(refusal.Error).To(ContainSubstring(complaint))
		},
		Entry("a misspelt field", "POST", "/faults", `{"kind":"error","kode":"X"}`, 400, "kode"),
		Entry("a misspelt setting", "POST", "/settings", `{"propagationdelai":"1s"}`, 400, "propagationdelai"),
		Entry("an unknown form", "POST", "/settings", `{"certInfo":"tuple"}`, 400, "tuple"),
		Entry("a number for a duration", "POST", "/settings", `{"propagationDelay":2}`, 400, "Duration"),
		Entry("a duration without unit", "POST", "/settings", `{"propagationDelay":"2"}`, 400, "500ms"),
		Entry("no JSON", "POST", "/accounts", `id=7`, 400, "invalid character"),
		Entry("an account without id", "POST", "/accounts", `{}`, 400, "id"),
		Entry("an account with a listed, withheld secret", "POST", "/accounts", `{"id":"7","keys":[{"id":"k","secret":"[withheld]"}]}`, 400, "placeholder"),
		Entry("another account's key", "POST", "/accounts", `{"id":"7","keys":[{"id":"`+keyID+`","secret":"s"}]}`, 400, accountID),
		Entry("another account's domain", "POST", "/accounts", `{"id":"7","domains":[{"name":"`+domainName+`"}]}`, 400, accountID),
		Entry("a domain of no account", "POST", "/domains", `{"account":"7","name":"a.example.com"}`, 400, `"7"`),
		Entry("a wildcard in the notation of certificates", "POST", "/domains", `{"account":"`+accountID+`","name":"*.example.com"}`, 400, ".example.com"),
		Entry("another product's domain", "POST", "/domains", `{"account":"`+accountID+`","name":"`+domainName+`","product":"cdn"}`, 400, "product live"),
		Entry("a status of no certificate", "POST", "/certificates", `{"account":"`+accountID+`","name":"none","status":"success"}`, 400, "none"),
		Entry("an unknown status", "POST", "/domains", `{"account":"`+accountID+`","name":"a.example.com","status":"asleep"}`, 400, "asleep"),
		Entry("an unknown restriction", "POST", "/domains", `{"account":"`+accountID+`","name":"a.example.com","restrictions":["none"]}`, 400, "none"),
		Entry("a domain that is not there", "GET", "/edge?domain=nobody.example.com", ``, 404, "?domain="),
		Entry("to remove an account that is not there", "DELETE", "/accounts?id=9", ``, 404, "?id="),
		Entry("to remove a domain that is not there", "DELETE", "/domains", ``, 404, "?name="),
		Entry("to remove a fault that is not there", "DELETE", "/faults?id=9", ``, 404, "fault"),
		Entry("a sequence that is no number", "GET", "/journal?after=x", ``, 400, "after"),
		Entry("a path that is not there, naming those that are", "GET", "/", ``, 404, "GET|POST|DELETE /faults"),
	)
})

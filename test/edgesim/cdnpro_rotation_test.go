package edgesim_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// rebind clones the property's latest configuration with a certificate, validates it,
// and returns the number of the version.
func (c *proClient) rebind(propertyID, certificateID string) int {
	GinkgoHelper()
	configs, isObject := c.call("GET", "/cdn/properties/"+propertyID+"/versions/latest", nil).body["configs"].(object)
	Expect(isObject).To(BeTrue())
	configs["tlsCertificateId"] = certificateID
	version := c.call("POST", "/cdn/properties/"+propertyID+"/versions", configs)
	Expect(version.status).To(Equal(http.StatusCreated), version.raw)
	number, err := strconv.Atoi(version.made())
	Expect(err).NotTo(HaveOccurred())
	validation := c.call("POST", "/cdn/validations", object{"propertyId": propertyID, "version": number})
	Expect(validation.status).To(Equal(http.StatusCreated), validation.raw)
	Expect(c.call("GET", "/cdn/validations/"+validation.made(), nil).body).To(HaveKeyWithValue("status", "succeeded"))
	return number
}

var _ = Describe("CDN Pro: from upload to edge", func() {
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
	production := func(hostname string) (string, error) { return presented(sim.EdgeAddress(), hostname) }
	staging := func(hostname string) (string, error) { return presented(sim.EdgeStagingAddress(), hostname) }
	// bound puts a certificate on the usual hostname in production.
	bound := func(cert upload) string {
		GinkgoHelper()
		id := c.create("first", cert)
		c.deploy("production", deployCert(id, 1), deployProperty(proProperty, c.rebind(proProperty, id)))
		return id
	}

	It("binds a hostname without certificate, and then replaces the certificate", func() {
		first, second := issuePro(), issuePro()
		_, err := production(proHost)
		Expect(err).To(MatchError(ContainSubstring("unrecognized name")))
		id := bound(first)
		Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).body).To(And(HaveKeyWithValue("hostname", proHost),
			HaveKeyWithValue("propertyInProduction", object{"propertyId": proProperty, "version": 2.0, "certificateId": id}),
			HaveKeyWithValue("propertyInStaging", object{"propertyId": proProperty, "version": 1.0})))
		Expect(production(proHost)).To(Equal(first.fingerprint))

		Expect(c.update(id, second)).To(Equal("2"))
		Expect(production(proHost)).To(Equal(first.fingerprint), "an upload alone changes nothing")
		c.deploy("production", deployCert(id, 2))
		Expect(production(proHost)).To(Equal(second.fingerprint))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).To(And(HaveKeyWithValue("versionInProduction", 2.0), Not(HaveKey("versionInStaging"))))
	})

	It("keeps fields that it does not know when a configuration is cloned", func() {
		opaque := map[string]json.RawMessage{"edgeLogic": json.RawMessage(`"set $x 1;"`), "tls0Rtt": json.RawMessage(`true`), "nested": json.RawMessage(`{"a":[1,2]}`)}
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "other", Hostnames: []string{"a.pro.example.com"}, Origins: []string{"192.0.2.2"}, Configs: opaque})).To(Succeed())
		before := c.call("GET", "/cdn/properties/other/versions/1", nil).body["configs"]
		number := c.rebind("other", c.create("first", issuePro()))
		after := c.call("GET", "/cdn/properties/other/versions/"+strconv.Itoa(number), nil).body
		configs, isObject := after["configs"].(object)
		Expect(isObject).To(BeTrue())
		delete(configs, "tlsCertificateId")
		Expect(configs).To(And(Equal(before), HaveKeyWithValue("nested", object{"a": []any{1.0, 2.0}})))
		Expect(after["status"]).To(And(HaveKeyWithValue("frozen", false), HaveKeyWithValue("lastValidationStatus", "Validated"), HaveKeyWithValue("inProduction", false)))
	})

	It("serves every property that refers to a certificate with its one deployed version", func() {
		names := []string{proHost, "*.wild.pro.example.com"}
		first, second := issueProOf(testcerts.Options{DNSNames: names}), issueProOf(testcerts.Options{DNSNames: names})
		id := bound(first)
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "wild", Hostnames: names[1:], CertificateID: id})).To(Succeed())
		Expect(production("any.wild.pro.example.com")).To(Equal(first.fingerprint))
		c.deploy("production", deployCert(id, c.update(id, second)))
		Expect(production(proHost)).To(Equal(second.fingerprint))
		Expect(production("any.wild.pro.example.com")).To(Equal(second.fingerprint))
		_, err := production("wild.pro.example.com")
		Expect(err).To(HaveOccurred(), "a wildcard is for one label more")
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body["usageInProduction"]).To(ConsistOf(
			object{"propertyId": proProperty, "hostnames": []any{proHost}}, object{"propertyId": "wild", "hostnames": []any{"*.wild.pro.example.com"}}))
	})

	It("keeps the environments apart, each with its edge", func() {
		first, second := issuePro(), issuePro()
		id := bound(first)
		c.deploy("staging", deployCert(id, c.update(id, second)), deployProperty(proProperty, "2"))
		Expect(production(proHost)).To(Equal(first.fingerprint))
		Expect(staging(proHost)).To(Equal(second.fingerprint))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).To(And(HaveKeyWithValue("versionInProduction", 1.0), HaveKeyWithValue("versionInStaging", 2.0),
			HaveKeyWithValue("usageInStaging", ConsistOf(object{"propertyId": proProperty, "hostnames": []any{proHost}}))))
		_, err := staging(domainName)
		Expect(err).To(HaveOccurred(), "domains of other products have no staging")
	})

	It("shows a deployment at once, and serves it after the propagation delay", func() {
		first, second := issuePro(), issuePro()
		id := bound(first)
		mustSet(sim, func(s *edgesim.Settings) { s.PropagationDelay = edgesim.Minute })
		c.deploy("production", deployCert(id, c.update(id, second)))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).To(HaveKeyWithValue("versionInProduction", 2.0))
		Expect(production(proHost)).To(Equal(first.fingerprint))
		state, known := sim.Edge(proHost)
		Expect(known).To(BeTrue())
		Expect(state).To(And(HaveField("Domain", proHost), HaveField("Stored.Fingerprint", second.fingerprint),
			HaveField("Described.Fingerprint", second.fingerprint), HaveField("Served.Fingerprint", first.fingerprint)))
		at.Advance(time.Minute)
		Expect(production(proHost)).To(Equal(second.fingerprint))
	})

	It("removes a property from the edge, and then its certificate", func() {
		id := bound(issuePro())
		remove := func(action, kind, id string) answer {
			return c.call("POST", "/cdn/deploymentTasks", object{"target": "production", "actions": []object{{"action": action, kind: id}}})
		}
		Expect(production(proHost)).NotTo(BeEmpty())
		Expect(remove("remove_cert", "certificateId", id).proCode()).To(Equal("CertificateInUse"))
		Expect(remove("remove_property", "propertyId", proProperty).proCode()).To(Equal("PropertyInUse"), "somebody has asked for it just now")
		at.Advance(24 * time.Hour)
		Expect(remove("remove_property", "propertyId", proProperty).status).To(Equal(http.StatusCreated))
		_, err := production(proHost)
		Expect(err).To(HaveOccurred())
		Expect(c.call("DELETE", "/cdn/certificates/"+id, nil).proCode()).To(Equal("CertificateInUse"), "it is still deployed")
		Expect(remove("remove_cert", "certificateId", id).status).To(Equal(http.StatusCreated))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).NotTo(Or(HaveKey("versionInProduction"), HaveKey("usageInProduction")))
		Expect(c.call("DELETE", "/cdn/certificates/"+id, nil).status).To(Equal(http.StatusNoContent))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).proCode()).To(Equal("InvalidCertId"))
		Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).body).To(HaveKeyWithValue("propertyInProduction", BeNil()))
	})

	It("serves the second certificate where the first is not deployed", func() {
		cert := issuePro()
		id := c.create("second", cert)
		c.deploy("production", deployCert(id, 1))
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: proProperty, Hostnames: []string{proHost},
			Configs: map[string]json.RawMessage{"tlsCertificateId1": json.RawMessage(`"` + id + `"`)}})).To(Succeed())
		Expect(production(proHost)).To(Equal(cert.fingerprint))
		Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).at("propertyInProduction", "certificateId")).To(Equal(id))
	})

	It("moves a hostname from one property to another in one task, and checks what will be", func() {
		cert := issueProOf(testcerts.Options{DNSNames: []string{"new.pro.example.com"}})
		id := c.create("first", cert)
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "other", Hostnames: []string{"new.pro.example.com"}, CertificateID: id,
			Targets: []edgesim.CDNProTarget{}})).To(Succeed())
		c.deploy("production", deployCert(id, 1), deployProperty("other", 1))
		Expect(production("new.pro.example.com")).To(Equal(cert.fingerprint))

		both := issueProOf(testcerts.Options{DNSNames: []string{proHost}})
		number := c.update(id, both)
		configs := object{"hostnames": []string{proHost}, "tlsCertificateId": id}
		version := c.call("POST", "/cdn/properties/other/versions", configs).made()
		Expect(c.call("POST", "/cdn/validations", object{"propertyId": "other", "version": version}).status).To(Equal(http.StatusCreated))
		refused := c.call("POST", "/cdn/deploymentTasks", object{"target": "production", "actions": []object{deployCert(id, number), deployProperty("other", version)}})
		Expect(refused.proCode()).To(Equal("HostnameConflict"))
		refused = c.call("POST", "/cdn/deploymentTasks", object{"target": "production", "actions": []object{deployCert(id, number)}})
		Expect(refused.proCode()).To(Equal("CertificateCheckFailed"), "alone it would serve a name that it does not cover")
		c.deploy("production", deployCert(id, number), deployProperty("other", version), object{"action": "remove_property", "propertyId": proProperty})
		Expect(production(proHost)).To(Equal(both.fingerprint))
		Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).at("propertyInProduction", "propertyId")).To(Equal("other"))
		_, err := production("new.pro.example.com")
		Expect(err).To(HaveOccurred())
	})

	It("counts the certificate that an origin knows CDN Pro by as in use, and demands it deployed", func() {
		id := c.create("client", issuePro())
		configs := object{"hostnames": []string{proHost}, "origins": []object{{"name": "main", "servers": []string{"192.0.2.1"}, "tlsCertificateId": id}}}
		version := c.call("POST", "/cdn/properties/"+proProperty+"/versions", configs).made()
		Expect(c.call("POST", "/cdn/validations", object{"propertyId": proProperty, "version": version}).status).To(Equal(http.StatusCreated))
		refused := c.call("POST", "/cdn/deploymentTasks", object{"target": "staging", "actions": []object{deployProperty(proProperty, version)}})
		Expect(refused.proCode()).To(Equal("CertificateNotDeployed"))
		c.deploy("staging", deployCert(id, 1), deployProperty(proProperty, version))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).To(HaveKeyWithValue("usageInStaging", ConsistOf(object{"propertyId": proProperty, "origins": []any{"main"}})))
		_, err := staging(proHost)
		Expect(err).To(HaveOccurred(), "no client is served with it")
	})
})

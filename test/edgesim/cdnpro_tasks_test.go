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

var _ = Describe("CDN Pro: tasks", func() {
	var (
		at  *clock
		sim *edgesim.Server
		c   *proClient
		id  string
	)
	BeforeEach(func() {
		at = newClock()
		at.now = time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)
		sim = startPro(func(config *edgesim.Config) { config.Clock = at.Now })
		c = newProClient(sim)
		c.now = at.Now
		cert := issuePro()
		id = c.create("first", cert)
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.TaskDuration = 2 * edgesim.Minute })
	})
	task := func(id string) object { return c.call("GET", "/cdn/deploymentTasks/"+id, nil).body }
	inProduction := func() any { return c.call("GET", "/cdn/certificates/"+id, nil).body["versionInProduction"] }
	submit := func(target string, actions ...object) answer {
		return c.call("POST", "/cdn/deploymentTasks", object{"name": "test", "target": target, "actions": actions, "webhook": "hook"})
	}

	It("wait, go on, and succeed; only then the version is deployed", func() {
		made := submit("production", deployCert(id, "1"))
		Expect(made.status).To(Equal(http.StatusCreated))
		Expect(made.raw).To(BeEmpty())
		Expect(made.header.Get("Location")).To(Equal(c.url + "/cdn/deploymentTasks/" + made.made()))
		Expect(task(made.made())).To(And(HaveKeyWithValue("status", "waiting"), HaveKeyWithValue("name", "test"), HaveKeyWithValue("target", "production"),
			HaveKeyWithValue("submissionTime", "2026-11-21T17:00:00Z"), HaveKeyWithValue("apiRequestId", made.header.Get("X-Cnc-Request-Id")), HaveKeyWithValue("webhook", "hook"),
			HaveKeyWithValue("actions", ConsistOf(object{"action": "deploy_cert", "certificateId": id, "version": "1"})), Not(HaveKey("finishTime"))))
		at.Advance(time.Minute)
		Expect(task(made.made())).To(HaveKeyWithValue("status", "in progress"))
		at.Advance(time.Minute - 1)
		Expect(inProduction()).To(BeNil())
		at.Advance(1)
		Expect(inProduction()).To(Equal(1.0))
		Expect(task(made.made())).To(And(HaveKeyWithValue("status", "succeeded"), HaveKeyWithValue("finishTime", "2026-11-21T17:02:00Z")))
	})

	It("reach the edge without anybody asking the API", func() {
		first, second := issuePro(), issuePro()
		bound, _, err := sim.PutCDNProCertificate(accountID, edgesim.CDNProCertificate{Certificate: first.pub, PrivateKey: edgesim.Secret(first.pri)})
		Expect(err).NotTo(HaveOccurred())
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: proProperty, Hostnames: []string{proHost}, CertificateID: bound})).To(Succeed())
		number := c.update(bound, second)
		submit("production", deployCert(bound, number))
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(first.fingerprint))
		at.Advance(2 * time.Minute)
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(second.fingerprint))
		Expect(presented(sim.EdgeStagingAddress(), proHost)).To(Equal(first.fingerprint))
	})

	It("fail when told to, and change nothing then", func() {
		Expect(sim.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID, Count: 2, Details: "POP 7 did not answer."})).To(Succeed())
		var statuses []any
		for range 3 {
			made := submit("production", deployCert(id, 1)).made()
			Expect(task(made)).NotTo(HaveKey("statusDetails"), "nothing is known yet")
			at.Advance(2 * time.Minute)
			statuses = append(statuses, task(made)["status"], task(made)["statusDetails"], inProduction())
		}
		Expect(statuses).To(Equal([]any{"failed", "POP 7 did not answer.", nil, "failed", "POP 7 did not answer.", nil, "succeeded", nil, 1.0}))
		Expect(sim.CDNProTasks(accountID)).To(HaveExactElements(
			And(HaveField("Kind", edgesim.CDNProDeployment), HaveField("Status", "failed"), HaveField("Details", "POP 7 did not answer.")),
			HaveField("Status", "failed"), And(HaveField("Status", "succeeded"), HaveField("Finished", at.Now()))))
	})

	It("fail when what they deploy is deleted meanwhile, and end in the order of their ends", func() {
		doomed := submit("production", deployCert(id, 1)).made()
		Expect(c.call("DELETE", "/cdn/certificates/"+id, nil).status).To(Equal(http.StatusNoContent))
		at.Advance(2 * time.Minute)
		Expect(task(doomed)).To(And(HaveKeyWithValue("status", "failed"), HaveKeyWithValue("statusDetails", ContainSubstring("deleted"))))

		other := c.create("other", issuePro())
		c.update(other, issuePro())
		submit("production", deployCert(other, 1))
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.TaskDuration = edgesim.Minute })
		submit("production", deployCert(other, 2))
		at.Advance(2 * time.Minute)
		Expect(c.call("GET", "/cdn/certificates/"+other, nil).body).To(HaveKeyWithValue("versionInProduction", 1.0), "the later end wins")
	})

	It("validate a version, which is then Validated or Failed", func() {
		path := "/cdn/properties/" + proProperty + "/versions"
		version := func() any { return c.call("GET", path+"/2", nil).at("status", "lastValidationStatus") }
		made := c.call("POST", path, object{"hostnames": []string{"WWW.pro.example.com"}})
		Expect(made.header.Get("Location")).To(Equal(c.url + path + "/2"))
		Expect(version()).To(Equal("NotValidated"))
		validate := func() string {
			return c.call("POST", "/cdn/validations", object{"propertyId": proProperty, "version": 2, "name": "check"}).made()
		}
		status := func(id string) object { return c.call("GET", "/cdn/validations/"+id, nil).body }
		Expect(sim.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID, Kind: edgesim.CDNProValidation})).To(Succeed())
		first := validate()
		Expect(version()).To(Equal("InProgress"))
		Expect(status(first)).To(And(HaveKeyWithValue("status", "waiting"), HaveKeyWithValue("propertyId", proProperty), HaveKeyWithValue("version", 2.0), HaveKeyWithValue("name", "check")))
		at.Advance(2 * time.Minute)
		Expect(status(first)).To(And(HaveKeyWithValue("status", "failed"), HaveKey("statusDetails"), HaveKey("finishTime")))
		Expect(version()).To(Equal("Failed"))
		Expect(submit("production", deployProperty(proProperty, 2)).proCode()).To(Equal("PropertyNotValidated"))
		second := validate()
		at.Advance(2 * time.Minute)
		Expect(status(second)).To(HaveKeyWithValue("status", "succeeded"))
		submit("production", deployProperty(proProperty, 2))
		at.Advance(2 * time.Minute)
		Expect(c.call("GET", path, nil).body).To(And(HaveKeyWithValue("count", 2.0), HaveKeyWithValue("propertyVersions", HaveExactElements(
			And(HaveKeyWithValue("version", 2.0), HaveKeyWithValue("frozen", true), HaveKeyWithValue("lastValidationStatus", "Validated"), HaveKeyWithValue("hostnames", []any{proHost})),
			HaveKeyWithValue("version", 1.0)))))
		Expect(c.call("GET", "/cdn/properties/"+proProperty, nil).body).To(And(HaveKeyWithValue("versions", 2.0), HaveKeyWithValue("versionInProduction", 2.0), HaveKeyWithValue("versionInStaging", 1.0)))
	})

	It("are listed, newest first, by what they are about", func() {
		first := submit("production", deployCert(id, 1)).made()
		at.Advance(time.Minute)
		second := submit("staging", deployCert(id, 1)).made()
		list := func(query string) any {
			ids := []any{}
			for _, item := range c.call("GET", "/cdn/deploymentTasks?"+query, nil).body["deploy"].([]any) {
				ids = append(ids, item.(object)["id"])
			}
			return ids
		}
		Expect(list("")).To(Equal([]any{second, first}))
		Expect(list("target=staging")).To(Equal([]any{second}))
		Expect(list("status=inprogress")).To(Equal([]any{first}))
		Expect(list("certificateId=" + id + "&search=te")).To(Equal([]any{second, first}))
		Expect(list("search=" + first)).To(Equal([]any{first}))
		Expect(list("propertyId=" + proProperty)).To(BeEmpty())
		Expect(c.call("GET", "/cdn/deploymentTasks?limit=0", nil).proCode()).To(Equal("InvalidListLimit"))
	})

	It("record that checks were to be skipped, and skip them", func() {
		short := issueProOf(testcerts.Options{DNSNames: []string{"elsewhere.example.com"}})
		unfit := c.create("unfit", short)
		Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: proProperty, Hostnames: []string{proHost}, CertificateID: unfit})).To(Succeed())
		Expect(submit("production", deployCert(unfit, 1)).proCode()).To(Equal("CertificateCheckFailed"))
		c.header.Set("Check-Certificate", "no")
		c.header.Set("Check-Usage", "no")
		Expect(submit("production", deployCert(unfit, 1)).status).To(Equal(http.StatusCreated))
		entries := sim.Journal(edgesim.Query{Operation: proDeploy})
		Expect(entries).To(HaveLen(2))
		Expect(entries[0]).To(And(HaveField("CertID", unfit), HaveField("CDNPro.CheckCertificate", ""), HaveField("Reason", ContainSubstring(proHost))))
		Expect(entries[1]).To(And(HaveField("CDNPro.CheckCertificate", "no"), HaveField("CDNPro.CheckUsage", "no"), HaveField("CDNPro.Target", edgesim.CDNProProduction),
			HaveField("CDNPro.Version", 1), HaveField("CDNPro.TaskID", Not(BeEmpty())), HaveField("Fingerprint", short.fingerprint), HaveField("Applied", true)))
		_, err := presented(sim.EdgeAddress(), proHost)
		Expect(err).To(HaveOccurred())
		at.Advance(2 * time.Minute)
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(short.fingerprint))
		Expect(submit("production", object{"action": "remove_property", "propertyId": proProperty}).status).To(Equal(http.StatusCreated), "though it was just asked for")
	})

	DescribeTable("are refused",
		func(path string, form func() object, status int, code string) {
			got := c.call("POST", path, form())
			Expect(got.status).To(Equal(status), got.raw)
			Expect(got.proCode()).To(Equal(code))
			Expect(sim.CDNProTasks("")).To(BeEmpty())
		},
		Entry("to another environment", "/cdn/deploymentTasks", func() object { return object{"target": "moon", "actions": []object{deployCert(id, 1)}} }, 400, "InvalidRequest"),
		Entry("without action", "/cdn/deploymentTasks", func() object { return object{"target": "production"} }, 400, "InvalidRequest"),
		Entry("with an unknown action", "/cdn/deploymentTasks", func() object { return object{"target": "production", "actions": []object{{"action": "explode"}}} }, 400, "InvalidRequest"),
		Entry("of an unknown certificate", "/cdn/deploymentTasks", func() object { return object{"target": "production", "actions": []object{deployCert("none", 1)}} }, 404, "InvalidCertId"),
		Entry("of an unknown version", "/cdn/deploymentTasks", func() object { return object{"target": "production", "actions": []object{deployCert(id, 2)}} }, 404, "InvalidCertVersion"),
		Entry("without version", "/cdn/deploymentTasks", func() object {
			return object{"target": "production", "actions": []object{{"action": "deploy_cert", "certificateId": id}}}
		}, 400, "InvalidRequest"),
		Entry("with a version that is no number", "/cdn/deploymentTasks", func() object { return object{"target": "production", "actions": []object{deployCert(id, "one")}} }, 400, "InvalidRequest"),
		Entry("with version 0", "/cdn/deploymentTasks", func() object { return object{"target": "production", "actions": []object{deployCert(id, 0)}} }, 400, "InvalidRequest"),
		Entry("of an unknown property", "/cdn/deploymentTasks", func() object { return object{"target": "production", "actions": []object{deployProperty("none", 1)}} }, 404, "InvalidPropertyId"),
		Entry("of an unknown property version", "/cdn/deploymentTasks", func() object {
			return object{"target": "production", "actions": []object{deployProperty(proProperty, 2)}}
		}, 404, "InvalidVersion"),
		Entry("of a property without version", "/cdn/deploymentTasks", func() object {
			return object{"target": "production", "actions": []object{{"action": "deploy_property", "propertyId": proProperty}}}
		}, 400, "InvalidRequest"),
		Entry("to remove an unknown property", "/cdn/deploymentTasks", func() object {
			return object{"target": "production", "actions": []object{{"action": "remove_property", "propertyId": "none"}}}
		}, 404, "InvalidPropertyId"),
		Entry("of a property whose certificate is not deployed", "/cdn/deploymentTasks", func() object {
			Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "other", Hostnames: []string{"a.pro.example.com"}, CertificateID: id, Targets: []edgesim.CDNProTarget{}})).To(Succeed())
			return object{"target": "production", "actions": []object{deployProperty("other", 1)}}
		}, 400, "CertificateNotDeployed"),
		Entry("of a hostname that another property serves", "/cdn/deploymentTasks", func() object {
			Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "other", Hostnames: []string{proHost}, Targets: []edgesim.CDNProTarget{}})).To(Succeed())
			return object{"target": "production", "actions": []object{deployProperty("other", 1)}}
		}, 409, "HostnameConflict"),
		Entry("of an expired certificate", "/cdn/deploymentTasks", func() object {
			Expect(sim.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: proProperty, Hostnames: []string{proHost}, CertificateID: id})).To(Succeed())
			at.Advance(1000 * 24 * time.Hour)
			return object{"target": "production", "actions": []object{deployCert(id, 1)}}
		}, 400, "CertificateCheckFailed"),
		Entry("to validate an unknown property", "/cdn/validations", func() object { return object{"propertyId": "none", "version": 1} }, 404, "InvalidPropertyId"),
		Entry("to validate an unknown version", "/cdn/validations", func() object { return object{"propertyId": proProperty, "version": 2} }, 404, "InvalidVersion"),
		Entry("to validate a version that was deployed", "/cdn/validations", func() object { return object{"propertyId": proProperty, "version": 1} }, 409, "PropertyVersionFrozen"),
		Entry("to validate what is no JSON object", "/cdn/validations", func() object { return object{"version": []int{1}} }, 400, "InvalidRequest"),
	)

	DescribeTable("and configurations do not take",
		func(configs object, code string) {
			got := c.call("POST", "/cdn/properties/"+proProperty+"/versions", configs)
			Expect(got.proCode()).To(Equal(code))
			Expect(c.call("GET", "/cdn/properties/"+proProperty+"/versions/latest", nil).body).To(HaveKeyWithValue("version", 1.0))
		},
		Entry("no hostname", object{}, "InvalidRequest"),
		Entry("what is no hostname", object{"hostnames": []string{"a b"}}, "InvalidRequest"),
		Entry("hostnames that are no list", object{"hostnames": proHost}, "InvalidRequest"),
		Entry("a domain of another product", object{"hostnames": []string{domainName}}, "HostnameConflict"),
		Entry("a wildcard of another product", object{"hostnames": []string{"*.wild.example.com"}}, "HostnameConflict"),
		Entry("an unknown certificate", object{"hostnames": []string{proHost}, "tlsCertificateId": "none"}, "InvalidCertId"),
	)

	DescribeTable("and what is not there is not found",
		func(path, code string) {
			got := c.call("GET", path, nil)
			Expect(got.status).To(Equal(http.StatusNotFound))
			Expect(got.proCode()).To(Equal(code))
		},
		Entry("a deployment task", "/cdn/deploymentTasks/none", "InvalidDeploymentTaskId"),
		Entry("a validation task", "/cdn/validations/none", "InvalidValidationId"),
		Entry("a property", "/cdn/properties/none", "InvalidPropertyId"),
		Entry("versions of a property", "/cdn/properties/none/versions", "InvalidPropertyId"),
		Entry("a version of a property that is not there", "/cdn/properties/none/versions/1", "InvalidPropertyId"),
		Entry("a property's version", "/cdn/properties/"+proProperty+"/versions/2", "InvalidVersion"),
		Entry("a property's version that is no number", "/cdn/properties/"+proProperty+"/versions/first", "InvalidVersion"),
		Entry("a hostname", "/cdn/hostnames/nobody.example.com", "InvalidHostname"),
		Entry("a domain of another product", "/cdn/hostnames/"+domainName, "InvalidHostname"),
	)

	It("hostnames are listed as far as they are deployed", func() {
		put := func(p edgesim.CDNProProperty) { Expect(sim.PutCDNProProperty(accountID, p)).To(Succeed()) }
		put(edgesim.CDNProProperty{ID: "staged", Hostnames: []string{"*.staged.example.com"}, Targets: []edgesim.CDNProTarget{edgesim.CDNProStaging}})
		put(edgesim.CDNProProperty{ID: "drawer", Hostnames: []string{"drawer.example.com"}, Targets: []edgesim.CDNProTarget{}})
		names := func(query string) string {
			var list []string
			for _, item := range c.call("GET", "/cdn/hostnames"+query, nil).body["hostnames"].([]any) {
				list = append(list, item.(object)["hostname"].(string))
			}
			return strings.Join(list, " ")
		}
		Expect(names("")).To(Equal("*.staged.example.com " + proHost))
		Expect(names("?target=staging")).To(Equal("*.staged.example.com " + proHost))
		Expect(names("?target=production")).To(Equal(proHost))
		Expect(names("?limit=1&offset=1")).To(Equal(proHost))
		Expect(c.call("GET", "/cdn/hostnames/*.staged.example.com", nil).body).To(And(HaveKeyWithValue("propertyInProduction", BeNil()),
			HaveKeyWithValue("propertyInStaging", object{"propertyId": "staged", "version": 1.0})))
		Expect(c.call("GET", "/cdn/hostnames/%2A.staged.example.com", nil).status).To(Equal(http.StatusOK))
		Expect(c.call("GET", "/cdn/hostnames/drawer.example.com", nil).proCode()).To(Equal("InvalidHostname"))
	})
})

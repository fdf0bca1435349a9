package edgesim_test

import (
	"errors"
	"net/http"
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

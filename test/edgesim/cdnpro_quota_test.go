package edgesim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

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

package scale_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("Restarting the operator", Serial, func() {
	const (
		objects = 200
		// watched is how long the operator is watched after its start.
		watched = time.Minute
	)

	It("with everything in sync asks the provider nothing, reads no Secret and writes nothing", func() {
		s := newScene(GinkgoTB())
		s.addAccount("busy", busyAccount)
		domains := s.addDomains(objects, "busy", busyAccount, "busy")
		begin := time.Now()
		first := s.startOperator()
		s.awaitVerified(domains...)

		By("proving that requests of the operator would be found")
		Expect(s.sim.Journal(edgesim.Query{Operation: setOperation})).To(HaveLen(objects))
		now := time.Now()
		Expect(len(s.operatorRequests(begin, now, auditedRequest.isStatusWrite))).To(BeNumerically(">=", objects))
		Expect(len(s.operatorRequests(begin, now, auditedRequest.isSecretRead))).To(BeNumerically(">=", objects))

		AddReportEntry("time to stop", s.stopOperator(first))
		s.sim.ClearJournal()
		restart := time.Now()
		s.startOperator()
		Consistently(func() []edgesim.Entry { return s.sim.Journal(edgesim.Query{}) }).WithTimeout(watched).WithPolling(time.Second).Should(BeEmpty())

		end := time.Now()
		Expect(s.operatorRequests(restart, end, auditedRequest.isWatch)).NotTo(BeEmpty())
		Expect(s.operatorRequests(restart, end, auditedRequest.isSecretRead)).To(BeEmpty())
		Expect(s.operatorRequests(restart, end, auditedRequest.isStatusWrite)).To(BeEmpty())
		Expect(s.operatorRequests(restart, end, auditedRequest.isWrite)).To(BeEmpty())

		By("renewing a Secret, to see that the operator was not just asleep")
		s.rotate(domains[0], s.issue(domains[0]))
	})
})

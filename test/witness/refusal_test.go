//go:build witness

package witness_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

// expectRefusals provokes what every operation can be refused with.
func expectRefusals(sim *edgesim.Server, vendor client, action string, p params) {
	GinkgoHelper()
	vendor.call(action, p)

	stranger := vendor
	stranger.Key.Secret += "x"
	expectRefusal(sim, stranger, action, p, "SignatureDoesNotMatch", 403)
	stranger.Key.ID += "x"
	expectRefusal(sim, stranger, action, p, "InvalidAccessKeyId.NotFound", 404)

	configure(sim, func(s *edgesim.Settings) { s.ClockSkew = edgesim.Duration(time.Hour) })
	expectRefusal(sim, vendor, action, p, "InvalidTimeStamp.Expired", 400)
	configure(sim, func(s *edgesim.Settings) { s.ClockSkew = 0 })

	configure(sim, func(s *edgesim.Settings) { s.Quotas = map[string]int{action: 0} })
	expectRefusal(sim, vendor, action, p, "Throttling.User", 400)
	configure(sim, func(s *edgesim.Settings) { s.Quotas = nil })
}

// expectRefusal provokes one. The client must tell the very code and request id that
// the simulator has in its journal.
func expectRefusal(sim *edgesim.Server, vendor client, action string, p params, code string, status int) {
	GinkgoHelper()
	refused := vendor.refusal(action, p)
	journal := sim.Journal(edgesim.Query{})
	Expect(refused).To(Equal(failure{Code: code, Status: status, RequestID: journal[len(journal)-1].RequestID}))
}

//go:build witness

package witness_test

import (
	"maps"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

// with is a copy of the parameters with one changed.
func (p params) with(name string, value any) params {
	changed := maps.Clone(p)
	changed[name] = value
	return changed
}

// expectRefusals provokes what every operation about a domain can be refused with.
func expectRefusals(sim *edgesim.Server, vendor client, action string, p params) {
	GinkgoHelper()
	vendor.call(action, p)
	expectRefusal(sim, vendor, action, p.with("DomainName", "unknown.example.net"), "InvalidDomain.NotFound", 404)

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

// expectMismatch sets a key that is another certificate's.
func expectMismatch(sim *edgesim.Server, vendor client, action string, p params) {
	GinkgoHelper()
	expectRefusal(sim, vendor, action, p, "Certificate.MissMatch", 400)
	Expect(sim.Journal(edgesim.Query{Operation: action})).To(HaveEach(HaveField("Applied", false)))
}

// expectRefusal provokes one. The client must tell the very code and request id that
// the simulator has in its journal.
func expectRefusal(sim *edgesim.Server, vendor client, action string, p params, code string, status int) {
	GinkgoHelper()
	refused := vendor.refusal(action, p)
	journal := sim.Journal(edgesim.Query{})
	Expect(refused).To(Equal(failure{Code: code, Status: status, RequestID: journal[len(journal)-1].RequestID}))
}

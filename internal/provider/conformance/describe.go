package conformance

import (
	"github.com/onsi/ginkgo/v2"
)

// Describe registers the specs for one adapter. newHarness is called at the
// start of each of them; wireFaults are the faults on the wire that its
// harnesses can produce.
func Describe(name string, newHarness func() Harness, wireFaults ...Fault) bool {
	return ginkgo.Context(name+" as a provider", func() {
		f := &fixture{}
		ginkgo.BeforeEach(func() {
			f.setUp(newHarness)
			f.AddDomain(domain)
		})
		describeObserve(f)
		describeDeploy(f)
		describeWithdraw(f)
		describeRefusals(f)
		describeLosses(f)
		describeCancellation(f)
		describeConcurrency(f)
		for _, fault := range wireFaults {
			describeWireFault(f, fault)
		}
	})
}

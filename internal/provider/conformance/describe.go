package conformance

import (
	"fmt"
	"maps"
	"slices"

	"github.com/onsi/ginkgo/v2"
)

// Describe registers the specs for one adapter. newHarness is called at the
// start of each of them; wireFaults are the faults on the wire that its
// harnesses can produce.
func Describe(name string, newHarness func() Harness, wireFaults ...Fault) bool {
	return DescribeWithout(nil, name, newHarness, wireFaults...)
}

// DescribeWithout is [Describe] for a product that does not know some of the
// refusals, or [ReadsStale], each with the reason why. The specs about them are
// left out, and the name under which all others run says so.
func DescribeWithout(unknown map[Fault]string, name string, newHarness func() Harness, wireFaults ...Fault) bool {
	for _, fault := range slices.Sorted(maps.Keys(unknown)) {
		name += fmt.Sprintf(", without %s (%s),", fault, unknown[fault])
	}
	return ginkgo.Context(name+" as a provider", func() {
		f := &fixture{unknown: unknown}
		ginkgo.BeforeEach(func() {
			f.setUp(newHarness)
			f.AddDomain(domain)
		})
		describeObserve(f)
		describeDeploy(f)
		describeWithdraw(f)
		describeRefusals(f)
		describeLosses(f)
		describePropagation(f)
		describeCancellation(f)
		describeConcurrency(f)
		for _, fault := range wireFaults {
			describeWireFault(f, fault)
		}
	})
}

package aliyuncdn_test

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The contract", func() {
	// strict refuses whatever is stored already, by name and by content.
	strict := edgesim.Settings{DuplicateContent: edgesim.DuplicateReject, RepeatedUpload: edgesim.RepeatedReject}
	for _, p := range products() {
		before := func(settings edgesim.Settings) func() conformance.Harness {
			return func() conformance.Harness {
				return alibaba.NewHarness(settings, p.simulated, p.set, p.provider)
			}
		}
		conformance.Describe(p.name, before(edgesim.Settings{}), conformance.WireFaults()...)
		conformance.Describe(p.name+" that stores nothing twice", before(strict))
	}
})

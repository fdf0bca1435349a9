package aliyunlive_test

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The private key", func() {
	It("comes back in no error and is printed nowhere, whatever goes wrong", func(ctx SpecContext) {
		alibaba.ExpectNoKeyTold(ctx, newProvider, target(), aBundle())
	}, NodeTimeout(nodeTimeout))

	It("is in no URL and stays the caller's", func(ctx SpecContext) {
		simulator := alibaba.NewSimulator(edgesim.Settings{}, edgesim.Domain{Name: domain})
		alibaba.ExpectKeyKept(ctx, simulator, newProvider, target(), aBundle())
	})
})

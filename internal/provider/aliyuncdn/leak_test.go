package aliyuncdn_test

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The private key", func() {
	for _, p := range products() {
		It("comes back in no error of "+p.name+" and is printed nowhere, whatever goes wrong", func(ctx SpecContext) {
			alibaba.ExpectNoKeyTold(ctx, p.provider, target(), aBundle())
		}, NodeTimeout(nodeTimeout))

		It("is in no URL to "+p.name+" and stays the caller's", func(ctx SpecContext) {
			simulator := alibaba.NewSimulator(edgesim.Settings{}, p.domain(domain))
			alibaba.ExpectKeyKept(ctx, simulator, p.provider, target(), aBundle())
		})
	}
})

package aliyuncdn_test

import (
	"bytes"
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

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
			bundle := aBundle()
			before := bytes.Clone(bundle.PrivateKey().Bytes())
			for _, version := range alibaba.SignatureVersions() {
				adapter := p.before(simulator, alibaba.Signature(version))
				deploy(ctx, adapter, target(), bundle)
				_, err := adapter.Observe(ctx, target())
				Expect(err).NotTo(HaveOccurred())
			}
			Expect(bundle.PrivateKey().Bytes()).To(Equal(before))
			journal, err := json.Marshal(simulator.Journal(edgesim.Query{}))
			Expect(err).NotTo(HaveOccurred())
			for _, mark := range alibaba.KeyMarks(bundle) {
				Expect(string(journal)).NotTo(ContainSubstring(mark))
			}
			for _, entry := range simulator.Journal(edgesim.Query{}) {
				Expect(entry.KeyInURL).To(BeFalse())
				Expect(entry.Outcome).To(Equal(edgesim.OutcomeOK), entry.Operation)
			}
		})
	}
})

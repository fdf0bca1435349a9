package cdnpro_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("An answer lost on its way", func() {
	DescribeTable("repeats no change, whichever it is, with nothing remembered",
		func(ctx SpecContext, first bool) {
			w := newWorld(slow())
			former, bundle := w.issue(domain), w.issue(domain)
			begin := func() {
				Expect(w.Reset()).To(Succeed())
				property := bare(domain)
				if !first {
					w.put(edgesim.CDNProCertificate{}, former)
					property.CertificateID = held
				}
				Expect(w.PutCDNProProperty(accountID, property)).To(Succeed())
			}
			begin()
			w.travel(ctx, cdnpro.StagingThenProduction, targetOf(bundle), bundle, true)
			expected, calls := w.made(), w.calls()
			Expect(calls).To(BeNumerically(">", 10))

			for nth := 1; nth <= calls; nth++ {
				begin()
				w.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Nth: nth, Count: 1})
				j := w.travel(ctx, cdnpro.StagingThenProduction, targetOf(bundle), bundle, true)
				Expect(len(j.refused)).To(BeNumerically("<=", 1), "net/http itself repeats what only reads")
				for _, failure := range j.refused {
					Expect(failure.Kind).To(Equal(provider.Unavailable))
				}
				Expect(w.effects()).To(Equal(expected), "request %d lost", nth)
			}
		},
		Entry("of a rotation", false),
		Entry("of a first certificate", true),
	)
})

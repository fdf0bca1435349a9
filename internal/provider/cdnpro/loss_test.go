package cdnpro_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

// start is what a property has to begin with.
type start int

const (
	withNone start = iota
	withForeign
	withFull
)

var _ = Describe("An answer lost on its way", func() {
	DescribeTable("repeats no change, whichever it is, with nothing remembered",
		func(ctx SpecContext, start start, to cdnpro.Target) {
			w := newWorld(capped())
			former, latter, bundle := w.issue(domain), w.issue(domain), w.issue(domain)
			begin := func() {
				Expect(w.Reset()).To(Succeed())
				property := bare(domain)
				if start == withForeign {
					w.put(edgesim.CDNProCertificate{}, former)
					property.CertificateID = held
				}
				Expect(w.PutCDNProProperty(accountID, property)).To(Succeed())
				if start == withFull {
					w.hasten(0)
					w.travel(ctx, to, targetOf(former), former, true)
					w.travel(ctx, to, targetOf(latter), latter, true)
					w.hasten(taskDuration)
				}
				w.ClearJournal()
			}
			begin()
			w.travel(ctx, to, targetOf(bundle), bundle, true)
			expected, calls := w.effects(), w.calls()
			Expect(calls).To(BeNumerically(">", 10))

			for nth := 1; nth <= calls; nth++ {
				begin()
				w.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Nth: nth, Count: 1})
				j := w.travel(ctx, to, targetOf(bundle), bundle, true)
				Expect(len(j.refused)).To(BeNumerically("<=", 1), "net/http itself repeats what only reads")
				for _, failure := range j.refused {
					Expect(failure.Kind).To(Equal(provider.Unavailable))
				}
				Expect(w.effects()).To(Equal(expected), "request %d lost", nth)
			}
		},
		Entry("of a rotation", withForeign, cdnpro.StagingThenProduction),
		Entry("of a first certificate", withNone, cdnpro.StagingThenProduction),
		Entry("of a certificate that follows a full one", withFull, cdnpro.Production),
	)
})

// hasten sets how long tasks take.
func (w *world) hasten(tasks time.Duration) {
	GinkgoHelper()
	settings := w.Settings()
	settings.CDNPro.TaskDuration = edgesim.Duration(tasks)
	Expect(w.SetSettings(settings)).To(Succeed())
}

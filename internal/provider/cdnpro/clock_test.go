package cdnpro_test

import (
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("A clock that differs from the product's", func() {
	// refusals are the requests that were refused.
	refusals := func(w *world) []edgesim.Entry {
		return w.Journal(edgesim.Query{Outcome: "InvalidDate"})
	}
	skew := func(w *world, ahead time.Duration) {
		GinkgoHelper()
		settings := w.Settings()
		settings.ClockSkew = edgesim.Duration(ahead)
		Expect(w.SetSettings(settings)).To(Succeed())
	}

	DescribeTable("costs one request, and private keys are sealed by the product's",
		func(ctx SpecContext, ahead time.Duration) {
			w := certified(slow())
			skew(w, ahead)
			adapter, bundle := w.adapter(cdnpro.Production), w.issue(domain)
			mustDeploy(ctx, adapter, targetOf(bundle), bundle)
			Expect(refusals(w)).To(HaveLen(1))
			w.clock.pass(taskDuration)
			mustDeploy(ctx, adapter, targetOf(bundle), bundle)
			w.clock.pass(taskDuration)
			Expect(mustObserve(ctx, adapter, targetOf(bundle)).Fingerprint).To(Equal(bundle.Fingerprint()))
			Expect(refusals(w)).To(HaveLen(1), "what was learned is kept")

			skew(w, 0)
			mustObserve(ctx, adapter, targetOf(bundle))
			Expect(refusals(w)).To(HaveLen(2), "a clock that was set right is learned like one that was wrong")
		},
		Entry("an hour behind", time.Hour),
		Entry("an hour ahead", -time.Hour),
		Entry("just outside the window", 6*time.Minute),
	)

	It("by more than a day is not followed but told", func(ctx SpecContext) {
		w := certified(slow())
		skew(w, 72*time.Hour)
		_, err := w.adapter(cdnpro.Production).Observe(ctx, targetOf(w.issue(domain)))
		failure := expectFailure(err, provider.Unavailable)
		Expect(failure.Code).To(Equal(provider.CodeClockSkew))
		Expect(failure.Account).To(BeTrue())
		Expect(failure.Advice).To(Equal("set the clock of the operator's node: it is about 3 days behind the provider's"))
		Expect(refusals(w)).To(HaveLen(1))
	})

	It("is not to blame where the date that was refused is the product's own", func(ctx SpecContext) {
		requests := 0
		adapter := answering(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"code":"InvalidDate"}`)
		})
		_, err := adapter.Observe(ctx, provider.Target{Domain: domain})
		Expect(expectFailure(err, provider.Unavailable).Code).To(Equal("InvalidDate"))
		Expect(requests).To(Equal(1))
	})
})

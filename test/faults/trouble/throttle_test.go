//go:build faults

package trouble_test

import (
	"math/rand/v2"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/fake"
)

// renewEach renews domains at a steady pace, so many in a second.
func (w *world) renewEach(names []string, perSecond int) {
	for _, name := range names {
		w.notice(name)
		time.Sleep(time.Second / time.Duration(perSecond))
	}
}

// refusals are how many of some calls were refused.
func refusals(calls []call) int { return len(calls) - len(accepted(calls)) }

var _ = Describe("a provider that throttles", func() {
	It("row 10: a quota that is halved is found and used within 30 s, with 1 % refused and nobody punished for it", func() {
		inBubble(func(w *world) {
			const quota, halved, demand, found = 30, 15, 20, 30 * time.Second
			live := w.account("live", quota)
			names := w.domains("live", 1300, usual)
			live.latency = 20 * time.Millisecond
			live.allow(quota)
			renewed := w.renew("live")
			w.renewEach(names[:100], demand)
			Expect(refusals(live.since(time.Time{}, fake.Deploy))).To(BeZero(), "while the quota is what it is said to be")

			live.allow(halved)
			start, failed := time.Now(), w.punctual.failures()
			w.renewEach(names[100:], demand)
			w.await(names, serves(renewed), time.Minute)
			sets := live.since(start, fake.Deploy)
			const span = 30 // seconds in which more is wanted than the quota allows
			inSpan := accepted(before(live.since(start.Add(found), fake.Deploy), start.Add(found+span*time.Second)))
			AddReportEntry("Sets per second, refused of all", []float64{float64(len(inSpan)) / span, float64(refusals(sets)), float64(len(sets))})
			Expect(float64(len(inSpan))).To(BeNumerically(">=", 0.95*halved*span))
			Expect(float64(refusals(sets))).To(BeNumerically("<=", 0.01*float64(len(sets))))
			Expect(accepted(sets)).To(HaveLen(len(names)-100), "one for each")
			Expect(w.punctual.failures()).To(Equal(failed), "nobody backs off")
		})
	})

	It("row 11: a quota that another client takes half of is shared, with 2 % refused and neither starved", func() {
		inBubble(func(w *world) {
			const quota, theirs, demand = 30, 15, 20
			live := w.account("live", quota)
			names := w.domains("live", 1200, usual)
			live.latency = 20 * time.Millisecond
			live.allow(quota)
			renewed, start, random := w.renew("live"), time.Now(), rand.New(rand.NewPCG(1, 2))
			tried, refused := 0, 0
			var other sync.WaitGroup
			other.Go(func() {
				for time.Since(start) < 80*time.Second {
					if tried++; !live.take() {
						refused++
					}
					time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second / theirs))))
				}
			})
			w.renewEach(names, demand)
			other.Wait()
			w.await(names, serves(renewed), 2*time.Minute)
			sets := live.since(start, fake.Deploy)
			inSpan := accepted(before(live.since(start.Add(30*time.Second), fake.Deploy), start.Add(70*time.Second)))
			AddReportEntry("Sets per second beside the other, refused of all, refused of theirs", []float64{float64(len(inSpan)) / 40,
				float64(refusals(sets)), float64(len(sets)), float64(refused), float64(tried)})
			Expect(float64(refusals(sets))).To(BeNumerically("<=", 0.02*float64(len(sets))))
			Expect(float64(len(inSpan))).To(BeNumerically(">=", 0.6*40*(quota-theirs)), "we are not starved")
			Expect(float64(refused)).To(BeNumerically("<=", 0.1*float64(tried)), "neither is the other")
			Expect(accepted(sets)).To(HaveLen(len(names)))
		})
	})
})

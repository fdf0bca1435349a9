//go:build faults

package trouble_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = Describe("ten thousand objects", func() {
	It("row 56: are each read back on time for a day", func() {
		inBubble(func(w *world) {
			const count, interval, day = 10_000, usual, 24 * time.Hour
			live := w.account("live", 30)
			names := w.domains("live", count, interval)
			written := w.written(names)
			start := time.Now()
			time.Sleep(day)

			reads := live.since(start, fake.Observe)
			last, longest := map[string]time.Time{}, time.Duration(0)
			for _, read := range reads {
				if before, ok := last[read.domain]; ok {
					longest = max(longest, read.at.Sub(before))
				}
				last[read.domain] = read.at
			}
			Expect(last).To(HaveLen(count))
			for _, at := range last {
				longest = max(longest, time.Since(at))
			}
			latest, kept := w.punctual.lateness()
			AddReportEntry("reads in a day, the longest time between two of a domain, the greatest delay of a reconcile", []any{len(reads), longest.String(), latest.String()})
			Expect(kept).To(BeNumerically(">=", 3*count))
			Expect(latest).To(BeNumerically("<=", interval/10), "of what was asked for")
			Expect(longest).To(BeNumerically("<=", interval*12/10), "a tenth of jitter, a tenth of delay")
			Expect(live.since(start, fake.Deploy)).To(BeEmpty())
			Expect(w.written(names)).To(Equal(written), "nothing has changed, and nothing was written")
		})
	})
})

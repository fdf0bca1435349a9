//go:build faults

package trouble_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("a domain that another tool keeps writing to", func() {
	DescribeTable("row 22: is put back three times in an hour at most, then held for ever longer, and at peace once it is left alone",
		func(rival func(live *cloud, theirs testcerts.Pair) func(fake.Method, string), interval time.Duration) {
			inBubble(func(w *world) {
				live := w.account("live", 30)
				theirs := w.issue()
				time.Sleep(time.Minute)
				name := w.domains("live", 1, interval)[0]
				time.Sleep(2 * time.Hour)
				start := time.Now()
				live.fight(rival(live, theirs))
				live.overwrite(domainOf(name), theirs)
				time.Sleep(48 * time.Hour)

				sets := live.since(start, fake.Deploy)
				AddReportEntry("Sets in two days", len(sets))
				Expect(len(sets)).To(BeNumerically(">=", 5), "it is not given up")
				for i := 3; i < len(sets); i++ {
					Expect(sets[i].at.Sub(sets[i-3].at)).To(BeNumerically(">", time.Hour))
					Expect(sets[i].at.Sub(sets[i-1].at)).To(BeNumerically(">=", min(time.Hour<<(i-3), 24*time.Hour)))
				}
				deployed := meta.FindStatusCondition(w.object(name).Status.Conditions, domaincertv1alpha1.DeployedCondition)
				Expect(deployed.Reason).To(Equal(domaincertv1alpha1.ConflictReason))
				Expect(w.object(name)).To(Satisfy(has(domaincertv1alpha1.StalledCondition)))
				Expect(w.events.of(name)).To(ContainElement(domaincertv1alpha1.ConflictReason))
				writes := w.cluster.written(requestFor(namespace, name).NamespacedName)
				Expect(writes).To(BeNumerically("<=", 4*(len(sets)+1)+4), "conflict, sent, shown, lost: four for each Set")

				live.fight(nil)
				time.Sleep(50 * time.Hour)
				Expect(w.object(name)).To(Satisfy(isServed))
				Expect(w.object(name)).NotTo(Satisfy(has(domaincertv1alpha1.StalledCondition)))
				start = time.Now()
				live.overwrite(domainOf(name), theirs)
				time.Sleep(interval*11/10 + time.Minute)
				Expect(live.since(start, fake.Deploy)).To(HaveLen(1), "the war is over")
			})
		},
		Entry("by one that undoes what it sees", func(live *cloud, theirs testcerts.Pair) func(fake.Method, string) {
			seen := map[string]bool{}
			return func(made fake.Method, domain string) {
				held := live.Held(domain).Fingerprint
				if made == fake.Observe && held != theirs.Fingerprint && seen[held] {
					live.overwrite(domain, theirs)
				}
				seen[held] = seen[held] || made == fake.Observe
			}
		}, 15*time.Minute),
		Entry("by one that undoes what was sent at once", func(live *cloud, theirs testcerts.Pair) func(fake.Method, string) {
			return func(made fake.Method, domain string) {
				if made == fake.Deploy {
					live.overwrite(domain, theirs)
				}
			}
		}, time.Minute),
	)
})

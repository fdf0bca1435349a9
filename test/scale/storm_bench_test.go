package scale_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// The accounts: one that the storm hits, and one that has hardly anything to do.
const (
	busyAccount = "1000000000000001"
	idleAccount = "1000000000000002"
)

// BenchmarkStorm renews 300 Secrets at once, against the documented quota of 30
// Sets a second. A second account's only domain is renewed again and again
// meanwhile.
func BenchmarkStorm(b *testing.B) {
	b.Run("namespaces=1", func(b *testing.B) { benchmarkStorm(b, 300) })
	b.Run("namespaces=2", func(b *testing.B) { benchmarkStorm(b, 250, 50) })
}

// benchmarkStorm has as many domains in each namespace as sizes say.
func benchmarkStorm(b *testing.B, sizes ...int) {
	b.Helper()
	const rotationsAlone = 20
	s := newScene(b)
	s.addAccount("busy", busyAccount)
	s.addAccount("idle", idleAccount)
	var domains []*domain
	for i, n := range sizes {
		domains = append(domains, s.addDomains(n, "busy", busyAccount, fmt.Sprintf("busy-%d", i))...)
	}
	idle := s.addDomains(1, "idle", idleAccount, "idle")[0]
	s.startOperator()
	s.awaitVerified(append(domains, idle)...)

	var alone []time.Duration
	for range rotationsAlone {
		alone = append(alone, s.rotate(idle, s.issue(idle)).set)
	}
	var storms []storm
	for b.Loop() {
		storms = append(storms, s.storm(domains, idle))
	}
	report(b, alone, storms)
}

// storm is what one storm has shown. Times count from the first write.
type storm struct {
	// sets and throttled are the calls that set a certificate, and those that
	// were refused because of a quota.
	sets, throttled int
	// lastSet and lastVerified of all domains.
	lastSet, lastVerified time.Duration
	// lastSetIn is lastSet by namespace.
	lastSetIn map[string]time.Duration
	// displaced is how many places a domain was away from its own at most, in
	// the order of expiry within a namespace. It speaks of the second half of the
	// storm: before, not everybody who is to be ordered stands in line yet.
	displaced int
	// idle are the rotations of the idle account.
	idle []time.Duration
}

// storm renews all domains at once and follows them to the end.
func (s *scene) storm(domains []*domain, idle *domain) storm {
	s.Helper()
	s.sim.ClearJournal()
	pairs := make([]testcerts.Pair, len(domains))
	for i, d := range domains {
		pairs[i] = s.issue(d)
	}
	begin := time.Now()
	written := make(chan error, 1)
	go func() { written <- s.renewAll(domains, pairs) }()

	var shown storm
	query := edgesim.Query{Account: busyAccount, Operation: setOperation}
	for len(s.sim.Journal(query)) < len(domains) && time.Since(begin) < patience {
		shown.idle = append(shown.idle, s.rotate(idle, s.issue(idle)).set)
	}
	if err := <-written; err != nil {
		s.Fatal(err)
	}
	shown.lastVerified = s.awaitVerified(domains...).Sub(begin)
	s.readJournal(&shown, domains, begin)
	return shown
}

// renewAll writes all Secrets as fast as a few writers can.
func (s *scene) renewAll(domains []*domain, pairs []testcerts.Pair) error {
	const writers = 8
	failed := make([]error, writers)
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := w; i < len(domains); i += writers {
				_, err := s.renew(domains[i], pairs[i])
				failed[w] = errors.Join(failed[w], err)
			}
		})
	}
	writing.Wait()
	return errors.Join(failed...)
}

// readJournal checks the counts, which must hold on every machine, and reads
// the times and the order.
func (s *scene) readJournal(shown *storm, domains []*domain, begin time.Time) {
	s.Helper()
	refused := s.sim.Journal(edgesim.Query{Outcome: edgesim.OutcomeThrottled})
	if len(refused) > 0 {
		s.Fatalf("%d calls were beyond a quota, the first of them %s", len(refused), refused[0].Operation)
	}
	byName := map[string]*domain{}
	for _, d := range domains {
		byName[d.name] = d
	}
	sets := s.sim.Journal(edgesim.Query{Account: busyAccount, Operation: setOperation})
	shown.sets, shown.throttled = len(sets), len(refused)
	if len(sets) != len(domains) {
		s.Fatalf("%d Sets for %d renewed Secrets", len(sets), len(domains))
	}
	order := map[string][]*domain{}
	shown.lastSetIn = map[string]time.Duration{}
	for _, set := range sets {
		d := byName[set.Domain]
		if d == nil || set.Fingerprint != d.served.Fingerprint {
			s.Fatalf("%s was set to a certificate that is not the one in its Secret, or twice", set.Domain)
		}
		delete(byName, set.Domain)
		namespace := d.secret.Namespace
		order[namespace] = append(order[namespace], d)
		shown.lastSetIn[namespace] = set.Time.Sub(begin)
		shown.lastSet = set.Time.Sub(begin)
	}
	for _, served := range order {
		shown.displaced = max(shown.displaced, displaced(served[len(served)/2:]))
	}
}

// displaced is how far the domain that is furthest from its place in the order
// of expiry is away from it.
func displaced(served []*domain) int {
	sorted := slices.SortedFunc(slices.Values(served), func(a, b *domain) int { return a.expiry.Compare(b.expiry) })
	furthest := 0
	for place, d := range sorted {
		furthest = max(furthest, place-slices.Index(served, d), slices.Index(served, d)-place)
	}
	return furthest
}

// report tells the middle of all storms.
func report(b *testing.B, alone []time.Duration, storms []storm) {
	b.Helper()
	var idle []time.Duration
	for _, storm := range storms {
		idle = append(idle, storm.idle...)
	}
	b.ReportMetric(0, "ns/op") // it is told in parts below
	b.ReportMetric(float64(middle(storms, func(s storm) int { return s.sets })), "sets")
	b.ReportMetric(float64(middle(storms, func(s storm) int { return s.throttled })), "throttled")
	b.ReportMetric(milliseconds(percentile(alone, 50)), "idle-alone-p50-ms")
	b.ReportMetric(milliseconds(percentile(idle, 50)), "idle-in-storm-p50-ms")
	b.ReportMetric(milliseconds(percentile(idle, 100)), "idle-in-storm-max-ms")
	b.ReportMetric(middle(storms, func(s storm) time.Duration { return s.lastSet }).Seconds(), "last-set-s")
	b.ReportMetric(middle(storms, func(s storm) time.Duration { return s.lastVerified }).Seconds(), "last-verified-s")
	b.ReportMetric(float64(middle(storms, func(s storm) int { return s.displaced })), "displaced-places")
	if len(storms[0].lastSetIn) == 1 {
		return
	}
	for namespace := range storms[0].lastSetIn {
		b.ReportMetric(middle(storms, func(s storm) time.Duration { return s.lastSetIn[namespace] }).Seconds(), namespace+"-last-set-s")
	}
}

// middle is the median of what each storm has shown.
func middle[T cmp.Ordered](storms []storm, of func(storm) T) T {
	values := make([]T, len(storms))
	for i, storm := range storms {
		values[i] = of(storm)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

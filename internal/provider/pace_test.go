package provider_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// strict is a provider that counts in a sliding second, halfway through each
// request, and refuses what exceeds its quota. What it refuses does not count.
type strict struct {
	latency time.Duration
	// after is its hint, zero for none.
	after time.Duration

	mu       sync.Mutex
	quota    int
	taken    []time.Time
	accepted []time.Time
	refused  []time.Time
}

func (s *strict) count() error {
	time.Sleep(s.latency / 2)
	defer time.Sleep(s.latency / 2)
	if !s.take() {
		return &provider.Error{Kind: provider.Throttled, Code: "Throttling", RetryAfter: s.after}
	}
	return nil
}

// take counts a request, of whoever makes it.
func (s *strict) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.taken) > 0 && now.Sub(s.taken[0]) >= time.Second {
		s.taken = s.taken[1:]
	}
	if len(s.taken) >= s.quota {
		s.refused = append(s.refused, now)
		return false
	}
	s.taken, s.accepted = append(s.taken, now), append(s.accepted, now)
	return true
}

func (s *strict) allow(quota int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota = quota
}

// within counts the times in a span.
func within(times []time.Time, from time.Time, span time.Duration) int {
	count := 0
	for _, at := range times {
		if !at.Before(from) && at.Before(from.Add(span)) {
			count++
		}
	}
	return count
}

func (s *strict) Observe(context.Context, provider.Target) (provider.Observation, error) {
	return provider.Observation{Calls: 1}, s.count()
}

func (s *strict) Deploy(context.Context, provider.Target, certbundle.Bundle) (provider.Handle, error) {
	return provider.Handle{}, s.count()
}

func (s *strict) Withdraw(context.Context, provider.Target) error { return s.count() }

// demand has so many objects a second want to deploy, for some time.
func (c *crowd) demand(perSecond int, span time.Duration) {
	for i := range int(span.Seconds()) * perSecond {
		c.request(by("a", fmt.Sprintf("%d-%d", time.Now().UnixNano(), i), i%90), deploy)
		time.Sleep(time.Second / time.Duration(perSecond))
	}
}

func TestAHalvedQuotaIsFoundAndUsed(t *testing.T) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				inner := &strict{latency: latency, quota: 30}
				all := &crowd{}
				all.provider = provider.Limit(inner, provider.NewBudget(provider.Quota{DeployPerSecond: 30}, all.wake))
				all.demand(20, 10*time.Second)
				g.Expect(inner.refused).To(BeEmpty())
				inner.allow(15)
				halved := time.Now()
				all.demand(20, 90*time.Second)
				all.done.Wait()

				span := 60 * time.Second
				took := within(inner.accepted, halved.Add(30*time.Second), span)
				t.Log(latency, "refused", len(inner.refused), "accepted", took)
				// A slot is taken for a second and the time a request takes.
				most := 15 * span.Seconds() / (1 + latency.Seconds())
				g.Expect(float64(took)).To(BeNumerically(">=", 0.95*most))
				g.Expect(float64(len(inner.refused))).To(BeNumerically("<=", 0.01*float64(len(inner.accepted))))
			})
		})
	}
}

func TestAQuotaThatIsRestoredIsUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		inner := &strict{quota: 10}
		all := &crowd{}
		all.provider = provider.Limit(inner, provider.NewBudget(provider.Quota{DeployPerSecond: 30}, all.wake))
		all.demand(28, 20*time.Second)
		inner.allow(30)
		restored := time.Now()
		all.demand(28, 3*time.Minute)
		all.done.Wait()
		g.Expect(within(inner.accepted, restored.Add(90*time.Second), 10*time.Second)).To(Equal(280), "all that the quota allows")
	})
}

func TestAQuotaIsSharedWithAnotherClient(t *testing.T) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				inner := &strict{latency: latency, quota: 30}
				all := &crowd{}
				all.provider = provider.Limit(inner, provider.NewBudget(provider.Quota{DeployPerSecond: 30}, all.wake))
				other, theirs, refused := sync.WaitGroup{}, 0, 0
				other.Go(func() {
					for range 15 * 130 {
						if theirs++; !inner.take() {
							refused++
						}
						time.Sleep(time.Second/15 + time.Millisecond)
					}
				})
				all.demand(20, 2*time.Minute)
				all.done.Wait()
				other.Wait()
				ours := len(inner.accepted) - theirs + refused
				t.Log(latency, "ours refused", len(inner.refused)-refused, "of", ours, "theirs refused", refused, "of", theirs)
				g.Expect(float64(len(inner.refused) - refused)).To(BeNumerically("<=", 0.02*float64(ours)))
				g.Expect(float64(refused)).To(BeNumerically("<=", 0.1*float64(theirs)), "the other one is not starved")
			})
		})
	}
}

func TestNothingIsSentBeforeTheProvidersHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		inner := &strict{quota: 5, after: 7 * time.Second}
		all := &crowd{}
		all.provider = provider.Limit(inner, provider.NewBudget(provider.Quota{DeployPerSecond: 10}, all.wake))
		for i := range 30 {
			all.request(by("a", fmt.Sprint(i), i), deploy)
		}
		all.done.Wait()
		refused := inner.refused[0]
		g.Expect(within(inner.accepted, refused.Add(time.Nanosecond), 7*time.Second-time.Nanosecond)).To(BeZero())
		g.Expect(within(inner.accepted, refused.Add(7*time.Second), time.Nanosecond)).To(Equal(5), "at once then, at the pace that was seen")
		g.Expect(inner.accepted).To(HaveLen(30))
	})
}

func TestWhatWasRefusedStandsInLineAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner := &strict{quota: 0}
		limited := provider.Limit(inner, provider.NewBudget(provider.Quota{DeployPerSecond: 10, ObservePerSecond: 10}, turns.wake))
		g.Expect(deploy(limited, provider.Target{Turn: by("a", "deploys", 0)})).To(beQueued())
		g.Expect(observe(limited, provider.Target{Turn: by("a", "observes", 0)})).To(beQueued())
		g.Expect(turns.soFar()).To(BeEmpty(), "the pace is down to one, and that one is taken")
		time.Sleep(time.Second)
		g.Expect(turns.soFar()).To(ConsistOf("a/deploys", "a/observes"))
	})
}

func TestThePaceNeverFallsBelowATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner := &strict{quota: 0}
		limited := provider.Limit(inner, provider.NewBudget(provider.Quota{Total: 100, Window: time.Minute, Most: 11}, turns.wake))
		for range 5 {
			g.Expect(deploy(limited, provider.Target{Turn: by("a", "1", 0)})).To(beQueued())
			time.Sleep(time.Minute)
			g.Expect(turns.soFar()).To(Equal([]string{"a/1"}), "it is never too little for a look and a change")
		}
	})
}

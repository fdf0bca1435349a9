package provider_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// slow is a provider that takes its time and notes when it was busy.
type slow struct {
	latency func() time.Duration
	calls   int
	err     error

	mu    sync.Mutex
	spans []span
}

// span is the time in which a provider may have counted a request.
type span struct{ start, end time.Time }

func (s *slow) busy() error {
	start := time.Now()
	time.Sleep(s.latency())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, span{start, time.Now()})
	return s.err
}

func (s *slow) Observe(context.Context, provider.Target) (provider.Observation, error) {
	return provider.Observation{Calls: s.calls}, s.busy()
}

func (s *slow) Deploy(context.Context, provider.Target, certbundle.Bundle) (provider.Handle, error) {
	return provider.Handle{}, s.busy()
}

func (s *slow) Withdraw(context.Context, provider.Target) error { return s.busy() }

// most returns the largest number of requests that any sliding second of the
// provider can have held, whenever within its span each was counted. A second
// that holds the most can be moved to begin where one of them ended.
func (s *slow) most() int {
	most := 0
	for _, first := range s.spans {
		within := 0
		for _, other := range s.spans {
			if !other.end.Before(first.end) && other.start.Before(first.end.Add(time.Second)) {
				within++
			}
		}
		most = max(most, within)
	}
	return most
}

// crowd sends every object's request through the limit, waiting as a
// controller does: it comes back only when woken.
type crowd struct {
	provider provider.Provider
	woken    sync.Map // object -> chan struct{}
	done     sync.WaitGroup
}

func (c *crowd) wake(object string) {
	if signal, ok := c.woken.Load(object); ok {
		signal.(chan struct{}) <- struct{}{}
	}
}

func (c *crowd) request(turn provider.Turn, call func(provider.Provider, provider.Target) error) {
	signal := make(chan struct{}, 1)
	c.woken.Store(turn.Object, signal)
	c.done.Go(func() {
		for call(c.provider, provider.Target{Turn: turn}) != nil {
			<-signal
		}
	})
}

func deploy(p provider.Provider, target provider.Target) error {
	_, err := p.Deploy(context.Background(), target, certbundle.Bundle{})
	return err
}

func observe(p provider.Provider, target provider.Target) error {
	_, err := p.Observe(context.Background(), target)
	return err
}

func withdraw(p provider.Provider, target provider.Target) error {
	return p.Withdraw(context.Background(), target)
}

func TestNoSlidingSecondExceedsTheQuota(t *testing.T) {
	for _, slots := range []int{1, 7, 28} {
		for seed := range uint64(5) {
			t.Run(fmt.Sprintf("slots=%d/seed=%d", slots, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g, random := NewWithT(t), rand.New(rand.NewPCG(seed, 1))
					var dice sync.Mutex
					upTo := func(limit time.Duration) time.Duration {
						dice.Lock()
						defer dice.Unlock()
						return time.Duration(random.Int64N(int64(limit)))
					}
					inner := &slow{latency: func() time.Duration { return upTo(3 * time.Second) }}
					all := &crowd{}
					all.provider = provider.Limit(inner, provider.NewBudget(
						provider.Quota{DeployPerSecond: (slots*100 + 94) / 95}, all.wake))
					requests := 20 * slots
					for i := range requests {
						all.request(by(fmt.Sprint("n", i%3), fmt.Sprint(i), i), deploy)
						if i%slots == 0 {
							time.Sleep(upTo(time.Second))
						}
					}
					all.done.Wait()
					g.Expect(inner.spans).To(HaveLen(requests), "everybody is served, once")
					g.Expect(inner.most()).To(Equal(slots), "the quota is used, and no more")
				})
			})
		}
	}
}

func TestAStormTakesNoLongerThanTheQuotaDemands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, start := NewWithT(t), time.Now()
		inner := &slow{latency: func() time.Duration { return 0 }}
		all := &crowd{}
		all.provider = provider.Limit(inner, provider.NewBudget(provider.Quota{DeployPerSecond: 30}, all.wake))
		for i := range 300 {
			all.request(by("a", fmt.Sprint(i), 0), deploy)
		}
		all.done.Wait()
		g.Expect(time.Since(start)).To(Equal(10*time.Second), "28 at once and 28 in each of the seconds after")
	})
}

func TestWhatUsesWhichSlot(t *testing.T) {
	for _, test := range []struct {
		reason        string
		first, second func(provider.Provider, provider.Target) error
		shared        bool
	}{
		{"two deployments share a slot", deploy, deploy, true},
		{"a withdrawal is a change", deploy, withdraw, true},
		{"a deployment waits for a withdrawal", withdraw, deploy, true},
		{"two observations share a slot", observe, observe, true},
		{"reading does not wait for changing", deploy, observe, false},
		{"changing does not wait for reading", observe, withdraw, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, turns := NewWithT(t), newWoken()
				limited := provider.Limit(&slow{latency: func() time.Duration { return 0 }}, provider.NewBudget(one, turns.wake))
				g.Expect(test.first(limited, provider.Target{Turn: by("a", "1", 0)})).To(Succeed())
				err := test.second(limited, provider.Target{Turn: by("a", "2", 0)})
				if !test.shared {
					g.Expect(err).NotTo(HaveOccurred())
					return
				}
				g.Expect(err).To(beQueued())
				time.Sleep(time.Second - 1)
				g.Expect(turns.soFar()).To(BeEmpty())
				time.Sleep(time.Nanosecond)
				g.Expect(turns.soFar()).To(Equal([]string{"a/2"}))
			})
		})
	}
}

func TestFurtherCallsAreChargedAfterwards(t *testing.T) {
	for calls, free := range map[int]int{0: 4, 1: 4, 3: 2, 5: 0, 9: 0} {
		t.Run(fmt.Sprint("calls=", calls), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, turns := NewWithT(t), newWoken()
				budget := provider.NewBudget(provider.Quota{ObservePerSecond: 6}, turns.wake) // 5 slots
				limited := provider.Limit(&slow{latency: func() time.Duration { return time.Second }, calls: calls}, budget)
				g.Expect(observe(limited, provider.Target{Turn: by("a", "0", 0)})).To(Succeed())
				for i := range 5 {
					err := budget.Reserve(provider.OperationObserve, by("a", fmt.Sprint(i), 0))
					g.Expect(err == nil).To(Equal(i < free), "slot %d", i)
				}
				time.Sleep(time.Second)
				g.Expect(turns.soFar()).To(HaveLen(5-free), "the debt is paid after a second")
			})
		})
	}
}

func TestLookupsHaveAQuotaOfTheirOwn(t *testing.T) {
	for calls, free := range map[int]int{0: 2, 1: 2, 2: 1, 3: 0, 9: 0} {
		t.Run(fmt.Sprint("calls=", calls), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, turns := NewWithT(t), newWoken()
				budget := provider.NewBudget(provider.Quota{ObservePerSecond: 6, LookupPerSecond: 3}, turns.wake) // 5 and 2 slots
				limited := provider.Limit(&slow{latency: func() time.Duration { return 0 }, calls: calls}, budget)
				g.Expect(observe(limited, provider.Target{Turn: by("a", "0", 0)})).To(Succeed())
				for i := range 2 {
					err := budget.Reserve(provider.OperationLookup, by("a", fmt.Sprint(i), 0))
					g.Expect(err == nil).To(Equal(i < free), "slot %d", i)
				}
				g.Expect(observe(limited, provider.Target{Turn: by("a", "2", 0)})).To(beQueued(), "no slot for a lookup is left")
				for i := range 4 {
					g.Expect(budget.Reserve(provider.OperationObserve, by("a", fmt.Sprint(i), 0))).To(Succeed(), "only the first call counts here")
				}
			})
		})
	}
}

func TestAFailedRequestUsesItsSlotToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		budget := provider.NewBudget(one, newWoken().wake)
		failing := &slow{latency: func() time.Duration { return 0 }, err: &provider.Error{Kind: provider.Denied}}
		for _, call := range []func(provider.Provider, provider.Target) error{deploy, observe, withdraw} {
			limited := provider.Limit(failing, budget)
			g.Expect(provider.IsKind(call(limited, provider.Target{Turn: by("a", "1", 0)}), provider.Denied)).To(BeTrue())
			g.Expect(call(limited, provider.Target{Turn: by("a", "1", 0)})).To(beQueued())
			time.Sleep(time.Second)
			budget.Release(provider.OperationDeploy, "a/1")
			budget.Release(provider.OperationObserve, "a/1")
		}
	})
}

func TestAPanicGivesTheSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		limited := provider.Limit(&slow{latency: func() time.Duration { panic("poison") }}, provider.NewBudget(one, newWoken().wake))
		for _, call := range []func(provider.Provider, provider.Target) error{deploy, observe, withdraw} {
			time.Sleep(time.Second)
			g.Expect(func() { g.Expect(call(limited, provider.Target{Turn: by("a", "1", 0)})).To(Succeed()) }).
				To(PanicWith("poison"))
		}
	})
}

// TestBudgetIsSafeForConcurrentUse is for the race detector: everything at
// once, in real time.
func TestBudgetIsSafeForConcurrentUse(t *testing.T) {
	g := NewWithT(t)
	budgets := provider.NewBudgets(func(string) {})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 200 {
				budget := budgets.For("Live/1", "owner", provider.Quota{DeployPerSecond: 2 + i%5, ObservePerSecond: 1})
				turn := by(fmt.Sprint("n", worker), fmt.Sprint(i%20), i%7)
				if budget.Reserve(provider.OperationDeploy, turn) == nil || i%3 == 0 {
					budget.Release(provider.OperationDeploy, turn.Object)
				}
			}
			for i := range 20 {
				budgets.For("Live/1", "owner", one).Release(provider.OperationDeploy, fmt.Sprintf("n%d/%d", worker, i))
			}
		})
	}
	all.Wait()
	g.Expect(budgets.For("Live/1", "owner", one).Reserve(provider.OperationDeploy, by("a", "last", 0))).To(Succeed(), "nothing is left behind")
}

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

// total is a quota of 285 slots in five minutes for everything, of which a
// request takes five.
var total = provider.Quota{Total: 300, Window: 5 * time.Minute, Most: 5}

// counting is a provider that notes when each of its calls was made.
type counting struct {
	calls func() int
	err   error

	mu    sync.Mutex
	made  []time.Time
	looks int
}

func (c *counting) request() (calls int, err error) {
	calls = c.calls()
	for range calls {
		time.Sleep(100 * time.Millisecond)
		c.mu.Lock()
		c.made = append(c.made, time.Now())
		c.mu.Unlock()
	}
	return calls, c.err
}

func (c *counting) Observe(context.Context, provider.Target) (provider.Observation, error) {
	calls, err := c.request()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	return provider.Observation{Calls: calls}, err
}

func (c *counting) Deploy(context.Context, provider.Target, certbundle.Bundle) (provider.Handle, error) {
	calls, err := c.request()
	return provider.Handle{Calls: calls}, err
}

func (c *counting) Withdraw(context.Context, provider.Target) error {
	_, err := c.request()
	return err
}

// most is the largest number of calls in any window.
func (c *counting) most(window time.Duration) int {
	most := 0
	for i, first := range c.made {
		within := 0
		for _, other := range c.made[i:] {
			if other.Before(first.Add(window)) {
				within++
			}
		}
		most = max(most, within)
	}
	return most
}

// free is how many requests of a total quota can begin now.
func free(budget *provider.Budget) int {
	count := 0
	for budget.Reserve(provider.OperationObserve, by("free", fmt.Sprint(count), 0)) == nil {
		count++
	}
	for i := range count + 1 {
		budget.Release(provider.OperationObserve, fmt.Sprintf("free/%d", i))
	}
	return count
}

func always(calls int) func() int { return func() int { return calls } }

func TestOneQuotaIsSharedByAllOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		budget := provider.NewBudget(total, newWoken().wake)
		g.Expect(free(budget)).To(Equal(57), "285 slots at five each")
		for i := range 27 {
			g.Expect(budget.Reserve(provider.OperationDeploy, by("a", fmt.Sprint("d", i), 0))).To(Succeed())
		}
		for i := range 3 {
			g.Expect(budget.Reserve(provider.OperationObserve, by("a", fmt.Sprint("o", i), 0))).To(Succeed())
		}
		g.Expect(budget.Reserve(provider.OperationObserve, by("a", "late", 0))).To(beQueued(), "a turn to deploy has room for the look before it")
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "late", 0))).To(beQueued())
	})
}

func TestARequestIsChargedWhatItWas(t *testing.T) {
	failure := &provider.Error{Kind: provider.Denied}
	for _, test := range []struct {
		reason string
		call   func(provider.Provider, provider.Target) error
		calls  int
		err    error
		slots  int
	}{
		{"an observation of two calls", observe, 2, nil, 2},
		{"an observation that did not say", observe, 0, nil, 5},
		{"a deployment of three calls", deploy, 3, nil, 3},
		{"a deployment that did not say", deploy, 0, nil, 1},
		{"a deployment that failed may have taken all", deploy, 0, failure, 5},
		{"a withdrawal cannot say", withdraw, 1, nil, 5},
		{"a withdrawal that failed may have taken all", withdraw, 1, failure, 5},
	} {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				budget := provider.NewBudget(provider.Quota{Total: 316, Window: 5 * time.Minute, Most: 5}, newWoken().wake) // 300 slots
				limited := provider.Limit(&counting{calls: always(test.calls), err: test.err}, budget)
				for i := range 20 {
					err := test.call(limited, provider.Target{Turn: by("a", fmt.Sprint(i), 0)})
					g.Expect(err == nil).To(Equal(test.err == nil))
				}
				g.Expect(free(budget)).To(Equal((300 - 20*test.slots) / 5))
				time.Sleep(5 * time.Minute)
				g.Expect(free(budget)).To(Equal(60))
			})
		})
	}
}

func TestARequestUnderWayTakesTheMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		budget := provider.NewBudget(total, newWoken().wake)
		limited := provider.Limit(&counting{calls: always(1)}, budget)
		done := make(chan error)
		for i := range 10 {
			go func() { done <- deploy(limited, provider.Target{Turn: by("a", fmt.Sprint(i), 0)}) }()
		}
		synctest.Wait()
		g.Expect(free(budget)).To(Equal(47))
		for range 10 {
			g.Expect(<-done).To(Succeed())
		}
		g.Expect(free(budget)).To(Equal(55), "ten calls cool down")
	})
}

func TestAQuotaSmallerThanOneTurnIsOneTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		budget := provider.NewBudget(provider.Quota{Total: 3, Window: time.Minute, Most: 5}, newWoken().wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "1", 0))).To(Succeed())
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "2", 0))).To(beQueued())
	})
}

func TestTheLowestTotalHolds(t *testing.T) {
	g := NewWithT(t)
	budgets := provider.NewBudgets(newWoken().wake)
	budget := budgets.For("CDNPro/1", "owner", total)
	low := total
	low.Total = 100
	budgets.For("CDNPro/1", "another", low)
	g.Expect(free(budget)).To(Equal(19))
	budgets.Leave("another")
	g.Expect(free(budget)).To(Equal(57))
}

// TestAStormOfChangesEndsWithoutWaste has many objects that each look before they
// change, as the controller does. Had the look used up the turn to change, all of
// them would go on looking.
func TestAStormOfChangesEndsWithoutWaste(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects = 300
		g, random := NewWithT(t), rand.New(rand.NewPCG(1, 1))
		var dice sync.Mutex
		account := &counting{calls: func() int {
			dice.Lock()
			defer dice.Unlock()
			return 1 + random.IntN(5)
		}}
		all := &crowd{}
		budget := provider.NewBudget(total, all.wake)
		all.provider = provider.Limit(account, budget)
		for i := range objects {
			all.request(by(fmt.Sprint("n", i%3), fmt.Sprint(i), i), func(p provider.Provider, target provider.Target) error {
				if err := budget.Reserve(provider.OperationDeploy, target.Turn); err != nil {
					return err
				}
				if err := observe(p, target); err != nil {
					return err
				}
				return deploy(p, target)
			})
		}
		all.done.Wait()
		g.Expect(account.looks).To(Equal(objects), "each looked once")
		g.Expect(account.most(5 * time.Minute)).To(BeNumerically("<=", 285))
	})
}

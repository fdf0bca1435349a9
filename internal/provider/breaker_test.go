package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// moody is a provider that answers as it is told, and notes who asked when.
type moody struct {
	mu     sync.Mutex
	answer error
	hangs  time.Duration
	asked  []asked
}

type asked struct {
	object string
	at     time.Time
}

func (m *moody) reply(target provider.Target) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, asked{target.Turn.Object, time.Now()})
	return m.answer
}

func (m *moody) become(answer error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer, m.asked = answer, nil
}

func (m *moody) Observe(_ context.Context, target provider.Target) (provider.Observation, error) {
	time.Sleep(m.hangs)
	return provider.Observation{Calls: 1}, m.reply(target)
}

func (m *moody) Deploy(_ context.Context, target provider.Target, _ certbundle.Bundle) (provider.Handle, error) {
	return provider.Handle{}, m.reply(target)
}

func (m *moody) Withdraw(_ context.Context, target provider.Target) error { return m.reply(target) }

// down is the answer of a provider that is out of order.
func down() error {
	return &provider.Error{Kind: provider.Unavailable, Operation: "Describe", Host: "live.example.com", Code: "http-503",
		Status: http.StatusServiceUnavailable, Advice: "the provider has a fault", RequestID: "1F7C"}
}

func beOutOfReach() OmegaMatcher {
	return WithTransform(func(err error) bool {
		known := provider.AsError(err)
		return known != nil && known.Kind == provider.Unavailable && known.Queued
	}, BeTrue())
}

// broken returns an account that has just been found out of reach, by a/0 to a/4.
func broken(g *WithT, turns woken) (*moody, provider.Provider, *provider.Budget) {
	inner := &moody{answer: down()}
	budget := provider.NewBudget(provider.Quota{DeployPerSecond: 20, ObservePerSecond: 100}, turns.wake)
	limited := provider.Limit(inner, budget)
	for i := range 5 {
		err := observe(limited, provider.Target{Turn: by("a", fmt.Sprint(i), 0)})
		g.Expect(provider.AsError(err).Queued).To(Equal(i == 4), "the fifth in a row")
	}
	inner.become(down())
	return inner, limited, budget
}

func TestAnAccountOutOfReachIsAskedByOneObjectAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner, limited, budget := broken(g, turns)
		ask := func(object string) error {
			return observe(limited, provider.Target{Turn: provider.Turn{Object: object, Namespace: "a"}})
		}
		for i := range 1000 {
			g.Expect(ask(fmt.Sprintf("b/%d", i))).To(beOutOfReach())
			g.Expect(budget.Reserve(provider.OperationDeploy, by("c", fmt.Sprint(i), 0))).To(beOutOfReach())
		}
		g.Expect(inner.asked).To(BeEmpty())
		for start := time.Now(); time.Since(start) < time.Hour; time.Sleep(time.Second) {
			for _, object := range turns.soFar() {
				g.Expect(ask(object)).To(beOutOfReach())
			}
		}
		g.Expect(len(inner.asked)).To(BeNumerically("~", 240, 1), "one in fifteen seconds")
		last := map[string]time.Time{}
		for i, one := range inner.asked {
			if i > 0 {
				g.Expect(one.at.Sub(inner.asked[i-1].at)).To(BeNumerically(">=", 15*time.Second))
			}
			g.Expect(last).NotTo(HaveKey(one.object), "everybody before anybody again")
			last[one.object] = one.at
		}
	})
}

func TestOneObjectAsksOnceInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner, limited, _ := broken(g, turns)
		for start := time.Now(); time.Since(start) < 10*time.Minute; time.Sleep(time.Second) {
			for _, object := range turns.soFar() {
				g.Expect(observe(limited, provider.Target{Turn: provider.Turn{Object: object, Namespace: "a"}})).To(beOutOfReach())
			}
		}
		g.Expect(len(inner.asked)).To(BeNumerically("~", 10, 1), "a/4 alone waits")
	})
}

func TestWhatTheObjectsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner, limited, budget := broken(g, turns)
		waits := budget.Reserve(provider.OperationDeploy, by("b", "waits", 0))
		g.Expect(waits).To(MatchError("Unavailable (http-503): the provider has a fault; the account is out of reach, and one object at a time asks again for all"))

		inner.become(&provider.Error{Kind: provider.Unavailable, Operation: "Set", Code: "timeout", Advice: "no answer", RequestID: "2"})
		time.Sleep(15 * time.Second)
		g.Expect(turns.soFar()).To(Equal([]string{"b/waits"}))
		asks := provider.AsError(deploy(limited, provider.Target{Turn: by("b", "waits", 0)}))
		g.Expect(asks.Code).To(Equal("http-503"), "the same as long as it lasts")
		g.Expect(asks.Advice).To(Equal(provider.AsError(waits).Advice))
		g.Expect(asks.RequestID).To(Equal("2"), "for the log")
		g.Expect(asks.Operation).To(Equal("Set"))
	})
}

func TestTheFirstAnswerHasEverybodyGoOnAtTheQuota(t *testing.T) {
	for reason, answer := range map[string]error{
		"a success":        nil,
		"a denial":         &provider.Error{Kind: provider.Denied, Account: true},
		"a refused bundle": &provider.Error{Kind: provider.Rejected, Status: http.StatusBadRequest},
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, turns := NewWithT(t), newWoken()
				inner, limited, budget := broken(g, turns)
				budget.Release(provider.OperationObserve, "a/4")
				for i := range 100 {
					g.Expect(budget.Reserve(provider.OperationDeploy, by("b", fmt.Sprint(i), 0))).To(beOutOfReach())
				}
				time.Sleep(15 * time.Second)
				probe := turns.soFar()
				g.Expect(probe).To(HaveLen(1))
				inner.become(answer)
				err := deploy(limited, provider.Target{Turn: provider.Turn{Object: probe[0], Namespace: "b"}})
				g.Expect(err == nil).To(Equal(answer == nil))

				inner.become(nil)
				seconds := 0
				for ; seconds < 7; seconds++ {
					for _, object := range turns.soFar() {
						err := deploy(limited, provider.Target{Turn: provider.Turn{Object: object, Namespace: "b"}})
						g.Expect(err).NotTo(HaveOccurred())
					}
					if seconds > 0 && seconds < 5 {
						g.Expect(within(inner.times(), time.Now(), time.Second)).To(Equal(19), "95 %% of the quota in second %d", seconds)
					}
					time.Sleep(time.Second)
				}
				g.Expect(inner.asked).To(HaveLen(99), "all who waited but the one that asked")
			})
		})
	}
}

func (m *moody) times() []time.Time {
	var times []time.Time
	for _, one := range m.asked {
		times = append(times, one.at)
	}
	return times
}

func TestWhatSpeaksOfTheAccount(t *testing.T) {
	for _, test := range []struct {
		reason string
		answer *provider.Error
		broken bool
	}{
		{"a fault of the provider's", &provider.Error{Kind: provider.Unavailable, Status: http.StatusBadGateway}, true},
		{"no answer", &provider.Error{Kind: provider.Unavailable, Code: "timeout"}, true},
		{"an answer that makes no sense", &provider.Error{Kind: provider.Unavailable, Status: http.StatusOK, Code: "malformed"}, true},
		{"no credentials to be had", &provider.Error{Kind: provider.Unavailable, Status: http.StatusBadRequest, Account: true}, true},
		{"a request that is refused for the moment", &provider.Error{Kind: provider.Unavailable, Status: http.StatusBadRequest}, false},
		{"a clock that is off: a human must set it", &provider.Error{Kind: provider.Unavailable, Code: provider.CodeClockSkew, Account: true}, false},
		{"a caller that gave up", &provider.Error{Kind: provider.Unavailable, Code: "canceled", Cause: context.Canceled}, false},
		{"a key that is refused: its owner is told", &provider.Error{Kind: provider.Denied, Account: true}, false},
		{"an unknown domain", &provider.Error{Kind: provider.NotFound}, false},
		{"another change", &provider.Error{Kind: provider.Conflict}, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				limited := provider.Limit(&moody{answer: test.answer}, provider.NewBudget(provider.Quota{ObservePerSecond: 100}, newWoken().wake))
				var err error
				for i := range 6 {
					err = observe(limited, provider.Target{Turn: by("a", fmt.Sprint(i), 0)})
				}
				g.Expect(provider.AsError(err).Queued).To(Equal(test.broken))
			})
		})
	}
}

func TestAnyAnswerInBetweenCountsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		inner := &moody{}
		limited := provider.Limit(inner, provider.NewBudget(provider.Quota{ObservePerSecond: 100}, newWoken().wake))
		for i := range 40 {
			inner.become(down())
			if i%5 == 4 {
				inner.become(nil)
			}
			err := observe(limited, provider.Target{Turn: by("a", fmt.Sprint(i), 0)})
			g.Expect(err).NotTo(beOutOfReach())
		}
	})
}

func TestWhoWasChosenAndDoesNotAskIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		_, limited, budget := broken(g, turns)
		for _, name := range []string{"absent", "leaves", "next"} {
			g.Expect(observe(limited, provider.Target{Turn: by("b", name, 0)})).To(beOutOfReach())
		}
		time.Sleep(15 * time.Second)
		g.Expect(turns.soFar()).To(Equal([]string{"b/absent"}))
		budget.Release(provider.OperationObserve, "b/leaves")
		time.Sleep(15 * time.Second)
		g.Expect(turns.soFar()).To(Equal([]string{"b/next"}))
		g.Expect(observe(limited, provider.Target{Turn: by("b", "absent", 0)})).To(beOutOfReach(), "its time is over")
	})
}

func TestWhileOneAsksNobodyElseDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner, limited, _ := broken(g, turns)
		for _, name := range []string{"first", "second"} {
			g.Expect(observe(limited, provider.Target{Turn: by("b", name, 0)})).To(beOutOfReach())
		}
		time.Sleep(15 * time.Second)
		g.Expect(turns.soFar()).To(Equal([]string{"b/first"}))
		inner.hangs = 40 * time.Second
		g.Expect(observe(limited, provider.Target{Turn: by("b", "first", 0)})).To(beOutOfReach())
		g.Expect(turns.soFar()).To(Equal([]string{"b/second"}), "only when the first has ended")
	})
}

func TestAPanicWhileAskingKeepsNobodyFromIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		_, limited, budget := broken(g, turns)
		g.Expect(observe(limited, provider.Target{Turn: by("b", "next", 0)})).To(beOutOfReach())
		g.Expect(budget.Reserve(provider.OperationObserve, by("b", "poison", 0))).To(beOutOfReach())
		time.Sleep(30 * time.Second)
		g.Expect(turns.soFar()).To(Equal([]string{"b/next", "b/poison"}))
		poison := provider.Limit(&slow{latency: func() time.Duration { panic("poison") }}, budget)
		g.Expect(func() { g.Expect(observe(poison, provider.Target{Turn: by("b", "poison", 0)})).To(Succeed()) }).To(PanicWith("poison"))
		time.Sleep(time.Minute)
		g.Expect(turns.soFar()).To(Equal([]string{"a/4"}))
	})
}

func TestWhoComesWhileNobodyWaitsAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		inner, limited, budget := broken(g, turns)
		budget.Release(provider.OperationObserve, "a/4")
		time.Sleep(time.Hour)
		g.Expect(turns.soFar()).To(BeEmpty())
		g.Expect(observe(limited, provider.Target{Turn: by("b", "late", 0)})).To(beOutOfReach())
		g.Expect(inner.asked).To(HaveLen(1))
	})
}

func TestAnAccountThatMayHaveBeenMendedIsAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budgets := provider.NewBudgets(turns.wake)
		quota := provider.Quota{DeployPerSecond: 20, ObservePerSecond: 100}
		inner := &moody{answer: down()}
		limited := provider.Limit(inner, budgets.For("Live/1", "owner", quota))
		healthy := provider.Limit(&moody{}, budgets.For("Live/2", "owner", quota))
		for i := range 10 {
			g.Expect(observe(limited, provider.Target{Turn: by("a", fmt.Sprint(i), 0)})).To(HaveOccurred())
			g.Expect(observe(healthy, provider.Target{Turn: by("a", fmt.Sprint(i), 0)})).To(Succeed(), "another account")
		}
		g.Expect(budgets.States()).To(ConsistOf(
			And(HaveField("Account", "Live/1"), HaveField("OutOfReach", true)),
			And(HaveField("Account", "Live/2"), HaveField("OutOfReach", false), HaveField("Pace", map[provider.Operation]int{provider.OperationDeploy: 19, provider.OperationObserve: 95})),
		))
		time.Sleep(time.Second)
		g.Expect(turns.soFar()).To(BeEmpty())
		budgets.For("Live/1", "owner", quota)
		g.Expect(turns.soFar()).To(Equal([]string{"a/5"}), "the first that has not asked")
		budgets.Leave("owner")
		g.Expect(budgets.States()).To(BeEmpty())
	})
}

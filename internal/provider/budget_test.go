package provider_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

// one is a quota of a single slot for each operation.
var one = provider.Quota{DeployPerSecond: 1, ObservePerSecond: 1}

// by is the turn of an object whose certificate expires in so many days.
func by(namespace, name string, days int) provider.Turn {
	return provider.Turn{Object: namespace + "/" + name, Namespace: namespace,
		ServedUntil: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)}
}

// woken collects who was woken, in order.
type woken chan string

func newWoken() woken { return make(woken, 20_000) }

func (w woken) wake(object string) { w <- object }

// soFar takes out who was woken by now.
func (w woken) soFar() []string {
	synctest.Wait()
	var objects []string
	for len(w) > 0 {
		objects = append(objects, <-w)
	}
	return objects
}

func beQueued() OmegaMatcher {
	return WithTransform(func(err error) bool {
		known := provider.AsError(err)
		return known != nil && known.Kind == provider.Throttled && known.Queued
	}, BeTrue())
}

func TestBudgetGivesWhatIsFreeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100}, turns.wake)
		for op, slots := range map[provider.Operation]int{provider.OperationDeploy: 28, provider.OperationObserve: 95} {
			for i := range slots {
				g.Expect(budget.Reserve(op, by("a", strconv.Itoa(i), i))).To(Succeed())
			}
			g.Expect(budget.Reserve(op, by("a", "late", 0))).To(beQueued())
		}
		g.Expect(turns.soFar()).To(BeEmpty())
	})
}

func TestBudgetHasAtLeastOneSlot(t *testing.T) {
	g := NewWithT(t)
	budget := provider.NewBudget(provider.Quota{}, newWoken().wake)
	g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "1", 0))).To(Succeed())
	g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "2", 0))).To(beQueued())
	g.Expect(budget.Reserve(provider.OperationObserve, by("a", "2", 0))).To(Succeed())
}

func TestReserveIsIdempotent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		for range 3 {
			g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "first", 0))).To(Succeed())
			g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "second", 0))).To(beQueued())
			g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "third", 0))).To(beQueued())
		}
		for _, name := range []string{"first", "second"} {
			budget.Release(provider.OperationDeploy, "a/"+name)
		}
		g.Expect(turns.soFar()).To(Equal([]string{"a/second", "a/third"}), "each once")
	})
}

func TestReservationExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "absent", 0))).To(Succeed())
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "waiting", 0))).To(beQueued())

		time.Sleep(30*time.Second - 1)
		g.Expect(turns.soFar()).To(BeEmpty())
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "absent", 0))).To(Succeed(), "still kept")
		time.Sleep(time.Nanosecond)
		g.Expect(turns.soFar()).To(Equal([]string{"a/waiting"}))
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "absent", 0))).To(beQueued(), "a new place in line")
	})
}

func TestReservationExpiresAlsoIfNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		budget := provider.NewBudget(one, newWoken().wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "absent", 0))).To(Succeed())
		time.Sleep(30 * time.Second)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "other", 0))).To(Succeed())
	})
}

func TestReleaseLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "first", 0))).To(Succeed())
		for _, name := range []string{"gone", "next", "last"} {
			g.Expect(budget.Reserve(provider.OperationDeploy, by("a", name, 0))).To(beQueued())
		}
		budget.Release(provider.OperationDeploy, "a/gone")
		budget.Release(provider.OperationDeploy, "a/unknown")
		budget.Release(provider.OperationObserve, "a/first")
		g.Expect(turns.soFar()).To(BeEmpty(), "nothing became free")
		budget.Release(provider.OperationDeploy, "a/first")
		g.Expect(turns.soFar()).To(Equal([]string{"a/next"}))
	})
}

func TestWhoIsGoneLeavesEveryLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budgets := provider.NewBudgets(turns.wake)
		first, second := budgets.For("Live/1", "owner", one), budgets.For("Live/2", "owner", one)
		operations := []provider.Operation{provider.OperationDeploy, provider.OperationObserve}
		for _, op := range operations {
			g.Expect(first.Reserve(op, by("a", "first", 0))).To(Succeed())
			g.Expect(first.Reserve(op, by("a", "gone", 0))).To(beQueued())
			g.Expect(first.Reserve(op, by("a", "next", 0))).To(beQueued())
			g.Expect(second.Reserve(op, by("a", "gone", 0))).To(Succeed())
		}
		budgets.Release("a/gone")
		budgets.Release("a/gone")
		for _, op := range operations {
			first.Release(op, "a/first")
			g.Expect(turns.soFar()).To(Equal([]string{"a/next"}))
			g.Expect(second.Reserve(op, by("a", "other", 0))).To(Succeed(), "the slot is free again")
		}
	})
}

func TestWhoWaitsToChangeKeepsNoTurnToLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "first", 0))).To(Succeed())
		g.Expect(budget.Reserve(provider.OperationObserve, by("a", "second", 0))).To(Succeed())
		g.Expect(budget.Reserve(provider.OperationObserve, by("a", "first", 0))).To(beQueued())
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "second", 0))).To(beQueued())
		g.Expect(turns.soFar()).To(Equal([]string{"a/first"}), "otherwise each would wait for the other")
	})
}

func TestSetQuotaServesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		for i := range 5 {
			err := budget.Reserve(provider.OperationDeploy, by("a", strconv.Itoa(i), i))
			g.Expect(err == nil).To(Equal(i == 0))
		}
		budget.SetQuota(provider.Quota{DeployPerSecond: 4})
		g.Expect(turns.soFar()).To(Equal([]string{"a/1", "a/2"}), "95 % of 4 are 3 slots")
		budget.SetQuota(one)
		for _, done := range []string{"a/0", "a/1"} {
			budget.Release(provider.OperationDeploy, done)
			g.Expect(turns.soFar()).To(BeEmpty(), "more are reserved than the new quota allows")
		}
		budget.Release(provider.OperationDeploy, "a/2")
		g.Expect(turns.soFar()).To(Equal([]string{"a/3"}))
	})
}

// served empties the line of a budget with one slot, which first holds, and
// returns the order of service.
func served(budget *provider.Budget, turns woken, first string) []string {
	var order []string
	for next := []string{first}; len(next) > 0; next = turns.soFar() {
		order = append(order, next...)
		for _, object := range next {
			budget.Release(provider.OperationDeploy, object)
		}
	}
	return order
}

func TestSoonestExpiryGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		nothing := provider.Turn{Object: "a/nothing-served", Namespace: "a"}
		for _, turn := range []provider.Turn{by("a", "first", 99), by("a", "30", 30), by("a", "10", 10),
			by("a", "10-later", 10), by("a", "changes", 90), nothing, by("a", "20", 20)} {
			err := budget.Reserve(provider.OperationDeploy, turn)
			g.Expect(err == nil).To(Equal(turn.Object == "a/first"))
		}
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "changes", 1))).To(beQueued())
		g.Expect(served(budget, turns, "a/first")).To(Equal([]string{"a/first",
			"a/nothing-served", "a/changes", "a/10", "a/10-later", "a/20", "a/30"}))
	})
}

func TestNamespacesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("x", "first", 0))).To(Succeed())
		for _, waiting := range []struct {
			namespace string
			objects   int
		}{{"a", 4}, {"b", 2}, {"c", 1}} {
			for i := range waiting.objects {
				g.Expect(budget.Reserve(provider.OperationDeploy, by(waiting.namespace, strconv.Itoa(i), i))).To(beQueued())
			}
		}
		g.Expect(served(budget, turns, "x/first")).To(Equal([]string{"x/first",
			"a/0", "b/0", "c/0", "a/1", "b/1", "a/2", "a/3"}))
	})
}

func TestANewNamespaceJoinsTheRoundUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		join := func(namespace string, objects int) {
			for i := range objects {
				g.Expect(budget.Reserve(provider.OperationDeploy, by(namespace, strconv.Itoa(i), i))).To(beQueued())
			}
		}
		g.Expect(budget.Reserve(provider.OperationDeploy, by("x", "first", 0))).To(Succeed())
		join("a", 5)
		join("b", 4)
		holder := "x/first"
		for range 5 { // a/0 b/0 a/1 b/1 a/2
			budget.Release(provider.OperationDeploy, holder)
			holder = turns.soFar()[0]
		}
		join("c", 3)
		g.Expect(served(budget, turns, holder)).To(Equal([]string{"a/2",
			"b/2", "c/0", "a/3", "b/3", "c/1", "a/4", "c/2"}),
			"before those who had their turn in this round, and without catching up on earlier rounds")
	})
}

func TestTenThousandOfOneNamespaceDoNotDelayAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "first", 0))).To(Succeed())
		for i := range 10_000 {
			g.Expect(budget.Reserve(provider.OperationDeploy, by("a", strconv.Itoa(i), 0))).To(beQueued())
		}
		holder := "a/first"
		for round := range 50 {
			single := fmt.Sprintf("b/%d", round)
			g.Expect(budget.Reserve(provider.OperationDeploy, by("b", strconv.Itoa(round), 365))).To(beQueued())
			others := 0
			for ; holder != single; others++ {
				budget.Release(provider.OperationDeploy, holder)
				holder = turns.soFar()[0]
			}
			g.Expect(others).To(BeNumerically("<=", 2), "slots from asking to having")
		}
	})
}

func TestComingBackGainsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budget := provider.NewBudget(one, turns.wake)
		g.Expect(budget.Reserve(provider.OperationDeploy, by("x", "first", 0))).To(Succeed())
		for i := range 10 {
			g.Expect(budget.Reserve(provider.OperationDeploy, by("patient", strconv.Itoa(i), 0))).To(beQueued())
		}
		g.Expect(budget.Reserve(provider.OperationDeploy, by("greedy", "0", 0))).To(beQueued())
		holder, greedy := "x/first", 0
		for range 10 {
			budget.Release(provider.OperationDeploy, holder)
			holder = turns.soFar()[0]
			if strings.HasPrefix(holder, "greedy/") { // never two in line, always one
				greedy++
				g.Expect(budget.Reserve(provider.OperationDeploy, by("greedy", strconv.Itoa(greedy), 0))).To(beQueued())
			}
		}
		g.Expect(greedy).To(Equal(5), "every other slot")
	})
}

func TestAccountsHaveTheirOwnLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turns := NewWithT(t), newWoken()
		budgets := provider.NewBudgets(turns.wake)
		busy, idle := budgets.For("Live/1", "owner", one), budgets.For("Live/2", "owner", one)
		g.Expect(budgets.For("Live/1", "owner", one)).To(BeIdenticalTo(busy), "shared by all who act for the account")
		for i := range 100 {
			err := busy.Reserve(provider.OperationDeploy, by("a", strconv.Itoa(i), 0))
			g.Expect(err == nil).To(Equal(i == 0))
		}
		g.Expect(idle.Reserve(provider.OperationDeploy, by("a", "7", 0))).To(Succeed())
		idle.Release(provider.OperationDeploy, "a/7")
		g.Expect(turns.soFar()).To(BeEmpty())

		wide := provider.Quota{DeployPerSecond: 3, ObservePerSecond: 3}
		budgets.For("Live/1", "another", wide)
		g.Expect(turns.soFar()).To(BeEmpty(), "the lowest quota holds")
		budgets.For("Live/1", "owner", wide)
		g.Expect(turns.soFar()).To(Equal([]string{"a/1"}), "an owner may change its mind")
		budgets.For("Live/1", "owner", one)
		budgets.Leave("owner")
		budgets.Leave("nobody")
		g.Expect(turns.soFar()).To(BeEmpty())
		budgets.For("Live/2", "owner", one)
		budgets.For("Live/1", "another", provider.Quota{DeployPerSecond: 10, ObservePerSecond: 3})
		g.Expect(turns.soFar()).To(HaveLen(7), "who has left no longer counts: nine slots, two of them taken")
	})
}

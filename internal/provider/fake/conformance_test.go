package fake_test

import (
	"context"
	"sync"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var (
	_ = conformance.Describe("the fake", func() conformance.Harness { return newHarness() })
	_ = conformance.Describe("the fake that takes its time", func() conformance.Harness {
		h := &gradual{harness: newHarness(), busy: map[string]bool{}, leaving: map[string]bool{}}
		h.fake.TakeSteps(3)
		return h
	})
)

// forever is more observations than any spec makes.
const forever = 1 << 30

// harness makes the fake fail as the conformance specs ask.
type harness struct {
	fake    *fake.Provider
	domains map[string]bool
}

func newHarness() *harness {
	return &harness{fake: fake.New(), domains: map[string]bool{}}
}

func (h *harness) Provider() provider.Provider { return h.fake }

func (h *harness) AddDomain(domain string) {
	h.fake.AddDomain(domain)
	h.domains[domain] = true
}

func (h *harness) Put(domain string, bundle certbundle.Bundle) { h.fake.Put(domain, bundle) }

func (h *harness) Changes() int { return len(h.fake.Calls(fake.Deploy, fake.Withdraw)) }

func (h *harness) Inject(fault conformance.Fault) {
	switch fault {
	case conformance.AnswerLost:
		h.fake.LoseAnswers(&provider.Error{Kind: provider.Unavailable, Code: "connection"})
	case conformance.ReadsStale:
		h.fake.ShowAfter(forever)
	case conformance.Silent:
		h.fake.Before(func(ctx context.Context, _ fake.Call) { <-ctx.Done() })
	case conformance.Denied:
		h.failEverywhere(&provider.Error{Kind: provider.Denied})
	case conformance.Rejected:
		h.failEverywhere(&provider.Error{Kind: provider.Rejected})
	case conformance.Throttled:
		h.failEverywhere(&provider.Error{Kind: provider.Throttled, RetryAfter: conformance.RetryAfter})
	case conformance.HeldBack:
		h.failEverywhere(&provider.Error{Kind: provider.HeldBack})
	case conformance.Broken:
		h.failEverywhere(&provider.Error{Kind: provider.Unavailable})
	case conformance.Skewed:
		h.failEverywhere(&provider.Error{Kind: provider.Unavailable, Account: true, Advice: "set the clock"})
	default:
		panic("the fake cannot be " + string(fault))
	}
}

func (h *harness) Heal() {
	h.fake.LoseAnswers(nil)
	h.fake.ShowAfter(0)
	h.fake.Settle()
	h.fake.Before(nil)
	h.failEverywhere(nil)
}

func (h *harness) failEverywhere(err *provider.Error) {
	for domain := range h.domains {
		h.fake.FailFor(domain, err)
	}
}

// gradual is a provider whose deployments take several steps, each of which is
// under way until time passes, and which ends a withdrawal when asked again.
type gradual struct {
	*harness

	mu            sync.Mutex
	busy, leaving map[string]bool
}

var _ conformance.Settler = (*gradual)(nil)

func (g *gradual) Provider() provider.Provider { return g }

func (g *gradual) Settle() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.busy)
}

func (g *gradual) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	observation, err := g.fake.Observe(ctx, target)
	g.mu.Lock()
	defer g.mu.Unlock()
	observation.Pending = g.busy[target.Domain]
	return observation, err
}

func (g *gradual) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	handle, err := g.fake.Deploy(ctx, target, bundle)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy[target.Domain] = err == nil
	return handle, err
}

func (g *gradual) Withdraw(ctx context.Context, target provider.Target) error {
	if err := g.fake.Withdraw(ctx, target); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leaving[target.Domain] = !g.leaving[target.Domain]; g.leaving[target.Domain] {
		return &provider.Error{Kind: provider.Conflict, RetryAfter: time.Minute}
	}
	return nil
}

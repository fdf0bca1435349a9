package fake_test

import (
	"context"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = conformance.Describe("the fake", func() conformance.Harness {
	return &harness{fake: fake.New(), domains: map[string]bool{}}
})

// forever is more observations than any spec makes.
const forever = 1 << 30

// harness makes the fake fail as the conformance specs ask.
type harness struct {
	fake    *fake.Provider
	domains map[string]bool
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

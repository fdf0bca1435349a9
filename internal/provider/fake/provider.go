// Package fake is a provider for tests: it keeps domains in memory, notes what
// it is asked, and fails, lags or changes its mind as a test tells it to. It
// does nothing by itself and reads no clock.
package fake

import (
	"context"
	"fmt"
	"sync"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// Method is a method of [provider.Provider].
type Method string

// The methods.
const (
	Observe  Method = "Observe"
	Deploy   Method = "Deploy"
	Withdraw Method = "Withdraw"
)

// Call is a call as it was made, failed or not. It never holds a key.
type Call struct {
	Method Method
	Target provider.Target
	// Fingerprint of the bundle, with Deploy only.
	Fingerprint string
}

// Provider is a scripted provider. It is safe for concurrent use.
type Provider struct {
	mu      sync.Mutex
	domains map[string]*domain
	calls   []Call
	// serial numbers certificates and requests.
	serial int
	script script
}

var _ provider.Provider = (*Provider)(nil)

// domain is what the provider holds for one domain, and what it shows of it.
type domain struct {
	held, shown provider.Observation
	// lag is how many more observations show the past.
	lag int
}

// change makes the domain hold something else, which shows after lag more
// observations.
func (d *domain) change(held provider.Observation, lag int) {
	if d.lag == 0 {
		d.shown = d.held
	}
	d.held, d.lag = held, lag
}

// show is one observation.
func (d *domain) show() provider.Observation {
	if d.lag > 0 {
		d.lag--
		return d.shown
	}
	return d.held
}

// New returns a provider that knows these domains, without certificates.
func New(domains ...string) *Provider {
	p := &Provider{domains: map[string]*domain{}, script: newScript()}
	for _, name := range domains {
		p.AddDomain(name)
	}
	return p
}

// Observe implements [provider.Provider].
func (p *Provider) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	var shown provider.Observation
	err := p.answer(ctx, Call{Method: Observe, Target: target}, func(d *domain) {
		shown = d.show()
		shown.Calls = 1
	})
	return shown, err
}

// Deploy implements [provider.Provider].
func (p *Provider) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	var handle provider.Handle
	call := Call{Method: Deploy, Target: target, Fingerprint: bundle.Fingerprint()}
	err := p.answer(ctx, call, func(d *domain) {
		p.serial++
		d.change(holding(bundle), p.script.lag)
		d.held.CertificateID = fmt.Sprint(p.serial)
		d.held.CertificateName = target.Name
		handle = provider.Handle{
			CertificateID:   d.held.CertificateID,
			CertificateName: d.held.CertificateName,
			Fingerprint:     d.held.Fingerprint,
			RequestID:       fmt.Sprintf("request-%d", p.serial),
		}
	})
	if err != nil {
		return provider.Handle{}, err
	}
	return handle, nil
}

// Withdraw implements [provider.Provider].
func (p *Provider) Withdraw(ctx context.Context, target provider.Target) error {
	err := p.answer(ctx, Call{Method: Withdraw, Target: target}, func(d *domain) {
		d.change(provider.Observation{HTTPS: provider.HTTPSOff}, p.script.lag)
	})
	if provider.IsKind(err, provider.NotFound) {
		return nil
	}
	return err
}

// answer notes the call, lets the script have its say, and applies the effect
// to the call's domain.
func (p *Provider) answer(ctx context.Context, call Call, effect func(*domain)) error {
	if err := ctx.Err(); err != nil {
		return cancelled(call, err)
	}
	if before := p.note(call); before != nil {
		before(ctx, call)
	}
	if err := ctx.Err(); err != nil {
		return cancelled(call, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if failure := p.script.failure(call); failure != nil {
		return failure
	}
	known, ok := p.domains[call.Target.Domain]
	if !ok {
		return &provider.Error{Kind: provider.NotFound, Operation: string(call.Method),
			Code: "UnknownDomain", Advice: "add the domain to the account"}
	}
	effect(known)
	if lost := p.script.lost; lost != nil && call.Method != Observe {
		return lost
	}
	return nil
}

// note records the call and returns the hook to run without the lock.
func (p *Provider) note(call Call) func(context.Context, Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call)
	return p.script.before
}

func cancelled(call Call, err error) error {
	known := *provider.AsError(err)
	known.Operation = string(call.Method)
	return &known
}

// holding is what a product would tell of the bundle.
func holding(bundle certbundle.Bundle) provider.Observation {
	leaf := bundle.Leaf()
	observation := provider.Observation{
		Found:           true,
		Fingerprint:     bundle.Fingerprint(),
		NotBefore:       leaf.NotBefore,
		NotAfter:        leaf.NotAfter,
		HTTPS:           provider.HTTPSOn,
		CertificateType: "upload",
		Organization:    leaf.Issuer.CommonName,
	}
	if len(leaf.DNSNames) > 0 {
		observation.CertificateDomainName = leaf.DNSNames[0]
	}
	return observation
}

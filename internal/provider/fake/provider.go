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

// Method is a method of [provider.Provider], [provider.Catalog] or
// [provider.Repository].
type Method string

// The methods.
const (
	Observe  Method = "Observe"
	Deploy   Method = "Deploy"
	Withdraw Method = "Withdraw"
	Find     Method = "Find"
	Uploads  Method = "Uploads"
	Remove   Method = "Remove"
)

// Call is a call as it was made, failed or not. It never holds a key.
type Call struct {
	Method Method
	Target provider.Target
	// Fingerprint of the bundle, with Deploy only.
	Fingerprint string
	// Upload that is to go, with Remove only.
	Upload provider.Upload
}

// isChange reports whether the call is meant to change something.
func (c Call) isChange() bool {
	return c.Method == Deploy || c.Method == Withdraw || c.Method == Remove
}

// Provider is a scripted provider. It is safe for concurrent use.
type Provider struct {
	mu      sync.Mutex
	domains map[string]*domain
	calls   []Call
	// serial numbers certificates and requests.
	serial int
	script script
	// stored is what Find finds, and uploads what Deploy has left, by the name of
	// the target.
	stored  []provider.Stored
	uploads map[string][]provider.Upload
}

var (
	_ provider.Provider   = (*Provider)(nil)
	_ provider.Catalog    = (*Provider)(nil)
	_ provider.Repository = (*Provider)(nil)
	_ provider.Gauge      = (*Provider)(nil)
)

// domain is what the provider holds for one domain, and what it shows of it.
type domain struct {
	held, shown provider.Observation
	// lag is how many more observations show the past.
	lag int
	// underway is a deployment that needs more steps.
	underway deployment
}

// deployment is how many steps of a certificate's deployment are done.
type deployment struct {
	fingerprint string
	steps       int
}

// change makes the domain hold something else, which shows after lag more
// observations.
func (d *domain) change(held provider.Observation, lag int) {
	if d.lag == 0 {
		d.shown = d.held
	}
	d.held, d.lag = held, lag
}

// show is one observation for a target that wants this fingerprint.
func (d *domain) show(wanted string) provider.Observation {
	shown := d.held
	if d.lag > 0 {
		d.lag--
		shown = d.shown
	}
	shown.Unfinished = d.underway.steps > 0 && d.underway.fingerprint == wanted
	return shown
}

// step takes one of so many steps, and reports whether it was the last.
func (d *domain) step(fingerprint string, steps int) bool {
	if d.underway.fingerprint != fingerprint {
		d.underway = deployment{fingerprint: fingerprint}
	}
	d.underway.steps++
	if d.underway.steps < steps {
		return false
	}
	d.underway = deployment{}
	return true
}

// New returns a provider that knows these domains, without certificates.
func New(domains ...string) *Provider {
	p := &Provider{domains: map[string]*domain{}, uploads: map[string][]provider.Upload{}, script: newScript()}
	for _, name := range domains {
		p.AddDomain(name)
	}
	return p
}

// Observe implements [provider.Provider].
func (p *Provider) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	var shown provider.Observation
	err := p.answer(ctx, Call{Method: Observe, Target: target}, func(d *domain) error {
		shown = d.show(target.Wanted)
		shown.Calls = 1
		return nil
	})
	return shown, err
}

// Deploy implements [provider.Provider].
func (p *Provider) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	var handle provider.Handle
	call := Call{Method: Deploy, Target: target, Fingerprint: bundle.Fingerprint()}
	err := p.answer(ctx, call, func(d *domain) error {
		held, err := p.wanted(target, bundle)
		if err != nil {
			return err
		}
		p.serial++
		handle = provider.Handle{
			CertificateID:   held.CertificateID,
			CertificateName: held.CertificateName,
			Fingerprint:     held.Fingerprint,
			RequestID:       fmt.Sprintf("request-%d", p.serial),
		}
		if d.step(held.Fingerprint, p.script.steps) {
			d.change(held, p.script.lag)
		}
		return nil
	})
	if err != nil {
		return provider.Handle{}, err
	}
	return handle, nil
}

// wanted is what the domain is to hold: the bundle, which is thereby uploaded, or
// what lives here already.
func (p *Provider) wanted(target provider.Target, bundle certbundle.Bundle) (provider.Observation, error) {
	if target.Existing != nil {
		return p.existing(*target.Existing)
	}
	held := holding(bundle)
	held.CertificateID = p.upload(target.Name, bundle)
	held.CertificateName = target.Name
	return held, nil
}

// Withdraw implements [provider.Provider].
func (p *Provider) Withdraw(ctx context.Context, target provider.Target) error {
	return p.reply(ctx, Call{Method: Withdraw, Target: target}, func() error {
		if known, ok := p.domains[target.Domain]; ok {
			known.underway = deployment{}
			known.change(provider.Observation{HTTPS: provider.HTTPSOff}, p.script.lag)
		}
		return nil
	})
}

// answer is [Provider.reply] with an effect on the call's domain.
func (p *Provider) answer(ctx context.Context, call Call, effect func(*domain) error) error {
	return p.reply(ctx, call, func() error {
		known, ok := p.domains[call.Target.Domain]
		if !ok {
			return &provider.Error{Kind: provider.NotFound, Operation: string(call.Method),
				Code: "UnknownDomain", Advice: "add the domain to the account"}
		}
		return effect(known)
	})
}

// reply notes the call, lets the script have its say, and applies the effect.
func (p *Provider) reply(ctx context.Context, call Call, effect func() error) error {
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
	if err := effect(); err != nil {
		return err
	}
	if lost := p.script.lost; lost != nil && call.isChange() {
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

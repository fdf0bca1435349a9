package fake

import (
	"context"
	"slices"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// script is what a test wants to go wrong.
type script struct {
	next   map[Method][]*provider.Error
	always map[string]*provider.Error
	lost   *provider.Error
	lag    int
	steps  int
	room   int64
	before func(context.Context, Call)
}

func newScript() script {
	return script{next: map[Method][]*provider.Error{}, always: map[string]*provider.Error{}}
}

// failure takes the call's error out of the script; nil if it may succeed.
func (s *script) failure(call Call) *provider.Error {
	if queued := s.next[call.Method]; len(queued) > 0 {
		s.next[call.Method] = queued[1:]
		return queued[0]
	}
	return s.always[call.Target.Domain]
}

// AddDomain makes a domain known, without a certificate. One that is known
// already is left as it is.
func (p *Provider) AddDomain(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.domains[name]; !known {
		p.domains[name] = &domain{}
	}
}

// RemoveDomain makes a domain unknown, with all that is held for it.
func (p *Provider) RemoveDomain(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.domains, name)
}

// FailNext makes the next call of the method fail without effect. Repeated, it
// makes as many calls fail, in the order of the errors.
func (p *Provider) FailNext(method Method, err *provider.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.next[method] = append(p.script.next[method], err)
}

// FailNoMore drops the errors that FailNext has prepared and no call has met.
func (p *Provider) FailNoMore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.script.next)
}

// FailFor makes every call for the domain fail without effect, until it is
// called again with nil.
func (p *Provider) FailFor(domain string, err *provider.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.script.always, domain)
		return
	}
	p.script.always[domain] = err
}

// LoseAnswers makes every change take effect and yet fail with the error, until
// it is called again with nil.
func (p *Provider) LoseAnswers(err *provider.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.lost = err
}

// ShowAfter makes every later change invisible to so many observations of its
// domain.
func (p *Provider) ShowAfter(observations int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.lag = observations
}

// TakeSteps makes every later deployment take so many calls of Deploy, before
// the last of which nothing changes and [provider.Observation] says Unfinished.
func (p *Provider) TakeSteps(steps int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.steps = steps
}

// Settle makes every change made so far visible at once.
func (p *Provider) Settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.domains {
		known.lag = 0
	}
}

// Before sets a hook that runs at the start of every call, without a lock held;
// nil removes it. It may wait for the context, or for the test, or change
// things behind the operator's back.
func (p *Provider) Before(hook func(ctx context.Context, call Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.before = hook
}

// Change edits what is held for a known domain, as another tool would, and
// shows it at once.
func (p *Provider) Change(domain string, edit func(held *provider.Observation)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.domains[domain]
	edit(&known.held)
	known.lag = 0
}

// Put makes a known domain hold the bundle without a call: somebody else put
// it there.
func (p *Provider) Put(domain string, bundle certbundle.Bundle) {
	p.Change(domain, func(held *provider.Observation) { *held = holding(bundle) })
}

// Held is what is held for a known domain, whether it shows yet or not.
func (p *Provider) Held(domain string) provider.Observation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.domains[domain].held
}

// Calls returns the calls so far, in order: those of the given methods, or all.
func (p *Provider) Calls(methods ...Method) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []Call
	for _, call := range p.calls {
		if len(methods) == 0 || slices.Contains(methods, call.Method) {
			calls = append(calls, call)
		}
	}
	return calls
}

// ForgetCalls empties the record of calls.
func (p *Provider) ForgetCalls() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = nil
}

package cdnpro

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// MostCalls is the number of requests that one operation of an adapter makes at
// most: a deployment to a property with two certificates, of which one is full.
const MostCalls = 11

// Requests in Window is what an account may ask (API overview, rate limit).
const (
	Requests = 300
	Window   = 5 * time.Minute
)

// shortPause is how soon to repeat what can go on at once.
const shortPause = time.Second

// Adapter is CDN Pro as one account. It keeps no state but what is being changed at
// the moment, and is safe for concurrent use.
type Adapter struct {
	client *Client
	claims *claims
	// mostVersions is how many versions a certificate had that was refused another;
	// zero before.
	mostVersions atomic.Int64
	tidied       *tidied
}

var (
	_ provider.Provider   = (*Adapter)(nil)
	_ provider.Repository = (*Adapter)(nil)
)

// NewAdapter returns an adapter that calls through client.
func NewAdapter(client *Client) *Adapter {
	return &Adapter{client: client, claims: newClaims(), tidied: newTidied()}
}

func (a *Adapter) session() *session { return &session{client: a.client} }

// Deploy implements [provider.Provider] with the one step that is due: a
// certificate or a version of it, or a task that deploys it. A hostname without
// certificate, or with one that is full, takes two more in between (see bind).
func (a *Adapter) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	if target.Existing != nil {
		return provider.Handle{}, a.refuse("existing", "name a Secret instead: CDN Pro has no certificates that come from elsewhere")
	}
	s, since := a.session(), a.claims.now()
	found, err := a.survey(ctx, s, target, leafOf(bundle))
	if err != nil {
		return provider.Handle{}, err
	}
	handle := provider.Handle{Fingerprint: bundle.Fingerprint(), CertificateName: target.Name}
	if found.certificate != nil {
		handle.CertificateID, handle.CertificateName = string(found.certificate.ID), plain(found.certificate.Name, maxText)
	}
	if found.wanted != nil {
		handle.Version = int64(found.wanted.Number)
	}
	if !a.inEffect(target.Domain, found) {
		if !a.claims.take(found.claimed(), since) {
			return provider.Handle{}, busy(a.client.endpoint.Host)
		}
		err = a.step(ctx, s, found, target, bundle, &handle)
		a.claims.give(found.claimed())
	}
	if err != nil {
		return provider.Handle{}, err
	}
	handle.Calls = s.calls
	return handle, nil
}

// inEffect reports whether the wanted version is everywhere where it should be.
func (a *Adapter) inEffect(domain string, found survey) bool {
	if !found.bound || found.wanted == nil {
		return false
	}
	_, due := a.rotation(domain, found)
	return !due
}

// step takes the step that is due.
func (a *Adapter) step(ctx context.Context, s *session, found survey, target provider.Target, bundle certbundle.Bundle, handle *provider.Handle) (err error) {
	if found.certificate == nil {
		handle.Version = 1
		handle.CertificateID, handle.RequestID, err = s.create(ctx, target.Name, bundle)
		return err
	}
	if err := a.check(found.certificate, bundle); err != nil {
		return err
	}
	switch {
	case found.wanted == nil:
		return a.upload(ctx, s, found, bundle, handle)
	case found.bound:
		next, _ := a.rotation(target.Domain, found)
		return a.roll(ctx, s, next, target.Known.TaskID, handle)
	default:
		return a.bind(ctx, s, found, target, bundle, handle)
	}
}

// check refuses what would do harm: a certificate that the provider renews by
// itself would be replaced again, and hostnames that the new one does not cover
// would be lost with it.
func (a *Adapter) check(held *certificate, bundle certbundle.Bundle) error {
	if held.renewsItself() {
		return a.refuse("auto-renew", "switch the certificate's automatic renewal off in the provider's console: it would replace what is deployed here")
	}
	for _, at := range a.client.target.environments() {
		for _, use := range held.usage(at) {
			if err := a.covers(use.Hostnames, bundle); err != nil {
				return err
			}
		}
	}
	return nil
}

// covers refuses a bundle that does not cover all hostnames.
func (a *Adapter) covers(hostnames []text, bundle certbundle.Bundle) error {
	for _, served := range hostnames {
		if !certbundle.Covers(bundle.Leaf(), strings.ToLower(string(served))) {
			return a.refuse("hostnames", "issue a certificate that covers "+plain(served, maxDetails)+" too: it is served with the same one at the provider")
		}
	}
	return nil
}

// refuse is the error of something that is not even tried.
func (a *Adapter) refuse(code, advice string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Host: a.client.endpoint.Host, Code: code, Advice: advice}
}

// roll starts a rollout, or finds it started.
func (a *Adapter) roll(ctx context.Context, s *session, next rollout, knownTask string, handle *provider.Handle) error {
	now, err := next.look(ctx, s, knownTask)
	if err != nil {
		return err
	}
	handle.TaskID, handle.RequestID, err = next.start(ctx, s, now)
	return err
}

// bind takes the next step to a property that names a certificate for the first
// time, or in place of a full one: a version of it that does, its validation, the
// task that deploys both.
func (a *Adapter) bind(ctx context.Context, s *session, found survey, target provider.Target, bundle certbundle.Bundle, handle *provider.Handle) error {
	naming, err := s.naming(ctx, found)
	if err != nil {
		return err
	}
	if err := a.covers(naming.base.hostnames(), bundle); err != nil {
		return err
	}
	made, isMade, err := naming.made(ctx, s)
	switch {
	case err != nil:
	case !isMade && naming.isContested(made, a.client.clock.Now()):
		err = &provider.Error{Kind: provider.Conflict, Operation: createProperty, Host: a.client.endpoint.Host, Code: "property",
			Advice: "the property's latest version names another certificate; deploy it or delete it in the provider's console if this stays", RetryAfter: crowdPause}
	case !isMade:
		handle.RequestID, err = naming.make(ctx, s)
	case made.is(validating):
	case !made.is(validated):
		handle.RequestID, err = naming.validate(ctx, s, made.Version)
	default:
		err = a.roll(ctx, s, a.binding(found, made.Version), target.Known.TaskID, handle)
	}
	return err
}

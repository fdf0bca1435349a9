package cdnpro

import (
	"context"
	"slices"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// maxAlsoServed bounds the other domains that an observation names.
const maxAlsoServed = 64

// Observe implements [provider.Provider]. It takes two requests once everything is
// in place, and more while a step of target.Wanted is under way.
func (a *Adapter) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	s := a.session()
	found, err := a.survey(ctx, s, target, leaf{fingerprint: target.Wanted})
	if err != nil {
		return provider.Observation{}, err
	}
	observation := a.observation(target.Domain, found)
	switch {
	case found.wanted == nil:
	case found.bound:
		err = a.observeRotation(ctx, s, target, found, &observation)
	default:
		err = a.observeBinding(ctx, s, target, found, &observation)
	}
	if err != nil {
		return provider.Observation{}, err
	}
	observation.Calls = s.calls
	return observation, nil
}

// observation translates what the product shows.
func (a *Adapter) observation(domain string, found survey) provider.Observation {
	held, counts := found.certificate, a.client.target.counts()
	switch {
	case found.full != nil:
		held = found.full
	case !found.bound:
		return provider.Observation{HTTPS: provider.HTTPSOff}
	}
	observation := provider.Observation{
		CertificateID:   string(held.ID),
		CertificateName: plain(held.Name, maxText),
		Version:         int64(held.VersionInProduction),
		StagingVersion:  int64(held.VersionInStaging),
		AlsoServed:      a.alsoServed(domain, held),
	}
	// What does not list the hostname does not serve it, whatever the property says.
	effective := held.version(held.deployed(counts))
	if effective == nil || !held.serves(domain, counts) {
		return observation
	}
	observation.Found, observation.HTTPS = true, provider.HTTPSOn
	observation.Fingerprint = held.fingerprint(effective)
	observation.NotAfter = parseTime(effective.Expiration)
	observation.UpdateTime = parseTime(effective.Creation)
	observation.CertificateType = plain(effective.Type, maxText)
	observation.Status = observation.CertificateType
	return observation
}

// alsoServed are the other hostnames that a certificate serves.
func (a *Adapter) alsoServed(domain string, held *certificate) []string {
	var others []string
	for _, at := range a.client.target.environments() {
		for _, use := range held.usage(at) {
			for _, served := range use.Hostnames {
				if other := strings.ToLower(plain(served, maxText)); other != "" && !strings.EqualFold(other, domain) {
					others = append(others, other)
				}
			}
		}
	}
	slices.Sort(others)
	others = slices.Compact(others)
	return others[:min(len(others), maxAlsoServed)]
}

// observeRotation finds out how far a version has come that exists and is not in
// effect everywhere.
func (a *Adapter) observeRotation(ctx context.Context, s *session, target provider.Target, found survey, observation *provider.Observation) error {
	next, due := a.rotation(target.Domain, found)
	if !due {
		return nil
	}
	return a.observeRollout(ctx, s, next, target.Known.TaskID, observation)
}

// observeRollout finds out how far a rollout has come. One that has succeeded and
// does not show is not begun again here: somebody has undone it.
func (a *Adapter) observeRollout(ctx context.Context, s *session, next rollout, knownTask string, observation *provider.Observation) error {
	now, err := next.look(ctx, s, knownTask)
	if err != nil {
		return err
	}
	switch {
	case now.newest.ID == "":
		observation.Unfinished = true
	case now.newest.state() == running, now.newest.isSettling(a.client.clock.Now()):
		observation.Pending, observation.TaskID = true, string(now.newest.ID)
		observation.Status = plain(now.newest.Status, maxText)
	case now.newest.state() == failed:
		observation.Status = plain(now.newest.Status, maxText)
		observation.Trouble, err = now.newest.trouble(ctx, s)
	}
	return err
}

// observeBinding finds out how far a certificate has come that the property does not
// name yet. If there is no version of the property that names it, it was never on its
// way, or somebody has taken it off again: the latter is not ours to undo unasked.
func (a *Adapter) observeBinding(ctx context.Context, s *session, target provider.Target, found survey, observation *provider.Observation) error {
	naming, err := s.naming(ctx, found)
	if err != nil {
		return err
	}
	made, isMade, err := naming.made(ctx, s)
	switch {
	case err != nil:
		return err
	case !isMade:
		observation.Unfinished = found.certificate.deployed(a.client.target.counts()) != found.wanted.Number
	case made.is(validating):
		observation.Pending, observation.Status = true, validating
	case made.is(invalid):
		observation.Trouble, observation.Status = invalidProperty(a.client.endpoint.Host), invalid
	case !made.is(validated):
		observation.Unfinished = true
	default:
		return a.observeRollout(ctx, s, a.binding(found, made.Version), target.Known.TaskID, observation)
	}
	return nil
}

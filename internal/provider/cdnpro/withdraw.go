package cdnpro

import (
	"context"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

// failedPause is how soon a task is made again that has failed.
const failedPause = 5 * time.Minute

// Withdraw implements [provider.Provider] with the one step that is due to a
// property that names no certificate: a version of it, its validation, the task
// that deploys it. Each ends in an error of kind Conflict until nothing is left to
// do. A certificate and its versions stay where they are: what is deployed once
// cannot be deleted.
func (a *Adapter) Withdraw(ctx context.Context, target provider.Target) error {
	s := a.session()
	host, err := s.hostname(ctx, target.Domain)
	if provider.IsKind(err, provider.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, at := range a.client.target.environments() {
		if in := host.in(at); identifier(string(in.PropertyID)) != "" && in.CertificateID != "" {
			return a.strip(ctx, s, in, at)
		}
	}
	return nil
}

// strip takes the next step to a property without certificate.
func (a *Adapter) strip(ctx context.Context, s *session, in placed, at environment) error {
	base, err := s.deployedVersion(ctx, in)
	if err != nil {
		return err
	}
	if len(base.hostnames()) > 1 {
		return a.refuse("hostnames", "take the certificate off the property in the provider's console, or set deletionPolicy to Retain: other hostnames of the property are served with it")
	}
	naming := change{property: string(in.PropertyID), base: base}
	made, isMade, err := naming.made(ctx, s)
	pause := taskPause
	switch {
	case err != nil:
	case !isMade:
		_, err = naming.make(ctx, s)
		pause = shortPause
	case made.is(validating):
	case made.is(invalid):
		err = invalidProperty(a.client.endpoint.Host)
	case !made.is(validated):
		_, err = naming.validate(ctx, s, made.Version)
	default:
		pause, err = a.rollStripped(ctx, s, rollout{at, []action{{Action: "deploy_property", PropertyID: in.PropertyID, Version: made.Version}}})
	}
	if err != nil {
		return err
	}
	return &provider.Error{Kind: provider.Conflict, Host: a.client.endpoint.Host, Code: "withdrawing",
		Advice: "the certificate is being taken off the property", RetryAfter: pause}
}

// rollStripped starts the last step, or finds it started, and says how soon to look
// again.
func (a *Adapter) rollStripped(ctx context.Context, s *session, last rollout) (time.Duration, error) {
	now, err := last.look(ctx, s, "")
	if err != nil {
		return 0, err
	}
	pause := taskPause
	if now.newest.state() == failed {
		pause = failedPause
	}
	_, _, err = last.start(ctx, s, now)
	return pause, err
}

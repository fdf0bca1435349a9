package cdnpro

import (
	"context"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// mostOlder is how many certificates one tidying looks at.
	mostOlder = 4
	// removePause is how soon to go on with a removal. Taking a certificate off takes
	// about five minutes (deploy a task, remove_cert), and nobody waits for it.
	removePause = 10 * time.Minute
)

// inUse reports whether a version is in effect anywhere.
func (c *certificate) inUse(of number) bool {
	return of != 0 && (of == c.VersionInProduction || of == c.VersionInStaging)
}

// isUsed reports whether any property uses a certificate, anywhere.
func (c *certificate) isUsed() bool {
	return len(c.UsageInProduction) > 0 || len(c.UsageInStaging) > 0
}

// Uploads implements [provider.Repository] with the certificates that were full
// before the one that the target has, each as one, and with the versions of that:
// they stay, since the product lets none go that was deployed (query certificate
// version details, deletable). It asks nothing where there was never a full one, or
// none is left.
func (a *Adapter) Uploads(ctx context.Context, target provider.Target) (provider.Uploads, error) {
	id := identifier(target.Known.CertificateID)
	base, current := parseGeneration(target.Known.CertificateName)
	if id == "" || base != target.Name || current < 2 || a.tidied.has(id) {
		return provider.Uploads{}, nil
	}
	s := a.session()
	older, err := s.older(ctx, target.Name, current)
	if err != nil {
		return provider.Uploads{}, err
	}
	if len(older) == 0 {
		a.tidied.add(id)
		return provider.Uploads{Calls: s.calls}, nil
	}
	held, err := s.certificate(ctx, id)
	if err != nil {
		return provider.Uploads{}, err
	}
	uploads := provider.Uploads{Items: append(older, a.versions(held, current, target)...), Calls: s.calls}
	return uploads, nil
}

// older are the certificates of a name before a generation, if all of them is ours.
func (s *session) older(ctx context.Context, base string, current int) ([]provider.Upload, error) {
	all, err := s.generations(ctx, base)
	if err != nil {
		return nil, err
	}
	var uploads []provider.Upload
	for _, former := range all {
		if former.number >= current || len(uploads) == mostOlder {
			continue
		}
		found, err := s.certificate(ctx, former.id)
		switch {
		case isGone(err):
		case err != nil:
			return nil, err
		case found.isOurs():
			uploads = append(uploads, provider.Upload{ID: former.id, Name: plain(found.Name, maxText), Generation: former.number, InUse: found.isUsed()})
		}
	}
	return uploads, nil
}

// versions are those of the certificate that the target has. If it does not serve
// the target, nothing is said of it: nothing is then superseded.
func (a *Adapter) versions(held *certificate, generation int, target provider.Target) []provider.Upload {
	counts := a.client.target.counts()
	if !held.serves(target.Domain, counts) {
		return nil
	}
	var uploads []provider.Upload
	for i := range held.Versions {
		v := &held.Versions[i]
		upload := provider.Upload{ID: string(held.ID), Name: plain(held.Name, maxText), Generation: generation, Version: int64(v.Number), Stays: true}
		if v.Number == held.deployed(counts) {
			upload.Version = target.Known.Version // observations tell the one in production
		}
		uploads = append(uploads, upload)
	}
	return uploads
}

// Remove implements [provider.Repository] for a certificate that was full, is ours
// and is used by no property any more. It is taken off each environment that still
// has it, by a task, before it is deleted.
func (a *Adapter) Remove(ctx context.Context, target provider.Target, upload provider.Upload) error {
	id := identifier(upload.ID)
	if id == "" || upload.Version != 0 {
		return a.stays("not-deletable", "the provider keeps every version that was ever deployed")
	}
	s := a.session()
	held, err := s.certificate(ctx, id)
	base, _ := parseGeneration(string(held.Name))
	switch {
	case isGone(err):
		return nil
	case err != nil:
		return err
	case base != target.Name, !held.isOurs():
		return a.stays("not-ours", "somebody else has made the certificate, or a version of it")
	case held.isUsed():
		return a.stays("in-use", "other properties use the certificate")
	}
	for _, at := range []environment{staging, production} {
		if held.deployed(at) != 0 {
			return a.takeOff(ctx, s, id, at)
		}
	}
	if err := s.removeWhole(ctx, id); !isGone(err) {
		return err
	}
	return nil
}

// takeOff has an environment forget a certificate, or finds that on its way.
func (a *Adapter) takeOff(ctx context.Context, s *session, id string, at environment) error {
	last := rollout{at, []action{{Action: "remove_cert", CertificateID: text(id)}}}
	now, err := last.look(ctx, s, "")
	if err != nil {
		return err
	}
	if !now.newest.isSettling(a.client.clock.Now()) {
		if _, _, err := last.start(ctx, s, now); err != nil {
			return err
		}
	}
	removing := a.stays("removing", "the certificate is being taken off "+string(at))
	removing.RetryAfter = removePause
	return removing
}

// stays is the error of a certificate that is not deleted.
func (a *Adapter) stays(code, advice string) *provider.Error {
	return &provider.Error{Kind: provider.Conflict, Host: a.client.endpoint.Host, Code: code, Advice: advice}
}

// isGone reports whether the product does not know a certificate or its version.
func isGone(err error) bool {
	return isCode(err, codeInvalidVersion) || isCode(err, codeInvalidCertificate)
}

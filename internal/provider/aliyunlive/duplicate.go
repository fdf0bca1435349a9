package aliyunlive

import (
	"context"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// resolveDuplicate learns what stood in the way of a certificate that the
// account has already. The used name is the one that Deploy tried.
//
// What one domain learns serves all: the calls it takes are counted by no
// budget, so that only one domain makes them and the others come back later.
func (a *Adapter) resolveDuplicate(ctx context.Context, domain string, bundle certbundle.Bundle, used string, refusal provider.Error) (provider.Handle, error) {
	again := refusal
	again.RetryAfter = max(refusal.RetryAfter, duplicateRetry)
	end, alone := a.stored.Seek(bundle.Fingerprint())
	if !alone {
		return provider.Handle{}, &again
	}
	defer end()
	if name, known := a.stored.Of(bundle.Fingerprint()); known && name != used {
		return provider.Handle{}, &again
	}
	name, err := a.storedName(ctx, bundle.Leaf())
	switch {
	case err != nil:
		return provider.Handle{}, err
	case name == "":
		a.stored.Forget(bundle.Fingerprint())
		refusal.Kind = provider.Rejected
		refusal.Advice = "the provider says that it has this certificate already, but lists none like it; remove it in the console"
		return provider.Handle{}, &refusal
	}
	a.stored.Remember(bundle.Fingerprint(), name)
	if name != used {
		return provider.Handle{}, &again
	}
	return a.expectInPlace(ctx, domain, bundle, used, refusal)
}

// expectInPlace judges a refusal although the name was right. It repeats what was
// done before: that is a success if it took effect, and no name is left to try if
// it did not.
func (a *Adapter) expectInPlace(ctx context.Context, domain string, bundle certbundle.Bundle, name string, refusal provider.Error) (provider.Handle, error) {
	observation, _, err := a.observeDomain(ctx, domain)
	switch {
	case err != nil:
		return provider.Handle{}, err
	case observation.Fingerprint == bundle.Fingerprint() && observation.HTTPS != provider.HTTPSOff:
		return provider.Handle{CertificateName: name, Fingerprint: bundle.Fingerprint(), RequestID: refusal.RequestID}, nil
	}
	refusal.Advice = "the provider has this certificate and does not put it on the domain; remove it in the console if this stays"
	return provider.Handle{}, &refusal
}

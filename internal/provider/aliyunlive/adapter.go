// Package aliyunlive puts certificates on the domains of ApsaraVideo Live
// (API version 2016-11-01).
//
// Three facts about the product shape it. A certificate has a name within the
// account, and setting the same name again with ForceSet=1 replaces it, so
// renewals leave no clutter. The call that describes a domain does not tell the
// certificate's id, which takes a second call. And the same certificate cannot
// be uploaded under two names (CertificateContent.Duplicated), which is what
// happens when one wildcard certificate is put on many domains: the second
// domain is then given the first one's name.
package aliyunlive

import (
	"context"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// version of the product's API.
const version = "2016-11-01"

// duplicateRetry is how soon a Deploy that met an equal certificate may be
// repeated: everything it needs to know is known by then.
const duplicateRetry = time.Second

// Adapter is ApsaraVideo Live as one account. It keeps no state but the names
// under which certificates turned out to be stored, and is safe for concurrent
// use.
type Adapter struct {
	client *aliyun.Client
	stored *storedNames

	set, describe, detail, list aliyun.Operation
}

var _ provider.Provider = (*Adapter)(nil)

// New returns an adapter that calls through client, whose endpoint must be
// ApsaraVideo Live's.
func New(client *aliyun.Client) *Adapter {
	return &Adapter{
		client:   client,
		stored:   newStoredNames(),
		set:      aliyun.Operation{Action: "SetLiveDomainCertificate", Version: version, Codes: setCodes()},
		describe: aliyun.Operation{Action: "DescribeLiveDomainCertificateInfo", Version: version, Codes: describeCodes()},
		detail:   aliyun.Operation{Action: "DescribeLiveCertificateDetail", Version: version, Codes: detailCodes()},
		list:     aliyun.Operation{Action: "DescribeLiveCertificateList", Version: version, Codes: describeCodes()},
	}
}

// Deploy implements [provider.Provider] with one SetLiveDomainCertificate.
//
// If an equal certificate turns out to be stored under another name, nothing
// was changed: the name is looked up and the error is of kind Conflict, so that
// the next attempt, with its own place in the account's budget, uses it.
func (a *Adapter) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	name := a.stored.name(bundle.Fingerprint(), target.Name)
	response, err := a.client.Call(ctx, a.set, map[string]string{
		"DomainName":  wireDomain(target.Domain),
		"CertName":    name,
		"CertType":    "upload",
		"SSLProtocol": "on",
		"SSLPub":      string(bundle.CertificatePEM()),
		// The SDK takes strings, and those cannot be cleared: this copy lives
		// until it is collected. The key's own memory is its owner's to clear.
		"SSLPri":   string(bundle.PrivateKey().Bytes()),
		"ForceSet": "1",
	})
	if isCode(err, codeContentDuplicated) {
		return a.resolveDuplicate(ctx, target.Domain, bundle, name, *provider.AsError(err))
	}
	if err != nil {
		return provider.Handle{}, err
	}
	return provider.Handle{
		CertificateName: name,
		Fingerprint:     bundle.Fingerprint(),
		RequestID:       response.RequestID,
	}, nil
}

// resolveDuplicate learns what stood in the way of a certificate that the
// account has already. The used name is the one that Deploy tried.
func (a *Adapter) resolveDuplicate(ctx context.Context, domain string, bundle certbundle.Bundle, used string, refusal provider.Error) (provider.Handle, error) {
	a.stored.forget(bundle.Fingerprint())
	name, err := a.storedName(ctx, bundle.Leaf())
	switch {
	case err != nil:
		return provider.Handle{}, err
	case name == "":
		refusal.Kind = provider.Rejected
		refusal.Advice = "the provider says that it has this certificate already, but lists none like it; remove it in the console"
		return provider.Handle{}, &refusal
	case name != used:
		a.stored.remember(bundle.Fingerprint(), name)
		refusal.RetryAfter = max(refusal.RetryAfter, duplicateRetry)
		return provider.Handle{}, &refusal
	}
	// The name was right, so this repeats what was done before: that is a
	// success if it took effect, and no name is left to try if it did not.
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

// Withdraw implements [provider.Provider] by switching HTTPS off, which
// destroys the stored certificate and key (SetLiveDomainCertificate,
// SSLProtocol).
func (a *Adapter) Withdraw(ctx context.Context, target provider.Target) error {
	name := target.Known.CertificateName
	if name == "" {
		name = target.Name
	}
	_, err := a.client.Call(ctx, a.set, map[string]string{
		"DomainName":  wireDomain(target.Domain),
		"CertName":    name,
		"SSLProtocol": "off",
	})
	switch {
	case isCode(err, codeDomainNotFound):
		return nil
	case isCode(err, codeCertificateNotFound), isCode(err, codeCertificateStatus):
		return a.confirmGone(ctx, target, err)
	default:
		return err
	}
}

// confirmGone turns a refusal for want of a certificate into success if the
// domain has none. The refusal alone proves nothing: the name may be the one
// that is missing, with another certificate still being served.
func (a *Adapter) confirmGone(ctx context.Context, target provider.Target, refusal error) error {
	observation, _, err := a.observeDomain(ctx, target.Domain)
	switch {
	case isCode(err, codeDomainNotFound):
		return nil
	case err != nil:
		return err
	case observation.Found && observation.HTTPS != provider.HTTPSOff:
		return refusal
	}
	return nil
}

// wireDomain is the product's notation of a domain: a wildcard begins with the
// dot (AddLiveDomain, DomainName).
func wireDomain(domain string) string {
	if rest, found := strings.CutPrefix(domain, "*."); found {
		return "." + rest
	}
	return domain
}

// isCode reports whether err is the product's refusal with this code.
func isCode(err error, code string) bool {
	return err != nil && strings.EqualFold(provider.AsError(err).Code, code)
}

// Package aliyuncdn puts certificates on the domains of Alibaba Cloud CDN, DCDN
// and ApsaraVideo VOD, three products with one way of doing it and three
// dialects to say it in.
//
// Two facts about them shape it. An upload becomes a certificate of its own in
// the account's repository (Certificate Management Service), which nothing
// replaces: its name therefore carries the fingerprint, so that repeating an
// upload cannot make two of it. And what is in the repository is put on a domain
// by its id, without certificate and key: that is how a repeated upload goes on
// (Certificate.Duplicated), and how one wildcard certificate gets on many
// domains (CertificateContent.Duplicated).
package aliyuncdn

import (
	"context"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Adapter is one of the products as one account. It keeps no state but where
// certificates turned out to be stored, and is safe for concurrent use.
type Adapter struct {
	client  *aliyun.Client
	product aliyun.Product
	calls   operations
	stored  *aliyun.Whereabouts[place]
}

var _ provider.Provider = (*Adapter)(nil)

// NewCDN returns an adapter that calls through client, whose endpoint must be
// Alibaba Cloud CDN's.
func NewCDN(client *aliyun.Client) *Adapter { return newAdapter(client, cdn()) }

// NewDCDN returns an adapter that calls through client, whose endpoint must be
// DCDN's.
func NewDCDN(client *aliyun.Client) *Adapter { return newAdapter(client, dcdn()) }

// NewVOD returns an adapter that calls through client, whose endpoint must be
// ApsaraVideo VOD's in the region of the domains.
func NewVOD(client *aliyun.Client) *Adapter { return newAdapter(client, vod()) }

func newAdapter(client *aliyun.Client, d dialect) *Adapter {
	return &Adapter{client: client, product: d.product, calls: d.operations(), stored: aliyun.NewWhereabouts[place]()}
}

// Deploy implements [provider.Provider] with at most one Set.
//
// A bundle that target.Known says was sent before is looked for in the
// repository first, for it can be there without being on the domain. If any other
// turns out to be there, by the refusal of its upload, nothing was changed, and
// the error is of kind Conflict: the next attempt, with its own place in the
// account's budget, puts it on the domain by its id.
func (a *Adapter) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	if target.Existing != nil {
		return a.deployExisting(ctx, target, *target.Existing)
	}
	found, err := a.recall(ctx, target, bundle)
	if err != nil {
		return provider.Handle{}, err
	}
	put := a.upload
	if found.place != (place{}) {
		put = a.putStored(found.place)
	}
	handle, err := put(ctx, target, bundle)
	if err != nil {
		return provider.Handle{}, err
	}
	handle.Calls += found.calls
	return handle, nil
}

// recall finds a bundle that the repository has, as far as there is reason to
// think so. What cannot be looked for is nowhere: the upload then tells whether
// that was wrong.
func (a *Adapter) recall(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (located, error) {
	if at, known := a.stored.Of(bundle.Fingerprint()); known {
		return located{place: at}, nil
	}
	if target.Known.Fingerprint != bundle.Fingerprint() {
		return located{}, nil
	}
	found, err := a.locate(ctx, target, bundle)
	if aliyun.IsCode(err, codeBusy) {
		return located{}, err
	}
	return found, nil
}

// upload puts a bundle on the domain that the repository does not have.
func (a *Adapter) upload(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	name := provider.UploadName(target.Name, bundle.Fingerprint())
	response, err := a.client.Call(ctx, a.calls.set, map[string]string{
		"DomainName":  aliyun.WireDomain(target.Domain),
		"CertName":    name,
		"CertType":    "upload",
		"SSLProtocol": "on",
		"SSLPub":      string(bundle.CertificatePEM()),
		// The SDK takes strings, and those cannot be cleared: this copy lives
		// until it is collected. The key's own memory is its owner's to clear.
		"SSLPri": string(bundle.PrivateKey().Bytes()),
	})
	if aliyun.IsCode(err, aliyun.CodeNameDuplicated, codeNameExists, aliyun.CodeContentDuplicated) {
		return a.resolveDuplicate(ctx, target, bundle, *provider.AsError(err))
	}
	if err != nil {
		return provider.Handle{}, err
	}
	return provider.Handle{
		CertificateName: name,
		Fingerprint:     bundle.Fingerprint(),
		RequestID:       response.RequestID,
		Calls:           1,
	}, nil
}

// Withdraw implements [provider.Provider] by switching HTTPS off. What was
// uploaded stays in the repository.
func (a *Adapter) Withdraw(ctx context.Context, target provider.Target) error {
	_, err := a.client.Call(ctx, a.calls.set, map[string]string{
		"DomainName":  aliyun.WireDomain(target.Domain),
		"SSLProtocol": "off",
	})
	return aliyun.Withdrawn(err, func() (provider.Observation, error) {
		observation, _, err := a.observeDomain(ctx, target.Domain)
		return observation, err
	})
}

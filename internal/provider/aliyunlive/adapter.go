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
	"cmp"
	"context"
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
	stored *aliyun.Whereabouts[string]

	set, setStored, describe, detail, list aliyun.Operation
}

var _ provider.Provider = (*Adapter)(nil)

// New returns an adapter that calls through client, whose endpoint must be
// ApsaraVideo Live's.
func New(client *aliyun.Client) *Adapter {
	operation := func(action string, codes func(aliyun.Product) aliyun.Codes) aliyun.Operation {
		return aliyun.Operation{Action: action, Version: version, Codes: codes(product())}
	}
	return &Adapter{
		client:    client,
		stored:    aliyun.NewWhereabouts[string](),
		set:       operation("SetLiveDomainCertificate", aliyun.SetCodes),
		setStored: operation("SetLiveDomainCertificate", aliyun.StoredCodes),
		describe:  operation("DescribeLiveDomainCertificateInfo", aliyun.DescribeCodes),
		detail:    operation("DescribeLiveCertificateDetail", aliyun.CertificateCodes),
		list:      operation("DescribeLiveCertificateList", aliyun.DescribeCodes),
	}
}

// product is what advices name. Its RAM resources are in the namespace of CDN
// (SetLiveDomainCertificate, authorization information).
func product() aliyun.Product {
	return aliyun.Product{
		Name:        "ApsaraVideo Live",
		SetAction:   "live:SetLiveDomainCertificate",
		ReadActions: "live:DescribeLiveDomainCertificateInfo, live:DescribeLiveCertificateDetail and live:DescribeLiveCertificateList",
		Resource:    "acs:cdn:*:<account>:domain/<domain>",
	}
}

// Deploy implements [provider.Provider] with one SetLiveDomainCertificate.
//
// If an equal certificate turns out to be stored under another name, nothing
// was changed: the name is looked up and the error is of kind Conflict, so that
// the next attempt, with its own place in the account's budget, uses it.
func (a *Adapter) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	if target.Existing != nil {
		return a.deployExisting(ctx, target, *target.Existing)
	}
	name, known := a.stored.Of(bundle.Fingerprint())
	if !known {
		name = target.Name
	}
	response, err := a.client.Call(ctx, a.set, map[string]string{
		"DomainName":  aliyun.WireDomain(target.Domain),
		"CertName":    name,
		"CertType":    "upload",
		"SSLProtocol": "on",
		"SSLPub":      string(bundle.CertificatePEM()),
		// The SDK takes strings, and those cannot be cleared: this copy lives
		// until it is collected. The key's own memory is its owner's to clear.
		"SSLPri":   string(bundle.PrivateKey().Bytes()),
		"ForceSet": "1",
	})
	if aliyun.IsCode(err, aliyun.CodeContentDuplicated) {
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

// Withdraw implements [provider.Provider] by switching HTTPS off, which
// destroys the stored certificate and key (SetLiveDomainCertificate,
// SSLProtocol).
func (a *Adapter) Withdraw(ctx context.Context, target provider.Target) error {
	_, err := a.client.Call(ctx, a.set, map[string]string{
		"DomainName":  aliyun.WireDomain(target.Domain),
		"CertName":    cmp.Or(target.Known.CertificateName, existingName(target), target.Name),
		"SSLProtocol": "off",
	})
	return aliyun.Withdrawn(err, func() (provider.Observation, error) {
		observation, _, err := a.observeDomain(ctx, target.Domain)
		return observation, err
	})
}

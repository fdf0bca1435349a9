package aliyunlive

import (
	"context"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// deployExisting puts a certificate on the domain that lives at the provider
// already. The page knows it by CertName alone, so that an id does not help here
// (SetLiveDomainCertificate, request parameters).
func (a *Adapter) deployExisting(ctx context.Context, target provider.Target, existing provider.Existing) (provider.Handle, error) {
	name := existing.Name
	switch {
	case existing.Type != provider.ExistingCAS && existing.Type != provider.ExistingFree:
		return provider.Handle{}, a.refuse("set the type of spec.providerCertificate to CAS or Free")
	case name == "" && existing.Type == provider.ExistingCAS:
		return provider.Handle{}, a.refuse("set the name in spec.providerCertificate: ApsaraVideo Live finds certificates by their names only")
	case name == "":
		// A free certificate needs none, but there is an error for want of a name
		// (CertName.MissingParameter).
		name = target.Name
	}
	response, err := a.client.Call(ctx, a.setStored, map[string]string{
		"DomainName":  aliyun.WireDomain(target.Domain),
		"CertName":    name,
		"CertType":    string(existing.Type),
		"SSLProtocol": "on",
	})
	if err != nil {
		return provider.Handle{}, err
	}
	return provider.Handle{
		CertificateID:   existing.ID,
		CertificateName: name,
		Fingerprint:     target.Wanted,
		RequestID:       response.RequestID,
	}, nil
}

// refuse is the error of what cannot be sent at all.
func (a *Adapter) refuse(advice string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Operation: a.setStored.Action, Code: aliyun.CodeUnsupported, Advice: advice}
}

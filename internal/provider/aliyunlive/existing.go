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
	switch {
	case existing.Type == provider.ExistingFree && aliyun.IsCode(err, aliyun.CodeCertificateStatus):
		return provider.Handle{}, unissued(*provider.AsError(err))
	case err != nil:
		return provider.Handle{}, err
	}
	return provider.Handle{
		CertificateID:   existing.ID,
		CertificateName: name,
		Fingerprint:     target.Wanted,
		RequestID:       response.RequestID,
	}, nil
}

// unissued is the error of a free certificate that is not issued yet. The refusal
// does not tell it apart from one that never will be.
func unissued(refusal provider.Error) *provider.Error {
	refusal.Kind = provider.Conflict
	refusal.Advice = "the free certificate is not issued yet; look at it in the console if this stays"
	return &refusal
}

// existingName is the name of the certificate of the provider's that the target
// asks for, empty if it asks for none.
func existingName(target provider.Target) string {
	if target.Existing == nil {
		return ""
	}
	return target.Existing.Name
}

// refuse is the error of what cannot be sent at all.
func (a *Adapter) refuse(advice string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Operation: a.setStored.Action, Code: aliyun.CodeUnsupported, Advice: advice}
}

package aliyuncdn

import (
	"context"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// deployExisting puts a certificate on the domain that lives at the provider
// already. The products know it by CertId, an integer, and have no free ones to
// set, although their describe calls speak of such (SetCdnDomainSSLCertificate,
// CertType and CertId).
func (a *Adapter) deployExisting(ctx context.Context, target provider.Target, existing provider.Existing) (provider.Handle, error) {
	switch {
	case existing.Type == provider.ExistingFree:
		return provider.Handle{}, a.refuse(a.product.Name + " issues no certificate on request; apply for one in Certificate Management Service and set the type of spec.providerCertificate to CAS")
	case existing.Type != provider.ExistingCAS:
		return provider.Handle{}, a.refuse("set the type of spec.providerCertificate to CAS")
	case existing.ID == "":
		return provider.Handle{}, a.refuse("set the id in spec.providerCertificate: " + a.product.Name + " finds certificates by their ids only")
	case !isNumber(existing.ID):
		return provider.Handle{}, a.refuse("set the id in spec.providerCertificate to the certificate's number in Certificate Management Service, without a region behind it")
	}
	handle, err := a.setStored(ctx, target.Domain, place{id: existing.ID, name: existing.Name, region: existing.Region})
	if err != nil {
		return provider.Handle{}, err
	}
	handle.Fingerprint = target.Wanted
	return handle, nil
}

// refuse is the error of what cannot be sent at all.
func (a *Adapter) refuse(advice string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Operation: a.calls.set.Action, Code: aliyun.CodeUnsupported, Advice: advice}
}

package aliyunlive

import (
	"context"
	"crypto/x509"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Observe implements [provider.Provider]. It takes one call, and up to two more
// to find the certificate's id unless target.Known tells it for the same
// certificate. An id that cannot be found stays empty: it is no reason to know
// nothing of the rest.
func (a *Adapter) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	observation, leaf, err := a.observeDomain(ctx, target.Domain)
	if err != nil {
		return provider.Observation{}, err
	}
	switch known := target.Known; {
	case leaf == nil || observation.CertificateName == "":
	case known.CertificateID != "" && known.Fingerprint == observation.Fingerprint &&
		known.CertificateName == observation.CertificateName:
		observation.CertificateID = known.CertificateID
	default:
		var calls int
		observation.CertificateID, calls = a.certificateID(ctx, target.Domain, observation.CertificateName, leaf)
		observation.Calls += calls
	}
	return observation, nil
}

// observeDomain makes the one call that says nearly everything. The leaf is nil
// if there is none or if it cannot be read.
func (a *Adapter) observeDomain(ctx context.Context, domain string) (provider.Observation, *x509.Certificate, error) {
	reply, err := aliyun.Read[aliyun.DomainReply](ctx, a.client, a.describe, map[string]string{"DomainName": aliyun.WireDomain(domain)})
	if err != nil {
		return provider.Observation{}, nil, err
	}
	observation, leaf := reply.About(domain).Observation(product(), a.describe.Action)
	observation.Calls = 1
	return observation, leaf, nil
}

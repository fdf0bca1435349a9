package aliyuncdn

import (
	"context"
	"crypto/x509"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Observe implements [provider.Provider]. It takes one call. Where the product
// tells more of a certificate than of its domain (DescribeCertificateInfoByID of
// CDN), it takes a second one unless target.Known has the certificate already.
// If that fails, what it would have told stays empty: it is no reason to know
// nothing of the rest.
//
// AlsoServed stays empty, although CDN tells the other domains of a certificate: a
// stored one never changes, so that they keep it when this domain gets another.
func (a *Adapter) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	observation, leaf, err := a.observeDomain(ctx, target.Domain)
	if err != nil {
		return provider.Observation{}, err
	}
	known := leaf != nil && target.Known.CertificateID == observation.CertificateID &&
		target.Known.Fingerprint == observation.Fingerprint
	if a.calls.byID.Action != "" && observation.CertificateID != "" && !known {
		observation.Calls++
		if info, err := a.readByID(ctx, observation.CertificateID); err == nil {
			complete(&observation, leaf, info)
		}
	}
	return observation, nil
}

// observeDomain makes the one call that says nearly everything. The leaf is nil
// if there is none or if it cannot be read.
func (a *Adapter) observeDomain(ctx context.Context, domain string) (provider.Observation, *x509.Certificate, error) {
	operation := a.calls.describe
	reply, err := aliyun.Read[aliyun.DomainReply](ctx, a.client, operation, map[string]string{"DomainName": aliyun.WireDomain(domain)})
	if err != nil {
		return provider.Observation{}, nil, err
	}
	observation, leaf := reply.About(domain).Observation(a.product, operation.Action)
	observation.Calls = 1
	return observation, leaf, nil
}

// complete adds what is known of the certificate by itself. Its body is compared
// by what it is, and not kept.
func complete(observation *provider.Observation, leaf *x509.Certificate, info storedInfo) {
	stored := aliyun.LeafOf(info.HTTPSCrt)
	switch {
	case leaf != nil && stored != nil && !stored.Equal(leaf):
		// During a change the id can be the next certificate's already. One that
		// does not stand for what is served would let the wrong one be removed.
		observation.CertificateID = ""
		return
	case leaf == nil && stored != nil:
		aliyun.ShowLeaf(observation, stored)
	case leaf == nil && observation.NotBefore.IsZero():
		observation.NotBefore = aliyun.TimeOf(info.CreateTime)
	}
	if observation.NotAfter.IsZero() {
		observation.NotAfter = aliyun.TimeOf(info.CertExpireTime)
	}
}

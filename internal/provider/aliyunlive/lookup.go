package aliyunlive

import (
	"context"
	"crypto/x509"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// maxCandidates bounds the certificates that are read to find one by its
// fingerprint.
const maxCandidates = 3

// detailReply is the reply of DescribeLiveCertificateDetail.
type detailReply struct {
	CertID aliyun.Text `json:"CertId"`
	Cert   aliyun.Text
}

// certificateID finds the id of the certificate that was observed on domain
// under name, and tells how many calls that took.
//
// The id counts only if it comes with proof that it is this certificate's:
// during a change the name may already stand for the next one.
func (a *Adapter) certificateID(ctx context.Context, domain, name string, leaf *x509.Certificate) (id string, calls int) {
	detail, err := a.readDetail(ctx, name)
	if err == nil {
		if detail.proves(leaf) {
			return aliyun.Plain(detail.CertID), 1
		}
		return "", 1
	}
	if !provider.IsKind(err, provider.NotFound) && !provider.IsKind(err, provider.Rejected) {
		return "", 1
	}
	listed, err := a.readList(ctx, map[string]string{"DomainName": aliyun.WireDomain(domain)})
	if err != nil {
		return "", 2
	}
	for _, certificate := range candidates(listed, leaf) {
		if string(certificate.CertName) == name {
			return aliyun.Plain(certificate.CertID), 2
		}
	}
	return "", 2
}

// storedName finds the name under which the account has the leaf; empty if it
// lists none like it.
func (a *Adapter) storedName(ctx context.Context, leaf *x509.Certificate) (string, error) {
	listed, err := a.readList(ctx, nil)
	if err != nil {
		return "", err
	}
	for _, candidate := range candidates(listed, leaf) {
		detail, err := a.readDetail(ctx, string(candidate.CertName))
		switch {
		case provider.IsKind(err, provider.NotFound):
		case err != nil:
			return "", err
		case detail.proves(leaf):
			return string(candidate.CertName), nil
		}
	}
	return "", nil
}

// proves reports whether the reply is about exactly this leaf.
func (d detailReply) proves(leaf *x509.Certificate) bool {
	stored := aliyun.LeafOf(d.Cert)
	return stored != nil && stored.Equal(leaf)
}

// candidates are the listed certificates that can be the leaf, at most
// maxCandidates.
func candidates(listed []aliyun.ListedCertificate, leaf *x509.Certificate) []aliyun.ListedCertificate {
	var matching []aliyun.ListedCertificate
	for _, certificate := range listed {
		if len(matching) < maxCandidates && aliyun.IsFingerprint(certificate.Fingerprint, leaf) {
			matching = append(matching, certificate)
		}
	}
	return matching
}

func (a *Adapter) readDetail(ctx context.Context, name string) (detailReply, error) {
	return aliyun.Read[detailReply](ctx, a.client, a.detail, map[string]string{"CertName": name})
}

func (a *Adapter) readList(ctx context.Context, parameters map[string]string) ([]aliyun.ListedCertificate, error) {
	reply, err := aliyun.Read[aliyun.CertificateList](ctx, a.client, a.list, parameters)
	return reply.Certificates(), err
}

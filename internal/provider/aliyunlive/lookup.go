package aliyunlive

import (
	"context"
	"crypto/sha1" //nolint:gosec // the product's own fingerprints are SHA-1; nothing is trusted for one alone
	"crypto/x509"
	"encoding/hex"
	"strings"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// maxCandidates bounds the certificates that are read to find one by its
// fingerprint.
const maxCandidates = 3

// detailReply is the reply of DescribeLiveCertificateDetail.
type detailReply struct {
	CertID   aliyun.Text `json:"CertId"`
	CertName string
	Cert     string
}

// listReply is the reply of DescribeLiveCertificateList.
type listReply struct {
	CertificateListModel struct {
		CertList struct {
			Cert aliyun.List[listedCertificate]
		}
	}
}

// listedCertificate is what the list tells of a certificate.
type listedCertificate struct {
	CertID      aliyun.Text `json:"CertId"`
	CertName    string
	Fingerprint string
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
			return plain(string(detail.CertID)), 1
		}
		return "", 1
	}
	if !provider.IsKind(err, provider.NotFound) && !provider.IsKind(err, provider.Rejected) {
		return "", 1
	}
	listed, err := a.readList(ctx, map[string]string{"DomainName": wireDomain(domain)})
	if err != nil {
		return "", 2
	}
	for _, certificate := range candidates(listed, leaf) {
		if certificate.CertName == name {
			return plain(string(certificate.CertID)), 2
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
		detail, err := a.readDetail(ctx, candidate.CertName)
		switch {
		case provider.IsKind(err, provider.NotFound):
		case err != nil:
			return "", err
		case detail.proves(leaf):
			return candidate.CertName, nil
		}
	}
	return "", nil
}

// proves reports whether the reply is about exactly this leaf.
func (d detailReply) proves(leaf *x509.Certificate) bool {
	stored := leafOf(d.Cert)
	return stored != nil && stored.Equal(leaf)
}

// candidates are the listed certificates that can be the leaf, at most
// maxCandidates.
func candidates(listed []listedCertificate, leaf *x509.Certificate) []listedCertificate {
	sum := sha1.Sum(leaf.Raw) //nolint:gosec // see the import
	thumbprint, fingerprint := hex.EncodeToString(sum[:]), certbundle.Fingerprint(leaf.Raw)
	var matching []listedCertificate
	for _, certificate := range listed {
		shown := normal(certificate.Fingerprint)
		if (shown == thumbprint || shown == fingerprint) && len(matching) < maxCandidates {
			matching = append(matching, certificate)
		}
	}
	return matching
}

// normal is a fingerprint in lower case without separators.
func normal(fingerprint string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(fingerprint))
}

func (a *Adapter) readDetail(ctx context.Context, name string) (detailReply, error) {
	return call[detailReply](ctx, a.client, a.detail, map[string]string{"CertName": name})
}

func (a *Adapter) readList(ctx context.Context, parameters map[string]string) ([]listedCertificate, error) {
	reply, err := call[listReply](ctx, a.client, a.list, parameters)
	return reply.CertificateListModel.CertList.Cert, err
}

// call makes a call and decodes its reply.
func call[Reply any](ctx context.Context, client *aliyun.Client, operation aliyun.Operation, parameters map[string]string) (Reply, error) {
	var reply Reply
	response, err := client.Call(ctx, operation, parameters)
	if err != nil {
		return reply, err
	}
	return reply, response.Decode(&reply)
}

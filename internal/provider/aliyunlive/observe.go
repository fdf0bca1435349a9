package aliyunlive

import (
	"context"
	"crypto/x509"
	"strings"
	"unicode"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// maxText bounds a text of the provider's that ends up in a status, in bytes.
const maxText = 256

// describeReply is the reply of DescribeLiveDomainCertificateInfo.
type describeReply struct {
	CertInfos struct {
		CertInfo aliyun.List[certInfo]
	}
}

// certInfo has the ten fields of the page's response parameters, without
// RequestId.
type certInfo struct {
	DomainName     string
	CertName       string
	CertDomainName string
	CertType       string
	CertOrg        string
	CertLife       string
	CertExpireTime string
	SSLProtocol    string
	SSLPub         string
	Status         string
}

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
	reply, err := call[describeReply](ctx, a.client, a.describe, map[string]string{"DomainName": wireDomain(domain)})
	if err != nil {
		return provider.Observation{}, nil, err
	}
	info := infoOf(reply, wireDomain(domain))
	leaf := leafOf(info.SSLPub)
	observation := observationOf(info, leaf)
	observation.Calls = 1
	return observation, leaf, nil
}

// observationOf translates what the product tells of a domain.
func observationOf(info certInfo, leaf *x509.Certificate) provider.Observation {
	observation := provider.Observation{
		Found:                 info.SSLPub != "" || info.CertName != "",
		Pending:               strings.EqualFold(info.CertType, "free") && isIssuing(info.Status),
		HTTPS:                 httpsOf(info.SSLProtocol),
		CertificateName:       plain(info.CertName),
		CertificateType:       plain(info.CertType),
		CertificateDomainName: plain(info.CertDomainName),
		Organization:          plain(info.CertOrg),
		Life:                  plain(info.CertLife),
		Status:                plain(info.Status),
	}
	if leaf != nil {
		observation.Fingerprint = certbundle.Fingerprint(leaf.Raw)
		observation.NotBefore, observation.NotAfter = leaf.NotBefore, leaf.NotAfter
	} else if expiry, ok := aliyun.ParseTime(info.CertExpireTime); ok {
		observation.NotAfter = expiry
	}
	return observation
}

// infoOf picks the entry about domain, and is empty if there is none. An entry
// that names no domain is taken for it, one that names another is not.
func infoOf(reply describeReply, domain string) certInfo {
	var anonymous *certInfo
	for _, info := range reply.CertInfos.CertInfo {
		switch {
		case strings.EqualFold(info.DomainName, domain):
			return info
		case info.DomainName == "" && anonymous == nil:
			anonymous = &info
		}
	}
	if anonymous == nil {
		return certInfo{}
	}
	return *anonymous
}

// leafOf is the leaf of a PEM text, nil if it cannot be read.
func leafOf(pem string) *x509.Certificate {
	leaf, err := certbundle.ParseLeaf([]byte(pem))
	if err != nil {
		return nil
	}
	return leaf
}

func httpsOf(protocol string) provider.HTTPS {
	switch {
	case strings.EqualFold(protocol, "on"):
		return provider.HTTPSOn
	case strings.EqualFold(protocol, "off"):
		return provider.HTTPSOff
	default:
		return ""
	}
}

// isIssuing reports whether a free certificate's status is one of those on the
// way to a certificate (DescribeLiveDomainCertificateInfo, Status).
func isIssuing(status string) bool {
	return strings.EqualFold(status, "applying") || strings.EqualFold(status, "checking")
}

// plain is a text of the provider's as it may appear in a status: one line, of
// printable characters, not too long.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return strings.TrimSpace(text)
}

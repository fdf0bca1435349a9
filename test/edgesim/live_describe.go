package edgesim

import (
	"fmt"
	"math"
	"time"
)

// liveTime is the form of CertExpireTime, GmtCreated and GmtModified.
const liveTime = "2006-01-02T15:04:05Z"

// liveWrapper is the key that the page's sample wraps the answer in.
const liveWrapper = "SetLiveDomainCertificateResponse"

// describeLiveDomainCertificateInfo is DescribeLiveDomainCertificateInfo.
func (s *Server) describeLiveDomainCertificateInfo(c *call, settings Settings) (document, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := ownedDomain(c, ProductLive)
	if err != nil {
		return nil, err
	}
	shown := held.described(s.now(), c.stale)
	c.saw(shown)
	if settings.Wrapped {
		c.wrapper = liveWrapper
	}
	if shown == nil {
		return noCertInfo(emptyCertInfo(held.Name), settings), nil
	}
	return certInfo(liveCertInfo(held.Name, shown, settings), settings), nil
}

// liveCertInfo is one CertInfo: ten fields, all strings.
func liveCertInfo(domainName string, shown *certificate, settings Settings) document {
	status := ""
	if shown.kind == "free" {
		status = shown.status
	}
	return document{
		"DomainName":     domainName,
		"CertName":       shown.name,
		"CertDomainName": shown.matchedName(domainName),
		"CertOrg":        shown.issuer(),
		"CertLife":       life(shown.leaf.NotBefore, shown.leaf.NotAfter),
		"CertExpireTime": shown.leaf.NotAfter.UTC().Format(liveTime),
		"CertType":       shown.kind,
		"SSLProtocol":    "on",
		"SSLPub":         shown.body(settings),
		"Status":         status,
	}
}

// emptyCertInfo is the CertInfo of a domain without certificate.
func emptyCertInfo(domainName string) document {
	return document{
		"DomainName": domainName, "CertName": "", "CertDomainName": "", "CertOrg": "", "CertLife": "",
		"CertExpireTime": "", "CertType": "", "SSLProtocol": "off", "SSLPub": "", "Status": "",
	}
}

// certInfo answers with one CertInfo, in the form that the settings choose.
func certInfo(info document, settings Settings) document {
	switch settings.CertInfo {
	case FormObject:
		return document{"CertInfos": document{"CertInfo": info}}
	case FormBare:
		return document{"CertInfos": []document{info}}
	default:
		return document{"CertInfos": document{"CertInfo": []document{info}}}
	}
}

// noCertInfo answers about a domain without certificate; empty is its CertInfo of empty
// fields.
func noCertInfo(empty document, settings Settings) document {
	switch settings.NoCertificate {
	case NoCertificateEmpty:
		return document{"CertInfos": document{"CertInfo": []document{}}}
	case NoCertificateAbsent:
		return document{"CertInfos": document{}}
	default:
		return certInfo(empty, settings)
	}
}

// life writes a validity period as the samples do ("3 months"); how the product
// rounds, and when it says years, is inferred.
func life(from, to time.Time) string {
	const month = 365.25 / 12
	months := int(math.Round(to.Sub(from).Hours() / 24 / month))
	if months >= 12 && months%12 == 0 {
		return fmt.Sprintf("%d years", months/12)
	}
	return fmt.Sprintf("%d months", months)
}

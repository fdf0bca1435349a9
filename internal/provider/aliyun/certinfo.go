package aliyun

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/json"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// CertInfos is the list in the reply of a call that describes certificates. The
// pages' samples have it inside CertInfo, their tables do not
// (DescribeDomainCertificateInfo, response parameters); both are accepted.
type CertInfos[Info any] []Info

// UnmarshalJSON implements json.Unmarshaler.
func (c *CertInfos[Info]) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	*c = nil
	if len(data) > 0 && data[0] == '[' || bytes.Equal(data, []byte(`""`)) {
		return json.Unmarshal(data, (*List[Info])(c))
	}
	var wrapped struct{ CertInfo List[Info] }
	if err := json.Unmarshal(data, &wrapped); err != nil {
		return err
	}
	*c = CertInfos[Info](wrapped.CertInfo)
	return nil
}

// CertInfo is what a product tells of a domain's certificate. The products
// agree on most names; where they have two for one thing, both are read.
type CertInfo struct {
	DomainName        Text
	CertID            Text `json:"CertId"`
	CertName          Text
	CertType          Text
	CertRegion        Text
	CertOrg           Text
	CertDomainName    Text
	CertLife          Text
	CertStartTime     Text
	CertExpireTime    Text
	CertUpdateTime    Text
	Status            Text
	DomainCnameStatus Text

	// SSLPub and SSLProtocol are Live's and DCDN's names.
	SSLPub, SSLProtocol Text
	// ServerCertificate and ServerCertificateStatus are CDN's and VOD's names
	// for the same.
	ServerCertificate, ServerCertificateStatus Text
}

// DomainReply is the reply of a call that describes a domain's certificate.
type DomainReply struct {
	CertInfos CertInfos[CertInfo]
}

// About picks the entry about domain, and is empty if there is none. An entry
// that names no domain is taken for it, one that names another is not.
func (r DomainReply) About(domain string) CertInfo {
	var anonymous CertInfo
	for _, info := range r.CertInfos {
		switch {
		case UserDomain(info.DomainName) == UserDomain(Text(domain)):
			return info
		case info.DomainName == "" && anonymous == CertInfo{}:
			anonymous = info
		}
	}
	return anonymous
}

// Observation translates what a product's operation tells of a domain. The leaf
// is nil if there is none or if it cannot be read.
func (i CertInfo) Observation(product Product, operation string) (provider.Observation, *x509.Certificate) {
	body := cmp.Or(i.SSLPub, i.ServerCertificate)
	observation := provider.Observation{
		Found:                 body != "" || i.CertName != "" || i.CertID != "",
		HTTPS:                 httpsOf(cmp.Or(i.SSLProtocol, i.ServerCertificateStatus)),
		CertificateID:         Plain(i.CertID),
		CertificateName:       Plain(i.CertName),
		CertificateType:       Plain(i.CertType),
		CertificateRegion:     Plain(i.CertRegion),
		CertificateDomainName: Plain(i.CertDomainName),
		Organization:          Plain(i.CertOrg),
		Life:                  Plain(i.CertLife),
		Status:                Plain(i.Status),
		CNAMEStatus:           Plain(i.DomainCnameStatus),
		UpdateTime:            TimeOf(i.CertUpdateTime),
	}
	observation.Pending, observation.Trouble = issuance(i, product, operation)
	leaf := LeafOf(body)
	if leaf == nil {
		observation.NotBefore, observation.NotAfter = TimeOf(i.CertStartTime), TimeOf(i.CertExpireTime)
		return observation, nil
	}
	ShowLeaf(&observation, leaf)
	return observation, leaf
}

// ShowLeaf lets an observation tell what the certificate itself says.
func ShowLeaf(observation *provider.Observation, leaf *x509.Certificate) {
	observation.Fingerprint = certbundle.Fingerprint(leaf.Raw)
	observation.NotBefore, observation.NotAfter = leaf.NotBefore, leaf.NotAfter
}

// TimeOf is a product's time, zero if it cannot be read.
func TimeOf(text Text) time.Time {
	parsed, ok := ParseTime(strings.TrimSpace(string(text)))
	if !ok {
		return time.Time{}
	}
	return parsed
}

func httpsOf(protocol Text) provider.HTTPS {
	switch {
	case strings.EqualFold(string(protocol), "on"):
		return provider.HTTPSOn
	case strings.EqualFold(string(protocol), "off"):
		return provider.HTTPSOff
	default:
		return ""
	}
}

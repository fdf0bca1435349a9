package edgesim

import (
	"crypto"
	"crypto/sha1" //nolint:gosec // the product's own Fingerprint field is SHA-1-like; nothing is secured by it
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// certificate is a certificate stored at the provider, with its key. Once stored,
// nothing but its status changes: replacing one stores another.
type certificate struct {
	id       int64
	name     string
	kind     string // upload, cas or free
	status   string // of a provided certificate; empty for an upload
	issued   bool   // ready to be served; a free certificate may not be yet
	region   string // of Certificate Management Service; empty elsewhere
	chain    string // PEM as uploaded
	leaf     *x509.Certificate
	pair     *tls.Certificate
	storedAt time.Time
}

// newCertificate joins a parsed chain and its key.
func newCertificate(pemText string, chain []*x509.Certificate, key crypto.PrivateKey) *certificate {
	pair := &tls.Certificate{PrivateKey: key, Leaf: chain[0]}
	for _, link := range chain {
		pair.Certificate = append(pair.Certificate, link.Raw)
	}
	return &certificate{kind: "upload", issued: true, chain: pemText, leaf: chain[0], pair: pair}
}

// parseCertificate reads a chain and its key leniently: it is for certificates that
// the person running the simulator puts in place, not for what API clients send.
func parseCertificate(chainPEM, keyPEM string) (*certificate, error) {
	pair, err := tls.X509KeyPair([]byte(chainPEM), []byte(keyPEM))
	if err != nil {
		return nil, errors.New("certificate and privateKey must be PEM, leaf first, and belong together")
	}
	chain := make([]*x509.Certificate, 0, len(pair.Certificate))
	for _, der := range pair.Certificate {
		link, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		chain = append(chain, link)
	}
	return newCertificate(chainPEM, chain, pair.PrivateKey), nil
}

// parseProvided reads a certificate that already lives at the provider.
func parseProvided(p ProvidedCertificate) (*certificate, error) {
	if p.Name == "" {
		return nil, errors.New("a provided certificate needs a name")
	}
	if err := oneOf("type", p.Type, "cas", "free"); err != nil {
		return nil, fmt.Errorf("provided certificate %s: %w", p.Name, err)
	}
	parsed, err := parseCertificate(p.Certificate, string(p.PrivateKey))
	if err != nil {
		return nil, fmt.Errorf("provided certificate %s: %w", p.Name, err)
	}
	parsed.name, parsed.kind, parsed.region, parsed.issued = p.Name, p.Type, p.Region, false
	fill(&p.Status, providedStatuses(p.Type)[0])
	if err := oneOf("status", p.Status, providedStatuses(p.Type)...); err != nil {
		return nil, fmt.Errorf("provided certificate %s: %w", p.Name, err)
	}
	if err := oneOf("region", p.Region, append(certificateRegions(), "")...); err != nil {
		return nil, fmt.Errorf("provided certificate %s: %w", p.Name, err)
	}
	parsed.become(p.Status)
	return parsed, nil
}

// providedStatuses are the states of a provided certificate, the default first: of a
// free one those of DescribeLiveDomainCertificateInfo, of a cas one those of
// ListUserCertificateOrder in small letters, and two further names for them.
func providedStatuses(kind string) []string {
	if kind == "free" {
		return []string{"success", "checking", "cname_error", "domain_invalid", "unsupport_wildcard", "applying", "failed"}
	}
	return []string{"issued", "success", "checking", "checked_fail", "failed", "expired", "revoked"}
}

// become changes the state of a provided certificate. One that was issued once goes on
// being served (inferred).
func (c *certificate) become(status string) {
	c.status = status
	c.issued = c.issued || c.usable()
}

// usable reports whether a Set may name the provided certificate.
func (c *certificate) usable() bool { return c.status == "success" || c.status == "issued" }

// as is the certificate under the CertType that a Set named it by.
func (c *certificate) as(kind string) *certificate {
	named := *c
	named.kind = kind
	return &named
}

// fingerprint is the SHA-256 of the leaf's DER, lower hex; empty without certificate.
func (c *certificate) fingerprint() string {
	if c == nil {
		return ""
	}
	sum := sha256.Sum256(c.leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// listFingerprint is the Fingerprint of lists, whose samples look like SHA-1 in upper
// hex (inferred).
func (c *certificate) listFingerprint() string {
	sum := sha1.Sum(c.leaf.Raw) //nolint:gosec // see the import
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// leafPEM is the first certificate alone.
func (c *certificate) leafPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.leaf.Raw}))
}

// body is as much of the chain as the settings let describe calls return.
func (c *certificate) body(settings Settings) string {
	if settings.SSLPub == SSLPubLeaf {
		return c.leafPEM()
	}
	return c.chain
}

// issuer is the name that the vendor's pages call the authority.
func (c *certificate) issuer() string {
	if organization := c.leaf.Issuer.Organization; len(organization) > 0 {
		return organization[0]
	}
	return c.leaf.Issuer.CommonName
}

// matchedName is the name in the certificate that covers the domain; where none
// does, the first one it has.
func (c *certificate) matchedName(domain string) string {
	host := domain
	if strings.HasPrefix(domain, ".") {
		host = "any" + domain
	}
	for _, name := range c.leaf.DNSNames {
		single := &x509.Certificate{DNSNames: []string{name}}
		if single.VerifyHostname(host) == nil {
			return name
		}
	}
	if len(c.leaf.DNSNames) > 0 {
		return c.leaf.DNSNames[0]
	}
	return c.leaf.Subject.CommonName
}

// covers reports whether the leaf is good for the domain.
func (c *certificate) covers(domain string) bool {
	if strings.HasPrefix(domain, ".") {
		domain = "any" + domain
	}
	return c.leaf.VerifyHostname(domain) == nil
}

// commonName is the subject's CN, or where it has none the first name.
func (c *certificate) commonName() string {
	if c.leaf.Subject.CommonName != "" {
		return c.leaf.Subject.CommonName
	}
	return c.matchedName("")
}

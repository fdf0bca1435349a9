package aliyun

import (
	"crypto/md5"  //nolint:gosec // see IsFingerprint
	"crypto/sha1" //nolint:gosec // see IsFingerprint
	"crypto/x509"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// maxPlain bounds a text of a product's that ends up in a status, in bytes.
const maxPlain = 256

// Plain is a text of a product's as it may appear in a status: one line, of
// printable characters, not too long.
func Plain(text Text) string {
	plain := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(text))
	if len(plain) > maxPlain {
		plain = strings.ToValidUTF8(plain[:maxPlain], "")
	}
	return strings.TrimSpace(plain)
}

// WireDomain is the products' notation of a domain: a wildcard begins with the
// dot (AddLiveDomain and AddCdnDomain, DomainName).
func WireDomain(domain string) string {
	if rest, found := strings.CutPrefix(domain, "*."); found {
		return "." + rest
	}
	return domain
}

// UserDomain is the reverse of [WireDomain], as it may appear in a status.
// DescribeDcdnHttpsDomainList shows the user's notation itself.
func UserDomain(domain Text) string {
	plain := strings.ToLower(Plain(domain))
	if strings.HasPrefix(plain, ".") {
		return "*" + plain
	}
	return plain
}

// LeafOf is the leaf of a PEM text, nil if it cannot be read.
func LeafOf(pem Text) *x509.Certificate {
	leaf, err := certbundle.ParseLeaf([]byte(pem))
	if err != nil {
		return nil
	}
	return leaf
}

// IsFingerprint reports whether a product's list shows this fingerprint for the
// leaf. Samples have the length of SHA-1 (DescribeCdnSSLCertificateList) and of
// MD5 (DescribeDcdnSSLCertificateList): either finds a certificate, and neither
// proves one. What is served is always judged by SHA-256.
func IsFingerprint(shown Text, leaf *x509.Certificate) bool {
	digits := strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(string(shown)))
	switch len(digits) {
	case hex.EncodedLen(md5.Size):
		sum := md5.Sum(leaf.Raw) //nolint:gosec // see above
		return digits == hex.EncodeToString(sum[:])
	case hex.EncodedLen(sha1.Size):
		sum := sha1.Sum(leaf.Raw) //nolint:gosec // see above
		return digits == hex.EncodeToString(sum[:])
	default:
		return digits == certbundle.Fingerprint(leaf.Raw)
	}
}

// IsCode reports whether err is a product's refusal with one of the codes.
func IsCode(err error, codes ...string) bool {
	if err == nil {
		return false
	}
	refused := provider.AsError(err).Code
	for _, code := range codes {
		if strings.EqualFold(refused, code) {
			return true
		}
	}
	return false
}

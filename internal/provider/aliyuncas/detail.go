package aliyuncas

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

const (
	// fingerprintLength is that of SHA-256 in hex.
	fingerprintLength = 64
	// maxSerialDigits is more than the 20 bytes of RFC 5280, in hex.
	maxSerialDigits = 64
)

// detailReply is the reply of GetUserCertificateDetail, as far as it is wanted.
// It has no field for a private key, so that one that comes in spite of
// CertFilter is not kept.
type detailReply struct {
	// Cert is left out by CertFilter, says the page; tools in the field rely on
	// the contrary.
	Cert           aliyun.Text
	Name           aliyun.Text
	Common         aliyun.Text
	Issuer         aliyun.Text
	Sans           aliyun.Text
	SerialNo       aliyun.Text
	Sha2           aliyun.Text
	Algorithm      aliyun.Text
	StartDate      aliyun.Text
	EndDate        aliyun.Text
	Expired        bool
	CertIdentifier aliyun.Text
	// NotBefore and NotAfter are milliseconds since 1970.
	NotBefore, NotAfter aliyun.Text
}

// stored translates the reply about a certificate, whose status is known if it
// was found in a list.
func (d detailReply) stored(existing provider.Existing, status aliyun.Text) provider.Stored {
	if existing.Name == "" {
		existing.Name = aliyun.Plain(d.Name)
	}
	if region, found := strings.CutPrefix(aliyun.Plain(d.CertIdentifier), existing.ID+"-"); found && existing.Region == "" {
		existing.Region = region
	}
	if status == "" && d.Expired {
		status = expiredOnes
	}
	stored := provider.Stored{Existing: existing, Status: aliyun.Plain(status), Trouble: troubleOf(status)}
	if stored.Trouble == nil && strings.EqualFold(string(d.Algorithm), "SM2") {
		stored.Trouble = &provider.Error{Kind: provider.Rejected, Operation: "GetUserCertificateDetail", Code: "SM2",
			Advice: "name a certificate with an RSA or ECDSA key: those of SM2 need calls of their own, which are not supported"}
	}
	if leaf := aliyun.LeafOf(d.Cert); leaf != nil {
		stored.Leaf, stored.Fingerprint = leaf, certbundle.Fingerprint(leaf.Raw)
	} else {
		stored.Leaf, stored.Fingerprint = d.outline(), fingerprint(d.Sha2)
	}
	return stored
}

// outline is the leaf as the reply describes it.
func (d detailReply) outline() *x509.Certificate {
	leaf := &x509.Certificate{
		Subject:            pkix.Name{CommonName: aliyun.Plain(d.Common)},
		Issuer:             pkix.Name{CommonName: aliyun.Plain(d.Issuer)},
		NotBefore:          moment(d.NotBefore, d.StartDate),
		NotAfter:           moment(d.NotAfter, d.EndDate),
		PublicKeyAlgorithm: algorithm(d.Algorithm),
	}
	if len(d.SerialNo) <= maxSerialDigits {
		leaf.SerialNumber, _ = new(big.Int).SetString(string(d.SerialNo), 16)
	}
	for name := range strings.SplitSeq(string(d.Sans), ",") {
		if name = aliyun.Plain(aliyun.Text(name)); name != "" {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	return leaf
}

// moment is a time in milliseconds, or else the day. A time after the year 9999
// is none: the page's own sample has a digit too many.
func moment(milliseconds, day aliyun.Text) time.Time {
	const lastYear = 9999
	if number, err := strconv.ParseInt(string(milliseconds), 10, 64); err == nil && number > 0 {
		if parsed := time.UnixMilli(number).UTC(); parsed.Year() <= lastYear {
			return parsed
		}
	}
	parsed, _ := aliyun.ParseTime(string(day))
	return parsed
}

func algorithm(name aliyun.Text) x509.PublicKeyAlgorithm {
	switch strings.ToUpper(string(name)) {
	case "RSA":
		return x509.RSA
	case "ECC", "ECDSA", "EC":
		return x509.ECDSA
	default:
		return x509.UnknownPublicKeyAlgorithm
	}
}

// fingerprint is a Sha2 as this operator writes it; empty if it is none.
func fingerprint(sha2 aliyun.Text) string {
	lower := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(string(sha2)))
	isHex := func(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' }
	if len(lower) != fingerprintLength || strings.TrimFunc(lower, isHex) != "" {
		return ""
	}
	return lower
}

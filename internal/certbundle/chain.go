package certbundle

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
)

// maxSignatureChecks bounds the most expensive work of Parse. A chain of ten needs
// nine; only certificates made to look like each other's issuer need more.
const maxSignatureChecks = maxCertificates

// findLeaf takes the certificate of the private key as the leaf, wherever it
// stands in the file. Further certificates of the same key (its predecessor, or
// the temporary one that cert-manager issues while it waits) are dropped.
func (p *parsing) findLeaf() error {
	var ofKey []*x509.Certificate
	for _, c := range p.certificates {
		if p.key.public.Equal(c.PublicKey) {
			ofKey = append(ofKey, c)
		} else {
			p.others = append(p.others, c)
		}
	}
	if len(ofKey) == 0 {
		return refuse(KeyMismatch, "no certificate in %s belongs to the private key in %s; write both from the same issuance, in one update of the Secret", certificateSource, keySource)
	}
	p.leaf = slices.MinFunc(ofKey, byPreference)
	return nil
}

// followIssuers puts the issuers in order, from the leaf's upwards. It ends at
// a self-signed root, which clients have or do not trust and which is therefore
// not served, or where the file knows no further issuer.
func (p *parsing) followIssuers() error {
	if selfSigned(p.leaf) {
		return nil
	}
	candidates := slices.SortedFunc(slices.Values(p.others), byPreference)
	checksLeft := maxSignatureChecks
	p.incomplete = true
	for current := p.leaf; !selfSigned(current); {
		found := slices.IndexFunc(candidates, func(c *x509.Certificate) bool {
			return issued(c, current, &checksLeft)
		})
		if found < 0 {
			break
		}
		p.incomplete = false
		current = candidates[found]
		candidates = slices.Delete(candidates, found, found+1)
		if !selfSigned(current) {
			p.issuers = append(p.issuers, current)
		}
	}
	if checksLeft < 0 {
		return refuse(Malformed, "too many certificates in %s claim to be each other's issuer; leave only the leaf and its intermediates in it", certificateSource)
	}
	// Someone meant these to complete the chain. Serving the leaf without them
	// would break clients that the certificate served so far does not break.
	if p.incomplete && slices.ContainsFunc(candidates, func(c *x509.Certificate) bool { return !selfSigned(c) }) {
		return refuse(Malformed, "none of the other certificates in %s has issued the leaf; add the intermediate that did, and remove those that did not", certificateSource)
	}
	return nil
}

// issued says whether issuer has signed subject. Names and key identifiers
// decide first because they cost nothing; the signature decides between issuers
// of the same name. A signature that crypto/x509 does not verify (SHA-1), or
// that costs too much here, is left to the clients.
func issued(issuer, subject *x509.Certificate, checksLeft *int) bool {
	if !bytes.Equal(subject.RawIssuer, issuer.RawSubject) {
		return false
	}
	if len(subject.AuthorityKeyId) > 0 && len(issuer.SubjectKeyId) > 0 && !bytes.Equal(subject.AuthorityKeyId, issuer.SubjectKeyId) {
		return false
	}
	if !cheapToVerify(issuer.PublicKey) {
		return true
	}
	*checksLeft--
	if *checksLeft < 0 {
		return false
	}
	err := subject.CheckSignatureFrom(issuer)
	var insecure x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &insecure) || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}

// cheapToVerify is true of keys whose signatures take under a millisecond to
// check. One of P-521 takes several, and one of RSA with a modulus that fills a
// certificate takes seconds.
func cheapToVerify(public any) bool {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() <= maxRSABits
	case *ecdsa.PublicKey:
		return public.Curve != elliptic.P521()
	default:
		return true
	}
}

// selfSigned tells a root by names and key identifiers. Its signature is not
// looked at: nobody relies on it, and that of many a root is still SHA-1.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) &&
		(len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId))
}

// byPreference orders certificates that could stand in the same place. One that
// another authority has signed comes before the self-signed one of the same
// key, since it was put there for clients that do not know the root; then the
// one that expires last; then the one whose DER is smaller, so that the order
// in the file never matters.
func byPreference(a, b *x509.Certificate) int {
	rank := func(c *x509.Certificate) int {
		if selfSigned(c) {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		b.NotAfter.Compare(a.NotAfter),
		bytes.Compare(a.Raw, b.Raw),
	)
}

package certbundle

import (
	"crypto/x509"
	"strings"
)

// Bounds, all of PEM text in bytes. That of the file holds before any work is
// spent; those of a certificate and of a chain hold for their normal form, so
// that what is accepted once is accepted again however it was written. The first three are those of cert-manager's internal/pem,
// which derived them from RSA-16384 keys and certificates with 100 long names.
const (
	maxKeyBytes         = 13_000
	maxCertificateBytes = 36_500 // of one certificate: which one is the leaf is not known yet
	maxChainBytes       = 95_000
	maxCertificates     = 10
)

// The names by which messages speak of the two inputs: the data keys of a
// Secret of type kubernetes.io/tls.
const (
	certificateSource = "tls.crt"
	keySource         = "tls.key"

	certificateLabel = "CERTIFICATE"
	privateKeySuffix = "PRIVATE KEY"
)

// parsing is what the steps of Parse learn from the two inputs.
type parsing struct {
	certificatePEM, keyPEM []byte

	blocks       []block             // by splitCertificates
	keyBlock     block               // by splitKey
	certificates []*x509.Certificate // by parseCertificates, in the order of the file
	key          key                 // by parseKey
	leaf         *x509.Certificate   // by findLeaf
	others       []*x509.Certificate // by findLeaf: all that do not belong to the key
	issuers      []*x509.Certificate // by followIssuers: what is served after the leaf
	incomplete   bool                // by followIssuers
}

// Parse reads tls.crt and tls.key. The error is always an *Error. The inputs
// are neither modified nor kept; clearing them is the caller's concern.
//
// Accepted in either file: CRLF, blank lines, trailing whitespace, lines of any
// length, a byte order mark at the very beginning. Accepted in tls.crt: any
// order, a self-signed root (dropped), and certificates beside the path from
// the leaf upwards, such as a second cross-signed issuer (dropped). Where
// several certificates fit one place, the choice does not depend on their order
// in the file; see byPreference.
func Parse(certificatePEM, keyPEM []byte) (Bundle, error) {
	p := parsing{certificatePEM: withoutBOM(certificatePEM), keyPEM: withoutBOM(keyPEM)}
	defer func() { clear(p.key.der) }()
	for _, step := range []func(*parsing) error{
		(*parsing).boundSizes,
		(*parsing).requireBoth,
		(*parsing).splitCertificates,
		(*parsing).splitKey,
		(*parsing).parseCertificates,
		(*parsing).parseKey,
		(*parsing).findLeaf,
		(*parsing).followIssuers,
	} {
		if err := step(&p); err != nil {
			return Bundle{}, err
		}
	}
	return p.bundle(), nil
}

func (p *parsing) boundSizes() error {
	if size := len(p.certificatePEM); size > maxChainBytes {
		return refuse(TooLarge, "%s has %d bytes, at most %d are accepted; leave only the leaf and its intermediates in it", certificateSource, size, maxChainBytes)
	}
	if size := len(p.keyPEM); size > maxKeyBytes {
		return refuse(TooLarge, "%s has %d bytes, at most %d are accepted; leave only the private key in it", keySource, size, maxKeyBytes)
	}
	return nil
}

func (p *parsing) requireBoth() error {
	var missing []string
	if len(trimSpace(p.certificatePEM)) == 0 {
		missing = append(missing, certificateSource)
	}
	if len(trimSpace(p.keyPEM)) == 0 {
		missing = append(missing, keySource)
	}
	if len(missing) == 0 {
		return nil
	}
	return refuse(Malformed, "missing or empty: %s; the Secret needs the certificate chain as %s and the private key as %s, both as PEM",
		strings.Join(missing, " and "), certificateSource, keySource)
}

func (p *parsing) splitCertificates() (err error) {
	p.blocks, err = splitBlocks(p.certificatePEM, certificateSource, maxCertificates)
	if err != nil {
		return err
	}
	if len(p.blocks) > maxCertificates {
		return refuse(TooLarge, "%s has more than %d blocks; leave only the leaf and its intermediates in it", certificateSource, maxCertificates)
	}
	for i, b := range p.blocks {
		if err := checkCertificateBlock(b, i+1); err != nil {
			return err
		}
	}
	return nil
}

// checkCertificateBlock refuses what is not plainly a certificate, so that a
// private key pasted into tls.crt can never leave as part of the chain.
func checkCertificateBlock(b block, position int) error {
	switch {
	case strings.HasSuffix(b.label, privateKeySuffix):
		return refuse(Malformed, "block %d of %s is a private key; put it into %s, leave only certificates in %s, and consider who could read the key there", position, certificateSource, keySource, certificateSource)
	case b.label != certificateLabel:
		return refuse(Malformed, "block %d of %s is not a CERTIFICATE; leave only certificates in it", position, certificateSource)
	case b.headed():
		return refuse(Malformed, "certificate %d of %s has PEM headers; remove all lines with a colon", position, certificateSource)
	}
	return nil
}

func (p *parsing) parseCertificates() error {
	total := 0
	for i, b := range p.blocks {
		der, ok := b.decode()
		if !ok {
			return refuse(Malformed, "certificate %d of %s is not valid base64; copy it again as a whole", i+1, certificateSource)
		}
		size := pemLen(certificateLabel, der)
		if size > maxCertificateBytes {
			return refuse(TooLarge, "certificate %d of %s takes %d bytes as PEM, at most %d are accepted; issue it for fewer names", i+1, certificateSource, size, maxCertificateBytes)
		}
		total += size
		if total > maxChainBytes {
			return refuse(TooLarge, "the certificates in %s take more than %d bytes as PEM; leave only the leaf and its intermediates in it", certificateSource, maxChainBytes)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			// The reason is left out: it can quote what the certificate says.
			return refuse(Malformed, "certificate %d of %s is not a valid X.509 certificate; look at it with openssl x509 -text and issue it again", i+1, certificateSource)
		}
		p.certificates = append(p.certificates, certificate)
	}
	return nil
}

func (p *parsing) bundle() Bundle {
	served := append([]*x509.Certificate{p.leaf}, p.issuers...)
	var size int
	for _, c := range served {
		size += pemLen(certificateLabel, c.Raw)
	}
	chain := make([]byte, 0, size)
	for _, c := range served {
		chain = appendPEM(chain, certificateLabel, c.Raw)
	}
	keyPEM := make([]byte, 0, pemLen(p.key.label, p.key.der))
	return Bundle{
		leaf:           p.leaf,
		certificatePEM: chain,
		privateKey:     newPrivateKey(appendPEM(keyPEM, p.key.label, p.key.der)),
		keyAlgorithm:   p.key.algorithm,
		fingerprint:    Fingerprint(p.leaf.Raw),
		incomplete:     p.incomplete,
	}
}

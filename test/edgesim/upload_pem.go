package edgesim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"time"
)

// Which documented error each defect of an upload meets is inferred from the errors'
// wording; that each of them can be met at all is the point.

// readUpload reads SSLPub and SSLPri as the product would.
func readUpload(pub, pri string, settings Settings, now time.Time) (*certificate, error) {
	switch {
	case pub == "":
		return nil, liveRefusal("SSLPub.MissingParameter", 1)
	case pri == "":
		return nil, liveRefusal("SSLPri.MissingParameter", 1)
	case len(pub) > settings.MaxCertificateBytes:
		return nil, liveRefusal("InvalidCertificate.TooLong", 1)
	case !ascii(pub):
		return nil, liveRefusal("sslPub.Error", 1).because("SSLPub holds a byte that is not ASCII")
	case !ascii(pri):
		return nil, liveRefusal("sslPri.Error", 1).because("SSLPri holds a byte that is not ASCII")
	case strings.TrimSpace(pri) == "":
		return nil, liveRefusal("Certificate.KeyNull", 1).because("SSLPri is blank")
	case !hasPEM(pub) && !hasPEM(pri):
		return nil, liveRefusal("InvalidSSLPubOrInvalidSSLPri", 1).because("neither SSLPub nor SSLPri is PEM")
	case !hasPEM(pub):
		return nil, liveRefusal("InvalidSSLPub", 1).because("SSLPub is not PEM")
	case !hasPEM(pri):
		return nil, liveRefusal("InvalidSSLPri", 1).because("SSLPri is not PEM")
	}
	strict := settings.PEM == PEMDocumented
	chain, err := readChain(pub, strict)
	if err != nil {
		return nil, err
	}
	key, err := readKey(pri, strict)
	if err != nil {
		return nil, err
	}
	if err := matchPair(chain[0], key); err != nil {
		return nil, err
	}
	if now.After(chain[0].NotAfter) {
		return nil, liveRefusal("Certificate.Expired", 1)
	}
	return newCertificate(pub, chain, key), nil
}

// readChain reads the certificates of SSLPub, leaf first.
func readChain(pub string, strict bool) ([]*x509.Certificate, error) {
	if strict && untidy(pub) {
		return nil, liveRefusal("Certificate.FormatError", 1).
			because("SSLPub has a blank line, a line over 64 characters, or text outside its blocks")
	}
	var chain []*x509.Certificate
	for rest := []byte(pub); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, liveRefusal("Certificate.FormatError", 1).because("SSLPub holds a block that is no certificate")
		}
		link, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, liveRefusal("Certificate.FormatError", 1).because("SSLPub holds a certificate that cannot be parsed")
		}
		chain = append(chain, link)
	}
	if len(chain) != strings.Count(pub, pemBegin) {
		return nil, liveRefusal("Decode.Error", 1).because("SSLPub holds a PEM block that cannot be decoded")
	}
	return chain, nil
}

// readKey reads the key of SSLPri. The pages describe PKCS#1 and tell users to
// convert other forms.
func readKey(pri string, strict bool) (crypto.PrivateKey, error) {
	block, rest := pem.Decode([]byte(pri))
	if block != nil && block.Type == "EC PARAMETERS" {
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, liveRefusal("Decode.Error", 1).because("SSLPri holds a PEM block that cannot be decoded")
	}
	if len(block.Bytes) == 0 {
		return nil, liveRefusal("Certificate.KeyNull", 1).because("SSLPri is an empty PEM block")
	}
	malformed := liveRefusal("Key.Malformed", 1)
	if len(block.Headers) > 0 || strings.HasPrefix(block.Type, "ENCRYPTED") {
		return nil, malformed.because("SSLPri is protected by a passphrase")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, malformed.because("SSLPri is no private key of a known kind")
	}
	if strict && block.Type == "PRIVATE KEY" {
		return nil, malformed.because("SSLPri is PKCS#8; the documented forms are PKCS#1 and SEC1 (setting pem)")
	}
	return key, nil
}

func parseKey(block *pem.Block) (crypto.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	default:
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
}

// matchPair compares the key with the leaf. Of the two messages for a mismatch,
// the first is taken for another key of the same kind, the second for another kind.
func matchPair(leaf *x509.Certificate, key crypto.PrivateKey) error {
	signer, isSigner := key.(crypto.Signer)
	if !isSigner {
		return liveRefusal("Key.Malformed", 1).because("SSLPri cannot sign")
	}
	public, comparing := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if comparing && public.Equal(leaf.PublicKey) {
		return nil
	}
	_, leafRSA := leaf.PublicKey.(*rsa.PublicKey)
	_, keyRSA := signer.Public().(*rsa.PublicKey)
	_, leafEC := leaf.PublicKey.(*ecdsa.PublicKey)
	_, keyEC := signer.Public().(*ecdsa.PublicKey)
	if leafRSA == keyRSA && leafEC == keyEC {
		return liveRefusal("Certificate.MissMatch", 1)
	}
	return liveRefusal("Certificate.MissMatch", 2)
}

const pemBegin = "-----BEGIN "

func hasPEM(text string) bool { return strings.Contains(text, pemBegin) }

// untidy reports what the pages on certificate formats rule out: blank lines between
// blocks, lines over 64 characters, text outside blocks.
func untidy(text string) bool {
	inside := false
	for line := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		switch {
		case strings.HasPrefix(line, pemBegin):
			inside = true
		case strings.HasPrefix(line, "-----END "):
			inside = false
		case !inside || line == "" || len(line) > 64:
			return true
		}
	}
	return false
}

func ascii(text string) bool {
	return !slices.ContainsFunc([]byte(text), func(b byte) bool { return b >= 0x80 || b == 0 })
}

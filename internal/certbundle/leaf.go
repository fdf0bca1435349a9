package certbundle

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
)

// Fingerprint is SHA-256 of a leaf's DER in lower-case hex, by which
// certificates are compared everywhere.
func Fingerprint(leafDER []byte) string {
	sum := sha256.Sum256(leafDER)
	return hex.EncodeToString(sum[:])
}

// ParseLeaf reads the first CERTIFICATE block of what a provider says it holds.
// The error is always an *Error, Malformed or TooLarge.
//
// Unlike Parse it is generous about the form, since nobody can mend a
// provider's answer: text before and after, lines of any length or none at all,
// line ends as spaces or as the two characters \n, and slashes as \/ (JSON
// inside JSON).
func ParseLeaf(certificatePEM []byte) (*x509.Certificate, error) {
	const source = "the provider's certificate"
	if len(certificatePEM) > maxChainBytes {
		return nil, refuse(TooLarge, "%s has %d bytes, at most %d are read; replace it at the provider", source, len(certificatePEM), maxChainBytes)
	}
	_, text, begun := bytes.Cut(certificatePEM, []byte(beginMark+certificateLabel+lineEnd))
	body, _, ended := bytes.Cut(text, []byte(endMark+certificateLabel+lineEnd))
	if !begun || !ended {
		return nil, refuse(Malformed, "%s is not PEM with a CERTIFICATE block; replace it at the provider", source)
	}
	der, ok := block{body: unescaped(body)}.decode()
	if !ok {
		return nil, refuse(Malformed, "%s is not valid base64; replace it at the provider", source)
	}
	if size := pemLen(certificateLabel, der); size > maxCertificateBytes {
		return nil, refuse(TooLarge, "%s takes %d bytes as PEM, at most %d are read; replace it at the provider", source, size, maxCertificateBytes)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, refuse(Malformed, "%s is not a valid X.509 certificate; replace it at the provider", source)
	}
	return leaf, nil
}

// unescaped drops every backslash, and with it the letter of an escaped line
// end, however often the text was escaped.
func unescaped(body []byte) []byte {
	plain := make([]byte, 0, len(body))
	escaped := false
	for _, c := range body {
		lineEndLetter := escaped && (c == 'n' || c == 'r')
		escaped = c == '\\'
		if !escaped && !lineEndLetter {
			plain = append(plain, c)
		}
	}
	return plain
}

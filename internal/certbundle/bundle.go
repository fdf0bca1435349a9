// Package certbundle turns the two data keys of a TLS Secret, tls.crt and
// tls.key, into a Bundle: a leaf, its chain and its private key, checked,
// ordered and written in one normal form.
//
// Both inputs are written by strangers to this process, so sizes are bounded
// before anything is decoded, every algorithm is linear in the (bounded) input,
// and an error never repeats what was read.
package certbundle

import (
	"crypto/x509"
	"time"
)

// Bundle is a certificate chain with the private key of its leaf. It comes from
// Parse only; the zero value is an empty bundle, good for nothing but Clear.
// Copies of a Bundle share its memory, and so the effect of Clear.
type Bundle struct {
	leaf           *x509.Certificate
	certificatePEM []byte
	privateKey     PrivateKey
	keyAlgorithm   string
	fingerprint    string
	incomplete     bool
}

// Leaf is the certificate that belongs to the private key. Do not modify it.
func (b Bundle) Leaf() *x509.Certificate { return b.leaf }

// Fingerprint identifies the bundle: SHA-256 of the leaf's DER, lower-case hex.
func (b Bundle) Fingerprint() string { return b.fingerprint }

// CertificatePEM is the chain in normal form: the leaf first, then each issuer
// in order, no root (unless the leaf is self-signed and so its own), one
// CERTIFICATE block after the other without blank lines, 64 columns, LF. It is
// the bundle's own memory: do not modify it.
func (b Bundle) CertificatePEM() []byte { return b.certificatePEM }

// PrivateKey is the key in normal form: PKCS#1 for RSA, SEC1 for ECDSA.
func (b Bundle) PrivateKey() PrivateKey { return b.privateKey }

// KeyAlgorithm names the kind and size of the key: "RSA-2048", "ECDSA-P256".
func (b Bundle) KeyAlgorithm() string { return b.keyAlgorithm }

// IncompleteChain says that the Secret held nothing that issued the leaf,
// neither an intermediate nor a root. Clients that do not fetch missing issuers
// will refuse what is served, unless they trust the issuer itself; hence a
// warning and not an error.
func (b Bundle) IncompleteChain() bool { return b.incomplete }

// Clear overwrites the private key with zeros, in this bundle and its copies.
func (b *Bundle) Clear() { b.privateKey.Clear() }

// Check says whether the bundle can serve domain at the moment now, as an
// *Error with the first reason against it, or nil.
func (b Bundle) Check(domain string, now time.Time) error { return CheckLeaf(b.leaf, domain, now) }

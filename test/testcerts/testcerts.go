// Package testcerts makes certificates and keys for tests, at run time, so that
// no private key is ever part of a fixture or a commit.
//
//	ca := testcerts.NewCA("Example CA")
//	pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
//
// It depends on the standard library alone and on no part of the operator, so
// that a mistake of the operator cannot hide here as well. Its functions panic
// where crypto itself fails, which happens only to impossible options (a
// template that crypto/x509 refuses to sign).
package testcerts

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"time"
)

const (
	// DefaultAge is how long before now a certificate starts to be valid.
	DefaultAge = time.Hour
	// DefaultLifetime is how long after now a certificate is valid.
	DefaultLifetime = 90 * 24 * time.Hour

	caLifetime    = 10 * 365 * 24 * time.Hour
	serialBits    = 120 // positive, and within the 20 octets of RFC 5280 §4.1.2.2
	maxCommonName = 64  // RFC 5280, ub-common-name
)

// CA is a root and one intermediate that issues the leaves, both ECDSA P-256.
// It is safe for concurrent use.
type CA struct {
	// Root is self-signed.
	Root *x509.Certificate
	// Intermediate is signed by Root, and signs what Issue makes.
	Intermediate *x509.Certificate

	rootKey, intermediateKey crypto.Signer
}

// NewCA makes a CA whose certificates carry name in their subject. Two CAs of
// the same name have different keys.
func NewCA(name string) CA {
	rootKey, intermediateKey := NewKey(ECDSAP256), NewKey(ECDSAP256)
	rootTemplate := caTemplate(name + " Root")
	root := sign(rootTemplate, rootTemplate, rootKey.Public(), rootKey)
	return CA{
		Root:            root,
		Intermediate:    sign(caTemplate(name+" Intermediate"), root, intermediateKey.Public(), rootKey),
		rootKey:         rootKey,
		intermediateKey: intermediateKey,
	}
}

// CrossSigned is the intermediate of other, its name and key, signed by this
// CA's root: the alternative to other.Intermediate.
func (ca CA) CrossSigned(other CA) *x509.Certificate {
	return sign(caTemplate(other.Intermediate.Subject.CommonName), ca.Root, other.Intermediate.PublicKey, ca.rootKey)
}

// RootPEM is the root as one PEM block.
func (ca CA) RootPEM() []byte { return CertificatePEM(ca.Root) }

// IntermediatePEM is the intermediate as one PEM block.
func (ca CA) IntermediatePEM() []byte { return CertificatePEM(ca.Intermediate) }

// Pool holds the root, for a client that trusts this CA alone.
func (ca CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Root)
	return pool
}

// Options are what a leaf is made of. The zero value makes an ECDSA P-256 leaf
// without a name that is valid from an hour ago for 90 days.
type Options struct {
	// DNSNames are the subject alternative names.
	DNSNames []string
	// CommonName is the subject, by default the first DNS name if it fits.
	// Clients ignore it; so should what is tested.
	CommonName string
	// NotBefore defaults to an hour ago, NotAfter to 90 days from now.
	NotBefore, NotAfter time.Time
	// SerialNumber defaults to a random one.
	SerialNumber *big.Int
	// Key is the kind of the key, by default ECDSAP256.
	Key KeyKind
	// Signer is the key itself where the test brings one, for example that of
	// an earlier pair to renew it without a new key. By default ECDSA and
	// Ed25519 keys are new for each pair, while all pairs with an RSA kind
	// share one key per process, since making one takes up to seconds.
	Signer crypto.Signer
}

// Pair is a certificate with its key, as a TLS Secret holds it.
type Pair struct {
	// CertificatePEM is the leaf and, unless it is self-signed, the intermediate.
	CertificatePEM []byte
	// KeyPEM is the key in PKCS#8; see PKCS1 and SEC1 for its other forms.
	KeyPEM []byte
	// Leaf is the parsed leaf.
	Leaf *x509.Certificate
	// Fingerprint is SHA-256 of the leaf's DER, lower-case hex.
	Fingerprint string
	// Signer is the private key.
	Signer crypto.Signer
}

// Issue makes a leaf that the intermediate has signed.
func (ca CA) Issue(o Options) Pair {
	signer := o.signer()
	leaf := sign(o.template(), ca.Intermediate, signer.Public(), ca.intermediateKey)
	return newPair(leaf, signer, leaf, ca.Intermediate)
}

// IssueFromRoot makes a leaf that the root has signed, so that it needs no
// intermediate.
func (ca CA) IssueFromRoot(o Options) Pair {
	signer := o.signer()
	leaf := sign(o.template(), ca.Root, signer.Public(), ca.rootKey)
	return newPair(leaf, signer, leaf)
}

// SelfSigned makes a leaf that nobody but itself has signed.
func SelfSigned(o Options) Pair {
	signer, template := o.signer(), o.template()
	leaf := sign(template, template, signer.Public(), signer)
	return newPair(leaf, signer, leaf)
}

// WithKeyOf is a copy of the pair with the key of another one: a mismatch,
// unless both share their key.
func (p Pair) WithKeyOf(other Pair) Pair {
	p.Signer, p.KeyPEM = other.Signer, other.KeyPEM
	return p
}

// TLS is the pair for a server in crypto/tls.
func (p Pair) TLS() tls.Certificate {
	return must(tls.X509KeyPair(p.CertificatePEM, p.KeyPEM))
}

// CertificatePEM is certificates as PEM, one block after the other.
func CertificatePEM(certificates ...*x509.Certificate) []byte {
	var text []byte
	for _, c := range certificates {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

func newPair(leaf *x509.Certificate, signer crypto.Signer, chain ...*x509.Certificate) Pair {
	sum := sha256.Sum256(leaf.Raw)
	return Pair{
		CertificatePEM: CertificatePEM(chain...),
		KeyPEM:         PKCS8(signer),
		Leaf:           leaf,
		Fingerprint:    hex.EncodeToString(sum[:]),
		Signer:         signer,
	}
}

func (o Options) signer() crypto.Signer {
	if o.Signer != nil {
		return o.Signer
	}
	return sharedKey(o.Key)
}

func (o Options) template() *x509.Certificate {
	now := time.Now()
	if o.NotBefore.IsZero() {
		o.NotBefore = now.Add(-DefaultAge)
	}
	if o.NotAfter.IsZero() {
		o.NotAfter = now.Add(DefaultLifetime)
	}
	if o.SerialNumber == nil {
		o.SerialNumber = randomSerial()
	}
	if o.CommonName == "" && len(o.DNSNames) > 0 && len(o.DNSNames[0]) <= maxCommonName {
		o.CommonName = o.DNSNames[0]
	}
	return &x509.Certificate{
		SerialNumber: o.SerialNumber,
		Subject:      pkix.Name{CommonName: o.CommonName},
		DNSNames:     o.DNSNames,
		NotBefore:    o.NotBefore,
		NotAfter:     o.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func caTemplate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          randomSerial(),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-caLifetime),
		NotAfter:              now.Add(caLifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	der := must(x509.CreateCertificate(rand.Reader, template, parent, public, signer))
	return must(x509.ParseCertificate(der))
}

func randomSerial() *big.Int {
	serial := must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits)))
	return serial.Add(serial, big.NewInt(1))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

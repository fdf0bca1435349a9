package certbundle_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/domaincert/domaincert/test/testcerts"
)

const mebibyte = 1 << 20

// hostileChain is a leaf with nine certificates that all have one name and one
// key each. They have no key identifiers, and the one that did sign is always
// tried last, so that only signatures can tell them apart.
func hostileChain(kind testcerts.KeyKind) testcerts.Pair {
	const claimants = 9
	var keys []crypto.Signer
	for range claimants {
		keys = append(keys, testcerts.NewKey(kind))
	}
	leafKey := testcerts.NewKey(testcerts.ECDSAP256)
	chain := certificates{selfIssued("leaf", 1, leafKey.Public(), keys[claimants-1])}
	for i, key := range keys {
		chain = append(chain, selfIssued("issuer", claimants-i, key.Public(), keys[max(0, i-1)]))
	}
	return testcerts.Pair{CertificatePEM: testcerts.CertificatePEM(chain...), KeyPEM: testcerts.SEC1(leafKey)}
}

// selfIssued is a certificate in the name of "issuer" that outlives others by
// its years. Its authority key identifier is nobody's, or it would be a root.
func selfIssued(subject string, years int, public crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: "issuer"}}
	template := &x509.Certificate{
		SerialNumber:   big.NewInt(1),
		Subject:        pkix.Name{CommonName: subject},
		NotBefore:      time.Now(),
		NotAfter:       time.Now().AddDate(years, 0, 0),
		AuthorityKeyId: []byte("nobody"),
		// Set here because crypto/x509 would add a key identifier of its own.
		ExtraExtensions: []pkix.Extension{{
			Id:    asn1.ObjectIdentifier{2, 5, 29, 19}, // basicConstraints: CA
			Value: []byte{0x30, 3, 1, 1, 0xFF},
		}},
	}
	return signed(template, parent, public, signer)
}

func signed(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return certificate
}

// slowRSAChain is a valid chain of nine issuers with a modulus of this size and
// the largest exponent that crypto/rsa accepts.
func slowRSAChain(bits int) testcerts.Pair {
	leafKey, signer := testcerts.NewKey(testcerts.ECDSAP256), newSlowRSA(bits)
	name := func(i int) pkix.Name { return pkix.Name{CommonName: strings.Repeat("I", i+1)} }
	chain := certificates{signed(&x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{Subject: name(0)}, leafKey.Public(), signer)}
	for i := range 9 {
		chain = append(chain, signed(
			&x509.Certificate{SerialNumber: big.NewInt(1), Subject: name(i), IsCA: true, BasicConstraintsValid: true},
			&x509.Certificate{Subject: name(i + 1)}, signer.Public(), signer))
	}
	return testcerts.Pair{CertificatePEM: testcerts.CertificatePEM(chain...), KeyPEM: testcerts.SEC1(leafKey)}
}

// slowRSA signs with an RSA key of many small primes, which is quick to make
// at any size and as slow to verify as a proper one.
type slowRSA struct {
	public  rsa.PublicKey
	private *big.Int
}

// newSlowRSA makes a modulus a few bits short of bits.
func newSlowRSA(bits int) slowRSA {
	const primeBits, exponent = 256, 1<<31 - 1
	one := big.NewInt(1)
	modulus, totient := big.NewInt(1), big.NewInt(1)
	for range bits / primeBits {
		prime, err := rand.Prime(rand.Reader, primeBits)
		if err != nil {
			panic(err)
		}
		modulus.Mul(modulus, prime)
		totient.Mul(totient, prime.Sub(prime, one))
	}
	private := new(big.Int).ModInverse(big.NewInt(exponent), totient)
	return slowRSA{public: rsa.PublicKey{N: modulus, E: exponent}, private: private}
}

// Public implements crypto.Signer.
func (s slowRSA) Public() crypto.PublicKey { return &s.public }

// Sign implements crypto.Signer with PKCS#1 v1.5 over SHA-256 (RFC 8017 §9.2).
func (s slowRSA) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	info, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, Parameters: asn1.NullRawValue}, digest})
	if err != nil {
		return nil, err
	}
	size := s.public.Size()
	encoded := append([]byte{0, 1}, bytes.Repeat([]byte{0xFF}, size-3-len(info))...)
	encoded = append(append(encoded, 0), info...)
	m := new(big.Int).SetBytes(encoded)
	return m.Exp(m, s.private, s.public.N).FillBytes(make([]byte, size)), nil
}

// absurdKey has an acceptable modulus, but fills the file with its factors.
func absurdKey() []byte {
	huge := new(big.Int).Lsh(big.NewInt(1), 12_000)
	return pemOf("RSA PRIVATE KEY", rsaWith(4096, 65537, huge.Add(huge, big.NewInt(1))))
}

// manyNames are DNS names of the given total length.
func manyNames(total int) []string {
	name := strings.Repeat("a", 10) + ".example.com"
	return slices.Repeat([]string{name}, total/len(name))
}

// input is one attempt to make Parse expensive.
type input struct {
	name                   string
	certificatePEM, keyPEM []byte
}

// hostileInputs are 1 MiB each where the bound on size is what protects, and
// just within the bounds where it is not.
func hostileInputs() []input {
	ca := testcerts.NewCA("Example")
	pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	fill := func(s string, size int) []byte { return bytes.Repeat([]byte(s), size/len(s)) }
	emptyBlock := "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
	p384, p521 := hostileChain(testcerts.ECDSAP384), hostileChain(testcerts.ECDSAP521)
	rsa4096, rsa5120 := slowRSAChain(4096), slowRSAChain(5120)
	wide := ca.Issue(testcerts.Options{DNSNames: manyNames(20_000)})
	vast := ca.Issue(testcerts.Options{DNSNames: manyNames(100_000)})
	return []input{
		{"begin-lines-1MiB", fill("-----BEGIN CERTIFICATE-----\n", mebibyte), pair.KeyPEM},
		{"begin-lines-within-bounds", fill("-----BEGIN CERTIFICATE-----\n", 95_000), fill("-----BEGIN PRIVATE KEY-----\n", 13_000)},
		{"begin-end-mismatched-within-bounds", fill("-----BEGIN A-----\n-----END B-----\n", 95_000), pair.KeyPEM},
		{"20k-blocks-1MiB", fill(emptyBlock, mebibyte), pair.KeyPEM},
		{"blocks-within-bounds", fill(emptyBlock, 95_000), pair.KeyPEM},
		{"newlines-1MiB", fill("\n", mebibyte), fill("\n", mebibyte)},
		{"newlines-in-block-within-bounds", append([]byte("-----BEGIN CERTIFICATE-----\n"), fill("\n", 36_000)...), pair.KeyPEM},
		{"100KB-names", vast.CertificatePEM, vast.KeyPEM},
		{"names-within-bounds", wide.CertificatePEM, wide.KeyPEM},
		{"issuers-of-one-name-p384", p384.CertificatePEM, p384.KeyPEM},
		{"issuers-of-one-name-p521", p521.CertificatePEM, p521.KeyPEM},
		{"issuers-rsa-4096", rsa4096.CertificatePEM, rsa4096.KeyPEM},
		{"issuers-rsa-5120", rsa5120.CertificatePEM, rsa5120.KeyPEM},
		{"rsa-key-of-absurd-factors", pair.CertificatePEM, absurdKey()},
		{"key-1MiB", pair.CertificatePEM, fill("A", mebibyte)},
	}
}

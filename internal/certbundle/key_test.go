package certbundle_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

func pemOf(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

func derOf(value any) []byte {
	der, err := asn1.Marshal(value)
	if err != nil {
		panic(err)
	}
	return der
}

// pkcs8Of wraps anything as if it were a key of the given algorithm.
func pkcs8Of(algorithm asn1.ObjectIdentifier, parameters asn1.RawValue, key []byte) []byte {
	return pemOf("PRIVATE KEY", derOf(struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}{0, pkix.AlgorithmIdentifier{Algorithm: algorithm, Parameters: parameters}, key}))
}

// rsaOf is a PKCS#1 key of which only modulus and exponent have the right shape.
func rsaOf(bits uint, exponent int64) []byte { return rsaWith(bits, exponent, big.NewInt(1)) }

// rsaWith is rsaOf with a value for all the numbers that are secret.
func rsaWith(bits uint, exponent int64, secret *big.Int) []byte {
	modulus := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return derOf(struct {
		Version                  int
		N, E, D, P, Q, P1, Q1, I *big.Int
	}{0, modulus.Add(modulus, big.NewInt(1)), big.NewInt(exponent), secret, secret, secret, secret, secret, secret})
}

var _ = Describe("a private key", func() {
	ca := testcerts.NewCA("Example")
	issue := func(kind testcerts.KeyKind) testcerts.Pair {
		return ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}, Key: kind})
	}
	rsa, ec := issue(testcerts.RSA2048), issue(testcerts.ECDSAP256)

	DescribeTable("is brought into its normal form",
		func(pair testcerts.Pair, keyPEM, normal []byte, algorithm string) {
			bundle := mustParse(pair.CertificatePEM, keyPEM)
			Expect(bytes.Equal(bundle.PrivateKey().Bytes(), normal)).To(BeTrue())
			Expect(bundle.KeyAlgorithm()).To(Equal(algorithm))
		},
		Entry("RSA as PKCS#8", rsa, testcerts.PKCS8(rsa.Signer), testcerts.PKCS1(rsa.Signer), "RSA-2048"),
		Entry("RSA as PKCS#1", rsa, testcerts.PKCS1(rsa.Signer), testcerts.PKCS1(rsa.Signer), "RSA-2048"),
		Entry("ECDSA as PKCS#8", ec, testcerts.PKCS8(ec.Signer), testcerts.SEC1(ec.Signer), "ECDSA-P256"),
		Entry("ECDSA as SEC1", ec, testcerts.SEC1(ec.Signer), testcerts.SEC1(ec.Signer), "ECDSA-P256"),
		Entry("ECDSA behind its parameters", ec, testcerts.SEC1WithParameters(ec.Signer), testcerts.SEC1(ec.Signer), "ECDSA-P256"),
	)

	DescribeTable("of every size that edges serve is accepted",
		func(kind testcerts.KeyKind, algorithm string) {
			pair := issue(kind)
			bundle := mustParse(pair.CertificatePEM, pair.KeyPEM)
			Expect(bundle.KeyAlgorithm()).To(Equal(algorithm))
			Expect(mustParse(bundle.CertificatePEM(), bundle.PrivateKey().Bytes()).KeyAlgorithm()).To(Equal(algorithm))
		},
		Entry("RSA-3072", testcerts.RSA3072, "RSA-3072"),
		Entry("RSA-4096", testcerts.RSA4096, "RSA-4096"),
		Entry("P-384", testcerts.ECDSAP384, "ECDSA-P384"),
	)

	DescribeTable("of any other kind is refused",
		func(keyPEM func() []byte, advice string) {
			_, err := certbundle.Parse(rsa.CertificatePEM, keyPEM())
			Expect(err).To(BeRefused(certbundle.UnsupportedKey, advice))
		},
		Entry("RSA-1024", func() []byte { return issue(testcerts.RSA1024).KeyPEM }, "RSA key of 1024 bits; use RSA"),
		Entry("RSA-2047", func() []byte { return pemOf("RSA PRIVATE KEY", rsaOf(2047, 65537)) }, "2047 bits"),
		Entry("RSA-8192", func() []byte { return pemOf("RSA PRIVATE KEY", rsaOf(8192, 65537)) }, "8192 bits"),
		Entry("RSA with a huge exponent", func() []byte { return pemOf("RSA PRIVATE KEY", rsaOf(2048, 1<<32+1)) }, "use 65537"),
		Entry("P-224 as PKCS#8", func() []byte { return issue(testcerts.ECDSAP224).KeyPEM }, "curve"),
		Entry("P-224 as SEC1", func() []byte { return testcerts.SEC1(issue(testcerts.ECDSAP224).Signer) }, "curve"),
		Entry("P-521 as PKCS#8", func() []byte { return issue(testcerts.ECDSAP521).KeyPEM }, "curve"),
		Entry("P-521 as SEC1", func() []byte { return testcerts.SEC1(issue(testcerts.ECDSAP521).Signer) }, "curve"),
		Entry("a curve unknown to crypto/x509 (secp256k1)", func() []byte {
			oid := derOf(asn1.ObjectIdentifier{1, 3, 132, 0, 10})
			return pkcs8Of(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.RawValue{FullBytes: oid}, []byte{1})
		}, "curve"),
		Entry("Ed25519", func() []byte { return issue(testcerts.Ed25519).KeyPEM }, "neither RSA nor ECDSA"),
		Entry("DSA as PKCS#8", func() []byte {
			return pkcs8Of(asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, asn1.NullRawValue, []byte{2, 1, 1})
		}, "neither RSA nor ECDSA"),
		Entry("DSA in its own form", func() []byte { return pemOf("DSA PRIVATE KEY", []byte{1}) }, "kind that edges do not serve"),
		Entry("OpenSSH", func() []byte { return pemOf("OPENSSH PRIVATE KEY", []byte{1}) }, "kind that edges do not serve"),
		Entry("encrypted PKCS#8", func() []byte { return testcerts.EncryptedPKCS8(rsa.Signer, "secret") }, "without a passphrase"),
		Entry("encrypted the old way", func() []byte { return testcerts.LegacyEncrypted(rsa.Signer, "secret") }, "without a passphrase"),
	)

	DescribeTable("that is not exactly one key is refused",
		func(keyPEM func() []byte, advice string) {
			_, err := certbundle.Parse(rsa.CertificatePEM, keyPEM())
			Expect(err).To(BeRefused(certbundle.Malformed, advice))
		},
		Entry("two keys", func() []byte { return append(bytes.Clone(rsa.KeyPEM), ec.KeyPEM...) }, "more than one"),
		Entry("parameters before a key of another form", func() []byte {
			return append(pemOf("EC PARAMETERS", []byte{5, 0}), rsa.KeyPEM...)
		}, "more than one"),
		Entry("parameters alone", func() []byte { return pemOf("EC PARAMETERS", []byte{5, 0}) }, "not a private key"),
		Entry("the certificate", func() []byte { return ca.RootPEM() }, "tls.key is a certificate"),
		Entry("a public key", func() []byte { return pemOf("PUBLIC KEY", []byte{5, 0}) }, "not a private key"),
		Entry("a key with headers", func() []byte {
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"Name": "x"}, Bytes: []byte{5, 0}})
		}, "PEM headers"),
		Entry("text behind it", func() []byte { return append(bytes.Clone(rsa.KeyPEM), "x"...) }, "tls.key has text outside"),
		Entry("garbled base64", func() []byte { return bytes.Replace(rsa.KeyPEM, []byte("MII"), []byte("M!I"), 1) }, "base64"),
		Entry("PKCS#1 with another label", func() []byte { return pemOf("EC PRIVATE KEY", rsaOf(2048, 65537)) }, "damaged"),
		Entry("SEC1 with another label", func() []byte {
			return bytes.ReplaceAll(testcerts.SEC1(ec.Signer), []byte("EC PRIVATE"), []byte("RSA PRIVATE"))
		}, "damaged"),
		Entry("PKCS#8 with octets behind the key", func() []byte {
			block, _ := pem.Decode(ec.KeyPEM)
			return pemOf(block.Type, append(block.Bytes, 5, 0))
		}, "damaged"),
		Entry("SEC1 without a curve", func() []byte {
			return pemOf("EC PRIVATE KEY", derOf(struct {
				Version int
				Scalar  []byte
			}{1, []byte{1}}))
		}, "damaged"),
		Entry("an RSA key that does not compute", func() []byte { return pemOf("RSA PRIVATE KEY", rsaOf(2048, 65537)) }, "damaged"),
		Entry("an empty block", func() []byte { return pemOf("PRIVATE KEY", nil) }, "damaged"),
	)

	It("is refused when larger than its bound", func() {
		_, err := certbundle.Parse(rsa.CertificatePEM, bytes.Repeat([]byte("\n"), 13_001))
		Expect(err).To(BeRefused(certbundle.TooLarge, "13000"))
	})

	It("has to be the leaf's", func() {
		_, err := certbundle.Parse(rsa.CertificatePEM, ec.KeyPEM)
		Expect(err).To(BeRefused(certbundle.KeyMismatch, "in one update of the Secret"))
		other := issue(testcerts.ECDSAP256)
		_, err = certbundle.Parse(other.CertificatePEM, ec.KeyPEM)
		Expect(err).To(BeRefused(certbundle.KeyMismatch, "belongs to the private key"))
	})

	It("of an RSA kind keeps its numbers", func() {
		block, _ := pem.Decode(mustParse(rsa.CertificatePEM, rsa.KeyPEM).PrivateKey().Bytes())
		parsed, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		Expect(err).NotTo(HaveOccurred())
		Expect(parsed.Equal(rsa.Signer)).To(BeTrue())
	})
})

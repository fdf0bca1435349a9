//go:build faults

package source_test

import (
	"crypto"
	"crypto/rand"
	"encoding/asn1"
	encoding "encoding/pem"
	"fmt"
	"math/big"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// keyForm is a private key as a Secret may hold it.
type keyForm struct {
	name string
	kind testcerts.KeyKind
	// write is how it is written; the certificate is always one of the kind.
	write func(crypto.Signer) []byte
	// algorithm is what the status calls a key that is taken.
	algorithm string
}

var _ = Describe("row 30:", func() {
	It("keys that the edges take arrive in the form that they take, and others are refused by kind", func(ctx SpecContext) {
		forms := []keyForm{
			{"rsa-2048-pkcs1", testcerts.RSA2048, testcerts.PKCS1, "RSA-2048"},
			{"rsa-2048-pkcs8", testcerts.RSA2048, testcerts.PKCS8, "RSA-2048"},
			{"rsa-4096-pkcs8", testcerts.RSA4096, testcerts.PKCS8, "RSA-4096"},
			{"p256-sec1", testcerts.ECDSAP256, testcerts.SEC1, "ECDSA-P256"},
			{"p256-pkcs8", testcerts.ECDSAP256, testcerts.PKCS8, "ECDSA-P256"},
			{"p256-with-parameters", testcerts.ECDSAP256, testcerts.SEC1WithParameters, "ECDSA-P256"},
			{"p384-pkcs8", testcerts.ECDSAP384, testcerts.PKCS8, "ECDSA-P384"},
			{name: "pkcs8-encrypted", kind: testcerts.ECDSAP256, write: func(key crypto.Signer) []byte { return testcerts.EncryptedPKCS8(key, "secret") }},
			{name: "pkcs1-encrypted", kind: testcerts.RSA2048, write: func(key crypto.Signer) []byte { return testcerts.LegacyEncrypted(key, "secret") }},
			{name: "p224", kind: testcerts.ECDSAP224, write: testcerts.PKCS8},
			{name: "p521", kind: testcerts.ECDSAP521, write: testcerts.SEC1},
			{name: "ed25519", kind: testcerts.Ed25519, write: testcerts.PKCS8},
			{name: "rsa-1024", kind: testcerts.RSA1024, write: testcerts.PKCS1},
			{name: "rsa-8192", kind: testcerts.ECDSAP256, write: func(crypto.Signer) []byte { return rsaOf(8192) }},
			{name: "dsa", kind: testcerts.ECDSAP256, write: func(crypto.Signer) []byte { return dsaKey() }},
		}
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		pairs, keys := make([]testcerts.Pair, len(forms)), map[testcerts.KeyKind]crypto.Signer{}
		for i, form := range forms {
			if keys[form.kind] == nil { // those of RSA take seconds to make
				keys[form.kind] = testcerts.NewKey(form.kind)
			}
			domain := form.name + "." + w.Namespace + ".example.com"
			pairs[i] = w.IssueWith(testcerts.Options{DNSNames: []string{domain}, Signer: keys[form.kind]})
			w.AddDomain(domain)
			w.PutSecret(ctx, form.name, pem(pairs[i].CertificatePEM, form.write(pairs[i].Signer)))
			w.Create(ctx, w.DomainCertificate(form.name, domain))
		}
		w.StartOperator(ctx, rig.Operator{})
		for i, form := range forms {
			if form.algorithm == "" {
				By("refusing " + form.name)
				w.AwaitCondition(ctx, form.name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.UnsupportedKeyReason)
				Expect(w.SetsOf(pairs[i].Fingerprint)).To(BeEmpty(), form.name)
				continue
			}
			By("sending " + form.name) // which the cloud takes as PKCS#1 or SEC1 alone
			w.AwaitReady(ctx, form.name, pairs[i].Fingerprint)
			Expect(status(w, form.name).Source.KeyAlgorithm).To(Equal(form.algorithm), form.name)
			Expect(w.SetsOf(pairs[i].Fingerprint)).To(HaveLen(1), form.name)
		}
	}, SpecTimeout(timeout))
})

// rsaOf is a PKCS#1 key of any size, which nobody looks into: a real one of this
// size takes minutes to make.
func rsaOf(bits uint) []byte {
	GinkgoHelper()
	modulus := new(big.Int).SetBit(random(bits), int(bits)-1, 1)
	half := func() *big.Int { return random(bits / 2) }
	return sequence("RSA PRIVATE KEY", big.NewInt(0), modulus, big.NewInt(65537), random(bits), half(), half(), half(), half(), half())
}

// dsaKey is a key as openssl writes those of DSA: version, p, q, g, public and
// private.
func dsaKey() []byte {
	return sequence("DSA PRIVATE KEY", big.NewInt(0), random(2048), random(256), random(2048), random(2048), random(256))
}

func random(bits uint) *big.Int {
	GinkgoHelper()
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits))
	Expect(err).NotTo(HaveOccurred())
	return number
}

func sequence(label string, numbers ...*big.Int) []byte {
	GinkgoHelper()
	der, err := asn1.Marshal(numbers)
	Expect(err).NotTo(HaveOccurred(), fmt.Sprint(len(numbers)))
	return encoding.EncodeToMemory(&encoding.Block{Type: label, Bytes: der})
}

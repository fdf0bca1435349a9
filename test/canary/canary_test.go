package canary_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/canary"
	"github.com/domaincert/domaincert/test/testcerts"
)

const password = "correct horse battery staple"

var _ = Describe("Searcher", Ordered, func() {
	pairs := map[string]testcerts.Pair{}
	var searcher canary.Searcher

	BeforeAll(func() {
		ca := testcerts.NewCA("Canary")
		for name, kind := range map[string]testcerts.KeyKind{"ecdsa": testcerts.ECDSAP256, "rsa": testcerts.RSA2048} {
			pairs[name] = ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}, Key: kind})
			searcher.AddKey(name, pairs[name].Signer)
		}
		searcher.AddSecret("password", password)
	})

	// Each leak returns what some careless line of code would have written.
	DescribeTable("finds a key", func(leak func(keyPEM, der []byte) string) {
		for name, pair := range pairs {
			block, _ := pem.Decode(pair.KeyPEM)
			artefact := strings.Repeat("noise ", 1000) + leak(pair.KeyPEM, block.Bytes) + strings.Repeat(" noise", 1000)
			Expect(searcher.Search("the log", []byte(artefact))).To(ContainElement(
				And(HaveField("Secret", name), HaveField("Artefact", "the log"))), name)
		}
	},
		Entry("as PEM", func(keyPEM, _ []byte) string { return string(keyPEM) }),
		Entry("as one line of its PEM", func(keyPEM, _ []byte) string {
			lines := strings.Split(string(keyPEM), "\n")
			return lines[len(lines)*2/5] // the first and last ones hold much of the public key
		}),
		Entry("as PEM in JSON", func(keyPEM, _ []byte) string { return string(marshal(map[string]string{"key": string(keyPEM)})) }),
		Entry("as PEM in JSON in JSON", func(keyPEM, _ []byte) string { return string(marshal(string(marshal(string(keyPEM))))) }),
		Entry("as PEM, quoted by Go", func(keyPEM, _ []byte) string { return fmt.Sprintf("%q", keyPEM) }),
		Entry("as PEM in a URL", func(keyPEM, _ []byte) string { return "/?SSLPri=" + url.QueryEscape(string(keyPEM)) }),
		Entry("as PEM in a URL, encoded twice", func(keyPEM, _ []byte) string {
			return url.QueryEscape(url.QueryEscape(string(keyPEM)))
		}),
		Entry("as the data of a Secret", func(keyPEM, _ []byte) string { return base64.StdEncoding.EncodeToString(keyPEM) }),
		Entry("within data that is encoded as a whole", func(keyPEM, _ []byte) string {
			return base64.StdEncoding.EncodeToString(append([]byte("k="), keyPEM...))
		}),
		Entry("as DER", func(_, der []byte) string { return string(der) }),
		Entry("as DER in base64", func(_, der []byte) string { return base64.StdEncoding.EncodeToString(der) }),
		Entry("as DER in base64 for URLs", func(_, der []byte) string { return base64.RawURLEncoding.EncodeToString(der) }),
		Entry("as a part of DER in base64", func(_, der []byte) string {
			text := base64.StdEncoding.EncodeToString(der)
			return text[len(text)*2/5:][:42]
		}),
		Entry("as DER in hex", func(_, der []byte) string { return hex.EncodeToString(der) }),
		Entry("as DER in hex, upper case with colons", func(_, der []byte) string {
			return strings.ReplaceAll(fmt.Sprintf("% X", der), " ", ":")
		}),
		Entry("as bytes, printed by Go", func(_, der []byte) string { return fmt.Sprintf("%d", der) }),
		Entry("as a struct, printed by Go", func(keyPEM, _ []byte) string {
			return fmt.Sprintf("%+v", struct{ Key []byte }{keyPEM})
		}),
		Entry("as bytes in JSON", func(_, der []byte) string {
			return strings.ReplaceAll(fmt.Sprintf("%d", der), " ", ",")
		}),
		Entry("as PKCS#1 or SEC1", func(_, der []byte) string { return base64.StdEncoding.EncodeToString(traditional(pairs, der)) }),
	)

	DescribeTable("finds a password", func(artefact string) {
		Expect(searcher.Search("the log", []byte(artefact))).To(ConsistOf(HaveField("Secret", "password")))
	},
		Entry("as it is", "password="+password),
		Entry("percent-encoded", url.PathEscape(password)),
		Entry("in base64", base64.StdEncoding.EncodeToString([]byte("user:"+password))),
		Entry("in hex", hex.EncodeToString([]byte(password))),
	)

	It("finds a private key that it does not know by how it begins", func() {
		unknown := testcerts.NewKey(testcerts.ECDSAP256)
		var empty canary.Searcher
		Expect(empty.Search("the log", testcerts.SEC1(unknown))).To(ConsistOf(HaveField("Secret", "a private key")))
	})

	It("finds nothing in certificates and public keys", func() {
		for name, pair := range pairs {
			for form, artefact := range map[string]string{
				"PEM":    string(pair.CertificatePEM),
				"base64": base64.StdEncoding.EncodeToString(pair.CertificatePEM),
				"hex":    hex.EncodeToString(pair.Leaf.Raw),
				"DER":    string(pair.Leaf.Raw),
				"Go":     fmt.Sprintf("%v %+v", pair.Leaf.RawSubjectPublicKeyInfo, pair.Leaf.PublicKey),
			} {
				Expect(searcher.Search("the log", []byte(artefact))).To(BeEmpty(), "%s as %s", name, form)
			}
		}
	})

	It("does not repeat what it has found", func() {
		for name, pair := range pairs {
			for _, sighting := range searcher.Search("the log", pair.KeyPEM) {
				Expect(sighting.String()).To(HaveSuffix(" in the log"), name)
				Expect(searcher.Search("the report", []byte(sighting.String()))).To(BeEmpty())
			}
		}
	})

	It("refuses a secret that may be found by chance", func() {
		Expect(func() { searcher.AddSecret("short", "secret") }).To(Panic())
	})
})

// traditional is the PKCS#1 or SEC1 form of the pair with this PKCS#8 key.
func traditional(pairs map[string]testcerts.Pair, pkcs8 []byte) []byte {
	GinkgoHelper()
	for name, pair := range pairs {
		if block, _ := pem.Decode(pair.KeyPEM); string(block.Bytes) != string(pkcs8) {
			continue
		}
		encode := map[string]func() []byte{
			"ecdsa": func() []byte { return testcerts.SEC1(pair.Signer) },
			"rsa":   func() []byte { return testcerts.PKCS1(pair.Signer) },
		}
		block, _ := pem.Decode(encode[name]())
		return block.Bytes
	}
	Fail("unknown key")
	return nil
}

func marshal(value any) []byte {
	GinkgoHelper()
	text, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	return text
}

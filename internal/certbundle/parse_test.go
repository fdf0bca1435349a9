package certbundle_test

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

// withoutWraps puts all the base64 of each block on one line.
func withoutWraps(text string) string {
	return regexp.MustCompile(`([^-\n])\n([^-\n])`).ReplaceAllString(text, "$1$2")
}

var _ = Describe("Parse", func() {
	ca := testcerts.NewCA("Example")
	pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})

	It("reads what cert-manager writes", func() {
		bundle := mustParse(pair.CertificatePEM, pair.KeyPEM)
		Expect(bundle.Leaf().Raw).To(Equal(pair.Leaf.Raw))
		Expect(bundle.Fingerprint()).To(Equal(pair.Fingerprint))
		Expect(bundle.CertificatePEM()).To(Equal(pair.CertificatePEM))
		Expect(bundle.PrivateKey().Bytes()).To(Equal(testcerts.SEC1(pair.Signer)))
		Expect(bundle.KeyAlgorithm()).To(Equal("ECDSA-P256"))
		Expect(bundle.IncompleteChain()).To(BeFalse())
	})

	It("leaves its inputs as they are", func() {
		certificatePEM, keyPEM := bytes.Clone(pair.CertificatePEM), bytes.Clone(pair.KeyPEM)
		bundle := mustParse(certificatePEM, keyPEM)
		bundle.Clear()
		Expect(certificatePEM).To(Equal(pair.CertificatePEM))
		Expect(keyPEM).To(Equal(pair.KeyPEM))
	})

	DescribeTable("writes the same normal form whatever the text looks like",
		func(deform func(text string) string) {
			bundle := mustParse([]byte(deform(string(pair.CertificatePEM))), []byte(deform(string(pair.KeyPEM))))
			Expect(bundle.CertificatePEM()).To(Equal(pair.CertificatePEM))
			Expect(bundle.PrivateKey().Bytes()).To(Equal(testcerts.SEC1(pair.Signer)))
		},
		Entry("CRLF line ends", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }),
		Entry("blank lines everywhere", func(s string) string { return "\n\n" + strings.ReplaceAll(s, "\n", "\n\n") }),
		Entry("trailing whitespace on every line", func(s string) string { return strings.ReplaceAll(s, "\n", " \t\n") }),
		Entry("a byte order mark at the beginning", func(s string) string { return "\uFEFF" + s }),
		Entry("no newline at the end", func(s string) string { return strings.TrimSuffix(s, "\n") }),
		Entry("all of the base64 on one line", withoutWraps),
	)

	DescribeTable("refuses a certificate file that is not exactly certificates",
		func(deform func(text string) string, reason certbundle.Reason, advice string) {
			_, err := certbundle.Parse([]byte(deform(string(pair.CertificatePEM))), pair.KeyPEM)
			Expect(err).To(BeRefused(reason, advice))
		},
		Entry("empty", func(string) string { return "" }, certbundle.Malformed, "missing or empty: tls.crt;"),
		Entry("whitespace only", func(string) string { return "\uFEFF \r\n" }, certbundle.Malformed, "missing or empty: tls.crt;"),
		Entry("no PEM at all", func(string) string { return "not a certificate" }, certbundle.Malformed, "is not PEM"),
		Entry("DER", func(string) string { return string(pair.Leaf.Raw) }, certbundle.Malformed, "is not PEM"),
		Entry("base64 twice", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
			certbundle.Malformed, "base64-encoded twice"),
		Entry("text before", func(s string) string { return "subject=CN = live\n" + s }, certbundle.Malformed, "text outside"),
		Entry("text after", func(s string) string { return s + "EOF\n" }, certbundle.Malformed, "text outside"),
		Entry("text between", func(s string) string { return s + "and\n" + s }, certbundle.Malformed, "text outside"),
		Entry("a byte order mark in the middle", func(s string) string { return s + "\uFEFF" + s }, certbundle.Malformed, "text outside"),
		Entry("cut off", func(s string) string { return s[:len(s)/2] }, certbundle.Malformed, "cut off"),
		Entry("END of another kind", func(s string) string { return strings.Replace(s, "END CERTIFICATE", "END PUBLIC KEY", 1) },
			certbundle.Malformed, "do not match"),
		Entry("BEGIN without its dashes", func(s string) string { return strings.Replace(s, "CERTIFICATE-----", "CERTIFICATE", 1) },
			certbundle.Malformed, "do not match"),
		Entry("END not on its own line", func(s string) string { return strings.Replace(s, "\n-----END", "-----END", 1) },
			certbundle.Malformed, "cut off"),
		Entry("everything on one line", func(s string) string { return strings.ReplaceAll(s, "\n", " ") }, certbundle.Malformed, "cut off"),
		Entry("garbled base64", func(s string) string { return strings.Replace(s, "MII", "M!I", 1) }, certbundle.Malformed, "base64"),
		Entry("PEM headers", func(s string) string {
			return strings.Replace(s, "CERTIFICATE-----\n", "CERTIFICATE-----\nComment: x\n\n", 1)
		}, certbundle.Malformed, "PEM headers"),
		Entry("garbled DER", func(s string) string { return strings.Replace(s, "MII", "NII", 1) }, certbundle.Malformed, "certificate 1 of tls.crt"),
		Entry("a certificate request", func(s string) string { return strings.ReplaceAll(s, "CERTIFICATE", "CERTIFICATE REQUEST") },
			certbundle.Malformed, "not a CERTIFICATE"),
		Entry("the private key behind the chain", func(s string) string { return s + string(pair.KeyPEM) },
			certbundle.Malformed, "block 3 of tls.crt is a private key"),
		Entry("a private key of another kind", func(s string) string { return string(testcerts.SEC1(pair.Signer)) },
			certbundle.Malformed, "block 1 of tls.crt is a private key"),
		Entry("eleven certificates", func(s string) string { return strings.Repeat(string(ca.RootPEM()), 11) },
			certbundle.TooLarge, "more than 10"),
		Entry("one byte over the bound", func(s string) string { return s + strings.Repeat("\n", 95_001-len(s)) },
			certbundle.TooLarge, "95000"),
		Entry("one certificate over its bound", func(string) string { return string(pemOf("CERTIFICATE", make([]byte, 27_000))) },
			certbundle.TooLarge, "36500"),
		Entry("one certificate over its bound, though written more tightly", func(string) string {
			return withoutWraps(string(pemOf("CERTIFICATE", make([]byte, 27_000))))
		}, certbundle.TooLarge, "36500"),
		Entry("a chain over its bound, though written more tightly", func(string) string {
			wide := ca.Issue(testcerts.Options{DNSNames: manyNames(21_200)}).Leaf
			return strings.Repeat(withoutWraps(string(testcerts.CertificatePEM(wide))), 3)
		}, certbundle.TooLarge, "take more than 95000"),
	)

	It("accepts as many bytes as the bound says", func() {
		padding := bytes.Repeat([]byte("\n"), 95_000-len(pair.CertificatePEM))
		mustParse(append(padding, pair.CertificatePEM...), pair.KeyPEM)
	})

	DescribeTable("names what is missing",
		func(certificatePEM, keyPEM []byte, advice string) {
			_, err := certbundle.Parse(certificatePEM, keyPEM)
			Expect(err).To(BeRefused(certbundle.Malformed, advice))
		},
		Entry("the key", pair.CertificatePEM, nil, "missing or empty: tls.key;"),
		Entry("both", nil, nil, "missing or empty: tls.crt and tls.key;"),
	)

	It("refuses a negative serial number, as crypto/x509 does since Go 1.23", func() {
		positive := ca.Issue(testcerts.Options{SerialNumber: big.NewInt(0x42424242)})
		der := bytes.Replace(positive.Leaf.Raw, []byte{2, 4, 0x42, 0x42, 0x42, 0x42}, []byte{2, 4, 0xC2, 0x42, 0x42, 0x42}, 1)
		Expect(der).NotTo(Equal(positive.Leaf.Raw))
		_, err := certbundle.Parse(pemOf("CERTIFICATE", der), positive.KeyPEM)
		Expect(err).To(BeRefused(certbundle.Malformed, "not a valid X.509 certificate"))
	})

	It("never repeats what it read", func() {
		canary := "CANARYcanaryCANARY"
		for _, certificatePEM := range []string{
			canary, "-----BEGIN " + canary + "-----\n-----END " + canary + "-----\n",
			"-----BEGIN CERTIFICATE-----\n" + canary + "\n-----END CERTIFICATE-----\n",
		} {
			_, err := certbundle.Parse([]byte(certificatePEM), []byte(canary))
			Expect(err).To(HaveOccurred())
			Expect(err.Error()).NotTo(ContainSubstring(canary))
		}
	})
})

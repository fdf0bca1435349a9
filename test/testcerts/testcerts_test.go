package testcerts_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("a CA", func() {
	ca := testcerts.NewCA("Example")
	options := testcerts.Options{DNSNames: []string{"live.example.com"}}

	DescribeTable("issues pairs that a client which knows the root accepts",
		func(pair func() testcerts.Pair) {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.TLS = &tls.Config{Certificates: []tls.Certificate{pair().TLS()}}
			server.StartTLS()
			DeferCleanup(server.Close)

			connection, err := tls.Dial("tcp", server.Listener.Addr().String(),
				&tls.Config{RootCAs: ca.Pool(), ServerName: "live.example.com"})
			Expect(err).NotTo(HaveOccurred())
			Expect(connection.ConnectionState().PeerCertificates[0].Raw).NotTo(BeEmpty())
			Expect(connection.Close()).To(Succeed())
		},
		Entry("through the intermediate", func() testcerts.Pair { return ca.Issue(options) }),
		Entry("from the root", func() testcerts.Pair { return ca.IssueFromRoot(options) }),
		Entry("with RSA", func() testcerts.Pair {
			return ca.Issue(testcerts.Options{DNSNames: options.DNSNames, Key: testcerts.RSA2048})
		}),
	)

	It("takes dates and serial number from the options", func() {
		from := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
		pair := ca.Issue(testcerts.Options{NotBefore: from, NotAfter: from.AddDate(0, 3, 0), SerialNumber: big.NewInt(42)})
		Expect(pair.Leaf.NotBefore).To(BeTemporally("==", from))
		Expect(pair.Leaf.NotAfter).To(BeTemporally("==", from.AddDate(0, 3, 0)))
		Expect(pair.Leaf.SerialNumber.Int64()).To(Equal(int64(42)))
	})

	It("cross-signs another CA's intermediate", func() {
		other := testcerts.NewCA("Other")
		leaf := other.Issue(options).Leaf
		intermediates := x509.NewCertPool()
		intermediates.AddCert(ca.CrossSigned(other))
		_, err := leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), Intermediates: intermediates})
		Expect(err).NotTo(HaveOccurred())
	})

	It("makes new ECDSA keys and shares the RSA key", func() {
		rsa := testcerts.Options{Key: testcerts.RSA2048}
		Expect(ca.Issue(options).KeyPEM).NotTo(Equal(ca.Issue(options).KeyPEM))
		Expect(ca.Issue(rsa).KeyPEM).To(Equal(ca.Issue(rsa).KeyPEM))
	})
})

var _ = Describe("encodings of a key", func() {
	rsa := testcerts.SelfSigned(testcerts.Options{Key: testcerts.RSA2048}).Signer
	ec := testcerts.NewKey(testcerts.ECDSAP256)

	DescribeTable("begin with their label and have their form",
		func(text []byte, label string, parse func(der []byte) (any, error)) {
			block, _ := pem.Decode(text)
			Expect(block.Type).To(Equal(label))
			Expect(parse(block.Bytes)).NotTo(BeNil())
		},
		Entry("PKCS#8", testcerts.PKCS8(ec), "PRIVATE KEY", x509.ParsePKCS8PrivateKey),
		Entry("PKCS#1", testcerts.PKCS1(rsa), "RSA PRIVATE KEY", func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) }),
		Entry("SEC1", testcerts.SEC1(ec), "EC PRIVATE KEY", func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) }),
	)

	It("writes the curve before the key as openssl does", func() {
		block, rest := pem.Decode(testcerts.SEC1WithParameters(ec))
		Expect(block.Type).To(Equal("EC PARAMETERS"))
		Expect(rest).To(Equal(testcerts.SEC1(ec)))
	})

	It("encrypts, so that neither form reveals the key", func() {
		legacy, _ := pem.Decode(testcerts.LegacyEncrypted(rsa, "secret"))
		Expect(legacy.Headers).To(HaveKey("DEK-Info"))
		_, err := x509.ParsePKCS1PrivateKey(legacy.Bytes)
		Expect(err).To(HaveOccurred())

		modern, _ := pem.Decode(testcerts.EncryptedPKCS8(rsa, "secret"))
		Expect(modern.Type).To(Equal("ENCRYPTED PRIVATE KEY"))
		_, err = x509.ParsePKCS8PrivateKey(modern.Bytes)
		Expect(err).To(HaveOccurred())
	})

	It("panics where a key has no such form", func() {
		Expect(func() { testcerts.PKCS1(ec) }).To(Panic())
		Expect(func() { testcerts.SEC1(rsa) }).To(Panic())
	})
})

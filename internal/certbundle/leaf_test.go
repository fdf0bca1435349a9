package certbundle_test

import (
	"bytes"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("ParseLeaf", func() {
	ca := testcerts.NewCA("Example")
	pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	leafPEM := string(testcerts.CertificatePEM(pair.Leaf))

	DescribeTable("reads the first certificate in whatever form a provider returns it",
		func(text string) {
			leaf, err := certbundle.ParseLeaf([]byte(text))
			Expect(err).NotTo(HaveOccurred())
			Expect(certbundle.Fingerprint(leaf.Raw)).To(Equal(pair.Fingerprint))
		},
		Entry("as it was uploaded", leafPEM),
		Entry("with its chain", string(pair.CertificatePEM)),
		Entry("with text around it", "subject=CN\n"+leafPEM+"EOF"),
		Entry("with CRLF", strings.ReplaceAll(leafPEM, "\n", "\r\n")),
		Entry("with blank lines", strings.ReplaceAll(leafPEM, "\n", "\n\n")),
		Entry("with escaped line ends", strings.ReplaceAll(leafPEM, "\n", `\n`)),
		Entry("with escaped CRLF", strings.ReplaceAll(leafPEM, "\n", `\r\n`)),
		Entry("escaped twice", strings.ReplaceAll(leafPEM, "\n", `\\n`)),
		Entry("with escaped slashes", strings.ReplaceAll(leafPEM, "/", `\/`)),
		Entry("with spaces for line ends", strings.ReplaceAll(leafPEM, "\n", " ")),
		Entry("without line ends", strings.ReplaceAll(leafPEM, "\n", "")),
		Entry("in short lines", shortLines(leafPEM)),
	)

	DescribeTable("refuses what is no certificate",
		func(text string, reason certbundle.Reason, advice string) {
			_, err := certbundle.ParseLeaf([]byte(text))
			Expect(err).To(BeRefused(reason, advice))
		},
		Entry("nothing", "", certbundle.Malformed, "not PEM"),
		Entry("text", "certificate", certbundle.Malformed, "not PEM"),
		Entry("a key", string(pair.KeyPEM), certbundle.Malformed, "not PEM"),
		Entry("cut off", leafPEM[:len(leafPEM)/2], certbundle.Malformed, "not PEM"),
		Entry("garbled base64", strings.Replace(leafPEM, "MII", "M!I", 1), certbundle.Malformed, "base64"),
		Entry("garbled DER", strings.Replace(leafPEM, "MII", "NII", 1), certbundle.Malformed, "X.509"),
		Entry("too many bytes", leafPEM+strings.Repeat(" ", 95_001), certbundle.TooLarge, "95000"),
		Entry("too large a certificate", string(pemOf("CERTIFICATE", make([]byte, 27_000))), certbundle.TooLarge, "36500"),
	)

	It("leaves its input as it is", func() {
		text := []byte(strings.ReplaceAll(leafPEM, "\n", `\n`))
		before := bytes.Clone(text)
		_, err := certbundle.ParseLeaf(text)
		Expect(err).NotTo(HaveOccurred())
		Expect(text).To(Equal(before))
	})
})

// shortLines breaks the base64 after every third character.
func shortLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	body := strings.Join(lines[1:len(lines)-1], "")
	var broken strings.Builder
	for len(body) > 0 {
		n := min(3, len(body))
		broken.WriteString(body[:n] + "\n")
		body = body[n:]
	}
	return lines[0] + "\n" + broken.String() + lines[len(lines)-1]
}

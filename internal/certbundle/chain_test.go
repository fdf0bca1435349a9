package certbundle_test

import (
	"crypto/x509"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

type certificates = []*x509.Certificate

var _ = Describe("a chain", func() {
	ca, other, stranger := testcerts.NewCA("Example"), testcerts.NewCA("Other"), testcerts.NewCA("Stranger")
	namesake := testcerts.NewCA("Example")
	crossed := other.CrossSigned(ca)
	options := testcerts.Options{DNSNames: []string{"live.example.com"}}
	pair, direct, self := ca.Issue(options), ca.IssueFromRoot(options), testcerts.SelfSigned(options)
	predecessor := ca.Issue(testcerts.Options{DNSNames: options.DNSNames, Signer: pair.Signer, NotAfter: time.Now().Add(time.Hour)})
	temporary := testcerts.SelfSigned(testcerts.Options{DNSNames: options.DNSNames, Signer: pair.Signer})

	// What ca and crossed put under the same name: the one that lasts longer, or
	// of equal ones the one whose DER is smaller, is served.
	preferred, dropped := ca.Intermediate, crossed
	if crossed.NotAfter.After(preferred.NotAfter) ||
		crossed.NotAfter.Equal(preferred.NotAfter) && slices.Compare(crossed.Raw, preferred.Raw) < 0 {
		preferred, dropped = crossed, ca.Intermediate
	}

	DescribeTable("is brought into one form from any order",
		func(pair testcerts.Pair, file, served certificates, incomplete bool) {
			normal := testcerts.CertificatePEM(served...)
			for range 20 {
				rand.Shuffle(len(file), func(i, j int) { file[i], file[j] = file[j], file[i] })
				bundle := mustParse(testcerts.CertificatePEM(file...), pair.KeyPEM)
				Expect(string(bundle.CertificatePEM())).To(Equal(string(normal)))
				Expect(bundle.Fingerprint()).To(Equal(pair.Fingerprint))
				Expect(bundle.IncompleteChain()).To(Equal(incomplete))
			}
		},
		Entry("leaf and intermediate", pair, certificates{pair.Leaf, ca.Intermediate}, certificates{pair.Leaf, ca.Intermediate}, false),
		Entry("the root is dropped", pair,
			certificates{pair.Leaf, ca.Intermediate, ca.Root}, certificates{pair.Leaf, ca.Intermediate}, false),
		Entry("duplicates are dropped", pair,
			certificates{pair.Leaf, ca.Intermediate, pair.Leaf, ca.Intermediate}, certificates{pair.Leaf, ca.Intermediate}, false),
		Entry("a missing intermediate is a warning", pair, certificates{pair.Leaf}, certificates{pair.Leaf}, true),
		Entry("so is one that the root does not replace", pair, certificates{pair.Leaf, ca.Root}, certificates{pair.Leaf}, true),
		Entry("a leaf of the root needs no intermediate", direct, certificates{direct.Leaf, ca.Root}, certificates{direct.Leaf}, false),
		Entry("a self-signed leaf is its own root", self, certificates{self.Leaf}, certificates{self.Leaf}, false),
		Entry("strangers beside a whole chain are dropped", pair,
			certificates{pair.Leaf, ca.Intermediate, stranger.Intermediate, stranger.Root}, certificates{pair.Leaf, ca.Intermediate}, false),
		Entry("an issuer's namesake is told by its key", pair,
			certificates{pair.Leaf, namesake.Intermediate, ca.Intermediate}, certificates{pair.Leaf, ca.Intermediate}, false),
		Entry("a cross-signed intermediate serves as well", pair,
			certificates{pair.Leaf, crossed, other.Root}, certificates{pair.Leaf, crossed}, false),
		Entry("one of two alternatives is chosen, always the same", pair,
			certificates{pair.Leaf, dropped, preferred, other.Root, ca.Root}, certificates{pair.Leaf, preferred}, false),
		Entry("the predecessor with the same key is dropped", pair,
			certificates{predecessor.Leaf, pair.Leaf, ca.Intermediate}, certificates{pair.Leaf, ca.Intermediate}, false),
		Entry("a temporary certificate with the same key is dropped", pair,
			certificates{temporary.Leaf, pair.Leaf, ca.Intermediate}, certificates{pair.Leaf, ca.Intermediate}, false),
	)

	DescribeTable("that would not work is refused",
		func(file certificates, advice string) {
			_, err := certbundle.Parse(testcerts.CertificatePEM(file...), pair.KeyPEM)
			Expect(err).To(BeRefused(certbundle.Malformed, advice))
		},
		Entry("another authority's intermediate", certificates{pair.Leaf, stranger.Intermediate}, "add the intermediate"),
		Entry("an intermediate of the right name with another key", certificates{pair.Leaf, namesake.Intermediate}, "add the intermediate"),
		Entry("a leaf in the place of the intermediate", certificates{pair.Leaf, ca.Issue(options).Leaf}, "add the intermediate"),
	)

	It("without the leaf is a mismatch", func() {
		_, err := certbundle.Parse(testcerts.CertificatePEM(ca.Intermediate, ca.Root), pair.KeyPEM)
		Expect(err).To(BeRefused(certbundle.KeyMismatch, "no certificate in tls.crt"))
	})

	It("of ten certificates is accepted", func() {
		file := append(slices.Repeat(certificates{ca.Intermediate}, 9), pair.Leaf)
		Expect(mustParse(testcerts.CertificatePEM(file...), pair.KeyPEM).CertificatePEM()).To(Equal(pair.CertificatePEM))
	})

	DescribeTable("of any key that authorities use is followed",
		func(chain testcerts.Pair, issuers int) {
			bundle := mustParse(chain.CertificatePEM, chain.KeyPEM)
			Expect(strings.Count(string(bundle.CertificatePEM()), "BEGIN")).To(Equal(1 + issuers))
		},
		Entry("RSA-4096, by signatures", slowRSAChain(4096), 9),
		Entry("RSA-5120, by names", slowRSAChain(5120), 9),
	)

	It("is not checked for ever when everyone claims to be the issuer", func() {
		hostile := hostileChain(testcerts.ECDSAP384)
		_, err := certbundle.Parse(hostile.CertificatePEM, hostile.KeyPEM)
		Expect(err).To(BeRefused(certbundle.Malformed, "each other's issuer"))
	})
})

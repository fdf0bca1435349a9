package certbundle_test

import (
	"testing"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

// BenchmarkParse is the good case: a leaf, its intermediate and the root.
func BenchmarkParse(b *testing.B) {
	ca := testcerts.NewCA("Example")
	for _, c := range []struct {
		name string
		key  testcerts.KeyKind
	}{
		{"rsa-2048", testcerts.RSA2048},
		{"rsa-4096", testcerts.RSA4096},
		{"ecdsa-p256", testcerts.ECDSAP256},
		{"ecdsa-p384", testcerts.ECDSAP384},
	} {
		b.Run(c.name, func(b *testing.B) {
			pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}, Key: c.key})
			chain := append(pair.CertificatePEM, ca.RootPEM()...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := certbundle.Parse(chain, pair.KeyPEM); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParseWorst is what someone can make Parse spend: to stay under 50 ms
// and 16 MiB per operation, whatever the input.
func BenchmarkParseWorst(b *testing.B) {
	for _, in := range hostileInputs() {
		b.Run(in.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				// Most of them are refused. What it costs is the question.
				bundle, err := certbundle.Parse(in.certificatePEM, in.keyPEM)
				if err == nil {
					bundle.Clear()
				}
			}
		})
	}
}

// BenchmarkParseLeaf is reading back what a provider holds.
func BenchmarkParseLeaf(b *testing.B) {
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := certbundle.ParseLeaf(pair.CertificatePEM); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck is coverage by the last of many names.
func BenchmarkCheck(b *testing.B) {
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: append(manyNames(20_000), "live.example.com")})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	if err != nil {
		b.Fatal(err)
	}
	now := pair.Leaf.NotBefore
	b.ReportAllocs()
	for b.Loop() {
		if err := bundle.Check("live.example.com", now); err != nil {
			b.Fatal(err)
		}
	}
}

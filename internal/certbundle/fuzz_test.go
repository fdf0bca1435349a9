package certbundle_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

// requireRefusal fails unless err is what this package promises of an error.
func requireRefusal(t *testing.T, err error, reasons ...certbundle.Reason) {
	t.Helper()
	var refusal *certbundle.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("error of type %T", err)
	}
	if !slices.Contains(reasons, refusal.Reason) {
		t.Fatalf("unexpected reason %q", refusal.Reason)
	}
	printable := func(r rune) bool { return r >= ' ' && r <= '~' }
	if m := refusal.Message; m == "" || len(m) > 512 || strings.ContainsFunc(m, func(r rune) bool { return !printable(r) }) {
		t.Fatalf("message %q", m)
	}
}

func FuzzParse(f *testing.F) {
	ca := testcerts.NewCA("Example")
	for _, kind := range []testcerts.KeyKind{testcerts.ECDSAP256, testcerts.ECDSAP384, testcerts.RSA2048, testcerts.Ed25519} {
		pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}, Key: kind})
		f.Add(pair.CertificatePEM, pair.KeyPEM)
		f.Add(append(ca.RootPEM(), pair.CertificatePEM...), pair.KeyPEM)
	}
	pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	f.Add(pair.CertificatePEM, testcerts.SEC1WithParameters(pair.Signer))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN A-----\n-----END B-----\n"))
	f.Fuzz(requireFixedPoint)
}

// FuzzParseDER lets the fuzzer change what is inside of the blocks, where it
// would seldom get through the base64.
func FuzzParseDER(f *testing.F) {
	ca := testcerts.NewCA("Example")
	labels := []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}
	for _, kind := range []testcerts.KeyKind{testcerts.ECDSAP256, testcerts.ECDSAP521, testcerts.RSA2048} {
		pair := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}, Key: kind})
		pkcs8, _ := pem.Decode(pair.KeyPEM)
		f.Add(pair.Leaf.Raw, ca.Intermediate.Raw, pkcs8.Bytes, uint8(0))
	}
	ec, rsa := ca.Issue(testcerts.Options{}), ca.Issue(testcerts.Options{Key: testcerts.RSA2048})
	sec1, _ := pem.Decode(testcerts.SEC1(ec.Signer))
	pkcs1, _ := pem.Decode(testcerts.PKCS1(rsa.Signer))
	f.Add(ec.Leaf.Raw, ca.Root.Raw, sec1.Bytes, uint8(2))
	f.Add(rsa.Leaf.Raw, rsa.Leaf.Raw, pkcs1.Bytes, uint8(1))
	f.Fuzz(func(t *testing.T, first, second, key []byte, label uint8) {
		chain := append(pemOf("CERTIFICATE", first), pemOf("CERTIFICATE", second)...)
		requireFixedPoint(t, chain, pemOf(labels[int(label)%len(labels)], key))
	})
}

// requireFixedPoint fails unless Parse refuses the inputs properly, or finds a
// bundle in them whose normal form is read as the same bundle again.
func requireFixedPoint(t *testing.T, certificatePEM, keyPEM []byte) {
	t.Helper()
	bundle, err := certbundle.Parse(certificatePEM, keyPEM)
	if err != nil {
		requireRefusal(t, err, certbundle.Malformed, certbundle.KeyMismatch, certbundle.UnsupportedKey, certbundle.TooLarge)
		return
	}
	again, err := certbundle.Parse(bundle.CertificatePEM(), bundle.PrivateKey().Bytes())
	if err != nil {
		t.Fatalf("the normal form is refused: %v", err)
	}
	if !bytes.Equal(again.CertificatePEM(), bundle.CertificatePEM()) ||
		!bytes.Equal(again.PrivateKey().Bytes(), bundle.PrivateKey().Bytes()) {
		t.Fatal("the normal form is not a fixed point")
	}
	leaf, err := certbundle.ParseLeaf(bundle.CertificatePEM())
	if err != nil {
		t.Fatalf("the normal form has no leaf: %v", err)
	}
	if again.Fingerprint() != bundle.Fingerprint() || certbundle.Fingerprint(leaf.Raw) != bundle.Fingerprint() {
		t.Fatal("the fingerprint is not stable")
	}
	if err := bundle.Check("live.example.com", time.Unix(0, 0)); err != nil {
		requireRefusal(t, err, certbundle.DomainNotCovered, certbundle.Expired, certbundle.NotYetValid)
	}
}

func FuzzParseLeaf(f *testing.F) {
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	f.Add(pair.CertificatePEM)
	f.Add(bytes.ReplaceAll(pair.CertificatePEM, []byte("\n"), []byte(`\\n`)))
	f.Add(bytes.ReplaceAll(pair.CertificatePEM, []byte("\n"), []byte(" ")))
	f.Fuzz(func(t *testing.T, text []byte) {
		leaf, err := certbundle.ParseLeaf(text)
		if err != nil {
			requireRefusal(t, err, certbundle.Malformed, certbundle.TooLarge)
			return
		}
		again, err := certbundle.ParseLeaf(testcerts.CertificatePEM(leaf))
		if err != nil || !bytes.Equal(again.Raw, leaf.Raw) {
			t.Fatalf("the same leaf reads differently: %v", err)
		}
	})
}

func FuzzCovers(f *testing.F) {
	f.Add("live.example.com", "live.example.com")
	f.Add("*.example.com", "live.example.com")
	f.Add("*.example.com", "*.example.com")
	f.Add("*", "localhost")
	f.Add("192.0.2.1", "192.0.2.1")
	f.Add("xn--bcher-kva.example", "XN--BCHER-KVA.example")
	f.Fuzz(func(t *testing.T, name, domain string) {
		leaf := &x509.Certificate{DNSNames: []string{name}}
		covered := certbundle.Covers(leaf, domain)
		if strings.HasPrefix(domain, "*.") {
			if covered && !strings.EqualFold(name, domain) {
				t.Fatalf("%q covers the wildcard %q", name, domain)
			}
			return
		}
		// Everywhere else crypto/x509 is the judge, except for what is no domain
		// of ours: addresses, rooted names and names without any label to match.
		_, notAddress := netip.ParseAddr(domain)
		if notAddress == nil || strings.HasSuffix(domain, ".") || name == "*" || len(domain) > 253 {
			if covered && name != domain {
				t.Fatalf("%q covers %q", name, domain)
			}
			return
		}
		accepted := leaf.VerifyHostname(domain) == nil
		if covered && !accepted {
			t.Fatalf("crypto/x509 does not accept %q for %q", name, domain)
		}
		plain := regexp.MustCompile(`^[a-zA-Z0-9_]{1,63}(\.[a-zA-Z0-9_]{1,63})*$`).MatchString(domain)
		if accepted && plain && !covered {
			t.Fatalf("only crypto/x509 accepts %q for %q", name, domain)
		}
	})
}

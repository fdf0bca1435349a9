package conformance

import (
	"context"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/testcerts"
)

// The domains of the specs.
const (
	domain      = "live.example.com"
	otherDomain = "play.example.com"
	wildcard    = "*.example.com"
	nowhere     = "nowhere.example.com"
)

// fixture is what a spec works with: a harness, its provider, and a CA.
type fixture struct {
	Harness
	// unknown are the faults that the product does not have, and why.
	unknown  map[Fault]string
	provider provider.Provider
	ca       testcerts.CA
	// keys are the private keys issued so far, none of which may be told.
	keys []string
}

func (f *fixture) setUp(newHarness func() Harness) {
	*f = fixture{Harness: newHarness(), unknown: f.unknown, ca: testcerts.NewCA("Conformance")}
	f.provider = f.Provider()
}

// issue returns a new bundle for the names.
func (f *fixture) issue(names ...string) certbundle.Bundle {
	ginkgo.GinkgoHelper()
	return f.bundle(f.ca.Issue(testcerts.Options{DNSNames: names}))
}

// bundle parses what the CA issued, as the operator does.
func (f *fixture) bundle(pair testcerts.Pair) certbundle.Bundle {
	ginkgo.GinkgoHelper()
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	f.keys = append(f.keys, traces(bundle.PrivateKey().Bytes())...)
	return bundle
}

// traces are texts that would betray the key: every line of its base64, as it
// is and as it looks in a URL, and its bytes in hex and as fmt prints them.
func traces(keyPEM []byte) []string {
	var traces []string
	for line := range strings.Lines(string(keyPEM)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "-----") {
			traces = append(traces, line, url.QueryEscape(line))
		}
	}
	block, _ := pem.Decode(keyPEM)
	return append(traces, hex.EncodeToString(block.Bytes), fmt.Sprintf("%d", block.Bytes))
}

// target is the target of the first domain's object.
func target() provider.Target { return targetOf(domain) }

// targetOf is the target of a domain's object: every object has its own name.
func targetOf(domain string) provider.Target {
	name := "conformance-" + strings.NewReplacer("*", "any", ".", "-").Replace(domain)
	return provider.Target{
		Domain: domain,
		Name:   name,
		Turn:   provider.Turn{Object: "conformance/" + name, Namespace: "conformance"},
	}
}

// expectFailure expects an error of the port's own type that tells no key.
func (f *fixture) expectFailure(err error) *provider.Error {
	ginkgo.GinkgoHelper()
	Expect(err).To(HaveOccurred())
	var known *provider.Error
	Expect(errors.As(err, &known)).To(BeTrue(), "%T is not the port's error", err)
	for told := err; told != nil; told = errors.Unwrap(told) {
		text := fmt.Sprintf("%v\n%+v\n%#v", told, told, told)
		for _, key := range f.keys {
			Expect(strings.Contains(text, key)).To(BeFalse(), "the error %q tells a private key", err)
		}
	}
	return known
}

// method is one of the three, to say things about all of them.
type method struct {
	name string
	call func(f *fixture, ctx context.Context) error
}

func observing() method {
	return method{"Observe", func(f *fixture, ctx context.Context) error {
		_, err := f.provider.Observe(ctx, target())
		return err
	}}
}

func deploying() method {
	return method{"Deploy", func(f *fixture, ctx context.Context) error {
		bundle := f.issue(domain)
		_, err := f.provider.Deploy(ctx, wanting(target(), bundle), bundle)
		return err
	}}
}

func withdrawing() method {
	return method{"Withdraw", func(f *fixture, ctx context.Context) error {
		return f.provider.Withdraw(ctx, target())
	}}
}

// wanting is the target with the bundle as what must be served.
func wanting(target provider.Target, bundle certbundle.Bundle) provider.Target {
	target.Wanted = bundle.Fingerprint()
	return target
}

func methods() []method { return []method{observing(), deploying(), withdrawing()} }

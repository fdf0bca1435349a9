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
	provider provider.Provider
	ca       testcerts.CA
	// keys are the private keys issued so far, none of which may be told.
	keys []string
}

func (f *fixture) setUp(newHarness func() Harness) {
	*f = fixture{Harness: newHarness(), ca: testcerts.NewCA("Conformance")}
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

func (f *fixture) mustObserve(ctx context.Context, target provider.Target) provider.Observation {
	ginkgo.GinkgoHelper()
	changes := f.Changes()
	observation, err := f.provider.Observe(ctx, target)
	Expect(err).NotTo(HaveOccurred())
	Expect(f.Changes()).To(Equal(changes), "Observe changes nothing")
	Expect(observation.Calls).To(BeNumerically(">=", 1), "the budget is charged for what was called")
	return observation
}

func (f *fixture) mustDeploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) provider.Handle {
	ginkgo.GinkgoHelper()
	changes := f.Changes()
	handle, err := f.provider.Deploy(ctx, target, bundle)
	Expect(err).NotTo(HaveOccurred())
	Expect(f.Changes()).To(BeNumerically("<=", changes+1), "Deploy makes at most one changing request")
	Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()), "a handle says what it stands for")
	return handle
}

func (f *fixture) mustWithdraw(ctx context.Context, target provider.Target) {
	ginkgo.GinkgoHelper()
	Expect(f.provider.Withdraw(ctx, target)).To(Succeed())
}

// expectHeld observes the target and expects the bundle, in effect. A product
// that does not return the body is believed by its expiry.
func (f *fixture) expectHeld(ctx context.Context, target provider.Target, bundle certbundle.Bundle) provider.Observation {
	ginkgo.GinkgoHelper()
	observation := f.mustObserve(ctx, target)
	Expect(observation.Found).To(BeTrue())
	Expect(observation.HTTPS).NotTo(Equal(provider.HTTPSOff))
	Expect(observation.NotAfter).To(BeTemporally("==", bundle.Leaf().NotAfter))
	Expect(observation.Fingerprint).To(BeElementOf("", bundle.Fingerprint()))
	if observation.Fingerprint != "" {
		Expect(observation.NotBefore).To(BeTemporally("==", bundle.Leaf().NotBefore))
	}
	return observation
}

// expectNothing observes the target and expects no certificate in effect.
func (f *fixture) expectNothing(ctx context.Context, target provider.Target) {
	ginkgo.GinkgoHelper()
	observation := f.mustObserve(ctx, target)
	Expect(!observation.Found || observation.HTTPS == provider.HTTPSOff).To(BeTrue(), "%+v", observation)
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
		_, err := f.provider.Deploy(ctx, target(), f.issue(domain))
		return err
	}}
}

func withdrawing() method {
	return method{"Withdraw", func(f *fixture, ctx context.Context) error {
		return f.provider.Withdraw(ctx, target())
	}}
}

func methods() []method { return []method{observing(), deploying(), withdrawing()} }

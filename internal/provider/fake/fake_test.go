package fake_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("The fake's script", func() {
	const domain, other = "live.example.com", "play.example.com"
	var (
		script         *fake.Provider
		bundle         certbundle.Bundle
		target         = provider.Target{Domain: domain, Name: "object"}
		denied, broken = &provider.Error{Kind: provider.Denied}, &provider.Error{Kind: provider.Unavailable}
	)

	BeforeEach(func() {
		script = fake.New(domain, other)
		pair := testcerts.NewCA("Fake").Issue(testcerts.Options{DNSNames: []string{domain, other}})
		var err error
		bundle, err = certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
		Expect(err).NotTo(HaveOccurred())
	})

	observe := func(ctx context.Context, domain string) (provider.Observation, error) {
		return script.Observe(ctx, provider.Target{Domain: domain})
	}

	It("fails the next calls of one method in order, without effect", func(ctx context.Context) {
		script.FailNext(fake.Deploy, denied)
		script.FailNext(fake.Deploy, broken)
		Expect(observe(ctx, domain)).To(HaveField("Found", false))
		for _, expected := range []error{denied, broken} {
			_, err := script.Deploy(ctx, target, bundle)
			Expect(err).To(BeIdenticalTo(expected))
		}
		Expect(script.Held(domain).Found).To(BeFalse())
		Expect(script.Deploy(ctx, target, bundle)).To(HaveField("Fingerprint", bundle.Fingerprint()))
	})

	It("fails one domain until told otherwise", func(ctx context.Context) {
		script.FailFor(domain, denied)
		for range 2 {
			_, err := observe(ctx, domain)
			Expect(err).To(BeIdenticalTo(denied))
		}
		Expect(script.Withdraw(ctx, target)).To(BeIdenticalTo(denied))
		Expect(observe(ctx, other)).To(HaveField("Calls", 1))
		script.FailFor(domain, nil)
		Expect(observe(ctx, domain)).To(HaveField("Calls", 1))
	})

	It("shows a change after so many observations of its domain", func(ctx context.Context) {
		script.ShowAfter(2)
		Expect(script.Deploy(ctx, target, bundle)).NotTo(BeZero())
		Expect(script.Held(domain).Fingerprint).To(Equal(bundle.Fingerprint()))
		for _, shown := range []bool{false, false, true, true} {
			Expect(observe(ctx, other)).To(HaveField("Found", false))
			Expect(observe(ctx, domain)).To(HaveField("Found", shown))
		}
	})

	It("changes behind everybody's back", func(ctx context.Context) {
		Expect(script.Deploy(ctx, target, bundle)).NotTo(BeZero())
		script.Change(domain, func(held *provider.Observation) { held.HTTPS = provider.HTTPSOff })
		observation, err := observe(ctx, domain)
		Expect(err).NotTo(HaveOccurred())
		Expect(observation.HTTPS).To(Equal(provider.HTTPSOff))
		Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
		script.RemoveDomain(domain)
		_, err = observe(ctx, domain)
		Expect(provider.IsKind(err, provider.NotFound)).To(BeTrue())
	})

	It("does so in the middle of a call too", func(ctx context.Context) {
		script.Before(func(_ context.Context, call fake.Call) {
			if call.Method == fake.Deploy {
				script.RemoveDomain(call.Target.Domain)
			}
		})
		_, err := script.Deploy(ctx, target, bundle)
		Expect(provider.IsKind(err, provider.NotFound)).To(BeTrue())
	})

	It("holds a call until the test lets it go", func(ctx context.Context) {
		underWay, proceed := make(chan struct{}), make(chan struct{})
		script.Before(func(context.Context, fake.Call) { close(underWay); <-proceed })
		done := make(chan error)
		go func() { done <- script.Withdraw(ctx, target) }()
		<-underWay
		Expect(script.Calls(fake.Withdraw)).To(HaveLen(1), "noted before it ends")
		close(proceed)
		Expect(<-done).To(Succeed())
	}, SpecTimeout(time.Minute))

	It("notes every call, failed or not, without the key", func(ctx context.Context) {
		script.FailNext(fake.Observe, broken)
		_, err := observe(ctx, other)
		Expect(err).To(HaveOccurred())
		Expect(script.Deploy(ctx, target, bundle)).NotTo(BeZero())
		Expect(script.Withdraw(ctx, target)).To(Succeed())
		deployed := fake.Call{Method: fake.Deploy, Target: target, Fingerprint: bundle.Fingerprint()}
		Expect(script.Calls()).To(Equal([]fake.Call{
			{Method: fake.Observe, Target: provider.Target{Domain: other}},
			deployed,
			{Method: fake.Withdraw, Target: target},
		}))
		Expect(script.Calls(fake.Deploy)).To(Equal([]fake.Call{deployed}))
		script.ForgetCalls()
		Expect(script.Calls()).To(BeEmpty())
	})
})

package fake_test

import (
	"crypto/x509"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("The fake's store", func() {
	const domain = "www.example.com"
	var (
		script *fake.Provider
		ca     testcerts.CA
		target = provider.Target{Domain: domain, Name: "object"}
	)

	BeforeEach(func() {
		script, ca = fake.New(domain), testcerts.NewCA("Fake")
	})

	issue := func() certbundle.Bundle {
		GinkgoHelper()
		pair := ca.Issue(testcerts.Options{DNSNames: []string{domain}})
		bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
		Expect(err).NotTo(HaveOccurred())
		return bundle
	}
	naming := func(kind provider.ExistingType, id, name string) provider.Target {
		named := target
		named.Existing = &provider.Existing{Type: kind, ID: id, Name: name}
		return named
	}
	stored := func(id string) provider.Stored {
		return provider.Stored{
			Existing:    provider.Existing{Type: provider.ExistingCAS, ID: id, Name: "bought"},
			Fingerprint: "fp-" + id,
			Leaf:        &x509.Certificate{NotAfter: time.Unix(1, 0)},
		}
	}

	It("finds what lives there, and puts it on a domain", func(ctx SpecContext) {
		script.Store(stored("17"))
		for _, named := range []provider.Target{naming(provider.ExistingCAS, "17", ""), naming(provider.ExistingCAS, "", "bought")} {
			Expect(script.Find(ctx, named)).To(HaveField("Fingerprint", "fp-17"))
			Expect(script.Deploy(ctx, named, certbundle.Bundle{})).To(HaveField("CertificateID", "17"))
			observation, err := script.Observe(ctx, named)
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.Fingerprint).To(Equal("fp-17"))
			Expect(observation.CertificateType).To(Equal("cas"))
			Expect(observation.NotAfter).To(Equal(time.Unix(1, 0)))
			Expect(script.Withdraw(ctx, target)).To(Succeed())
		}
		Expect(script.Uploads(ctx, target)).To(HaveField("Items", BeEmpty()))
	})

	It("does not find what is not there, twice there, or in trouble", func(ctx SpecContext) {
		_, err := script.Find(ctx, naming(provider.ExistingCAS, "17", ""))
		Expect(provider.IsKind(err, provider.NotFound)).To(BeTrue())
		_, err = script.Find(ctx, target)
		Expect(provider.IsKind(err, provider.NotFound)).To(BeTrue())

		script.Store(stored("17"))
		script.Store(stored("18"))
		_, err = script.Find(ctx, naming(provider.ExistingCAS, "", "bought"))
		Expect(provider.IsKind(err, provider.Rejected)).To(BeTrue())

		revoked := stored("18")
		revoked.Trouble = &provider.Error{Kind: provider.Rejected, Code: "REVOKED"}
		script.Store(revoked)
		_, err = script.Deploy(ctx, naming(provider.ExistingCAS, "18", ""), certbundle.Bundle{})
		Expect(err).To(BeIdenticalTo(revoked.Trouble))
	})

	It("issues free ones by itself", func(ctx SpecContext) {
		free := naming(provider.ExistingFree, "", "")
		Expect(script.Deploy(ctx, free, certbundle.Bundle{})).To(HaveField("Fingerprint", ""))
		Expect(script.Observe(ctx, free)).To(HaveField("CertificateType", "free"))
	})

	It("takes as many steps as it is told to", func(ctx SpecContext) {
		script.TakeSteps(3)
		bundle, target, other := issue(), target, target
		target.Wanted, other.Wanted = bundle.Fingerprint(), "another"
		for _, unfinished := range []bool{true, true, false} {
			Expect(script.Held(domain).Found).To(BeFalse())
			Expect(script.Deploy(ctx, target, bundle)).NotTo(BeZero())
			Expect(script.Observe(ctx, target)).To(HaveField("Unfinished", unfinished))
			Expect(script.Observe(ctx, other)).To(HaveField("Unfinished", false))
		}
		Expect(script.Held(domain).Fingerprint).To(Equal(bundle.Fingerprint()))

		Expect(script.Deploy(ctx, target, issue())).NotTo(BeZero())
		Expect(script.Withdraw(ctx, target)).To(Succeed())
		Expect(script.Observe(ctx, target)).To(HaveField("Unfinished", false))
	})

	It("keeps every upload once, until it is removed", func(ctx SpecContext) {
		var handles []provider.Handle
		for range 2 {
			bundle := issue()
			for range 2 {
				handle, err := script.Deploy(ctx, target, bundle)
				Expect(err).NotTo(HaveOccurred())
				handles = append(handles, handle)
			}
		}
		uploads, err := script.Uploads(ctx, target)
		Expect(err).NotTo(HaveOccurred())
		Expect(uploads.Items).To(HaveLen(2))
		Expect(uploads.Items[0].ID).To(Equal(handles[0].CertificateID))
		Expect(uploads.Items[1].ID).To(Equal(handles[3].CertificateID))
		Expect(provider.IsUpload(uploads.Items[1].Name, target.Name, handles[3].Fingerprint)).To(BeTrue())

		script.MakeRoom(10)
		used, total, err := script.Quota(ctx)
		Expect([]any{used, total, err}).To(Equal([]any{int64(2), int64(10), nil}))
		Expect(script.Stored(ctx)).To(BeEquivalentTo(2))

		Expect(provider.IsKind(script.Remove(ctx, target, uploads.Items[1]), provider.Conflict)).To(BeTrue(), "in use")
		for range 2 {
			Expect(script.Remove(ctx, target, uploads.Items[0])).To(Succeed())
		}
		Expect(script.Uploads(ctx, target)).To(HaveField("Items", HaveLen(1)))
		Expect(script.Calls(fake.Remove)).To(HaveLen(3))
		Expect(script.Calls(fake.Remove)[0].Upload).To(Equal(uploads.Items[1]))
	})

	It("fails as it is told to", func(ctx SpecContext) {
		broken := &provider.Error{Kind: provider.Unavailable}
		script.FailNext(fake.Find, broken)
		_, err := script.Find(ctx, naming(provider.ExistingCAS, "17", ""))
		Expect(err).To(BeIdenticalTo(broken))
		script.FailFor(domain, broken)
		_, err = script.Uploads(ctx, target)
		Expect(err).To(BeIdenticalTo(broken))
		Expect(script.Remove(ctx, target, provider.Upload{ID: "1"})).To(BeIdenticalTo(broken))
	})
})

package conformance

import (
	"context"
	"fmt"
	"sync"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/testcerts"
)

func describeObserve(f *fixture) {
	ginkgo.Context("Observe", func() {
		ginkgo.It("finds nothing on a domain without a certificate", func(ctx context.Context) {
			Expect(f.mustObserve(ctx, target()).Found).To(BeFalse())
		})

		ginkgo.It("finds what somebody else has put there, so that it can be adopted", func(ctx context.Context) {
			bundle := f.issue(domain)
			f.Put(domain, bundle)
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("says NotFound of a domain that does not exist", func(ctx context.Context) {
			_, err := f.provider.Observe(ctx, targetOf(nowhere))
			Expect(f.expectFailure(err).Kind).To(Equal(provider.NotFound))
		})

		ginkgo.It("is not misled by what it is told to know", func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			former, misled := f.mustObserve(ctx, target()), target()
			misled.Known = provider.Handle{
				CertificateID:   former.CertificateID,
				CertificateName: former.CertificateName,
				Fingerprint:     former.Fingerprint,
				TaskID:          former.TaskID,
				Version:         former.Version,
			}
			bundle := f.issue(domain)
			f.Put(domain, bundle)
			seen, anew := f.expectHeld(ctx, misled, bundle), f.expectHeld(ctx, target(), bundle)
			seen.Calls, anew.Calls = 0, 0
			Expect(seen).To(Equal(anew))
		})
	})
}

func describeDeploy(f *fixture) {
	ginkgo.Context("Deploy", func() {
		ginkgo.It("puts the first certificate on a domain", func(ctx context.Context) {
			bundle := f.issue(domain)
			f.mustDeploy(ctx, target(), bundle)
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("replaces it by the next", func(ctx context.Context) {
			rotated := target()
			for range 3 {
				bundle := f.issue(domain)
				rotated.Known = f.mustDeploy(ctx, rotated, bundle)
				f.expectHeld(ctx, rotated, bundle)
			}
		})

		ginkgo.It("replaces it without being told what is known", func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			bundle := f.issue(domain)
			f.mustDeploy(ctx, target(), bundle)
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("replaces what somebody else has put there", func(ctx context.Context) {
			f.Put(domain, f.issue(domain))
			bundle := f.issue(domain)
			f.mustDeploy(ctx, target(), bundle)
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("puts in place what somebody else has put there already, at the second attempt if it must", func(ctx context.Context) {
			bundle := f.issue(domain)
			f.Put(domain, bundle)
			if _, err := f.provider.Deploy(ctx, wanting(target(), bundle), bundle); err != nil {
				Expect(f.expectFailure(err).Kind).To(Equal(provider.Conflict))
				f.mustDeploy(ctx, target(), bundle)
			}
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("is safe to repeat", func(ctx context.Context) {
			bundle, repeated := f.issue(domain), target()
			for range 3 {
				repeated.Known = f.mustDeploy(ctx, repeated, bundle)
			}
			f.mustDeploy(ctx, target(), bundle)
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("leaves other domains alone", func(ctx context.Context) {
			f.AddDomain(otherDomain)
			other := f.issue(otherDomain)
			f.mustDeploy(ctx, targetOf(otherDomain), other)
			f.mustDeploy(ctx, target(), f.issue(domain))
			f.expectHeld(ctx, targetOf(otherDomain), other)
		})

		ginkgo.It("puts one certificate on two domains, at the second attempt if it must", func(ctx context.Context) {
			f.AddDomain(otherDomain)
			shared := f.issue(domain, otherDomain)
			f.mustDeploy(ctx, target(), shared)
			if _, err := f.provider.Deploy(ctx, wanting(targetOf(otherDomain), shared), shared); err != nil {
				Expect(f.expectFailure(err).Kind).To(Equal(provider.Conflict))
				f.mustDeploy(ctx, targetOf(otherDomain), shared)
			}
			f.expectHeld(ctx, targetOf(otherDomain), shared)
			f.expectHeld(ctx, target(), shared)
		})

		ginkgo.It("says NotFound of a domain that does not exist", func(ctx context.Context) {
			bundle := f.issue(nowhere)
			_, err := f.provider.Deploy(ctx, wanting(targetOf(nowhere), bundle), bundle)
			Expect(f.expectFailure(err).Kind).To(Equal(provider.NotFound))
		})

		ginkgo.DescribeTable("takes",
			func(ctx context.Context, name string, issue func() testcerts.Pair) {
				f.AddDomain(name)
				bundle := f.bundle(issue())
				f.mustDeploy(ctx, targetOf(name), bundle)
				f.expectHeld(ctx, targetOf(name), bundle)
			},
			ginkgo.Entry("an RSA key", otherDomain, func() testcerts.Pair {
				return f.ca.Issue(testcerts.Options{DNSNames: []string{otherDomain}, Key: testcerts.RSA2048})
			}),
			ginkgo.Entry("an ECDSA key", otherDomain, func() testcerts.Pair {
				return f.ca.Issue(testcerts.Options{DNSNames: []string{otherDomain}, Key: testcerts.ECDSAP256})
			}),
			ginkgo.Entry("a chain of three", otherDomain, func() testcerts.Pair { return f.chainOfThree(otherDomain) }),
			ginkgo.Entry("a wildcard domain", wildcard, func() testcerts.Pair {
				return f.ca.Issue(testcerts.Options{DNSNames: []string{wildcard}})
			}),
		)
	})
}

// chainOfThree returns a leaf with two certificates above it and below the
// root: the CA's own root, cross-signed by another, becomes an intermediate.
func (f *fixture) chainOfThree(name string) testcerts.Pair {
	ginkgo.GinkgoHelper()
	pair := f.ca.Issue(testcerts.Options{DNSNames: []string{name}})
	cross := testcerts.NewCA("Elder").CrossSigned(testcerts.CA{Intermediate: f.ca.Root})
	pair.CertificatePEM = testcerts.CertificatePEM(pair.Leaf, f.ca.Intermediate, cross)
	Expect(f.bundle(pair).CertificatePEM()).To(Equal(pair.CertificatePEM), "all three are kept")
	return pair
}

func describeWithdraw(f *fixture) {
	ginkgo.Context("Withdraw", func() {
		ginkgo.It("takes the certificate off the domain", func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			f.mustWithdraw(ctx, target())
			f.expectNothing(ctx, target())
		})

		ginkgo.It("uses what is known", func(ctx context.Context) {
			known := target()
			known.Known = f.mustDeploy(ctx, known, f.issue(domain))
			f.mustWithdraw(ctx, known)
			f.expectNothing(ctx, known)
		})

		ginkgo.It("succeeds twice", func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			f.mustWithdraw(ctx, target())
			f.mustWithdraw(ctx, target())
			f.expectNothing(ctx, target())
		})

		ginkgo.It("succeeds where there never was a certificate", func(ctx context.Context) {
			f.mustWithdraw(ctx, target())
		})

		ginkgo.It("succeeds where the domain is gone", func(ctx context.Context) {
			f.mustWithdraw(ctx, targetOf(nowhere))
		})

		ginkgo.It("leaves other domains alone", func(ctx context.Context) {
			f.AddDomain(otherDomain)
			other := f.issue(otherDomain)
			f.mustDeploy(ctx, targetOf(otherDomain), other)
			f.mustDeploy(ctx, target(), f.issue(domain))
			f.mustWithdraw(ctx, target())
			f.expectHeld(ctx, targetOf(otherDomain), other)
		})

		ginkgo.It("is undone by Deploy, with the same certificate too", func(ctx context.Context) {
			bundle, again := f.issue(domain), target()
			again.Known = f.mustDeploy(ctx, again, bundle)
			f.mustWithdraw(ctx, again)
			f.mustDeploy(ctx, again, bundle)
			f.expectHeld(ctx, again, bundle)
		})
	})
}

func describeConcurrency(f *fixture) {
	ginkgo.It("serves many domains at the same time", func(ctx context.Context) {
		const domains = 8
		names, bundles := make([]string, domains), make([]certbundle.Bundle, domains)
		for i := range domains {
			names[i] = fmt.Sprintf("live%d.example.com", i)
			bundles[i] = f.issue(names[i])
			f.AddDomain(names[i])
		}
		var all sync.WaitGroup
		for i := range domains {
			all.Go(func() {
				defer ginkgo.GinkgoRecover()
				own := wanting(targetOf(names[i]), bundles[i])
				own.Known = f.step(ctx, own, bundles[i])
				observation, _ := f.drive(ctx, own, bundles[i], f.observe, f.step)
				expectShown(observation, bundles[i])
			})
		}
		all.Wait()
		for i := range domains {
			f.expectHeld(ctx, targetOf(names[i]), bundles[i])
		}
	})
}

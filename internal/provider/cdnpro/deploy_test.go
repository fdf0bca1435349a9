package cdnpro_test

import (
	"context"
	"net/http"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("Deploy", func() {
	It("makes room where it can when there are too many versions", func(ctx SpecContext) {
		w := certified(edgesim.Settings{CDNPro: edgesim.CDNProSettings{MaxVersions: 2}})
		forgotten := w.issue(domain)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(forgotten), forgotten)
		bundle := w.issue(domain)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		failure := expectFailure(err, provider.Conflict)
		Expect(failure.Code).To(Equal("TooManyVersions"))
		Expect(failure.RetryAfter).To(Equal(time.Second))
		w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)

		next := w.issue(domain)
		_, err = w.adapter(cdnpro.Production).Deploy(ctx, targetOf(next), next)
		failure = expectFailure(err, provider.Rejected)
		Expect(failure.Advice).To(ContainSubstring("new certificate"), "what was deployed once cannot be deleted")
		Expect(w.versions(held)).To(HaveLen(2))
	})

	It("uses no other clock for the key than for the date", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		ticking := func(c *cdnpro.Config) {
			c.Clock = func() time.Time {
				w.clock.pass(time.Second)
				return w.clock.read()
			}
		}
		bundle := w.issue(domain)
		for range 5 {
			fresh := w.issue(domain)
			mustDeploy(ctx, cdnpro.NewAdapter(w.client(ticking)), targetOf(fresh), fresh)
		}
		mustDeploy(ctx, cdnpro.NewAdapter(w.client(ticking)), targetOf(bundle), bundle)
		for _, entry := range w.Journal(edgesim.Query{}) {
			Expect(entry.Status).To(BeElementOf(http.StatusOK, http.StatusCreated))
		}
	})

	DescribeTable("of hostnames that share a certificate makes one version and one task, however many come at once",
		func(ctx SpecContext, begin func(context.Context) *world, changes ...string) {
			w := begin(ctx)
			shared := w.issue(domain, other)
			adapter := w.shared(cdnpro.Production)
			var all sync.WaitGroup
			for _, hostname := range []string{domain, other, domain, other} {
				target := targetOf(shared)
				target.Domain = hostname
				all.Go(func() {
					defer GinkgoRecover()
					for observation := mustObserve(ctx, adapter, target); observation.Fingerprint != shared.Fingerprint(); observation = mustObserve(ctx, adapter, target) {
						if _, err := adapter.Deploy(ctx, target, shared); err != nil {
							Expect(expectFailure(err, provider.Conflict).RetryAfter).To(BeNumerically(">", 0))
						}
					}
				})
			}
			all.Wait()
			Expect(w.made()).To(Equal(changes))
		},
		Entry("to begin with", func(context.Context) *world {
			return newWorld(edgesim.Settings{Quotas: map[string]int{"cdnpro": -1}}, bare(domain, other))
		}, newCertificate, newProperty, validation, production),
		Entry("later", func(context.Context) *world {
			return certified(edgesim.Settings{Quotas: map[string]int{"cdnpro": -1}}, domain, other)
		}, patch, production),
		Entry("when that is full", func(ctx context.Context) *world {
			w := filled(ctx, cdnpro.Production, domain, other)
			settings := w.Settings()
			settings.Quotas = map[string]int{"cdnpro": -1}
			Expect(w.SetSettings(settings)).To(Succeed())
			w.hasten(0)
			return w
		}, patch, newCertificate, newProperty, validation, production),
	)

	It("cannot use a certificate that lives at the provider", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		target := provider.Target{Domain: domain, Name: name, Existing: &provider.Existing{Type: provider.ExistingFree}}
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, target, w.issue(domain))
		expectFailure(err, provider.Rejected)
		Expect(w.calls()).To(BeZero())
	})
})

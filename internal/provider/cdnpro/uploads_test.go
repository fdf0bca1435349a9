package cdnpro_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

// followed is a simulator where another certificate has just followed a full one,
// and the target as it is tidied up.
func followed(ctx context.Context, to cdnpro.Target, hostnames ...string) (*world, provider.Target) {
	GinkgoHelper()
	w := filled(ctx, to, hostnames...)
	if len(hostnames) == 0 {
		hostnames = []string{domain}
	}
	bundle := w.issue(hostnames...)
	j := w.travel(ctx, to, targetOf(bundle), bundle, false)
	w.ClearJournal()
	return w, seen(targetOf(bundle), j.last)
}

func mustList(ctx context.Context, adapter provider.Repository, target provider.Target) provider.Uploads {
	GinkgoHelper()
	uploads, err := adapter.Uploads(ctx, target)
	Expect(err).NotTo(HaveOccurred())
	return uploads
}

var _ = Describe("Tidying up", func() {
	It("asks nothing where no certificate was full, and little once none is left", func(ctx SpecContext) {
		w := newWorld(slow(), bare(domain))
		bundle := w.issue(domain)
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		w.ClearJournal()
		adapter := w.adapter(cdnpro.Production)
		Expect(mustList(ctx, adapter, seen(targetOf(bundle), j.last))).To(Equal(provider.Uploads{}))
		Expect(mustList(ctx, adapter, targetOf(bundle))).To(Equal(provider.Uploads{}), "nothing is known")
		Expect(w.calls()).To(BeZero())

		w, target := followed(ctx, cdnpro.Production)
		w.tidy(ctx, cdnpro.Production, target, 0)
		w.ClearJournal()
		adapter = w.adapter(cdnpro.Production)
		for range 3 {
			Expect(mustList(ctx, adapter, target).Items).To(BeEmpty())
		}
		Expect(w.calls()).To(Equal(1))
	})

	It("lists a full certificate as one, and what follows it as versions that stay", func(ctx SpecContext) {
		w, target := followed(ctx, cdnpro.Production)
		uploads := mustList(ctx, w.adapter(cdnpro.Production), target)
		Expect(uploads.Items).To(ConsistOf(
			provider.Upload{ID: w.named(name).ID, Name: name, Generation: 1},
			provider.Upload{ID: w.named(second).ID, Name: second, Generation: 2, Version: 1, Stays: true},
		))
		Expect(uploads.Calls).To(Equal(w.calls()))
	})

	It("keeps a full certificate for as long as it has one of the versions to keep", func(ctx SpecContext) {
		w, target := followed(ctx, cdnpro.Production)
		w.tidy(ctx, cdnpro.Production, target, 1)
		Expect(w.names()).To(ConsistOf(name, second))
		next := w.issue(domain)
		j := w.travel(ctx, cdnpro.Production, targetOf(next), next, false)
		w.tidy(ctx, cdnpro.Production, seen(targetOf(next), j.last), 1)
		Expect(w.names()).To(ConsistOf(second))
	})

	It("takes a certificate off each environment before it deletes it, each once", func(ctx SpecContext) {
		w, target := followed(ctx, cdnpro.StagingThenProduction)
		full := mustList(ctx, w.adapter(cdnpro.StagingThenProduction), target).Items[0]
		w.ClearJournal()
		for range 2 {
			err := w.adapter(cdnpro.StagingThenProduction).Remove(ctx, target, full)
			Expect(expectFailure(err, provider.Conflict).RetryAfter).To(BeNumerically(">", 0))
		}
		Expect(w.made()).To(Equal([]string{staging}))
		w.tidy(ctx, cdnpro.StagingThenProduction, target, 0)
		Expect(w.made()).To(Equal([]string{staging, production, deleteWhole}))
		Expect(w.adapter(cdnpro.StagingThenProduction).Remove(ctx, target, full)).To(Succeed(), "already gone is success")
	})

	It("repeats no change after a lost answer", func(ctx SpecContext) {
		for nth := 1; nth <= 8; nth++ {
			w, target := followed(ctx, cdnpro.Production)
			full := mustList(ctx, w.adapter(cdnpro.Production), target).Items[0]
			w.ClearJournal()
			w.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Nth: nth, Count: 1})
			removed := false
			for range 8 {
				w.clock.pass(taskDuration)
				removed = removed || w.adapter(cdnpro.Production).Remove(ctx, target, full) == nil
			}
			Expect(removed).To(BeTrue())
			Expect(w.effects()).To(Equal([]string{production, deleteWhole}), "request %d lost", nth)
		}
	})

	It("leaves alone what another property uses, in whatever environment", func(ctx SpecContext) {
		for _, at := range []edgesim.CDNProTarget{edgesim.CDNProProduction, edgesim.CDNProStaging} {
			w, target := followed(ctx, cdnpro.StagingThenProduction, domain, other)
			full := w.named(name)
			Expect(w.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "another", Hostnames: []string{"another.example.com"},
				CertificateID: full.ID, Targets: []edgesim.CDNProTarget{at}})).To(Succeed())
			uploads := mustList(ctx, w.adapter(cdnpro.StagingThenProduction), target)
			Expect(uploads.Items[0].InUse).To(BeTrue())
			Expect(provider.Superseded(uploads.Items, target.Known, 0)).To(BeEmpty())
			err := w.adapter(cdnpro.StagingThenProduction).Remove(ctx, target, provider.Upload{ID: full.ID})
			Expect(expectFailure(err, provider.Conflict).Code).To(Equal("in-use"))
			Expect(w.effects()).To(BeEmpty())
			Expect(w.names()).To(ConsistOf(name, second))
		}
	})

	It("leaves alone what an origin knows the property by", func(ctx SpecContext) {
		w, target := followed(ctx, cdnpro.Production)
		full := w.named(name)
		Expect(w.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "another", Hostnames: []string{"another.example.com"},
			Configs: raw("origins", []any{map[string]any{"name": "o", "servers": []string{"192.0.2.1"}, "tlsCertificateId": full.ID}})})).To(Succeed())
		err := w.adapter(cdnpro.Production).Remove(ctx, target, provider.Upload{ID: full.ID})
		Expect(expectFailure(err, provider.Conflict).Code).To(Equal("in-use"))
	})

	DescribeTable("leaves alone what is not ours",
		func(ctx SpecContext, change func(*world, edgesim.CDNProCertificateState), id func(*world) string) {
			w, target := followed(ctx, cdnpro.Production)
			full := w.named(name)
			if change != nil {
				change(w, full)
			}
			wanted := full.ID
			if id != nil {
				wanted = id(w)
			}
			for _, upload := range mustList(ctx, w.adapter(cdnpro.Production), target).Items {
				Expect(upload.ID).NotTo(Equal(wanted))
			}
			expectFailure(w.adapter(cdnpro.Production).Remove(ctx, target, provider.Upload{ID: wanted}), provider.Conflict)
			Expect(w.effects()).To(BeEmpty())
		},
		Entry("a version that somebody has added at the console", func(w *world, full edgesim.CDNProCertificateState) {
			w.put(edgesim.CDNProCertificate{ID: full.ID, Targets: []edgesim.CDNProTarget{}}, w.issue(domain))
		}, nil),
		Entry("another object's", func(w *world, _ edgesim.CDNProCertificateState) {
			Expect(w.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "another", Hostnames: []string{other}})).To(Succeed())
			bundle := w.issue(other)
			target := provider.Target{Domain: other, Name: name + "0", Wanted: bundle.Fingerprint()}
			mustDeploy(context.Background(), w.adapter(cdnpro.Production), target, bundle)
			w.ClearJournal()
		}, func(w *world) string { return w.named(name + "0").ID }),
		Entry("a certificate of the console's", func(w *world, _ edgesim.CDNProCertificateState) {
			w.put(edgesim.CDNProCertificate{Targets: []edgesim.CDNProTarget{}}, w.issue(domain))
		}, func(*world) string { return held }),
	)

	It("removes nothing where the certificate in effect does not serve the domain", func(ctx SpecContext) {
		w, target := followed(ctx, cdnpro.Production)
		target.Domain = other
		uploads := mustList(ctx, w.adapter(cdnpro.Production), target)
		Expect(provider.Superseded(uploads.Items, target.Known, 0)).To(BeEmpty())
	})

	It("removes no single version", func(ctx SpecContext) {
		w, target := followed(ctx, cdnpro.Production)
		err := w.adapter(cdnpro.Production).Remove(ctx, target, provider.Upload{ID: w.named(second).ID, Version: 1})
		Expect(expectFailure(err, provider.Conflict).Code).To(Equal("not-deletable"))
		Expect(w.calls()).To(BeZero())
	})
})

var _ = Describe("A full certificate of several objects", func() {
	DescribeTable("is followed by one for all of them",
		func(ctx SpecContext, properties ...[]string) {
			w := newWorld(capped())
			var targets []provider.Target
			var hostnames []string
			for i, names := range properties {
				property := bare(names...)
				property.ID = []string{"first", "second"}[i]
				Expect(w.PutCDNProProperty(accountID, property)).To(Succeed())
				for _, hostname := range names {
					hostnames = append(hostnames, hostname)
					targets = append(targets, provider.Target{Domain: hostname, Name: "dcert-" + hostname})
				}
			}
			w.fill(ctx, targets, hostnames)

			shared := w.issue(hostnames...)
			adapter := w.adapter(cdnpro.Production)
			w.travelTogether(ctx, adapter, targets, shared)
			Expect(w.names()).To(ConsistOf("dcert-"+hostnames[0], "dcert-"+hostnames[0]+"-g2"))
			Expect(w.named("dcert-" + hostnames[0] + "-g2").Versions).To(HaveLen(1))

			for _, target := range targets {
				target.Wanted = shared.Fingerprint()
				w.tidy(ctx, cdnpro.Production, seen(target, mustObserve(ctx, adapter, target)), 0)
			}
			Expect(w.names()).To(ConsistOf("dcert-" + hostnames[0] + "-g2"))
		},
		Entry("of one property", []string{domain, other}),
		Entry("of two properties", []string{domain}, []string{other}),
	)
})

// fill has all targets share the certificate of the first, which is then full.
func (w *world) fill(ctx context.Context, targets []provider.Target, hostnames []string) {
	GinkgoHelper()
	for range 2 {
		bundle := w.issue(hostnames...)
		target := targets[0]
		target.Wanted = bundle.Fingerprint()
		w.travel(ctx, cdnpro.Production, target, bundle, false)
	}
	full := w.named(targets[0].Name)
	for _, property := range w.Accounts()[0].CDNPro.Properties {
		property.CertificateID, property.Targets = full.ID, []edgesim.CDNProTarget{edgesim.CDNProProduction}
		if property.ID != "first" {
			Expect(w.PutCDNProProperty(accountID, property)).To(Succeed())
		}
	}
	w.ClearJournal()
}

// travelTogether takes the targets forward in turn until all are served.
func (w *world) travelTogether(ctx context.Context, adapter provider.Provider, targets []provider.Target, bundle certbundle.Bundle) {
	GinkgoHelper()
	const rounds = 40
	for range rounds {
		served := 0
		for _, target := range targets {
			target.Wanted = bundle.Fingerprint()
			if mustObserve(ctx, adapter, target).Fingerprint == bundle.Fingerprint() {
				served++
				continue
			}
			if _, err := adapter.Deploy(ctx, target, bundle); err != nil {
				Expect(expectFailure(err, provider.Conflict).RetryAfter).To(BeNumerically(">", 0))
			}
		}
		if served == len(targets) {
			return
		}
		w.clock.pass(taskDuration / 2)
	}
	Fail("not all are served")
}

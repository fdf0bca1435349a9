package cdnpro_test

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	second        = name + "-g2"
	deleteWhole   = "DELETE /cdn/certificates/{id}"
	deleteVersion = "DELETE /cdn/certificates/{id}/versions/{version}"
)

// capped is slow, with two versions at most.
func capped() edgesim.Settings {
	settings := slow()
	settings.CDNPro.MaxVersions = 2
	return settings
}

// filled starts a simulator whose property has a certificate of the operator's own
// that is full: it has two versions, the most that there can be.
func filled(ctx context.Context, to cdnpro.Target, hostnames ...string) *world {
	GinkgoHelper()
	if len(hostnames) == 0 {
		hostnames = []string{domain}
	}
	w := newWorld(capped(), bare(hostnames...))
	for range 2 {
		bundle := w.issue(hostnames...)
		w.travel(ctx, to, targetOf(bundle), bundle, false)
	}
	w.ClearJournal()
	return w
}

// named is the certificate with a name.
func (w *world) named(wanted string) edgesim.CDNProCertificateState {
	GinkgoHelper()
	all := w.CDNProCertificates(accountID)
	i := slices.IndexFunc(all, func(c edgesim.CDNProCertificateState) bool { return c.Name == wanted })
	Expect(i).To(BeNumerically(">=", 0), "there is no certificate %s", wanted)
	return all[i]
}

// names are those of all certificates.
func (w *world) names() []string {
	var names []string
	for _, certificate := range w.CDNProCertificates(accountID) {
		names = append(names, certificate.Name)
	}
	return names
}

// seen is the target with what was just observed, as it is tidied up.
func seen(target provider.Target, observation provider.Observation) provider.Target {
	target.Known = provider.Handle{CertificateID: observation.CertificateID, CertificateName: observation.CertificateName,
		Fingerprint: observation.Fingerprint, Version: observation.Version}
	return target
}

// tidy removes what is superseded, each time with a new adapter, until nothing is
// on its way any more.
func (w *world) tidy(ctx context.Context, to cdnpro.Target, target provider.Target, keep int) {
	GinkgoHelper()
	const rounds = 12
	for range rounds {
		uploads, err := w.adapter(to).Uploads(ctx, target)
		Expect(err).NotTo(HaveOccurred())
		Expect(uploads.Calls).To(BeNumerically("<=", cdnpro.MostCalls))
		gone := provider.Superseded(uploads.Items, target.Known, keep)
		if len(gone) == 0 {
			return
		}
		if err := w.adapter(to).Remove(ctx, target, gone[0]); err != nil {
			Expect(expectFailure(err, provider.Conflict).RetryAfter).To(BeNumerically(">", 0))
			w.clock.pass(taskDuration)
		}
	}
	Fail("something is superseded for ever")
}

var _ = Describe("A full certificate", func() {
	DescribeTable("is followed by another, step by step, and then removed",
		func(ctx SpecContext, to cdnpro.Target, forgetful bool, tasks ...string) {
			w := filled(ctx, to)
			former := configs(ctx, w, "2")
			bundle := w.issue(domain)
			j := w.travel(ctx, to, targetOf(bundle), bundle, forgetful)
			Expect(w.effects()).To(Equal(append([]string{newCertificate, newProperty, validation}, tasks...)))
			Expect(j.refused).To(BeEmpty())
			Expect(j.most).To(BeNumerically("<=", cdnpro.MostCalls))
			Expect(j.last.CertificateName).To(Equal(second))
			Expect(j.last.HTTPS).To(Equal(provider.HTTPSOn))
			Expect(w.names()).To(ConsistOf(name, second))
			Expect(w.named(name).Versions).To(HaveLen(2))
			after := configs(ctx, w, "3")
			Expect(after).To(HaveKeyWithValue("tlsCertificateId", w.named(second).ID))
			after["tlsCertificateId"] = former["tlsCertificateId"]
			Expect(after).To(Equal(former), "nothing else of the property has changed")

			w.tidy(ctx, to, seen(targetOf(bundle), j.last), 0)
			Expect(w.names()).To(ConsistOf(second))

			w.ClearJournal()
			next := w.issue(domain)
			w.travel(ctx, to, targetOf(next), next, forgetful)
			Expect(w.made()).To(Equal(append([]string{patch}, tasks...)), "from then on that is rotated")
		},
		Entry("in production", cdnpro.Production, false, production),
		Entry("in production, with nothing remembered", cdnpro.Production, true, production),
		Entry("in staging", cdnpro.Staging, true, staging),
		Entry("in staging, then production", cdnpro.StagingThenProduction, false, staging, production),
		Entry("in staging, then production, with nothing remembered", cdnpro.StagingThenProduction, true, staging, production),
	)

	It("goes on being shown until the one that follows is in effect", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		full, bundle := w.named(name), w.issue(domain)
		target := targetOf(bundle)
		for range 3 {
			target.Known = mustDeploy(ctx, w.adapter(cdnpro.Production), target, bundle)
			Expect(target.Known.CertificateName).To(Equal(second))
			Expect(target.Known.Version).To(BeEquivalentTo(1))
			observation := mustObserve(ctx, w.adapter(cdnpro.Production), target)
			Expect(observation.HTTPS).To(Equal(provider.HTTPSOn))
			Expect(observation.CertificateID).To(Equal(full.ID))
			Expect(observation.Version).To(BeEquivalentTo(2))
			Expect(observation.Fingerprint).To(Equal(full.Versions[1].Fingerprint))
			Expect(observation.Unfinished || observation.Pending).To(BeTrue())
			w.clock.pass(taskDuration)
		}
	})

	It("is not tried a second time, with the key on its way for nothing", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		adapter := w.adapter(cdnpro.Production)
		w.inject(edgesim.Fault{Kind: edgesim.FaultError, Operation: newCertificate, Count: 1})
		bundle := w.issue(domain)
		_, err := adapter.Deploy(ctx, targetOf(bundle), bundle)
		expectFailure(err, provider.Unavailable)
		mustDeploy(ctx, adapter, targetOf(bundle), bundle)
		Expect(w.made()).To(Equal([]string{patch, newCertificate, newCertificate}))
	})

	It("follows another in its turn, however often", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{Quotas: map[string]int{"cdnpro": -1}, CDNPro: edgesim.CDNProSettings{MaxVersions: 2}}, bare(domain))
		for i := range 9 {
			bundle := w.issue(domain)
			j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
			w.tidy(ctx, cdnpro.Production, seen(targetOf(bundle), j.last), 0)
			Expect(w.CDNProCertificates(accountID)).To(HaveLen(1), "rotation %d", i)
		}
		Expect(w.names()).To(Equal([]string{name + "-g5"}))
	})

	It("is followed by the one that a younger leaf goes into, if two were wanted meanwhile", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		first, younger := w.issue(domain), w.issue(domain)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(first), first)
		j := w.travel(ctx, cdnpro.Production, targetOf(younger), younger, true)
		Expect(j.last.CertificateName).To(Equal(second))
		Expect(w.effects()).To(Equal([]string{newCertificate, patch, newProperty, validation, production}))
	})

	It("is followed by one more if the next is full before it was named", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		settings := w.Settings()
		settings.CDNPro.DeleteVersions = edgesim.CDNProDeleteNone
		Expect(w.SetSettings(settings)).To(Succeed())
		for range 2 {
			bundle := w.issue(domain)
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		}
		bundle := w.issue(domain)
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
		Expect(j.last.CertificateName).To(Equal(name + "-g3"))
		Expect(w.effects()).To(Equal([]string{newCertificate, patch, newCertificate, newProperty, validation, production}))
		w.tidy(ctx, cdnpro.Production, seen(targetOf(bundle), j.last), 0)
		Expect(w.names()).To(ConsistOf(name + "-g3"))
	})

	It("gives room first where it can", func(ctx SpecContext) {
		w := newWorld(capped(), bare(domain))
		served, forgotten, bundle := w.issue(domain), w.issue(domain), w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(served), served, false)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(forgotten), forgotten)
		w.ClearJournal()
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		failure := expectFailure(err, provider.Conflict)
		Expect(failure.Code).To(Equal("TooManyVersions"))
		Expect(failure.RetryAfter).To(Equal(time.Second))
		w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		Expect(w.effects()).To(Equal([]string{deleteVersion, patch, production}))
	})

	It("is followed by another where versions cannot be deleted at all", func(ctx SpecContext) {
		settings := capped()
		settings.CDNPro.DeleteVersions = edgesim.CDNProDeleteNone
		w := newWorld(settings, bare(domain))
		served, forgotten, bundle := w.issue(domain), w.issue(domain), w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(served), served, false)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(forgotten), forgotten)
		w.ClearJournal()
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
		Expect(j.refused).To(BeEmpty())
		Expect(w.effects()).To(Equal([]string{newCertificate, newProperty, validation, production}))
	})

	It("of somebody else's is for a human to replace", func(ctx SpecContext) {
		w := certified(capped())
		first, bundle := w.issue(domain), w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(first), first, false)
		for range 2 {
			_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
			Expect(expectFailure(err, provider.Rejected).Advice).To(ContainSubstring("new certificate"))
		}
		Expect(w.names()).To(Equal([]string{"console-" + held}))
	})

	It("is for a human to replace where somebody else has taken the name", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		w.put(edgesim.CDNProCertificate{ID: "c34dce5954b2e1a639aa0a46", Name: second, Targets: []edgesim.CDNProTarget{}}, w.issue(domain))
		bundle := w.issue(domain)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		expectFailure(err, provider.Rejected)
		Expect(w.effects()).To(BeEmpty())
		Expect(w.names()).To(ConsistOf(name, second))
	})
})

package cdnpro_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("The worst of all worlds", func() {
	It("takes as many requests as are kept for an operation, and no more", func(ctx SpecContext) {
		settings := capped()
		settings.CDNPro.DeleteVersions = edgesim.CDNProDeleteNone
		w := newWorld(settings, bare(domain))
		served := w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(served), served, false)
		forgotten := w.issue(domain)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(forgotten), forgotten)
		w.put(edgesim.CDNProCertificate{}, w.issueWith(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.RSA2048}))
		both := bare(domain)
		both.CertificateID, both.Configs = held, raw("tlsCertificateId1", w.named(name).ID)
		Expect(w.PutCDNProProperty(accountID, both)).To(Succeed())

		for range 3 { // the next ones fill the one that follows
			bundle := w.issue(domain)
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		}
		bundle := w.issue(domain)
		target := targetOf(bundle)
		for range 5 {
			target.Known.TaskID = "forgotten-by-the-product"
			handle := mustDeploy(ctx, w.adapter(cdnpro.Production), target, bundle)
			Expect(mustObserve(ctx, w.adapter(cdnpro.Production), target).Calls).To(BeNumerically("<=", cdnpro.MostCalls))
			target.Known = handle
			w.clock.pass(taskDuration)
		}
		Expect(mustObserve(ctx, w.adapter(cdnpro.Production), target).Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(w.most).To(Equal(cdnpro.MostCalls))
		property := configs(ctx, w, "4")
		Expect(property).To(HaveKeyWithValue("tlsCertificateId", held))
		Expect(property).To(HaveKeyWithValue("tlsCertificateId1", target.Known.CertificateID), "the other is left alone")
	})
})

var _ = Describe("What others do meanwhile", func() {
	It("fails in production after staging has taken it, and staging is not deployed to again", func(ctx SpecContext) {
		w := certified(slow())
		bundle := w.issue(domain)
		target := targetOf(bundle)
		for range 2 {
			mustDeploy(ctx, w.adapter(cdnpro.StagingThenProduction), target, bundle)
		}
		w.clock.pass(taskDuration)
		Expect(w.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID})).To(Succeed())
		mustDeploy(ctx, w.adapter(cdnpro.StagingThenProduction), target, bundle)
		w.clock.pass(taskDuration)
		observation := mustObserve(ctx, w.adapter(cdnpro.StagingThenProduction), target)
		Expect(observation.Trouble).To(HaveField("Code", "task-failed"))
		Expect(observation.Unfinished || observation.Pending).To(BeFalse(), "the pace of what fails is the plan's")
		Expect(observation.StagingVersion).To(BeEquivalentTo(2))
		w.travel(ctx, cdnpro.StagingThenProduction, target, bundle, true)
		Expect(w.made()).To(Equal([]string{patch, staging, production, production}))
	})

	It("fails for ever, and is never begun again by a look", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		Expect(w.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID, Count: 100})).To(Succeed())
		bundle := w.issue(domain)
		for range 4 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
			w.clock.pass(taskDuration)
		}
		changes := len(w.made())
		for range 20 {
			observation := mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle))
			Expect(observation.Trouble).To(HaveOccurred())
			Expect(observation.Unfinished || observation.Pending).To(BeFalse())
			Expect(observation.Found).To(BeTrue(), "the full one is served still")
			w.clock.pass(time.Hour)
		}
		Expect(w.made()).To(HaveLen(changes))
	})

	It("switches the provider's own renewal on, in the middle", func(ctx SpecContext) {
		for _, begin := range []func() *world{
			func() *world { return certified(slow()) },
			func() *world { return filled(ctx, cdnpro.Production) },
		} {
			w := begin()
			bundle := w.issue(domain)
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
			for _, certificate := range w.CDNProCertificates(accountID) {
				w.put(edgesim.CDNProCertificate{ID: certificate.ID, AutoRenew: "LE", Targets: []edgesim.CDNProTarget{}}, w.issue(domain))
			}
			changes := len(w.made())
			_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
			Expect(expectFailure(err, provider.Rejected).Code).To(Equal("auto-renew"))
			Expect(w.made()).To(HaveLen(changes))
		}
	})

	It("moves the hostname to another property, in the middle", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production, domain, other)
		bundle := w.issue(domain, other)
		for range 4 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		}
		Expect(w.PutCDNProProperty(accountID, bare(other))).To(Succeed())
		Expect(w.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: "another", Hostnames: []string{domain}})).To(Succeed())
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
		Expect(j.last.CertificateName).To(Equal(second), "what was uploaded is used")
		Expect(w.named(second).Versions).To(HaveLen(1))
	})

	It("replaces the certificate at the console, in the middle", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		bundle := w.issue(domain)
		for range 2 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		}
		w.put(edgesim.CDNProCertificate{}, w.issue(domain))
		theirs := bare(domain)
		theirs.CertificateID = held
		Expect(w.PutCDNProProperty(accountID, theirs)).To(Succeed())
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
		Expect(j.last.CertificateID).To(Equal(held), "the operator goes on with the one that is bound")
		Expect(w.versions(held)).To(HaveLen(2))
	})

	It("does not keep a full certificate's draft of the same certificate in the way", func(ctx SpecContext) {
		w := filled(ctx, cdnpro.Production)
		draft := bare(domain)
		draft.CertificateID, draft.Targets = w.named(name).ID, []edgesim.CDNProTarget{}
		Expect(w.PutCDNProProperty(accountID, draft)).To(Succeed())
		bundle := w.issue(domain)
		Expect(w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true).refused).To(BeEmpty())
	})

	It("has a clock that is minutes off, and nothing is made twice", func(ctx SpecContext) {
		for _, ahead := range []time.Duration{-4 * time.Minute, 4 * time.Minute} {
			w := filled(ctx, cdnpro.StagingThenProduction)
			settings := w.Settings()
			settings.ClockSkew = edgesim.Duration(ahead)
			Expect(w.SetSettings(settings)).To(Succeed())
			bundle := w.issue(domain)
			w.travel(ctx, cdnpro.StagingThenProduction, targetOf(bundle), bundle, true)
			Expect(w.effects()).To(Equal([]string{newCertificate, newProperty, validation, staging, production}))
		}
	})
})

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

const (
	patch      = "PATCH /cdn/certificates/{id}"
	taskTo     = "POST /cdn/deploymentTasks "
	staging    = taskTo + "staging"
	production = taskTo + "production"
)

var _ = Describe("A rotation", func() {
	DescribeTable("makes exactly one version, and one task for each environment",
		func(ctx SpecContext, to cdnpro.Target, settings edgesim.Settings, forgetful bool, changes ...string) {
			w := certified(settings)
			bundle := w.issue(domain)
			j := w.travel(ctx, to, targetOf(bundle), bundle, forgetful)
			Expect(w.made()).To(Equal(append([]string{patch}, changes...)))
			Expect(w.versions(held)).To(HaveLen(2))
			Expect(j.last.HTTPS).To(Equal(provider.HTTPSOn))
			Expect(j.last.NotAfter).To(BeTemporally("==", bundle.Leaf().NotAfter))
			Expect(j.last.CertificateID).To(Equal(held))
			Expect(j.last.Unfinished || j.last.Pending).To(BeFalse())
			Expect(j.most).To(BeNumerically("<=", cdnpro.MostCalls))
			Expect(j.handle.Version).To(BeEquivalentTo(2))
			Expect(j.handle.CertificateID).To(Equal(held))
			for _, entry := range w.Journal(edgesim.Query{}) {
				Expect(entry.Outcome).To(Equal(edgesim.OutcomeOK))
				Expect(entry.KeyInURL).To(BeFalse())
				Expect(entry.CDNPro.CheckCertificate + entry.CDNPro.CheckUsage).To(BeEmpty())
			}

			w.ClearJournal()
			handle, err := w.adapter(to).Deploy(ctx, targetOf(bundle), bundle)
			Expect(err).NotTo(HaveOccurred())
			Expect(handle.Version).To(BeEquivalentTo(2))
			Expect(w.made()).To(BeEmpty(), "what is in effect is not deployed again")
		},
		Entry("production", cdnpro.Production, edgesim.Settings{}, false, production),
		Entry("production, slowly", cdnpro.Production, slow(), false, production),
		Entry("production, slowly and with nothing remembered", cdnpro.Production, slow(), true, production),
		Entry("staging", cdnpro.Staging, slow(), false, staging),
		Entry("staging, then production", cdnpro.StagingThenProduction, slow(), false, staging, production),
		Entry("staging, then production, with nothing remembered", cdnpro.StagingThenProduction, slow(), true, staging, production),
	)

	It("takes as many requests as are documented", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		bundle := w.issue(domain)
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		Expect(j.steps).To(Equal(2))
		Expect(j.observations).To(Equal(3))
		Expect(j.last.Calls).To(Equal(2), "once it is in place")
		Expect(w.calls()).To(Equal(2 + 14))

		w.ClearJournal()
		bundle = w.issue(domain)
		w.travel(ctx, cdnpro.StagingThenProduction, targetOf(bundle), bundle, false)
		Expect(w.calls()).To(Equal(2 + 14 + 9))

		w = newWorld(edgesim.Settings{}, bare(domain))
		first := w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(first), first, false)
		w.ClearJournal()
		bundle = w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		Expect(w.calls()).To(Equal(2+14+2), "of a certificate of its own")
	})

	It("says what is on its way while a task runs", func(ctx SpecContext) {
		w := certified(slow())
		bundle := w.issue(domain)
		target := targetOf(bundle)
		adapter := w.adapter(cdnpro.Production)

		target.Known = mustDeploy(ctx, adapter, target, bundle)
		observation := mustObserve(ctx, adapter, target)
		Expect(observation.Unfinished).To(BeTrue(), "the version is there, and no task")
		Expect(observation.Found).To(BeTrue())
		Expect(observation.Fingerprint).To(BeEmpty(), "what is served is not ours")

		target.Known = mustDeploy(ctx, adapter, target, bundle)
		Expect(target.Known.TaskID).NotTo(BeEmpty())
		Expect(target.Known.RequestID).NotTo(BeEmpty())
		for _, status := range []string{"waiting", "in progress"} {
			observation = mustObserve(ctx, adapter, target)
			Expect(observation.Pending).To(BeTrue())
			Expect(observation.Unfinished).To(BeFalse())
			Expect(observation.TaskID).To(Equal(target.Known.TaskID))
			Expect(observation.Status).To(Equal(status))
			Expect(observation.Version).To(BeEquivalentTo(1))
			again := mustDeploy(ctx, adapter, target, bundle)
			Expect(again.TaskID).To(Equal(target.Known.TaskID), "a running task is not started twice")
			w.clock.pass(taskDuration / 2)
		}
		observation = mustObserve(ctx, adapter, target)
		Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(observation.Version).To(BeEquivalentTo(2))
		Expect(observation.TaskID).To(BeEmpty())
		Expect(observation.Status).To(Equal("uploaded"))
		Expect(w.made()).To(Equal([]string{patch, production}))
	})

	DescribeTable("repeats nothing after a lost answer",
		func(ctx SpecContext, to cdnpro.Target, lost string, nth int) {
			w := certified(slow())
			w.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Operation: lost, Nth: nth, Count: 1})
			bundle := w.issue(domain)
			j := w.travel(ctx, to, targetOf(bundle), bundle, true)
			Expect(j.refused).To(HaveLen(1))
			Expect(j.refused[0].Kind).To(Equal(provider.Unavailable))
			expected := []string{patch, production}
			if to == cdnpro.StagingThenProduction {
				expected = []string{patch, staging, production}
			}
			Expect(w.made()).To(Equal(expected))
		},
		Entry("to the upload", cdnpro.Production, patch, 1),
		Entry("to the task", cdnpro.Production, "POST /cdn/deploymentTasks", 1),
		Entry("to the upload, with staging", cdnpro.StagingThenProduction, patch, 1),
		Entry("to the task in staging", cdnpro.StagingThenProduction, "POST /cdn/deploymentTasks", 1),
		Entry("to the task in production", cdnpro.StagingThenProduction, "POST /cdn/deploymentTasks", 2),
	)

	It("is shared by two hostnames with one certificate", func(ctx SpecContext) {
		w := certified(slow(), domain, other)
		shared := w.issue(domain, other)
		first, second := targetOf(shared), targetOf(shared)
		second.Domain, second.Name = other, "default-img-87654321"
		for range 2 {
			for _, target := range []provider.Target{first, second} {
				mustDeploy(ctx, w.adapter(cdnpro.Production), target, shared)
			}
		}
		w.clock.pass(taskDuration)
		for target, also := range map[*provider.Target]string{&first: other, &second: domain} {
			observation := mustObserve(ctx, w.adapter(cdnpro.Production), *target)
			Expect(observation.Fingerprint).To(Equal(shared.Fingerprint()))
			Expect(observation.AlsoServed).To(Equal([]string{also}))
		}
		Expect(w.made()).To(Equal([]string{patch, production}))
	})

	It("is refused if other hostnames would lose their certificate", func(ctx SpecContext) {
		w := certified(edgesim.Settings{}, domain, other)
		bundle := w.issue(domain)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		failure := expectFailure(err, provider.Rejected)
		Expect(failure.Code).To(Equal("hostnames"))
		Expect(failure.Advice).To(ContainSubstring(other))
		Expect(w.made()).To(BeEmpty())
	})

	It("is refused if the provider renews the certificate by itself", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		w.put(edgesim.CDNProCertificate{AutoRenew: "LE"}, w.issue(domain))
		bundle := w.issue(domain)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		Expect(expectFailure(err, provider.Rejected).Code).To(Equal("auto-renew"))
		Expect(w.made()).To(BeEmpty())
	})

	It("adopts what somebody else has uploaded", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		bundle := w.issue(domain)
		w.put(edgesim.CDNProCertificate{Targets: []edgesim.CDNProTarget{}}, bundle)
		handle := mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		Expect(handle.Version).To(BeEquivalentTo(2))
		Expect(w.made()).To(Equal([]string{production}), "a version that is there is not uploaded again")
		observation := mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle))
		Expect(observation.Version).To(BeEquivalentTo(2))
		Expect(observation.Fingerprint).To(BeEmpty(), "the product itself tells only a SHA-1")
		Expect(observation.NotAfter).To(BeTemporally("==", bundle.Leaf().NotAfter))
	})

	It("waits for another task with the certificate", func(ctx SpecContext) {
		w := certified(slow())
		former, bundle := w.issue(domain), w.issue(domain)
		for range 2 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(former), former)
		}
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		failure := expectFailure(err, provider.Conflict)
		Expect(failure.RetryAfter).To(BeNumerically(">=", time.Minute), "a try takes a dozen requests")
		w.clock.pass(taskDuration)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		Expect(w.made()).To(Equal([]string{patch, production, patch, production}))
	})

	It("reports a task that fails, and makes another when asked again", func(ctx SpecContext) {
		w := certified(slow())
		Expect(w.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID, Details: "12 servers\ndid not take it"})).To(Succeed())
		bundle := w.issue(domain)
		target := targetOf(bundle)
		mustDeploy(ctx, w.adapter(cdnpro.StagingThenProduction), target, bundle)
		handle := mustDeploy(ctx, w.adapter(cdnpro.StagingThenProduction), target, bundle)
		w.clock.pass(taskDuration)

		for _, known := range []provider.Handle{handle, {}} {
			target.Known = known
			observation := mustObserve(ctx, w.adapter(cdnpro.StagingThenProduction), target)
			Expect(observation.Unfinished || observation.Pending).To(BeFalse(), "the pace of what fails is the plan's")
			Expect(observation.Status).To(Equal("failed"))
			failure := expectFailure(observation.Trouble, provider.Unavailable)
			Expect(failure.Code).To(Equal("task-failed"))
			Expect(failure.Advice).To(ContainSubstring("12 serversdid not take it"))
			Expect(failure.RequestID).NotTo(BeEmpty())
		}
		target.Known = handle
		again := mustDeploy(ctx, w.adapter(cdnpro.StagingThenProduction), target, bundle)
		Expect(again.TaskID).NotTo(Equal(handle.TaskID))
		w.clock.pass(taskDuration)
		observation := mustObserve(ctx, w.adapter(cdnpro.StagingThenProduction), target)
		Expect(observation.Trouble).NotTo(HaveOccurred())
		Expect(observation.Unfinished).To(BeTrue(), "production is next")
		Expect(observation.StagingVersion).To(BeEquivalentTo(2))
		Expect(observation.Version).To(BeEquivalentTo(1))
		Expect(w.made()).To(Equal([]string{patch, staging, staging}), "what fails in staging does not reach production")
	})

	It("does not begin again what somebody has undone", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		former := w.issue(domain)
		bundle := w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		w.put(edgesim.CDNProCertificate{}, former)
		Expect(mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle)).Pending).To(BeTrue(), "it may not show yet")
		w.clock.pass(5 * time.Minute)
		observation := mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle))
		Expect(observation.Version).To(BeEquivalentTo(3))
		Expect(observation.Unfinished || observation.Pending).To(BeFalse())
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		Expect(mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle)).Version).To(BeEquivalentTo(2))
	})

	It("replaces the certificate of its own kind where there are two", func(ctx SpecContext) {
		const second = "c34dce5954b2e1a639aa0a46"
		w := newWorld(slow())
		w.put(edgesim.CDNProCertificate{}, w.issueWith(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.RSA2048}))
		w.put(edgesim.CDNProCertificate{ID: second}, w.issueWith(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.ECDSAP256}))
		Expect(w.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: propertyID, Hostnames: []string{domain}, CertificateID: held,
			Configs: raw("tlsCertificateId1", second)})).To(Succeed())
		for id, kind := range map[string]testcerts.KeyKind{held: testcerts.RSA2048, second: testcerts.ECDSAP256} {
			bundle := w.issueWith(testcerts.Options{DNSNames: []string{domain}, Key: kind})
			j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
			Expect(j.handle.CertificateID).To(Equal(id))
			Expect(j.last.CertificateID).To(Equal(id))
			Expect(j.most).To(BeNumerically("<=", cdnpro.MostCalls))
			Expect(w.versions(id)).To(HaveLen(2))
		}
		Expect(w.made()).To(Equal([]string{patch, production, patch, production}))
	})
})

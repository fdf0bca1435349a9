package cdnpro_test

import (
	"context"
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	newCertificate = "POST /cdn/certificates"
	newProperty    = "POST /cdn/properties/{id}/versions"
	validation     = "POST /cdn/validations"
)

// raw is a field of a property's configuration.
func raw(field string, value any) map[string]json.RawMessage {
	GinkgoHelper()
	encoded, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	return map[string]json.RawMessage{field: encoded}
}

// bare is a property without certificate, with fields that nobody here knows.
func bare(hostnames ...string) edgesim.CDNProProperty {
	GinkgoHelper()
	return edgesim.CDNProProperty{ID: propertyID, Hostnames: hostnames, Origins: []string{"192.0.2.1"},
		Configs: raw("edgeLogic", map[string]any{"rules": []any{"a<b", 1.50, nil}, "big": 12345678901234567})}
}

func mustDeploy(ctx context.Context, adapter provider.Provider, target provider.Target, bundle certbundle.Bundle) provider.Handle {
	GinkgoHelper()
	handle, err := adapter.Deploy(ctx, target, bundle)
	Expect(err).NotTo(HaveOccurred())
	Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()))
	Expect(handle.Calls).To(BeNumerically("<=", cdnpro.MostCalls))
	return handle
}

func mustObserve(ctx context.Context, adapter provider.Provider, target provider.Target) provider.Observation {
	GinkgoHelper()
	observation, err := adapter.Observe(ctx, target)
	Expect(err).NotTo(HaveOccurred())
	Expect(observation.Calls).To(BeNumerically("<=", cdnpro.MostCalls))
	return observation
}

var _ = Describe("A first certificate", func() {
	DescribeTable("is made, named by the property, validated and deployed, each once",
		func(ctx SpecContext, to cdnpro.Target, settings edgesim.Settings, forgetful bool, tasks ...string) {
			w := newWorld(settings, bare(domain))
			bundle := w.issue(domain)
			j := w.travel(ctx, to, targetOf(bundle), bundle, forgetful)
			Expect(w.made()).To(Equal(append([]string{newCertificate, newProperty, validation}, tasks...)))
			Expect(j.most).To(BeNumerically("<=", cdnpro.MostCalls))
			Expect(j.last.CertificateName).To(Equal(name))
			Expect(j.last.HTTPS).To(Equal(provider.HTTPSOn))

			next := w.issue(domain)
			w.ClearJournal()
			w.travel(ctx, to, targetOf(next), next, forgetful)
			Expect(w.made()).To(Equal(append([]string{patch}, tasks...)), "from then on it is rotated")
		},
		Entry("to production", cdnpro.Production, edgesim.Settings{}, false, production),
		Entry("to production, slowly and with nothing remembered", cdnpro.Production, slow(), true, production),
		Entry("to staging", cdnpro.Staging, slow(), false, staging),
		Entry("to staging, then production", cdnpro.StagingThenProduction, slow(), false, staging, production),
		Entry("to staging, then production, with nothing remembered", cdnpro.StagingThenProduction, slow(), true, staging, production),
	)

	It("changes nothing else about the property", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{}, bare(domain))
		former := configs(ctx, w, "1")
		bundle := w.issue(domain)
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		after := configs(ctx, w, "2")
		Expect(after).To(HaveKeyWithValue("tlsCertificateId", j.last.CertificateID))
		delete(after, "tlsCertificateId")
		Expect(after).To(Equal(former))
	})

	DescribeTable("repeats nothing after a lost answer",
		func(ctx SpecContext, lost string) {
			w := newWorld(slow(), bare(domain))
			w.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Operation: lost, Count: 1})
			bundle := w.issue(domain)
			j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, true)
			Expect(j.refused).To(HaveLen(1))
			Expect(w.made()).To(Equal([]string{newCertificate, newProperty, validation, production}))
		},
		Entry("to the certificate", newCertificate),
		Entry("to the property", newProperty),
		Entry("to the validation", validation),
		Entry("to the task", "POST /cdn/deploymentTasks"),
	)

	It("is refused if the property has hostnames that it does not cover", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{}, bare(domain, other))
		bundle := w.issue(domain)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		Expect(expectFailure(err, provider.Rejected).Advice).To(ContainSubstring(other))
	})

	It("reports a validation that fails, and asks for another when asked again", func(ctx SpecContext) {
		w := newWorld(slow(), bare(domain))
		Expect(w.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID, Kind: edgesim.CDNProValidation})).To(Succeed())
		bundle := w.issue(domain)
		for range 3 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		}
		observation := mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle))
		Expect(observation.Pending).To(BeTrue())
		w.clock.pass(taskDuration)
		observation = mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle))
		Expect(expectFailure(observation.Trouble, provider.Rejected).Code).To(Equal("validation-failed"))
		Expect(observation.Unfinished || observation.Pending).To(BeFalse())
		Expect(observation.Found).To(BeFalse())
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		Expect(w.made()).To(Equal([]string{newCertificate, newProperty, validation, validation}))
	})

	It("leaves a draft of somebody else's alone", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{}, bare(domain))
		bundle := w.issue(domain)
		mustDeploy(ctx, w.adapter(cdnpro.Production), targetOf(bundle), bundle)
		draft := bare(domain)
		draft.Configs, draft.Targets = raw("edgeLogic", "quite another"), []edgesim.CDNProTarget{}
		Expect(w.PutCDNProProperty(accountID, draft)).To(Succeed())
		j := w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		Expect(configs(ctx, w, "3")).To(HaveKeyWithValue("tlsCertificateId", j.last.CertificateID))
		Expect(configs(ctx, w, "3")["edgeLogic"]).To(Equal(configs(ctx, w, "1")["edgeLogic"]))
	})

	It("gives way to another object's of the same property, unless that has given up", func(ctx SpecContext) {
		w := newWorld(slow(), bare(domain, other))
		shared := w.issue(domain, other)
		first, second := targetOf(shared), targetOf(shared)
		second.Domain, second.Name = other, "default-img-87654321"
		for range 2 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), first, shared)
		}
		mustDeploy(ctx, w.adapter(cdnpro.Production), second, shared)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, second, shared)
		Expect(expectFailure(err, provider.Conflict).RetryAfter).To(BeNumerically(">=", time.Minute), "a try takes a dozen requests")
		w.travel(ctx, cdnpro.Production, first, shared, true)
		Expect(mustObserve(ctx, w.adapter(cdnpro.Production), second).Fingerprint).To(Equal(shared.Fingerprint()))
		Expect(w.made()).To(Equal([]string{newCertificate, newProperty, newCertificate, validation, production}))
	})

	It("does not wait for ever for another object's", func(ctx SpecContext) {
		w := newWorld(slow(), bare(domain, other))
		shared := w.issue(domain, other)
		gone := targetOf(shared)
		gone.Domain, gone.Name = other, "default-img-87654321"
		for range 2 {
			mustDeploy(ctx, w.adapter(cdnpro.Production), gone, shared)
		}
		w.clock.pass(15 * time.Minute)
		w.travel(ctx, cdnpro.Production, targetOf(shared), shared, true)
	})

	It("is not put back unasked after somebody has taken it off", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{}, bare(domain))
		bundle := w.issue(domain)
		w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		Expect(w.PutCDNProProperty(accountID, bare(domain))).To(Succeed())
		observation := mustObserve(ctx, w.adapter(cdnpro.Production), targetOf(bundle))
		Expect(observation.Found).To(BeFalse())
		Expect(observation.HTTPS).To(Equal(provider.HTTPSOff))
		Expect(observation.Unfinished || observation.Pending).To(BeFalse())
	})

	It("is not for a hostname that is deployed nowhere, or not where it counts", func(ctx SpecContext) {
		staged := bare(domain)
		staged.Targets = []edgesim.CDNProTarget{edgesim.CDNProStaging}
		w := newWorld(edgesim.Settings{}, staged)
		bundle := w.issue(domain)
		_, err := w.adapter(cdnpro.Production).Deploy(ctx, targetOf(bundle), bundle)
		Expect(expectFailure(err, provider.NotFound).Code).To(Equal("not-deployed"))
		_, err = w.adapter(cdnpro.StagingThenProduction).Observe(ctx, targetOf(bundle))
		expectFailure(err, provider.NotFound)
		mustDeploy(ctx, w.adapter(cdnpro.Staging), targetOf(bundle), bundle)

		nowhere := targetOf(bundle)
		nowhere.Domain = "nowhere.example.com"
		_, err = w.adapter(cdnpro.Production).Observe(ctx, nowhere)
		Expect(expectFailure(err, provider.NotFound).Code).To(Equal("InvalidHostname"))
	})
})

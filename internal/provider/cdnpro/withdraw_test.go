package cdnpro_test

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

// configs is a version of the property's configuration, as the API shows it.
func configs(ctx context.Context, w *world, version string) map[string]any {
	GinkgoHelper()
	header, _, err := cdnpro.Stamped(user, apiKey, w.clock.read(), "")
	Expect(err).NotTo(HaveOccurred())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.APIAddress()+"/cdn/properties/"+propertyID+"/versions/"+version, nil)
	Expect(err).NotTo(HaveOccurred())
	request.Header = header
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(response.Body.Close()).To(Succeed()) }()
	var found struct{ Configs map[string]any }
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	Expect(decoder.Decode(&found)).To(Succeed())
	return found.Configs
}

// withdraw withdraws as the operator would, with a new adapter for each call.
func (w *world) withdraw(ctx context.Context, to cdnpro.Target, target provider.Target) {
	GinkgoHelper()
	const rounds = 16
	for range rounds {
		err := w.adapter(to).Withdraw(ctx, target)
		if err == nil {
			return
		}
		failure := provider.AsError(err)
		if failure.Kind != provider.Unavailable {
			expectFailure(err, provider.Conflict)
			Expect(failure.RetryAfter).To(BeNumerically(">", 0))
		}
		w.clock.pass(max(failure.RetryAfter, time.Second))
	}
	Fail("the certificate was not withdrawn")
}

var _ = Describe("Withdrawing", func() {
	DescribeTable("deploys a version of the property without certificate",
		func(ctx SpecContext, to cdnpro.Target, settings edgesim.Settings, lost string, changes ...string) {
			w := newWorld(settings, bare(domain))
			former := configs(ctx, w, "1")
			bundle := w.issue(domain)
			w.travel(ctx, to, targetOf(bundle), bundle, false)
			w.ClearJournal()
			if lost != "" {
				w.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Operation: lost, Count: 1})
			}

			w.withdraw(ctx, to, targetOf(bundle))
			Expect(w.made()).To(Equal(changes))
			Expect(configs(ctx, w, "3")).To(Equal(former))
			observation := mustObserve(ctx, w.adapter(to), targetOf(bundle))
			Expect(observation.Found).To(BeFalse())
			Expect(observation.HTTPS).To(Equal(provider.HTTPSOff))

			w.withdraw(ctx, to, targetOf(bundle))
			Expect(w.made()).To(Equal(changes), "already gone is success")

			w.travel(ctx, to, targetOf(bundle), bundle, false)
			Expect(w.versions(w.CDNProCertificates(accountID)[0].ID)).To(HaveLen(1), "what is put back is not uploaded again")
		},
		Entry("in production", cdnpro.Production, edgesim.Settings{}, "", newProperty, validation, production),
		Entry("in production, slowly", cdnpro.Production, slow(), "", newProperty, validation, production),
		Entry("in staging", cdnpro.Staging, slow(), "", newProperty, validation, staging),
		Entry("in both", cdnpro.StagingThenProduction, slow(), "", newProperty, validation, staging, production),
		Entry("with the answer about the property lost", cdnpro.Production, slow(), newProperty, newProperty, validation, production),
		Entry("with the answer about the validation lost", cdnpro.Production, slow(), validation, newProperty, validation, production),
		Entry("with the answer about the task lost", cdnpro.Production, slow(), "POST /cdn/deploymentTasks", newProperty, validation, production),
	)

	It("is refused if the property serves other hostnames", func(ctx SpecContext) {
		w := certified(edgesim.Settings{}, domain, other)
		err := w.adapter(cdnpro.Production).Withdraw(ctx, provider.Target{Domain: domain, Name: name})
		Expect(expectFailure(err, provider.Rejected).Code).To(Equal("hostnames"))
		Expect(w.made()).To(BeEmpty())
	})

	It("succeeds where there is no hostname, or no certificate", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{}, bare(domain))
		Expect(w.adapter(cdnpro.Production).Withdraw(ctx, provider.Target{Domain: "nowhere.example.com", Name: name})).To(Succeed())
		Expect(w.adapter(cdnpro.Production).Withdraw(ctx, provider.Target{Domain: domain, Name: name})).To(Succeed())
		Expect(w.made()).To(BeEmpty())
	})

	It("is given up if the property without certificate is not valid", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		Expect(w.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID, Kind: edgesim.CDNProValidation})).To(Succeed())
		target := provider.Target{Domain: domain, Name: name}
		for range 2 {
			expectFailure(w.adapter(cdnpro.Production).Withdraw(ctx, target), provider.Conflict)
		}
		expectFailure(w.adapter(cdnpro.Production).Withdraw(ctx, target), provider.Rejected)
	})

	It("tries again, slowly, after a task that failed", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		Expect(w.FailCDNProTasks(edgesim.CDNProFailure{Account: accountID})).To(Succeed())
		target := provider.Target{Domain: domain, Name: name}
		for range 3 {
			expectFailure(w.adapter(cdnpro.Production).Withdraw(ctx, target), provider.Conflict)
		}
		failure := expectFailure(w.adapter(cdnpro.Production).Withdraw(ctx, target), provider.Conflict)
		Expect(failure.RetryAfter).To(BeNumerically(">=", time.Minute))
		Expect(w.adapter(cdnpro.Production).Withdraw(ctx, target)).To(Succeed())
	})
})

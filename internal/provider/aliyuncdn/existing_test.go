package aliyuncdn_test

import (
	"net/url"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// existing is the target of most specs, with a certificate of the provider's.
func existing(certificate provider.Existing) provider.Target {
	t := target()
	t.Existing, t.Wanted = &certificate, "wanted"
	return t
}

var _ = Describe("A certificate that lives at the provider already", func() {
	var nothing certbundle.Bundle

	for _, p := range products() {
		DescribeTable("is named to "+p.name+", and neither certificate nor key is sent",
			func(ctx SpecContext, certificate provider.Existing, expected url.Values) {
				var form url.Values
				adapter := p.scripted(alibaba.Answers{p.set: func(sent url.Values) (int, any) {
					form = sent
					return alibaba.Accepting(sent)
				}})
				handle, err := adapter.Deploy(ctx, existing(certificate), nothing)
				Expect(err).NotTo(HaveOccurred())
				Expect(form).To(Equal(expected))
				Expect(handle).To(Equal(provider.Handle{
					CertificateID: "17", CertificateName: certificate.Name, Fingerprint: "wanted", RequestID: "R-1", Calls: 1,
				}))
			},
			Entry("all of it", provider.Existing{Type: provider.ExistingCAS, ID: "17", Name: "bought", Region: "ap-southeast-1"},
				url.Values{"DomainName": {domain}, "CertType": {"cas"}, "CertId": {"17"}, "CertName": {"bought"}, "CertRegion": {"ap-southeast-1"}, "SSLProtocol": {"on"}}),
			Entry("its id alone, without an empty name", provider.Existing{Type: provider.ExistingCAS, ID: "17"},
				url.Values{"DomainName": {domain}, "CertType": {"cas"}, "CertId": {"17"}, "SSLProtocol": {"on"}}),
		)

		DescribeTable("is refused before anything is sent to "+p.name,
			func(ctx SpecContext, certificate provider.Existing, advice string) {
				_, err := p.scripted(alibaba.Answers{}).Deploy(ctx, existing(certificate), nothing)
				failure := alibaba.ExpectFailure(err, provider.Rejected)
				Expect(failure.Code).To(Equal("unsupported"))
				Expect(failure.Operation).To(Equal(p.set))
				Expect(failure.Advice).To(ContainSubstring(advice))
			},
			Entry("free, which is not on the page", provider.Existing{Type: provider.ExistingFree}, p.name+" issues no certificate"),
			Entry("a name without an id", provider.Existing{Type: provider.ExistingCAS, Name: "bought"}, "set the id"),
			Entry("an id with its region", provider.Existing{Type: provider.ExistingCAS, ID: "17-cn-hangzhou"}, "without a region"),
			Entry("an id that is no certificate's", provider.Existing{Type: provider.ExistingCAS, ID: "-1"}, "number"),
			Entry("a type not heard of", provider.Existing{Type: "gift", ID: "17"}, "to CAS"),
		)

		It("is put on a domain of the simulator's "+p.name+" and read back", func(ctx SpecContext) {
			simulator := alibaba.NewSimulator(edgesim.Settings{})
			pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{domain}})
			Expect(simulator.PutAccount(edgesim.Account{
				ID:      alibaba.AccountID,
				Keys:    []edgesim.AccessKey{{ID: alibaba.KeyID, Secret: alibaba.KeySecret}},
				Domains: []edgesim.Domain{p.domain(domain)},
				Certificates: []edgesim.ProvidedCertificate{{Name: "bought", Type: "cas", Region: "ap-southeast-1",
					Certificate: string(pair.CertificatePEM), PrivateKey: edgesim.Secret(pair.KeyPEM)}},
			})).To(Succeed())
			stored := simulator.Stored(alibaba.AccountID)
			Expect(stored).To(HaveLen(1))
			bought := provider.Existing{Type: provider.ExistingCAS, ID: number(stored[0].ID), Name: "bought", Region: "ap-southeast-1"}
			adapter := p.before(simulator)
			for range 2 {
				deploy(ctx, adapter, existing(bought), nothing)
			}
			observation, err := adapter.Observe(ctx, target())
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.CertificateType).To(Equal("cas"))
			Expect(observation.CertificateID).To(Equal(bought.ID))
			Expect(observation.CertificateRegion).To(Equal("ap-southeast-1"))
			Expect(observation.Fingerprint).To(Equal(pair.Fingerprint))
			Expect(observation.Trouble).NotTo(HaveOccurred())

			bought.Region = "cn-hangzhou"
			_, err = adapter.Deploy(ctx, existing(bought), nothing)
			Expect(alibaba.ExpectFailure(err, provider.Rejected).Advice).To(ContainSubstring("region"))
		})
	}
})

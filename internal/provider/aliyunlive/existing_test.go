package aliyunlive_test

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
	t.Existing = &certificate
	return t
}

var _ = Describe("A certificate that lives at the provider already", func() {
	var nothing certbundle.Bundle

	DescribeTable("is named, and neither certificate nor key is sent",
		func(ctx SpecContext, certificate provider.Existing, expected url.Values) {
			var form url.Values
			adapter := scripted(alibaba.Answers{"SetLiveDomainCertificate": func(sent url.Values) (int, any) {
				form = sent
				return alibaba.Accepting(sent)
			}})
			t := existing(certificate)
			t.Wanted = "wanted"
			handle, err := adapter.Deploy(ctx, t, nothing)
			Expect(err).NotTo(HaveOccurred())
			Expect(form).To(Equal(expected))
			Expect(handle).To(Equal(provider.Handle{
				CertificateID: certificate.ID, CertificateName: form.Get("CertName"), Fingerprint: "wanted", RequestID: "R-1",
			}))
		},
		Entry("bought", provider.Existing{Type: provider.ExistingCAS, Name: "bought"},
			url.Values{"DomainName": {domain}, "CertType": {"cas"}, "CertName": {"bought"}, "SSLProtocol": {"on"}}),
		Entry("bought, with an id and a region that this product has no parameter for",
			provider.Existing{Type: provider.ExistingCAS, Name: "bought", ID: "17", Region: "cn-hangzhou"},
			url.Values{"DomainName": {domain}, "CertType": {"cas"}, "CertName": {"bought"}, "SSLProtocol": {"on"}}),
		Entry("free", provider.Existing{Type: provider.ExistingFree, Name: "issued"},
			url.Values{"DomainName": {domain}, "CertType": {"free"}, "CertName": {"issued"}, "SSLProtocol": {"on"}}),
		Entry("free, under the object's own name", provider.Existing{Type: provider.ExistingFree},
			url.Values{"DomainName": {domain}, "CertType": {"free"}, "CertName": {name}, "SSLProtocol": {"on"}}),
	)

	DescribeTable("is refused before anything is sent",
		func(ctx SpecContext, certificate provider.Existing, advice string) {
			_, err := scripted(alibaba.Answers{}).Deploy(ctx, existing(certificate), nothing)
			failure := alibaba.ExpectFailure(err, provider.Rejected)
			Expect(failure.Code).To(Equal("unsupported"))
			Expect(failure.Advice).To(ContainSubstring(advice))
		},
		Entry("an id without a name", provider.Existing{Type: provider.ExistingCAS, ID: "17"}, "set the name"),
		Entry("a type not heard of", provider.Existing{Type: "gift", Name: "x"}, "CAS or Free"),
	)

	DescribeTable("meets a refusal that blames no Secret",
		func(ctx SpecContext, code string) {
			adapter := scripted(alibaba.Answers{"SetLiveDomainCertificate": alibaba.Refusing(400, code, "")})
			_, err := adapter.Deploy(ctx, existing(provider.Existing{Type: provider.ExistingCAS, Name: "bought"}), nothing)
			failure := alibaba.ExpectFailure(err, provider.Rejected)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Advice).NotTo(ContainSubstring("Secret"))
			Expect(failure.Advice).To(ContainSubstring("certificate"))
		},
		Entry("it is not there", "Certificate.NotFind"),
		Entry("it is not issued", "Certificate.StatusError"),
		Entry("it has expired", "Certificate.Expired"),
		Entry("its content is asked for", "SSLPri.MissingParameter"),
	)

	It("is on its way while a free one is not issued", func(ctx SpecContext) {
		adapter := scripted(alibaba.Answers{"SetLiveDomainCertificate": alibaba.Refusing(400, "Certificate.StatusError", "")})
		_, err := adapter.Deploy(ctx, existing(provider.Existing{Type: provider.ExistingFree}), nothing)
		Expect(alibaba.ExpectFailure(err, provider.Conflict).Advice).To(ContainSubstring("not issued yet"))
	})

	It("is named when it is withdrawn", func(ctx SpecContext) {
		var form url.Values
		adapter := scripted(alibaba.Answers{"SetLiveDomainCertificate": func(sent url.Values) (int, any) {
			form = sent
			return alibaba.Accepting(sent)
		}})
		Expect(adapter.Withdraw(ctx, existing(provider.Existing{Type: provider.ExistingCAS, Name: "bought"}))).To(Succeed())
		Expect(form).To(Equal(url.Values{"DomainName": {domain}, "CertName": {"bought"}, "SSLProtocol": {"off"}}))
	})

	It("is put on the simulator's domain, read back, and renewed under its name", func(ctx SpecContext) {
		simulator := alibaba.NewSimulator(edgesim.Settings{})
		pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{domain}})
		provided := func(kind, status string) edgesim.ProvidedCertificate {
			return edgesim.ProvidedCertificate{Name: kind + "-1", Type: kind, Status: status,
				Certificate: string(pair.CertificatePEM), PrivateKey: edgesim.Secret(pair.KeyPEM)}
		}
		Expect(simulator.PutAccount(edgesim.Account{
			ID:           alibaba.AccountID,
			Keys:         []edgesim.AccessKey{{ID: alibaba.KeyID, Secret: alibaba.KeySecret}},
			Domains:      []edgesim.Domain{{Name: domain}},
			Certificates: []edgesim.ProvidedCertificate{provided("cas", ""), provided("free", "")},
		})).To(Succeed())
		adapter := newAdapter(simulator)
		for _, kind := range []provider.ExistingType{provider.ExistingCAS, provider.ExistingFree} {
			t := existing(provider.Existing{Type: kind, Name: string(kind) + "-1"})
			for range 2 {
				deploy(ctx, adapter, t, nothing)
			}
			observation, err := adapter.Observe(ctx, t)
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.CertificateType).To(Equal(string(kind)))
			Expect(observation.Fingerprint).To(Equal(pair.Fingerprint))
			Expect(observation.HTTPS).To(Equal(provider.HTTPSOn))
			Expect(observation.Trouble).NotTo(HaveOccurred())
		}
	})
})

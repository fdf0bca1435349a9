package aliyuncas_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// bought is a certificate that lives at the provider from the start.
func bought(status string, pair testcerts.Pair) edgesim.ProvidedCertificate {
	return edgesim.ProvidedCertificate{Name: "bought", Type: "cas", Status: status,
		Certificate: string(pair.CertificatePEM), PrivateKey: edgesim.Secret(pair.KeyPEM)}
}

var _ = Describe("Against the simulator", func() {
	issue := func(options testcerts.Options) testcerts.Pair { return testcerts.NewCA("Example").Issue(options) }
	uploaded := func(ctx context.Context, adapter *aliyuncas.Adapter, bundle certbundle.Bundle) provider.Handle {
		GinkgoHelper()
		handle, err := adapter.Upload(ctx, target(), bundle)
		Expect(err).NotTo(HaveOccurred())
		return handle
	}

	It("an upload's life", func(ctx SpecContext) {
		simulator := newSimulator(edgesim.Settings{Quotas: map[string]int{list: -1}})
		adapter := newAdapter(simulator)
		ca, start := testcerts.NewCA("Example"), time.Now().Add(-72*time.Hour)
		t := target()
		var handles []provider.Handle
		for i := range 3 {
			bundle := newBundle(ca, testcerts.Options{DNSNames: []string{"*.example.com"}, NotBefore: start.Add(time.Duration(i) * 24 * time.Hour)})
			handle := uploaded(ctx, adapter, bundle)
			Expect(handle.Calls).To(Equal(1))
			again := uploaded(ctx, adapter, bundle)
			Expect(again.CertificateID).To(Equal(handle.CertificateID), "it is safe to repeat")
			handles, t.Wanted = append(handles, handle), bundle.Fingerprint()
		}
		for i, handle := range handles {
			stored, err := adapter.Find(ctx, naming("", handle.CertificateName))
			Expect(err).NotTo(HaveOccurred())
			Expect(stored.ID).To(Equal(handle.CertificateID))
			Expect(stored.Fingerprint).To(Equal(handles[i].Fingerprint))
			Expect(stored.Leaf.DNSNames).To(Equal([]string{"*.example.com"}))
		}

		uploads, err := adapter.Uploads(ctx, t)
		Expect(err).NotTo(HaveOccurred())
		Expect(uploads.Items).To(HaveLen(3))
		gone := provider.Superseded(uploads.Items, handles[2], 1)
		Expect(gone).To(HaveLen(1))
		Expect(gone[0].ID).To(Equal(handles[0].CertificateID))
		for range 2 { // already gone is success
			Expect(adapter.Remove(ctx, t, gone[0])).To(Succeed())
		}
		Expect(adapter.Stored(ctx)).To(BeEquivalentTo(2))
		used, total, err := adapter.Quota(ctx)
		Expect([]any{used, total, err}).To(Equal([]any{int64(2), int64(5000), nil}))
		_, err = adapter.Find(ctx, naming(gone[0].ID, ""))
		expectFailure(err, provider.NotFound)
		for _, entry := range simulator.Journal(edgesim.Query{}) {
			Expect(entry.KeyInURL).To(BeFalse())
			Expect(entry.KeyInAnswer).To(BeFalse())
		}
	})

	DescribeTable("a certificate that was bought",
		func(ctx SpecContext, settings edgesim.Settings, status string, kind provider.Kind) {
			pair := issue(testcerts.Options{DNSNames: []string{domain}})
			simulator := newSimulator(settings, bought(status, pair))
			stored, err := newAdapter(simulator).Find(ctx, naming("", "bought"))
			Expect(err).NotTo(HaveOccurred())
			if kind != "" {
				expectFailure(stored.Trouble, kind)
				return
			}
			Expect(stored.Trouble).NotTo(HaveOccurred())
			Expect(stored.Fingerprint).To(Equal(certbundle.Fingerprint(pair.Leaf.Raw)))
			Expect(stored.Leaf.NotAfter).To(BeTemporally("==", pair.Leaf.NotAfter))
			Expect(stored.Leaf.NotBefore).To(BeTemporally("==", pair.Leaf.NotBefore))
			Expect(stored.Leaf.SerialNumber).To(Equal(pair.Leaf.SerialNumber))
			Expect(certbundle.Covers(stored.Leaf, domain)).To(BeTrue())
			Expect(stored.Region).To(Equal("cn-hangzhou"))
			for _, entry := range simulator.Journal(edgesim.Query{}) {
				Expect(entry.KeyInAnswer).To(BeFalse())
			}
		},
		Entry("is known by what is said of it", edgesim.Settings{}, "issued", provider.Kind("")),
		Entry("is known by its body where the filter leaves it", edgesim.Settings{CertFilter: edgesim.CertFilterKey}, "issued", provider.Kind("")),
		Entry("is expired", edgesim.Settings{}, "expired", provider.Rejected),
	)

	It("does not find what is on its way by the name that it will have", func(ctx SpecContext) {
		pair := issue(testcerts.Options{DNSNames: []string{domain}})
		simulator := newSimulator(edgesim.Settings{}, bought("checking", pair))
		adapter := newAdapter(simulator)
		_, err := adapter.Find(ctx, naming("", "bought"))
		expectFailure(err, provider.NotFound)
	})

	It("says that the repository is full", func(ctx SpecContext) {
		adapter := newAdapter(newSimulator(edgesim.Settings{CertificateQuota: 1}))
		uploaded(ctx, adapter, aBundle())
		_, err := adapter.Upload(ctx, target(), aBundle())
		Expect(expectFailure(err, provider.Rejected).Advice).To(ContainSubstring("no room"))
	})

	It("keeps a certificate that a domain is served with", func(ctx SpecContext) {
		simulator := newSimulator(edgesim.Settings{})
		Expect(simulator.PutDomain(alibaba.AccountID, edgesim.Domain{Name: domain, Product: edgesim.ProductCDN})).To(Succeed())
		bundle := aBundle()
		client := alibaba.NewClient("http://" + simulator.APIAddress())
		adapter := aliyuncas.New(client, nil)
		handle := uploaded(ctx, adapter, bundle)
		_, err := client.Call(ctx, setOnCDN(), map[string]string{"DomainName": domain, "CertType": "cas", "CertId": handle.CertificateID, "SSLProtocol": "on"})
		Expect(err).NotTo(HaveOccurred())
		err = adapter.Remove(ctx, target(), provider.Upload{ID: handle.CertificateID, Name: handle.CertificateName})
		expectFailure(err, provider.Conflict)
	})
})

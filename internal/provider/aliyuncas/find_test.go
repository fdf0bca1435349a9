package aliyuncas_test

import (
	"context"
	"crypto/x509"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/test/testcerts"
)

// sha2 is a Sha2 that begins with a digit of choice.
func sha2(digit string) string { return strings.Repeat(digit, 64) }

// described is a detail without a body, as CertFilter leaves it.
func described(change map[string]any) func(url.Values) (int, any) {
	fields := map[string]any{
		"Id": 17, "Name": "bought", "Common": "*.example.com", "Sans": "*.example.com,example.com", "Issuer": "Example CA",
		"SerialNo": "033cd852", "Sha2": strings.ToUpper(sha2("a")), "Algorithm": "RSA", "CertIdentifier": "17-cn-hangzhou",
		"StartDate": "2026-01-02", "EndDate": "2026-04-02", "NotBefore": 1767312000000, "NotAfter": 1775088000000, "Expired": false,
	}
	for field, value := range change {
		fields[field] = value
	}
	return replying(fields)
}

var _ = Describe("Finding a certificate by its id", func() {
	It("takes one call that asks for no key", func(ctx SpecContext) {
		var asked []url.Values
		adapter := aliyuncas.New(scripted(answers{detail: func(form url.Values) (int, any) {
			asked = append(asked, form)
			return described(nil)(form)
		}}), nil)
		stored, err := adapter.Find(ctx, naming("17", ""))
		Expect(err).NotTo(HaveOccurred())
		Expect(asked).To(Equal([]url.Values{{"CertId": {"17"}, "CertFilter": {"true"}}}))
		Expect(stored.Calls).To(Equal(1))
		Expect(stored.Existing).To(Equal(provider.Existing{Type: provider.ExistingCAS, ID: "17", Name: "bought", Region: "cn-hangzhou"}))
		Expect(stored.Trouble).NotTo(HaveOccurred())
		Expect(stored.Fingerprint).To(Equal(sha2("a")))
		Expect(stored.Leaf.Raw).To(BeEmpty())
		Expect(stored.Leaf.DNSNames).To(Equal([]string{"*.example.com", "example.com"}))
		Expect(stored.Leaf.NotBefore).To(Equal(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)))
		Expect(stored.Leaf.NotAfter).To(Equal(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)))
		Expect(stored.Leaf.SerialNumber.Text(16)).To(Equal("33cd852"))
		Expect(stored.Leaf.Issuer.CommonName).To(Equal("Example CA"))
		Expect(stored.Leaf.PublicKeyAlgorithm).To(Equal(x509.RSA))
	})

	DescribeTable("reads what the reply has",
		func(ctx SpecContext, change map[string]any, check func(provider.Stored)) {
			stored, err := aliyuncas.New(scripted(answers{detail: described(change)}), nil).Find(ctx, naming("17", "mine"))
			Expect(err).NotTo(HaveOccurred())
			check(stored)
		},
		Entry("the days where the times make no sense", map[string]any{"NotAfter": 8932261318000000, "NotBefore": "soon"}, func(s provider.Stored) {
			Expect(s.Leaf.NotBefore).To(Equal(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)))
			Expect(s.Leaf.NotAfter).To(Equal(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)))
		}),
		Entry("ids as text", map[string]any{"Id": "17", "NotBefore": "1767312000000"}, func(s provider.Stored) {
			Expect(s.Leaf.NotBefore).To(Equal(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)))
		}),
		Entry("the user's own name stays", nil, func(s provider.Stored) { Expect(s.Name).To(Equal("mine")) }),
		Entry("an elliptic curve", map[string]any{"Algorithm": "ECC"}, func(s provider.Stored) {
			Expect(s.Leaf.PublicKeyAlgorithm).To(Equal(x509.ECDSA))
		}),
		Entry("another region", map[string]any{"CertIdentifier": "17-ap-southeast-1"}, func(s provider.Stored) {
			Expect(s.Region).To(Equal("ap-southeast-1"))
		}),
		Entry("an identifier of something else", map[string]any{"CertIdentifier": "170-cn-hangzhou"}, func(s provider.Stored) {
			Expect(s.Region).To(BeEmpty())
		}),
		Entry("expired", map[string]any{"Expired": true}, func(s provider.Stored) {
			Expect(s.Trouble.Kind).To(Equal(provider.Rejected))
			Expect(s.Status).To(Equal("EXPIRED"))
		}),
		Entry("with a key of SM2", map[string]any{"Algorithm": "SM2", "Sha2": ""}, func(s provider.Stored) {
			Expect(s.Trouble.Code).To(Equal("SM2"))
		}),
	)

	It("believes the body more than what is said of it", func(ctx SpecContext) {
		bundle := aBundle()
		stored, err := aliyuncas.New(scripted(answers{detail: described(map[string]any{"Cert": string(bundle.CertificatePEM())})}), nil).Find(ctx, naming("17", ""))
		Expect(err).NotTo(HaveOccurred())
		Expect(stored.Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(stored.Leaf.Equal(bundle.Leaf())).To(BeTrue())
	})

	DescribeTable("fails where it cannot be known",
		func(ctx SpecContext, answer func(url.Values) (int, any), kind provider.Kind) {
			stored, err := aliyuncas.New(scripted(answers{detail: answer}), nil).Find(ctx, naming("17", ""))
			expectFailure(err, kind)
			Expect(stored).To(Equal(provider.Stored{Calls: 1}), "what was called is charged")
		},
		Entry("it does not exist", refusing(400, "NotFound"), provider.NotFound),
		Entry("neither body nor fingerprint", described(map[string]any{"Sha2": "573415"}), provider.Unavailable),
		Entry("another shape", described(map[string]any{"Expired": []int{1}}), provider.Unavailable),
		Entry("no permission", refusing(403, "NoPermission"), provider.Denied),
	)
})

var _ = Describe("Finding a certificate by its name", func() {
	find := func(ctx context.Context, s *shelf, wanted string) (provider.Stored, error) {
		return aliyuncas.New(scripted(answers{list: s.list, detail: described(nil)}), nil).Find(ctx, naming("", wanted))
	}

	It("looks among those that can serve the domain first", func(ctx SpecContext) {
		s := &shelf{rows: []row{
			{id: 1, name: "bought-too", sans: "*.example.com"},
			{id: 17, name: "bought", sans: "*.example.com", status: "WILLEXPIRED"},
			{id: 3, name: "bought", sans: "*.example.org"},
		}}
		stored, err := find(ctx, s, "bought")
		Expect(err).NotTo(HaveOccurred())
		Expect(stored.ID).To(Equal("17"))
		Expect(stored.Status).To(Equal("WILLEXPIRED"))
		Expect(stored.Calls).To(Equal(2), "the list and the certificate itself")
		Expect(s.keywords()).To(Equal([]string{"example.com"}))
	})

	It("finds an upload as well", func(ctx SpecContext) {
		stored, err := find(ctx, &shelf{rows: []row{{id: 17, name: "mine", sans: domain, uploaded: true}}}, "mine")
		Expect(err).NotTo(HaveOccurred())
		Expect(stored.ID).To(Equal("17"))
	})

	DescribeTable("looks everywhere else after that",
		func(ctx SpecContext, r row, wanted string, check func(provider.Stored)) {
			stored, err := find(ctx, &shelf{rows: []row{r}}, wanted)
			Expect(err).NotTo(HaveOccurred())
			check(stored)
		},
		Entry("for another domain", row{id: 17, name: "other", sans: "example.org"}, "other", func(s provider.Stored) { Expect(s.ID).To(Equal("17")) }),
		Entry("expired", row{id: 17, name: "old", sans: domain, status: "EXPIRED"}, "old", func(s provider.Stored) {
			Expect(s.Trouble.Kind).To(Equal(provider.Rejected))
			Expect(s.Trouble.Code).To(Equal("EXPIRED"))
		}),
		Entry("by its instance", row{id: 17, name: "bought", instance: "cas-ivauto-1", sans: domain}, "cas-ivauto-1", func(s provider.Stored) { Expect(s.ID).To(Equal("17")) }),
		Entry("ordered and on its way", row{order: true, instance: "cas-ivauto-1", status: "CHECKING"}, "cas-ivauto-1", func(s provider.Stored) {
			Expect(s.Trouble.Kind).To(Equal(provider.Conflict))
			Expect(s.Status).To(Equal("CHECKING"))
			Expect(s.Leaf).To(BeNil())
			Expect(s.Calls).To(Equal(4))
		}),
		Entry("ordered, said to be issued, and without a certificate", row{order: true, instance: "cas-ivauto-1", status: "ISSUED"}, "cas-ivauto-1", func(s provider.Stored) {
			Expect(s.Trouble.Kind).To(Equal(provider.Conflict))
		}),
	)

	It("does not choose between two", func(ctx SpecContext) {
		s := &shelf{rows: []row{{id: 1, name: "twice", sans: domain}, {id: 2, name: "twice", sans: domain, uploaded: true}}}
		stored, err := find(ctx, s, "twice")
		Expect(expectFailure(err, provider.Rejected).Advice).To(ContainSubstring("give its id"))
		Expect(stored.Calls).To(Equal(1))
	})

	DescribeTable("counts a row that moved to the next page while it was read once",
		func(ctx SpecContext, twice row, wanted, id string) {
			stored, err := find(ctx, &shelf{rows: []row{twice, twice}}, wanted)
			Expect(err).NotTo(HaveOccurred())
			Expect(stored.ID).To(Equal(id))
		},
		Entry("a certificate", row{id: 17, name: "bought", sans: domain}, "bought", "17"),
		Entry("an order", row{order: true, instance: "cas-ivauto-1", status: "CHECKING"}, "cas-ivauto-1", ""),
	)

	It("says that there is none", func(ctx SpecContext) {
		_, err := find(ctx, &shelf{rows: []row{{id: 1, name: "bought-too", sans: domain}}}, "bought")
		expectFailure(err, provider.NotFound)
	})

	It("says that nothing was named", func(ctx SpecContext) {
		adapter := aliyuncas.New(scripted(answers{}), nil)
		for _, t := range []provider.Target{target(), naming("", "")} {
			_, err := adapter.Find(ctx, t)
			expectFailure(err, provider.Rejected)
		}
	})

	It("fails where the list does", func(ctx SpecContext) {
		stored, err := aliyuncas.New(scripted(answers{list: refusing(400, "FlowControlError")}), nil).Find(ctx, naming("", "bought"))
		expectFailure(err, provider.Throttled)
		Expect(stored.Calls).To(Equal(1))
	})
})

var _ = DescribeTable("A status",
	func(status string, kind provider.Kind) {
		trouble := aliyuncas.TroubleOf(status)
		if kind == "" {
			Expect(trouble).NotTo(HaveOccurred())
			return
		}
		Expect(expectFailure(trouble, kind).Code).To(Equal(status))
	},
	Entry("issued", "ISSUED", provider.Kind("")),
	Entry("about to expire", "WILLEXPIRED", provider.Kind("")),
	Entry("about to expire, in another call's word", "willExpire", provider.Kind("")),
	Entry("none", "", provider.Kind("")),
	Entry("one that nobody has seen", "SPLENDID", provider.Kind("")),
	Entry("paid for", "PAYED", provider.Rejected), //nolint:misspell // the product's word
	Entry("not activated", "NOTACTIVATED", provider.Rejected),
	Entry("domain to be verified", "domain_verify", provider.Conflict),
	Entry("being checked", "CHECKING", provider.Conflict),
	Entry("being issued", "process", provider.Conflict),
	Entry("check failed", "CHECKED_FAIL", provider.Rejected),
	Entry("check failed, in another call's word", "verify_fail", provider.Rejected),
	Entry("expired", "EXPIRED", provider.Rejected),
	Entry("expired, in another call's word", "expired", provider.Rejected),
	Entry("revoked", "REVOKED", provider.Rejected),
	Entry("refund asked for", "refund", provider.Rejected),
	Entry("refunded", "refunded", provider.Rejected),
	Entry("closed", "closed", provider.Rejected),
	Entry("cancelled", "cancel", provider.Rejected),
)

func FuzzDetailReply(f *testing.F) {
	pub := string(testcerts.SelfSigned(testcerts.Options{DNSNames: []string{domain}}).CertificatePEM)
	_, sample := described(map[string]any{"Cert": pub})(nil)
	for _, seed := range []any{sample, map[string]any{"Sha2": sha2("A"), "NotAfter": "x"}, map[string]any{"Sans": ",,", "SerialNo": "-1"}, []any{}, nil} {
		f.Add(encoded(f, seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		stored, err := aliyuncas.Decode(body, provider.Existing{ID: "17"})
		if err != nil {
			return
		}
		if stored.Leaf == nil || len(stored.Fingerprint) != 0 && len(stored.Fingerprint) != 64 {
			t.Fatalf("inconsistent: %+v", stored)
		}
		for _, text := range []string{stored.Name, stored.Region, stored.Status, stored.Fingerprint} {
			if len(text) > 256 || strings.ContainsAny(text, "\n\r\x00\x1b") {
				t.Fatalf("unfit for a status: %q", text)
			}
		}
	})
}

package aliyunlive_test

import (
	"crypto/sha1" // the product's own fingerprints
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("One certificate on many domains", func() {
	const first, second, third = "a.example.com", "b.example.com", "c.example.com"
	domains := []edgesim.Domain{{Name: first}, {Name: second}, {Name: third}}
	object := func(domain string) provider.Target {
		return provider.Target{Domain: domain, Name: "default-" + domain}
	}
	wildcard := func(ca testcerts.CA) certbundle.Bundle {
		GinkgoHelper()
		return alibaba.NewBundle(ca, testcerts.Options{DNSNames: []string{"*.example.com"}})
	}

	It("is stored once per object where the product allows it", func(ctx SpecContext) {
		adapter := newAdapter(alibaba.NewSimulator(edgesim.Settings{DuplicateContent: edgesim.DuplicateReplace}, domains...))
		bundle := wildcard(testcerts.NewCA("Example"))
		Expect(deploy(ctx, adapter, object(first), bundle).CertificateName).To(Equal("default-" + first))
		Expect(deploy(ctx, adapter, object(second), bundle).CertificateName).To(Equal("default-" + second))
	})

	It("shares the first one's name where it does not, from the second attempt on", func(ctx SpecContext) {
		simulator := alibaba.NewSimulator(edgesim.Settings{DuplicateContent: edgesim.DuplicateReject}, domains...)
		adapter := newAdapter(simulator)
		bundle := wildcard(testcerts.NewCA("Example"))
		deploy(ctx, adapter, object(first), bundle)

		_, err := adapter.Deploy(ctx, object(second), bundle)
		failure := alibaba.ExpectFailure(err, provider.Conflict)
		Expect(failure.RetryAfter).To(And(BeNumerically(">", 0), BeNumerically("<=", 5*time.Second)))
		Expect(simulator.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate", Domain: second})).To(HaveLen(1))

		Expect(deploy(ctx, adapter, object(second), bundle).CertificateName).To(Equal("default-" + first))
		observation, err := adapter.Observe(ctx, object(second))
		Expect(err).NotTo(HaveOccurred())
		Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(observation.CertificateName).To(Equal("default-" + first))

		simulator.ClearJournal()
		deploy(ctx, adapter, object(third), bundle)
		Expect(alibaba.Operations(simulator)).To(Equal([]string{"SetLiveDomainCertificate"}), "the name is remembered for further domains")
	})

	It("goes back to its own name with a renewed certificate", func(ctx SpecContext) {
		adapter := newAdapter(alibaba.NewSimulator(edgesim.Settings{DuplicateContent: edgesim.DuplicateReject}, domains...))
		ca := testcerts.NewCA("Example")
		bundle := wildcard(ca)
		deploy(ctx, adapter, object(first), bundle)
		_, err := adapter.Deploy(ctx, object(second), bundle)
		Expect(alibaba.ExpectFailure(err, provider.Conflict).Advice).NotTo(BeEmpty())
		Expect(deploy(ctx, adapter, object(second), wildcard(ca)).CertificateName).To(Equal("default-" + second))
	})

	// script answers Duplicated, and shows what is stored.
	script := func(bundle certbundle.Bundle, storedAs string, observed map[string]string) alibaba.Answers {
		sum := sha1.Sum(bundle.Leaf().Raw)
		return alibaba.Answers{
			"SetLiveDomainCertificate": alibaba.Refusing(400, "CertificateContent.Duplicated", ""),
			"DescribeLiveCertificateList": func(form url.Values) (int, any) {
				Expect(form).NotTo(HaveKey("DomainName"))
				return 200, map[string]any{"RequestId": "R", "CertificateListModel": map[string]any{"CertList": map[string]any{"Cert": []any{
					map[string]any{"CertName": "unlike", "Fingerprint": strings.Repeat("0", 40)},
					map[string]any{"CertName": "deceptive", "Fingerprint": hex.EncodeToString(sum[:])},
					map[string]any{"CertName": storedAs, "Fingerprint": strings.ToUpper(hex.EncodeToString(sum[:]))},
				}}}}
			},
			"DescribeLiveCertificateDetail": func(form url.Values) (int, any) {
				switch form.Get("CertName") {
				case storedAs:
					return 200, map[string]any{"RequestId": "R", "CertId": 1, "Cert": string(bundle.CertificatePEM())}
				case "deceptive":
					return 200, map[string]any{"RequestId": "R", "CertId": 2, "Cert": string(aBundle().CertificatePEM())}
				}
				return 400, map[string]any{"RequestId": "R", "Code": "Certificate.NotFind"}
			},
			"DescribeLiveDomainCertificateInfo": alibaba.Described(observed),
		}
	}
	on := func(bundle certbundle.Bundle, https string) map[string]string {
		return info(map[string]string{"SSLPub": string(bundle.CertificatePEM()), "SSLProtocol": https})
	}

	It("is found by its body, not by what the list says of it", func(ctx SpecContext) {
		bundle := aBundle()
		var names []string
		answers := script(bundle, "stored", on(bundle, "off"))
		refuse := answers["SetLiveDomainCertificate"]
		answers["SetLiveDomainCertificate"] = func(form url.Values) (int, any) {
			names = append(names, form.Get("CertName"))
			return refuse(form)
		}
		adapter := scripted(answers)
		for range 2 {
			_, err := adapter.Deploy(ctx, target(), bundle)
			Expect(alibaba.ExpectFailure(err, provider.Conflict).Advice).NotTo(BeEmpty())
		}
		Expect(names).To(Equal([]string{name, "stored"}))
	})

	It("is in place where the name was right and the domain has it", func(ctx SpecContext) {
		bundle := aBundle()
		handle := deploy(ctx, scripted(script(bundle, name, on(bundle, "on"))), target(), bundle)
		Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(handle.CertificateName).To(Equal(name))
	})

	DescribeTable("is a conflict without a time where the name was right and the domain lacks it",
		func(ctx SpecContext, observed func(certbundle.Bundle) map[string]string) {
			bundle := aBundle()
			_, err := scripted(script(bundle, name, observed(bundle))).Deploy(ctx, target(), bundle)
			Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).To(BeZero())
		},
		Entry("HTTPS is off", func(b certbundle.Bundle) map[string]string { return on(b, "off") }),
		Entry("another is in place", func(certbundle.Bundle) map[string]string { return on(aBundle(), "on") }),
	)

	It("is a human's to mend where the product lists none like it", func(ctx SpecContext) {
		_, err := scripted(script(aBundle(), "stored", nil)).Deploy(ctx, target(), aBundle())
		Expect(alibaba.ExpectFailure(err, provider.Rejected).Code).To(Equal("CertificateContent.Duplicated"))
	})
})

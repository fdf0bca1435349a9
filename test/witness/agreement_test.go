//go:build witness

package witness_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/edgesim"
)

// agreement is how a vendor's client changes and reads what the operator changes
// and reads as well.
type agreement struct {
	domain string
	set    func(certificate)
	// read returns the certificate in PEM.
	read func() any
}

// expectAgreement checks both directions: what the vendor's client sets, the
// operator's adapter observes and takes for deployed, and the reverse.
func expectAgreement(ctx context.Context, sim *edgesim.Server, adapter provider.Provider, vendor agreement) {
	GinkgoHelper()
	target := provider.Target{Domain: vendor.domain, Name: "witness-12345678"}
	observe := func() provider.Observation {
		GinkgoHelper()
		observation, err := adapter.Observe(ctx, target)
		Expect(err).NotTo(HaveOccurred())
		return observation
	}

	theirs := issue(vendor.domain)
	vendor.set(theirs)
	Expect(observe()).To(And(
		HaveField("Found", true),
		HaveField("Fingerprint", theirs.fingerprint),
		HaveField("HTTPS", provider.HTTPSOn),
		HaveField("CertificateID", Not(BeEmpty())),
		HaveField("CertificateName", certificateName),
		HaveField("Trouble", BeNil()),
	))

	ours := issue(vendor.domain)
	_, err := adapter.Deploy(ctx, target, ours.bundle)
	Expect(err).NotTo(HaveOccurred())
	Expect(vendor.read()).To(Equal(ours.pub))
	Expect(served(sim.EdgeAddress(), vendor.domain, ours.root)).To(Equal(ours.fingerprint))
	Expect(observe().Fingerprint).To(Equal(ours.fingerprint))
}

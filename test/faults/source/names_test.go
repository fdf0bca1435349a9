//go:build faults

package source_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// claim is a domain and the names in a certificate; @ stands for a zone of its own.
type claim struct {
	domain, names, commonName string
	covered                   bool
}

var _ = Describe("row 28:", func() {
	It("a certificate that does not cover the domain, by RFC 6125, is not sent", func(ctx SpecContext) {
		claims := []claim{
			{domain: "live.@", names: "live.@", covered: true},
			{domain: "live.@", names: "other.@ live.@", covered: true},
			{domain: "live.@", names: "LIVE.@", covered: true},
			{domain: "live.@", names: "*.@", covered: true},
			{domain: "xn--bcher-kva.@", names: "xn--bcher-kva.@", covered: true},
			{domain: "xn--bcher-kva.@", names: "*.@", covered: true},
			{domain: "*.@", names: "*.@", covered: true},
			{domain: "live.@", names: "other.@"},
			{domain: "live.@", commonName: "live.@"},
			{domain: "live.@", names: "other.@", commonName: "live.@"},
			{domain: "a.b.@", names: "*.@"},
			{domain: "@", names: "*.@"},
			{domain: "live.@", names: "l*.@"},
			{domain: "live.@", names: "*"},
			{domain: "a.live.@", names: "a.*.@"},
			{domain: "live.@", names: "live.@."},
			{domain: "live.@", names: "notlive.@"},
			{domain: "*.@", names: "live.@ other.@"},
			{domain: "*.b.@", names: "*.@"},
			{domain: "xn--bcher-kva.@", names: "xn--*.@"},
		}
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		pairs := make([]testcerts.Pair, len(claims))
		for i, c := range claims {
			pairs[i] = makeClaim(ctx, w, i, c)
		}
		w.StartOperator(ctx, rig.Operator{})
		for i, c := range claims {
			why := fmt.Sprintf("%s with the names %q and the common name %q", c.domain, c.names, c.commonName)
			if c.covered {
				By("sending for " + why)
				w.AwaitReady(ctx, claimName(i), pairs[i].Fingerprint)
				Expect(w.SetsOf(pairs[i].Fingerprint)).To(HaveLen(1), why)
				continue
			}
			By("refusing for " + why)
			w.AwaitCondition(ctx, claimName(i), domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.DomainNotCoveredReason)
			Expect(w.SetsOf(pairs[i].Fingerprint)).To(BeEmpty(), why)
		}
	}, SpecTimeout(timeout))
})

func claimName(number int) string { return fmt.Sprintf("claim-%02d", number) }

// makeClaim makes the certificate of a row, the domain at the cloud and the object.
func makeClaim(ctx SpecContext, w *rig.World, number int, c claim) testcerts.Pair {
	GinkgoHelper()
	in := func(name string) string {
		return strings.ReplaceAll(name, "@", fmt.Sprintf("zone-%02d.%s.example.com", number, w.Namespace))
	}
	options := testcerts.Options{CommonName: in(c.commonName)}
	for name := range strings.FieldsSeq(c.names) {
		options.DNSNames = append(options.DNSNames, in(name))
	}
	pair := w.IssueWith(options)
	w.PutCertificate(ctx, claimName(number), pair)
	w.AddDomain(strings.TrimPrefix(in(c.domain), "*")) // the cloud's notation of a wildcard
	object := w.DomainCertificate(claimName(number), in(c.domain))
	object.Spec.Verification = domaincertv1alpha1.Verification{Mode: domaincertv1alpha1.VerificationNone}
	w.Create(ctx, object)
	return pair
}

//go:build faults

package source_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// chain is an order of certificates in tls.crt, and what the edge then serves.
type chain struct {
	why          string
	file, served []*x509.Certificate
	reason       string
}

var _ = Describe("row 32:", func() {
	It("the same certificates in any order reach the edge as the same bytes, without the root", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		pair := w.Issue("*." + w.Namespace + ".example.com")
		other := testcerts.NewCA("Other")
		leaf, issuer, root, crossed := pair.Leaf, w.CA.Intermediate, w.CA.Root, other.CrossSigned(w.CA)
		both := []*x509.Certificate{leaf, issuer}
		const valid, incomplete = domaincertv1alpha1.ValidReason, domaincertv1alpha1.IncompleteChainReason
		chains := []chain{
			{"in order", []*x509.Certificate{leaf, issuer}, both, valid},
			{"out of order", []*x509.Certificate{issuer, leaf}, both, valid},
			{"with the root", []*x509.Certificate{leaf, issuer, root}, both, valid},
			{"with the root first", []*x509.Certificate{root, issuer, leaf}, both, valid},
			{"with the leaf twice", []*x509.Certificate{leaf, leaf, issuer}, both, valid},
			{"with the issuer twice", []*x509.Certificate{leaf, issuer, issuer}, both, valid},
			{"with a foreign root", []*x509.Certificate{leaf, issuer, other.Root}, both, valid},
			{"cross-signed", []*x509.Certificate{leaf, crossed}, []*x509.Certificate{leaf, crossed}, valid},
			{"cross-signed, with the foreign root", []*x509.Certificate{other.Root, crossed, leaf}, []*x509.Certificate{leaf, crossed}, valid},
			{"with both issuers", []*x509.Certificate{leaf, issuer, crossed}, nil, valid},
			{"with both issuers, the other way round", []*x509.Certificate{crossed, leaf, issuer}, nil, valid},
			{"without the issuer", []*x509.Certificate{leaf}, []*x509.Certificate{leaf}, incomplete},
			{"with the root in place of the issuer", []*x509.Certificate{leaf, root}, []*x509.Certificate{leaf}, incomplete},
		}
		name := func(i int) string { return fmt.Sprintf("chain-%02d", i) }
		domain := func(i int) string { return name(i) + "." + w.Namespace + ".example.com" }
		for i, c := range chains {
			w.AddDomain(domain(i))
			w.PutSecret(ctx, name(i), pem(testcerts.CertificatePEM(c.file...), pair.KeyPEM))
			w.Create(ctx, w.DomainCertificate(name(i), domain(i)))
		}
		w.StartOperator(ctx, rig.Operator{})
		var ambiguous [][]*x509.Certificate
		for i, c := range chains {
			w.AwaitReady(ctx, name(i), pair.Fingerprint)
			served := servedChain(ctx, w, domain(i))
			if c.served == nil {
				ambiguous = append(ambiguous, served)
				continue
			}
			Expect(served).To(Equal(c.served), c.why)
			Expect(reasonOf(w, name(i), domaincertv1alpha1.CertificateValidCondition)).To(Equal(c.reason), c.why)
		}
		Expect(ambiguous[0]).To(Equal(ambiguous[1]), "the choice between two issuers does not depend on their order")
		Expect(w.Events(ctx, name(len(chains)-1), incomplete)).To(HaveLen(1))
	}, SpecTimeout(timeout))
})

// servedChain is what a TLS client gets from the edge.
func servedChain(ctx context.Context, w *rig.World, domain string) []*x509.Certificate {
	GinkgoHelper()
	pool := w.CA.Pool()
	dialer := tls.Dialer{Config: &tls.Config{ServerName: domain, RootCAs: pool, InsecureSkipVerify: true}} // chains that are incomplete on purpose
	connection, err := dialer.DialContext(ctx, "tcp", w.Cloud.EdgeAddress())
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(connection.Close()).To(Succeed()) }()
	secure, ok := connection.(*tls.Conn)
	Expect(ok).To(BeTrue())
	return secure.ConnectionState().PeerCertificates
}

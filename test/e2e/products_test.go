package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/stage"
	"github.com/domaincert/domaincert/test/testcerts"
)

// One Secret for domains at three products of two vendors, as a site that is
// served by all of them has it.
var _ = Describe("One Secret at three products", Ordered, func() {
	const (
		accountID = "3000000000000003"
		user      = "three"
		tls       = "three-tls"
	)
	products := []string{"live", "cdn", "pro"}
	host := func(product string) string { return product + ".three.example.com" }

	// change puts another certificate for all three domains into the Secret, and
	// returns when each is served with it.
	change := func(ctx context.Context) testcerts.Pair {
		GinkgoHelper()
		pair := world.CA.Issue(testcerts.Options{DNSNames: []string{"*.three.example.com"}, Signer: testcerts.NewKey(testcerts.ECDSAP256)})
		searcher.AddKey("the key at three products", pair.Signer)
		Expect(world.ApplySecret(ctx, stage.Namespace, tls, corev1.SecretTypeTLS, map[string][]byte{
			corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM,
		})).To(Succeed())
		for _, product := range products {
			for _, condition := range []string{"jsonpath={.status.edge.fingerprint}=" + pair.Fingerprint, "condition=Deployed", "condition=Verified", "condition=Ready"} {
				_, err := world.Kubectl(ctx, "wait", "dcert", "three-"+product, "-n", stage.Namespace, "--for="+condition, "--timeout=3m")
				Expect(err).NotTo(HaveOccurred())
			}
		}
		return pair
	}

	BeforeAll(func(ctx SpecContext) {
		secret := rand.Text()
		searcher.AddSecret("the secret at three products", secret)
		_, err := world.Admin(ctx, "/accounts", map[string]any{
			"id":   accountID,
			"keys": []any{map[string]any{"id": user, "secret": secret}},
			"domains": []any{
				map[string]any{"name": host("live"), "product": edgesim.ProductLive},
				map[string]any{"name": host("cdn"), "product": edgesim.ProductCDN},
			},
			"cdnpro": map[string]any{
				"user": user, "apiKey": secret,
				"properties": []any{map[string]any{"id": "three", "hostnames": []string{host("pro")}}},
			},
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(world.ApplySecret(ctx, stage.OperatorNamespace, "three", corev1.SecretTypeOpaque, map[string][]byte{
			domaincertv1alpha1.AccessKeyIDKey: []byte(user), domaincertv1alpha1.AccessKeySecretKey: []byte(secret),
			"username": []byte(user), "apiKey": []byte(secret),
		})).To(Succeed())

		cloud := "alibabaCloud: {service: %s, endpoint: %q, credentials: {accessKey: {secretRef: {name: three}}}}"
		accounts := map[string]string{
			"live": fmt.Sprintf(cloud, "Live", world.Addresses.API),
			"cdn":  fmt.Sprintf(cloud, "CDN", world.Addresses.API),
			"pro":  fmt.Sprintf("cdnPro: {endpoint: %q, credentials: {secretRef: {name: three}}}", world.Addresses.API),
		}
		for _, product := range products {
			apply(ctx, world, fmt.Sprintf(`apiVersion: domaincert.io/v1alpha1
kind: ClusterEdgeProvider
metadata: {name: three-%[1]s}
spec:
  allowedNamespaces: {}
  %[2]s
`, product, accounts[product]), fmt.Sprintf(`apiVersion: domaincert.io/v1alpha1
kind: DomainCertificate
metadata: {name: three-%[1]s, namespace: %[2]s}
spec:
  domainName: %[3]s
  secretRef: {name: %[4]s}
  providerRef: {kind: ClusterEdgeProvider, name: three-%[1]s}
  verification: {mode: Edge, address: %[5]q}
`, product, stage.Namespace, host(product), tls, world.Addresses.Edge))
		}
		change(ctx)
	}, NodeTimeout(timeout))

	It("is renewed with exactly one change at each", func(ctx SpecContext) {
		before := journal(ctx)
		pair := change(ctx)
		changes := map[string]int{}
		for _, entry := range journal(ctx)[len(before):] {
			if entry.Account != accountID {
				continue
			}
			Expect(entry.Outcome).To(Equal(edgesim.OutcomeOK), "%+v", entry)
			Expect(entry.KeyInURL || entry.KeyInAnswer).To(BeFalse(), "%+v", entry)
			if entry.Applied {
				changes[entry.Operation]++
				Expect(entry.Fingerprint).To(BeElementOf("", pair.Fingerprint))
			}
		}
		Expect(changes).To(Equal(map[string]int{
			setOperation:                   1,
			"SetCdnDomainSSLCertificate":   1,
			"PATCH /cdn/certificates/{id}": 1,
			"POST /cdn/deploymentTasks":    1,
		}))
	}, SpecTimeout(timeout))
})

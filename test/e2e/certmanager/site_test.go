//go:build certmanager

package certmanager_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/stage"
)

// How a DomainCertificate names what it is served with.
const (
	secretRef      = "secretRef"
	certificateRef = "certificateRef"
)

// site is a domain with a Certificate and a DomainCertificate.
type site struct {
	// name of the DomainCertificate, and host is its domain.
	name, host string
	// source is secretRef or certificateRef, and secret the name of both the
	// Secret and the Certificate.
	source, secret string
}

// newSite is a site with a Certificate of its own; more is added to the
// Certificate's spec. It is gone after the spec, so that nothing is renewed that
// nobody looks at.
func newSite(ctx context.Context, name, source, more string) site {
	GinkgoHelper()
	s := site{name: name, host: name + ".example.com", source: source, secret: name}
	apply(ctx, world, certificate(s.secret, s.host, more))
	DeferCleanup(func(ctx SpecContext) {
		must(ctx, world, "delete", "certificate", s.secret, "-n", stage.Namespace, "--ignore-not-found")
	}, NodeTimeout(patience))
	s.deploy(ctx, world)
	return s
}

// deploy gives the domain to the account and applies the DomainCertificate, which
// is gone after the spec.
func (s site) deploy(ctx context.Context, in *stage.Stage) {
	GinkgoHelper()
	_, err := in.Admin(ctx, "/domains", map[string]string{"account": stage.AccountID, "name": s.host})
	Expect(err).NotTo(HaveOccurred())
	apply(ctx, in, fmt.Sprintf(`apiVersion: domaincert.io/v1alpha1
kind: DomainCertificate
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  domainName: %[3]s
  %[4]s: {name: %[5]s}
  providerRef: {kind: ClusterEdgeProvider, name: edgesim}
  verification: {mode: Edge, address: %[6]q}
`, s.name, stage.Namespace, s.host, s.source, s.secret, in.Addresses.Edge))
	DeferCleanup(func(ctx SpecContext) {
		must(ctx, in, "delete", "dcert", s.name, "-n", stage.Namespace)
	}, NodeTimeout(patience))
}

// certificate is a Certificate whose Secret has its name; more is added to its
// spec, in place of a default where it names the same field.
func certificate(name, host, more string) string {
	spec := "  secretName: " + name + "\n  dnsNames: [" + strconv.Quote(host) + "]\n"
	for _, line := range []string{"privateKey: {algorithm: ECDSA}", "issuerRef: {kind: ClusterIssuer, name: intermediate}"} {
		if field, _, _ := strings.Cut(line, ":"); !strings.Contains(more, field+":") {
			spec += "  " + line + "\n"
		}
	}
	return "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: " + name + ", namespace: " + stage.Namespace + "}\nspec:\n" + spec + "  " + more + "\n"
}

// authority is a Certificate that signs others, and the issuer that uses it.
func authority(name, signedBy, namespace, issuerKind string) string {
	return fmt.Sprintf(`apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: %[1]s, namespace: %[3]s}
spec:
  secretName: %[1]s
  commonName: %[1]s
  isCA: true
  duration: 87600h
  privateKey: {algorithm: ECDSA}
  issuerRef: {kind: ClusterIssuer, name: %[2]s}
---
apiVersion: cert-manager.io/v1
kind: %[4]s
metadata: {name: %[1]s, namespace: %[3]s}
spec: {ca: {secretName: %[1]s}}
`, name, signedBy, namespace, issuerKind)
}

// applyIssuers makes a self-signed root, an intermediate that it signs, and
// issuers of both.
func applyIssuers(ctx context.Context, in *stage.Stage) {
	GinkgoHelper()
	apply(ctx, in,
		"apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: selfsigned}\nspec: {selfSigned: {}}\n",
		authority("root", "selfsigned", stage.CertManagerNamespace, "ClusterIssuer"),
		authority("intermediate", "root", stage.CertManagerNamespace, "ClusterIssuer"))
	must(ctx, in, "wait", "clusterissuer", "--all", "--for=condition=Ready", "--timeout=2m")
}

// allow lets the provider be used for all domains of the specs.
func allow(ctx context.Context, in *stage.Stage) {
	GinkgoHelper()
	must(ctx, in, "patch", "cep", "edgesim", "--type=merge", "-p", `{"spec":{"allowedDomains":["*.example.com"]}}`)
}

// renew forces a renewal the way cmctl does: cert-manager acts on the condition.
// It is never the second change of a Secret within a moment: such a one is held
// back on purpose, and renewals are days apart.
func renew(ctx context.Context, name string) {
	GinkgoHelper()
	const moment = 3 * time.Second
	Eventually(func() time.Duration {
		all := events.issuances(stage.Namespace, name)
		return time.Since(all[len(all)-1].At)
	}).WithContext(ctx).WithTimeout(patience).Should(BeNumerically(">", moment))
	condition := fmt.Sprintf(`{"type":"Issuing","status":"True","reason":"ManuallyTriggered","message":"renewed by a test","lastTransitionTime":%q}`,
		time.Now().UTC().Format(time.RFC3339))
	must(ctx, world, "patch", "certificate", name, "-n", stage.Namespace, "--subresource=status", "--type=json",
		"-p", `[{"op":"add","path":"/status/conditions/-","value":`+condition+`}]`)
}

// apply applies manifests that hold no keys.
func apply(ctx context.Context, in *stage.Stage, manifests ...string) {
	GinkgoHelper()
	name := filepath.Join(GinkgoT().TempDir(), "manifest.yaml")
	Expect(os.WriteFile(name, []byte(strings.Join(manifests, "\n---\n")), 0o600)).To(Succeed())
	must(ctx, in, "apply", "--server-side", "-f", name)
}

// must runs kubectl and returns what it prints.
func must(ctx context.Context, in *stage.Stage, arguments ...string) string {
	GinkgoHelper()
	output, err := in.Kubectl(ctx, arguments...)
	Expect(err).NotTo(HaveOccurred())
	return output
}

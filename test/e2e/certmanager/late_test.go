//go:build certmanager

package certmanager_test

import (
	"context"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/stage"
)

// noticed is how soon an object must be right after all that it lacked is there.
const noticed = 30 * time.Second

var _ = Describe("cert-manager that comes after the operator", func() {
	It("is found without a restart, and lost without harm", func(ctx SpecContext) {
		late := newStage(ctx)
		known := follow(late)
		Expect(late.StartOperator(ctx)).To(Succeed())
		allow(ctx, late)
		s := site{name: "late", host: "late.example.com", source: certificateRef, secret: "late"}
		s.deploy(ctx, late)
		valid := func(ctx context.Context) (string, error) {
			return late.Kubectl(ctx, "get", "dcert", s.name, "-n", stage.Namespace,
				"-o", `jsonpath={range .status.conditions[?(@.type=="CertificateValid")]}{.reason}: {.message}{end}`)
		}
		Eventually(valid).WithContext(ctx).WithTimeout(patience).
			Should(Equal("SecretNotFound: Certificate late cannot exist without cert-manager; install it, or use secretRef"))

		Expect(late.InstallCertManager(ctx)).To(Succeed())
		Expect(late.StartCertManager(ctx)).To(Succeed())
		applyIssuers(ctx, late)
		apply(ctx, late, certificate(s.secret, s.host, ""))
		must(ctx, late, "wait", "certificate/"+s.secret, "-n", stage.Namespace, "--for=condition=Ready", "--timeout=2m")
		Eventually(known.said).WithArguments(s.name, "Ready").WithTimeout(noticed).Should(ContainElement("True Served"))

		leaf, err := late.ServedFor(ctx, s.host, known.roots())
		Expect(err).NotTo(HaveOccurred())
		Expect(known.issuances(stage.Namespace, s.secret)).To(ConsistOf(HaveField("Fingerprint", stage.Fingerprint(leaf))))

		// Until the operator watches Certificates it sees only those that are there.
		Eventually(audited).WithArguments(late, "certificates", operatorUser).WithTimeout(patience).
			Should(ContainElement(And(HaveField("Verb", "watch"), HaveField("ResponseStatus.Code", http.StatusOK))))
		must(ctx, late, "delete", "crd", "certificates.cert-manager.io")
		Eventually(known.says).WithArguments(s.name, "CertificateValid").WithTimeout(patience).Should(Equal("False SecretNotFound"))
		Expect(known.saidSinceReady(s.name)).To(HaveEach(HavePrefix("True")))
		expectNoKeyLeft(ctx, late, known)
	}, SpecTimeout(timeout))
})

package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/stage"
	"github.com/domaincert/domaincert/test/testcerts"
)

// certificateOf is a DomainCertificate for NAME.example.com, whose certificate
// lies in the stage's Secret; more is added to its spec.
func certificateOf(name, more string) string {
	source := "secretRef: {name: " + stage.SecretName + "}"
	if strings.Contains(more, "certificateRef") {
		source = ""
	}
	return fmt.Sprintf(`apiVersion: domaincert.io/v1alpha1
kind: DomainCertificate
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  domainName: %[3]s.example.com
  providerRef: {kind: ClusterEdgeProvider, name: edgesim}
  %[4]s
  %[5]s
`, name, stage.Namespace, strings.Split(name, ".")[0], source, more)
}

// The operator with the arguments and the token that the chart gives it, through
// all that needs a permission, whatever may be done with Secrets. The specs stand
// on each other.
var _ = DescribeTableSubtree("What the chart installs", func(access string, values ...string) {
	var (
		s        *stage.Stage
		chart    installation
		operator replica
	)

	// renewed puts a new certificate for all domains into the Secret.
	renewed := func(ctx context.Context) testcerts.Pair {
		GinkgoHelper()
		pair := s.CA.Issue(testcerts.Options{DNSNames: []string{stage.Domain, "*.example.com"}})
		Expect(s.ApplyCertificate(ctx, pair)).To(Succeed())
		return pair
	}
	// condition of an object, as "status reason message".
	condition := func(object, kind string) func(context.Context) (string, error) {
		path := fmt.Sprintf(`jsonpath={range .status.conditions[?(@.type==%q)]}{.status} {.reason} {.message}{end}`, kind)
		return func(ctx context.Context) (string, error) {
			return s.Kubectl(ctx, "get", object, "-n", stage.Namespace, "-o", path)
		}
	}
	becomes := func(ctx context.Context, object, kind string, matcher types.GomegaMatcher) {
		GinkgoHelper()
		Eventually(condition(object, kind)).WithContext(ctx).WithTimeout(patience).Should(matcher)
	}
	must := func(ctx context.Context, arguments ...string) string {
		GinkgoHelper()
		output, err := s.Kubectl(ctx, arguments...)
		Expect(err).NotTo(HaveOccurred())
		return output
	}
	// allowed adds domains to the account, and lets the provider be used for them.
	allowed := func(ctx context.Context, names ...string) {
		GinkgoHelper()
		for _, name := range names {
			_, err := s.Admin(ctx, "/domains", map[string]string{"account": stage.AccountID, "name": name + ".example.com"})
			Expect(err).NotTo(HaveOccurred())
		}
		must(ctx, "patch", "cep", "edgesim", "--type=merge", "-p", `{"spec":{"allowedDomains":["*.example.com"]}}`)
	}
	sets := func(ctx context.Context, domain string) []edgesim.Entry {
		GinkgoHelper()
		text, err := s.Admin(ctx, "/journal?operation="+setOperation+"&domain="+domain, nil)
		Expect(err).NotTo(HaveOccurred())
		var entries []edgesim.Entry
		Expect(json.Unmarshal(text, &entries)).To(Succeed())
		return entries
	}

	BeforeAll(func(ctx SpecContext) {
		var err error
		s, _, err = stage.New(ctx, stage.Options{Root: root, PropagationDelay: 100 * time.Millisecond})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(s.Close()).To(Succeed()) })
		Expect(s.StartCluster(ctx)).To(Succeed())
		Expect(s.StartSimulator(ctx)).To(Succeed())
		// Roles are made in it, and it is there before a release in practice.
		must(ctx, "create", "namespace", stage.Namespace)
		chart = install(ctx, s, append(values, "rbac.secretAccess="+access)...)
		operator = chart.start(ctx)
		Expect(s.ApplySamples(ctx)).To(Succeed())
	}, NodeTimeout(timeout))

	It("deploys and renews a certificate", func(ctx SpecContext) {
		for range 2 {
			pair := renewed(ctx)
			Expect(s.AwaitServed(ctx, pair.Fingerprint)).To(Succeed())
			Expect(s.AwaitReady(ctx, pair.Fingerprint)).To(Succeed())
		}
	}, SpecTimeout(timeout))

	It("does without cert-manager until it is there, and then waits for its issuance", func(ctx SpecContext) {
		allowed(ctx, "issued")
		apply(ctx, s, certificateOf("issued", "certificateRef: {name: issued}"))
		becomes(ctx, "dcert/issued", "CertificateValid", HavePrefix("False SecretNotFound Certificate issued cannot exist without cert-manager"))

		must(ctx, "apply", "-f", filepath.Join("controllers", "testdata"))
		must(ctx, "wait", "--for=condition=Established", "crd/certificates.cert-manager.io")
		apply(ctx, s, "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: issued, namespace: "+stage.Namespace+"}\nspec: {secretName: "+stage.SecretName+"}\n")
		issuing := func(status string) {
			GinkgoHelper()
			must(ctx, "patch", "certificate", "issued", "-n", stage.Namespace, "--subresource=status", "--type=merge",
				"-p", `{"status":{"conditions":[{"type":"Issuing","status":"`+status+`"}]}}`)
		}
		issuing("True")
		becomes(ctx, "dcert/issued", "CertificateValid", HavePrefix("False Issuing"))
		issuing("False")
		becomes(ctx, "dcert/issued", "Ready", HavePrefix("True Served"))
	}, SpecTimeout(timeout))

	It("lets the next object take a domain over", func(ctx SpecContext) {
		allowed(ctx, "contested")
		apply(ctx, s, certificateOf("contested", ""))
		becomes(ctx, "dcert/contested", "Ready", HavePrefix("True"))
		apply(ctx, s, certificateOf("contested.next", ""))
		becomes(ctx, "dcert/contested.next", "Accepted", HavePrefix("False Conflict"))
		must(ctx, "delete", "dcert", "contested", "-n", stage.Namespace)
		becomes(ctx, "dcert/contested.next", "Ready", HavePrefix("True"))
	}, SpecTimeout(timeout))

	It("turns HTTPS off for an object that says so and is deleted", func(ctx SpecContext) {
		allowed(ctx, "withdrawn")
		apply(ctx, s, certificateOf("withdrawn", "deletionPolicy: DisableHTTPS"))
		becomes(ctx, "dcert/withdrawn", "Ready", HavePrefix("True"))
		must(ctx, "delete", "dcert", "withdrawn", "-n", stage.Namespace, "--timeout=60s")
		last := sets(ctx, "withdrawn.example.com")
		Expect(last[len(last)-1]).To(And(HaveField("Outcome", "ok"), HaveField("Fingerprint", BeEmpty())))
	}, SpecTimeout(timeout))

	It("says of an EdgeProvider that it may not choose a host", func(ctx SpecContext) {
		apply(ctx, s, `apiVersion: domaincert.io/v1alpha1
kind: EdgeProvider
metadata: {name: own, namespace: `+stage.Namespace+`}
spec:
  alibabaCloud: {service: Live, endpoint: live.example.net, credentials: {accessKey: {secretRef: {name: own}}}}
`)
		becomes(ctx, "edgeprovider/own", "Ready", HavePrefix("False NotAllowed"))
	}, SpecTimeout(timeout))

	It("goes on with credentials that were rotated", func(ctx SpecContext) {
		s.AccessKeySecret = rand.Text()
		_, err := s.Admin(ctx, "/accounts", map[string]any{
			"id": stage.AccountID, "keys": []any{map[string]string{"id": stage.AccessKeyID, "secret": s.AccessKeySecret}},
		})
		Expect(err).NotTo(HaveOccurred())
		pair := renewed(ctx)
		// Whoever asks first is told; the others wait until the account was checked.
		Eventually(func() (string, error) {
			return s.Kubectl(ctx, "get", "dcert", "-n", stage.Namespace, "-o",
				`jsonpath={range .items[*].status.conditions[?(@.type=="Deployed")]}{.status} {.reason} {.message}{"\n"}{end}`)
		}).WithContext(ctx).WithTimeout(patience).Should(MatchRegexp("(?m)^False Denied .*check the access key secret"))
		Expect(s.ApplySamples(ctx)).To(Succeed())
		Expect(s.AwaitReady(ctx, pair.Fingerprint)).To(Succeed())
	}, SpecTimeout(timeout))

	It("tells its metrics to those who may read them", func(ctx SpecContext) {
		for _, account := range []string{"prometheus", "nobody"} {
			must(ctx, "create", "serviceaccount", account, "-n", stage.OperatorNamespace)
		}
		must(ctx, "create", "clusterrolebinding", "scrape", "--clusterrole=domaincert-metrics-reader", "--serviceaccount="+stage.OperatorNamespace+":prometheus")
		status, body, err := get(ctx, operator.metricsURL, token(ctx, s, "prometheus"))
		Expect(err).NotTo(HaveOccurred())
		Expect(status).To(Equal(http.StatusOK))
		Expect(body).To(ContainSubstring(`domaincert_condition{name="` + stage.Name + `"`))

		status, _, err = get(ctx, operator.metricsURL, token(ctx, s, "nobody"))
		Expect(err).NotTo(HaveOccurred())
		Expect(status).To(Equal(http.StatusForbidden))
		status, _, err = get(ctx, operator.metricsURL, "")
		Expect(err).NotTo(HaveOccurred())
		Expect(status).To(Equal(http.StatusUnauthorized))
	}, SpecTimeout(timeout))

	It("exits in time when it is stopped at work, and gives the lease back", func(ctx SpecContext) {
		holder := func() string {
			GinkgoHelper()
			return must(ctx, "get", "lease", "domaincert.domaincert.io", "-n", stage.OperatorNamespace, "-o", "jsonpath={.spec.holderIdentity}")
		}
		Expect(holder()).NotTo(BeEmpty())
		const objects, delayed = 24, 16
		var names, manifests []string
		for i := range objects {
			names = append(names, fmt.Sprintf("load-%d", i))
			manifests = append(manifests, certificateOf(names[i], ""))
		}
		allowed(ctx, names...)
		_, err := s.Admin(ctx, "/faults", edgesim.Fault{Kind: edgesim.FaultDelay, Delay: 3 * edgesim.Second, Operation: setOperation, Count: delayed})
		Expect(err).NotTo(HaveOccurred())
		apply(ctx, s, manifests...)
		Eventually(func() []edgesim.Entry { return sets(ctx, "") }).WithTimeout(patience).
			Should(ContainElement(HaveField("Domain", HavePrefix("load-"))))

		stopped := make(chan error, 1)
		go func() { stopped <- operator.Stop() }()
		Eventually(operator.Ended()).WithTimeout(25 * time.Second).Should(BeClosed())
		Expect(<-stopped).To(Succeed())
		Expect(errors.Is(operator.Failure(), context.Canceled)).To(BeTrue(), "it exits with success: %v", operator.Failure())
		Expect(holder()).To(BeEmpty())
		operator = chart.start(ctx)
		for _, name := range names {
			becomes(ctx, "dcert/"+name, "Ready", HavePrefix("True"))
		}
	}, SpecTimeout(timeout))

	It("has asked for nothing that it may not do, and has used all that it may", func(ctx SpecContext) {
		requests := requestsOf(s, serviceAccount)
		Expect(refused(requests)).To(BeEmpty())
		all, used, spared := granted(ctx, s), permissions(requests), spared(access)
		Expect(all).To(ContainElement(And(HaveField("Verb", "get"), HaveField("Resource", "secrets"))))
		Expect(all).To(ContainElements(slices.Collect(maps.Keys(spared))), "a reason for what is not granted")
		for _, one := range all {
			Expect(used[one] || spared[one] != "").To(BeTrue(), "%v is granted for nothing", one)
		}
		AddReportEntry("permissions granted", fmt.Sprintf("%d, of which %d were used in %d requests", len(all),
			len(slices.DeleteFunc(slices.Clone(all), func(one permission) bool { return !used[one] })), len(requests)))
	})
},
	Entry("to watch Secrets", Ordered, "watch"),
	Entry("to read Secrets", Ordered, "get", "secretPollInterval=1s"),
	Entry("to read the Secrets that it names", Ordered, "named", "secretPollInterval=1s",
		"rbac.secretNames."+stage.Namespace+"={"+stage.SecretName+"}", "rbac.secretNames."+stage.OperatorNamespace+"={edgesim-credentials}"),
)

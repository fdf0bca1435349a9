package integration_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// kubectl runs the real one against the suite's API server and returns what it
// prints.
func kubectl(ctx context.Context, arguments ...string) (string, error) {
	return kubectlWith(ctx, "", arguments...)
}

// kubectlWith is kubectl with something on its standard input.
func kubectlWith(ctx context.Context, input string, arguments ...string) (string, error) {
	path := filepath.Join(assets, "kubectl")
	if directory := os.Getenv("KUBEBUILDER_ASSETS"); directory != "" {
		path = filepath.Join(directory, "kubectl")
	}
	return run(ctx, input, path, append([]string{"--kubeconfig", kubeconfig}, arguments...)...)
}

// run runs a program and returns what it prints, which is also in the error.
func run(ctx context.Context, input, program string, arguments ...string) (string, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, program, arguments...)
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(arguments, " "), err, output)
	}
	return string(output), nil
}

// inOneLine undoes line breaks, which kubectl makes where it likes.
func inOneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

// cells are the cells of each row of a table; kubectl pads with three blanks.
func cells(table string) [][]string {
	var rows [][]string
	for line := range strings.Lines(table) {
		rows = append(rows, regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), -1))
	}
	return rows
}

var _ = Describe("kubectl", func() {
	DescribeTable("explains", func(ctx SpecContext, shortName, plural string) {
		_, crd := readCRD(plural)
		for _, part := range []string{"spec", "status"} {
			schema := schemaOf(crd).Properties[part]
			// The API server publishes the schema of a new CRD a moment after it
			// has established it.
			var level string
			Eventually(func() (err error) {
				level, err = kubectl(ctx, "explain", shortName+"."+part)
				return err
			}).WithTimeout(30 * time.Second).Should(Succeed())
			Expect(level).NotTo(ContainSubstring("<no description>"))
			for name, field := range schema.Properties {
				Expect(inOneLine(level)).To(ContainSubstring(inOneLine(field.Description)), name)
			}

			tree, err := kubectl(ctx, "explain", shortName+"."+part, "--recursive")
			Expect(err).NotTo(HaveOccurred())
			walk("", schema, func(path string, _ apiextensionsv1.JSONSchemaProps) {
				Expect(tree).To(MatchRegexp(`(?m)^ +%s\t`, path[strings.LastIndex(path, ".")+1:]), path)
			})
		}
	},
		Entry("every field of a DomainCertificate", "dcert", "domaincertificates"),
		Entry("every field of an EdgeProvider", "edgep", "edgeproviders"),
		Entry("every field of a ClusterEdgeProvider", "cep", "clusteredgeproviders"),
	)

	It("prints a DomainCertificate as a row", func(ctx SpecContext) {
		namespace := newNamespace(ctx, nil)
		object := domainCertificate()
		object.SetNamespace(namespace)
		create(ctx, object, unchanged)
		now := metav1.Now()
		condition := func(name, status, reason string) fields {
			return fields{"type": name, "status": status, "reason": reason, "message": "", "lastTransitionTime": now.UTC().Format(time.RFC3339)}
		}
		all(
			set("status.conditions", []any{condition("Ready", "True", "Rotating"), condition("Deployed", "False", "Deploying")}),
			set("status.source.secretName", "live-tls"),
			set("status.provider", fields{"notAfter": "2027-01-02T03:04:05Z", "certificateID": "8127496", "shortFingerprint": "0123456789ab"}),
		)(object)
		Expect(k8s.Status().Update(ctx, object)).To(Succeed())

		narrow, err := kubectl(ctx, "get", "dcert", "--namespace", namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(cells(narrow)).To(HaveExactElements(
			HaveExactElements("NAME", "DOMAIN", "PROVIDER", "READY", "DEPLOYED", "EXPIRES", "AGE"),
			HaveExactElements(object.GetName(), "live.example.com", "live", "True", "False", "2027-01-02T03:04:05Z", Not(BeEmpty())),
		))
		wide, err := kubectl(ctx, "get", "dcert", "--namespace", namespace, "--output", "wide")
		Expect(err).NotTo(HaveOccurred())
		Expect(cells(wide)).To(HaveExactElements(
			HaveExactElements("NAME", "DOMAIN", "PROVIDER", "READY", "DEPLOYED", "EXPIRES", "AGE", "REASON", "CERT ID", "FINGERPRINT", "SECRET"),
			HaveExactElements(object.GetName(), "live.example.com", "live", "True", "False", "2027-01-02T03:04:05Z", Not(BeEmpty()), "Rotating", "8127496", "0123456789ab", "live-tls"),
		))
	})

	DescribeTable("prints a provider as a row", func(ctx SpecContext, shortName string, provider func() *unstructured.Unstructured) {
		object := provider()
		create(ctx, object, unchanged)
		set("status.accountID", "123456789")(object)
		Expect(k8s.Status().Update(ctx, object)).To(Succeed())
		table, err := kubectl(ctx, "get", shortName, object.GetName())
		Expect(err).NotTo(HaveOccurred())
		Expect(cells(table)).To(HaveExactElements(
			HaveExactElements("NAME", "SERVICE", "ACCOUNT", "READY", "REASON", "AGE"),
			ContainElements(object.GetName(), "Live", "123456789"),
		))
	},
		Entry("an EdgeProvider", "edgep", edgeProvider),
		Entry("a ClusterEdgeProvider", "cep", clusterEdgeProvider),
	)

	DescribeTable("finds a DomainCertificate", func(ctx SpecContext, arguments ...string) {
		namespace := newNamespace(ctx, nil)
		object := domainCertificate()
		object.SetNamespace(namespace)
		create(ctx, object, unchanged)
		found, err := kubectl(ctx, append([]string{"get", "--namespace", namespace, "--output", "name"}, arguments...)...)
		Expect(err).NotTo(HaveOccurred())
		Expect(strings.Fields(found)).To(HaveExactElements("domaincertificate.domaincert.io/" + object.GetName()))
	},
		Entry("by its domain", "dcert", "--field-selector", "spec.domainName=live.example.com"),
		Entry("by its provider's name", "dcert", "--field-selector", "spec.providerRef.name=live"),
		Entry("in its own category", "domaincert"),
		Entry("in cert-manager's category", "cert-manager"),
	)
})

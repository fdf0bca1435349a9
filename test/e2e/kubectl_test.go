package e2e_test

import (
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/stage"
)

// column is the cell under a heading in the second line of a table; kubectl
// parts columns with three blanks.
func column(table, heading string) string {
	GinkgoHelper()
	part := regexp.MustCompile(` {2,}`)
	lines := strings.Split(table, "\n")
	Expect(len(lines)).To(BeNumerically(">=", 2), table)
	headings, cells := part.Split(lines[0], -1), part.Split(lines[1], -1)
	Expect(cells).To(HaveLen(len(headings)), table)
	for i := range headings {
		if headings[i] == heading {
			return cells[i]
		}
	}
	Fail("no column " + heading + " in\n" + table)
	return ""
}

var _ = Describe("kubectl", func() {
	It("gets a DomainCertificate as a line that tells what is served", func(ctx SpecContext) {
		leaf, err := world.Served(ctx)
		Expect(err).NotTo(HaveOccurred())
		narrow, err := world.Kubectl(ctx, "get", "dcert", "-n", stage.Namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(column(narrow, "DOMAIN")).To(Equal(stage.Domain))
		Expect(column(narrow, "READY")).To(Equal("True"))
		Expect(column(narrow, "DEPLOYED")).To(Equal("True"))
		Expect(column(narrow, "EXPIRES")).To(Equal(leaf.NotAfter.Format(time.RFC3339)))

		wide, err := world.Kubectl(ctx, "get", "dcert", "-n", stage.Namespace, "-o", "wide")
		Expect(err).NotTo(HaveOccurred())
		Expect(column(wide, "REASON")).To(Equal("Served"))
		Expect(column(wide, "CERT ID")).To(MatchRegexp(`^\d+$`))
		Expect(column(wide, "FINGERPRINT")).To(Equal(stage.Fingerprint(leaf)[:12]))
		Expect(column(wide, "SECRET")).To(Equal(stage.SecretName))
	})

	DescribeTable("answers", func(ctx SpecContext, command, answer string) {
		Expect(world.Kubectl(ctx, strings.Fields(command)...)).To(ContainSubstring(answer))
	},
		Entry("what the spec is made of", "explain dcert.spec", "providerRef"),
		Entry("what a field means", "explain dcert.spec.driftPolicy", "drift"),
		Entry("a wait for Ready", "wait dcert --all -n "+stage.Namespace+" --for=condition=Ready --timeout=60s", "condition met"),
		Entry("a description with events", "describe dcert "+stage.Name+" -n "+stage.Namespace, "the edge serves certificate "),
		Entry("the provider's account", "get cep", "1000000000000001"),
	)
})

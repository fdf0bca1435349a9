package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// api is where the conditions and reasons are declared.
const api = "../api/v1alpha1"

// reasons are the values of all constants of the API that end in Reason.
func reasons() []string {
	GinkgoHelper()
	return constants("Reason")
}

// constants are the values of the API's text constants whose names end so.
func constants(suffix string) []string {
	GinkgoHelper()
	var values []string
	files, err := fs.Glob(os.DirFS(api), "*.go")
	Expect(err).NotTo(HaveOccurred())
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), api+"/"+name, nil, parser.SkipObjectResolution)
		Expect(err).NotTo(HaveOccurred())
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, constant := range spec.Names {
				if strings.HasSuffix(constant.Name, suffix) && i < len(spec.Values) {
					values = append(values, text(spec.Values[i]))
				}
			}
			return true
		})
	}
	return values
}

// text is the value of a literal.
func text(expression ast.Expr) string {
	GinkgoHelper()
	literal, ok := expression.(*ast.BasicLit)
	Expect(ok).To(BeTrue(), "a constant without a literal")
	value, err := strconv.Unquote(literal.Value)
	Expect(err).NotTo(HaveOccurred())
	return value
}

// sections are the texts under the headings of the third level, by heading.
func sections(document string) map[string]string {
	GinkgoHelper()
	found := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^### `).Split(document, -1)[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		body, _, _ = strings.Cut(body, "\n## ")
		Expect(found).NotTo(HaveKey(heading), "an anchor must be unique")
		found[heading] = body
	}
	return found
}

var _ = Describe("The runbook", func() {
	It("has a section for every reason, and none for what is no reason", func() {
		Expect(reasons()).To(ContainElements("Conflict", "Malformed", "HeldBack", "ServesOther", "Rotating", "CredentialsRefused"))
		headings := sections(read("runbook.md"))
		for _, reason := range reasons() {
			Expect(headings).To(HaveKey(reason))
		}
		for heading := range headings {
			Expect(reasons()).To(ContainElement(heading))
		}
	})

	It("says of each reason what it means and what to do", func() {
		for reason, body := range sections(read("runbook.md")) {
			Expect(body).To(MatchRegexp(`^Means: (?s).+\n\nDo: .+`), reason)
		}
	})

	It("asks the question of every condition", func() {
		for _, condition := range []string{"Accepted", "CertificateValid", "Deployed", "Verified", "Ready"} {
			Expect(constants("Condition")).To(ContainElement(condition))
			Expect(read("runbook.md")).To(MatchRegexp(`(?m)^## %s: .+\?$`, condition))
		}
	})
})

var _ = Describe("The README", func() {
	It("lists every reason that is not the good answer, with its place in the runbook", func() {
		good := []string{"Accepted", "Valid", "Deployed", "Verified", "Served", "CredentialsAccepted"}
		Expect(reasons()).To(ContainElements(good))
		for _, reason := range reasons() {
			if !slices.Contains(good, reason) {
				Expect(read("../README.md")).To(ContainSubstring("[%s](docs/runbook.md#%s)", reason, strings.ToLower(reason)))
			}
		}
	})

	It("asks the question of every condition", func() {
		for _, condition := range constants("Condition") {
			Expect(read("../README.md")).To(ContainSubstring("`%s`", condition))
		}
	})
})

package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// proof is a test that a document names.
type proof struct{ file, spec string }

// proofs are the tests that a section names: files, each with the names of specs.
func proofs(section string) []proof {
	GinkgoHelper()
	var found []proof
	file := ""
	for line := range strings.Lines(section) {
		if link := regexp.MustCompile(`^- \[(.+)\]\(\.\./(.+)\)$`).FindStringSubmatch(strings.TrimRight(line, "\n")); link != nil {
			Expect(link[2]).To(Equal(link[1]))
			file = filepath.Join("..", link[1])
		}
		if name := regexp.MustCompile(`^  - "(.+)"$`).FindStringSubmatch(strings.TrimRight(line, "\n")); name != nil {
			found = append(found, proof{file: file, spec: name[1]})
		}
	}
	return found
}

// attacks are the numbered attacks of test/tenancy.
func attacks() []string {
	GinkgoHelper()
	files, err := fs.Glob(os.DirFS("../test/tenancy"), "*_test.go")
	Expect(err).NotTo(HaveOccurred())
	var found []string
	for _, name := range files {
		for _, text := range regexp.MustCompile(`\("(attack \d\d): `).FindAllStringSubmatch(read("../test/tenancy/"+name), -1) {
			found = append(found, text[1])
		}
	}
	return found
}

var _ = Describe("The threat model", func() {
	It("has a proof for every threat, and every test that it names", func() {
		document := read("threat-model.md")
		threats := regexp.MustCompile(`(?m)^\| \[(T-\d\d)\]`).FindAllStringSubmatch(document, -1)
		Expect(len(threats)).To(BeNumerically(">", 20))
		proven := sections(document)
		Expect(proven).To(HaveLen(len(threats)))
		for _, threat := range threats {
			named := proofs(proven[threat[1]])
			Expect(named).NotTo(BeEmpty(), threat[1])
			for _, test := range named {
				Expect(read(test.file)).To(ContainSubstring(`("%s`, test.spec), threat[1])
			}
		}
	})

	It("knows every attack, and each attack has a number of its own", func() {
		document, known := read("threat-model.md"), map[string]bool{}
		Expect(len(attacks())).To(BeNumerically(">=", 25))
		for _, attack := range attacks() {
			Expect(known).NotTo(HaveKey(attack))
			known[attack] = true
			Expect(document).To(ContainSubstring(`  - "%s: `, attack))
		}
	})
})

package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// read returns a document.
func read(path string) string {
	GinkgoHelper()
	content, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}

// documents are what people are told to read, as paths from here. Specs are
// made of them before any runs, so an error ends the program.
func documents() []string {
	var paths []string
	for _, pattern := range []string{"../*.md", "*.md", "adr/*.md", "providers/*.md", "../charts/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			panic(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

// anchors are what the headings of a document can be linked to by, as GitHub
// makes them.
func anchors(document string) []string {
	var found []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(document, -1) {
		anchor := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		found = append(found, strings.ReplaceAll(anchor, " ", "-"))
	}
	return found
}

var _ = Describe("Every document", func() {
	for _, path := range documents() {
		It("links to what is there: "+path, func() {
			for _, link := range regexp.MustCompile(`\]\(([^)\s]*)\)`).FindAllStringSubmatch(read(path), -1) {
				if strings.Contains(link[1], "://") {
					continue
				}
				target, anchor, _ := strings.Cut(link[1], "#")
				file := path
				if target != "" {
					file = filepath.Join(filepath.Dir(path), target)
				}
				Expect(file).To(Or(BeAnExistingFile(), BeADirectory()), link[1])
				if anchor != "" {
					Expect(anchors(read(file))).To(ContainElement(anchor), link[1])
				}
			}
		})

		It("names only what the operator and make have: "+path, func() {
			document := read(path)
			options := read("../cmd/options.go")
			for _, flag := range regexp.MustCompile("`--(allow|metrics|per-object|leader|log|watch|cluster|health|concurrency)([a-z-]*)").FindAllStringSubmatch(document, -1) {
				Expect(options).To(ContainSubstring(`"%s%s"`, flag[1], flag[2]))
			}
			for _, target := range regexp.MustCompile("(?m)(?:^|`)make ([a-z0-9-]+)").FindAllStringSubmatch(document, -1) {
				Expect(read("../Makefile")).To(MatchRegexp(`(?m)^%s:`, target[1]))
			}
			for _, metric := range regexp.MustCompile(`\bdomaincert_[a-z_]+`).FindAllString(document, -1) {
				Expect(read("../internal/metrics/objects.go") + read("../internal/metrics/requests.go") + read("../internal/metrics/accounts.go")).To(ContainSubstring(`"%s"`, metric))
			}
			for _, annotation := range regexp.MustCompile(`\bdomaincert\.io/[a-z-]{4,}`).FindAllString(document, -1) {
				Expect(slices.Concat(constants("Annotation"), constants("Finalizer"), constants("Label"))).To(ContainElement(annotation))
			}
		})
	}
})

package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// documented is a manifest in a document.
type documented struct {
	manifest

	// place is the document and the line that the manifest begins in.
	place string
}

// documentedManifests are the yaml blocks of the documents: what is not a
// manifest is fenced as something else. Specs are made of them before any runs,
// so an error ends the program.
func documentedManifests() []documented {
	var found []documented
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "docs/providers/*.md", "charts/*/*.md"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			panic(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				panic(err)
			}
			found = append(found, yamlBlocks(file, string(text))...)
		}
	}
	return found
}

// yamlBlocks are the manifests of one document.
func yamlBlocks(file, text string) []documented {
	var found []documented
	fence := regexp.MustCompile("(?ms)^```ya?ml[^\n]*\n(.*?)^```$")
	for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
		found = append(found, documented{
			manifest: manifest(text[at[2]:at[3]]),
			place:    fmt.Sprintf("%s:%d", filepath.Base(file), 1+strings.Count(text[:at[2]], "\n")),
		})
	}
	return found
}

var _ = Describe("The manifests in the documents", func() {
	for _, block := range documentedManifests() {
		It("are accepted: "+block.place, func(ctx SpecContext) {
			Expect(block.objects()).NotTo(BeEmpty())
			for _, object := range block.objects() {
				if object.GetNamespace() != "" {
					ensureNamespace(ctx, object.GetNamespace())
				}
			}
			Expect(block.apply(ctx, "--dry-run=server")).To(Succeed())
		})
	}

	It("are found", func() {
		kinds := map[string]bool{}
		for _, block := range documentedManifests() {
			for _, object := range block.objects() {
				kinds[object.GetKind()] = true
			}
		}
		Expect(kinds).To(And(HaveKey("DomainCertificate"), HaveKey("EdgeProvider"), HaveKey("ClusterEdgeProvider")))
	})
})

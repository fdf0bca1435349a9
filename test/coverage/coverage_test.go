package coverage_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// keys are rows without what they say.
func keys(rows []row) []row {
	var all []row
	for _, r := range rows {
		all = append(all, row{page: r.page, kind: r.kind, name: r.name})
	}
	return all
}

// isCRD tells a CRD from a Go file.
func (r reference) isCRD() bool { return filepath.Ext(r.path) == ".yaml" }

// mentions reports whether a text has a name, in any case: Go's decoder does not
// care either, and a status word is compared in lower case.
func mentions(text, name string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(name))
}

var _ = Describe("The table of coverage", func() {
	It("has every name of the five pages once, and no other", func() {
		var expected []row
		for title, kinds := range pages() {
			for kind, list := range kinds {
				for _, name := range list {
					expected = append(expected, row{page: title, kind: kind, name: name})
				}
			}
		}
		Expect(keys(rows())).To(ConsistOf(expected))
	})

	It("says where each lives, in a declaration that exists and has the name in it, or why nowhere", func() {
		cache := map[string]source{}
		var wrong []string
		for _, r := range rows() {
			if len(r.where) == 0 && !regexp.MustCompile(`^not (sent|read|needed): .{20,}`).MatchString(r.note) {
				wrong = append(wrong, fmt.Sprintf("%s: nowhere, and no reason", r))
			}
			for _, place := range r.where {
				if problem := missingPlace(cache, r, place); problem != "" {
					wrong = append(wrong, fmt.Sprintf("%s: %s", r, problem))
				}
			}
		}
		Expect(wrong).To(BeEmpty())
	})

	It("says which test covers each, in a file that has the spec and, it or the suite's own, the name", func() {
		cache := map[string]source{}
		var wrong []string
		for _, r := range rows() {
			if len(r.tests) == 0 {
				wrong = append(wrong, fmt.Sprintf("%s: no test", r))
			}
			for _, test := range r.tests {
				file := parse(cache, test.path)
				if !strings.HasSuffix(test.path, "_test.go") || file.specText(test.text) == "" {
					wrong = append(wrong, fmt.Sprintf("%s: %s has no spec %q", r, test.path, test.text))
				}
				suite := parse(cache, filepath.Join(filepath.Dir(test.path), "suite_test.go"))
				if !mentions(file.text, r.last()) && !mentions(suite.text, r.last()) {
					wrong = append(wrong, fmt.Sprintf("%s: neither %s nor the suite's own file has %s", r, test.path, r.last()))
				}
			}
		}
		Expect(wrong).To(BeEmpty())
	})
})

// missingPlace says what is wrong with a place; empty if nothing is.
func missingPlace(cache map[string]source, r row, place reference) string {
	GinkgoHelper()
	if place.isCRD() {
		if !hasPath(place.path, place.text) {
			return place.path + " has no " + place.text
		}
		return ""
	}
	declared := parse(cache, place.path).declaration(place.text)
	switch {
	case declared == "":
		return place.path + " declares no " + place.text
	case !mentions(declared, r.last()):
		return place.text + " in " + place.path + " has no " + r.last()
	}
	return ""
}

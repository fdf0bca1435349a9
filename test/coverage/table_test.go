package coverage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// providers is where the documents about providers are.
const providers = "../../docs/providers"

// row is one row of the table.
type row struct {
	page, kind, name string
	// where it lives; if it deliberately does not, note says why.
	where []reference
	note  string
	// tests that cover it.
	tests []reference
}

// reference is a link: something in a file.
type reference struct {
	text, path string
}

func (r row) String() string { return fmt.Sprintf("%s, %s %s", r.page, r.kind, r.name) }

// last is the name of the field itself: of "versions.type=uploaded" it is "type",
// and of a value the value.
func (r row) last() string {
	if r.kind == failing {
		return r.name
	}
	name, word, isValue := strings.Cut(r.name, "=")
	if isValue {
		return word
	}
	return name[strings.LastIndex(name, ".")+1:]
}

// rows are the rows of coverage.md.
func rows() []row {
	GinkgoHelper()
	text, err := os.ReadFile(filepath.Join(providers, "coverage.md"))
	Expect(err).NotTo(HaveOccurred())
	var found []row
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		for _, line := range strings.Split(body, "\n") {
			cells := strings.Split(strings.Trim(line, "|"), "|")
			if !strings.HasPrefix(line, "| ") || len(cells) != 4 || strings.TrimSpace(cells[0]) == "kind" {
				Expect(line).NotTo(HavePrefix("| `"), "a row without a kind")
				continue
			}
			found = append(found, row{
				page:  heading,
				kind:  strings.TrimSpace(cells[0]),
				name:  strings.Trim(strings.TrimSpace(cells[1]), "`"),
				where: references(cells[2]),
				note:  note(cells[2]),
				tests: references(cells[3]),
			})
		}
	}
	return found
}

// references are the links of a cell.
func references(cell string) []reference {
	GinkgoHelper()
	var found []reference
	for _, link := range regexp.MustCompile("\\[`?([^\\]`]+)`?\\]\\(([^)]+)\\)").FindAllStringSubmatch(cell, -1) {
		found = append(found, reference{link[1], filepath.Join(providers, link[2])})
	}
	return found
}

// note is what a cell says beside its links.
func note(cell string) string {
	plain := regexp.MustCompile(`\[[^\]]*\]\([^)]*\)`).ReplaceAllString(cell, "")
	return strings.Trim(plain, " ,")
}

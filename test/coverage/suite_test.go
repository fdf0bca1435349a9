// Package coverage_test walks docs/providers/coverage.md: every request parameter,
// response field and error code of the five pages that the operator was built from
// must have a row that says where it lives and which test covers it, and what a row
// says must be there. It also holds the tables of docs/providers to the code.
package coverage_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestCoverage(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "coverage")
}

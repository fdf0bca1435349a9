package rows_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestRows(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Rows")
}

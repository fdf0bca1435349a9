package edgesim_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestEdgesim(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "edgesim")
}

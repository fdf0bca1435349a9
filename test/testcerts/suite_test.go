package testcerts_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestTestcerts(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "testcerts")
}

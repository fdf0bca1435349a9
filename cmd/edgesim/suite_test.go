package main_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestEdgesim(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cmd/edgesim")
}

// binary is the program under test, built once.
var binary string

var _ = BeforeSuite(func() {
	binary = filepath.Join(GinkgoT().TempDir(), "edgesim")
	output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(output))
})

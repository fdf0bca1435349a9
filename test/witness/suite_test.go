//go:build witness

// Package witness_test lets the vendor's own npm clients drive the simulator, and
// through it meet the operator's adapters: what the three do not understand of
// each other, at least one of them has wrong. `make test-witness` runs it; the
// build tag keeps it from those who have no Node.js, and testsum from running
// nothing unnoticed.
package witness_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestWitness(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "witness")
}

// modules is where hack/witness.sh puts the clients.
const modules = "../../bin/witness/package.json"

// node is the process that the clients run in.
var node struct {
	questions io.WriteCloser
	answers   *bufio.Scanner
}

var _ = BeforeSuite(func() {
	path, err := filepath.Abs(modules)
	Expect(err).NotTo(HaveOccurred())
	Expect(path).To(BeAnExistingFile(), "run make test-witness, which installs the clients")
	command := exec.Command("node", "witness.mjs", path)
	// A proxy or credentials of the developer's have no business here.
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + GinkgoT().TempDir()}
	command.Stderr = GinkgoWriter
	node.questions, err = command.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	answers, err := command.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	node.answers = bufio.NewScanner(answers)
	node.answers.Buffer(nil, 1<<20)
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		Expect(node.questions.Close()).To(Succeed())
		Expect(command.Wait()).To(Succeed())
	})
})

// ask asks the Node.js process one question.
func ask[Answer any](question any) Answer {
	GinkgoHelper()
	line, err := json.Marshal(question)
	Expect(err).NotTo(HaveOccurred())
	_, err = node.questions.Write(append(line, '\n'))
	Expect(err).NotTo(HaveOccurred())
	Expect(node.answers.Scan()).To(BeTrue(), "the process has ended: see what it wrote to its standard error")
	var answer Answer
	Expect(json.Unmarshal(node.answers.Bytes(), &answer)).To(Succeed())
	return answer
}

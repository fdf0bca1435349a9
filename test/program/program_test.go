package program_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/domaincert/domaincert/test/program"
)

// shell starts a script.
func shell(script string, output *gbytes.Buffer) *program.Program {
	GinkgoHelper()
	started, err := program.Start(program.Options{
		Path: "/bin/sh", Arguments: []string{"-c", script}, Environment: []string{"GREETING=hello"}, Output: output,
	})
	Expect(err).NotTo(HaveOccurred())
	return started
}

var _ = Describe("Program", func() {
	It("passes on what the program prints, on both streams", func() {
		output := gbytes.NewBuffer()
		Eventually(shell("echo $GREETING; echo world >&2", output).Ended()).Should(BeClosed())
		Expect(string(output.Contents())).To(And(ContainSubstring("hello\n"), ContainSubstring("world\n")))
	})

	It("tells that a program has ended, and how", func() {
		failed := shell("exit 3", gbytes.NewBuffer())
		Eventually(failed.Ended()).Should(BeClosed())
		Expect(failed.Failure()).To(MatchError(ContainSubstring("exit status 3")))
		Expect(failed.Stop()).To(Succeed())
	})

	DescribeTable("stops", func(script string) {
		output := gbytes.NewBuffer()
		running := shell(script+"; echo ready; while :; do sleep 0.01; done", output)
		Eventually(output).Should(gbytes.Say("ready"))
		Expect(running.Stop()).To(Succeed())
		Expect(running.Ended()).To(BeClosed())
	},
		Entry("a program that dies of the signal", ":"),
		Entry("a program that ends in order", "trap 'exit 0' TERM"),
	)

	It("tells that a program did not end in order", func() {
		output := gbytes.NewBuffer()
		running := shell("trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done", output)
		Eventually(output).Should(gbytes.Say("ready"))
		Expect(running.Stop()).To(MatchError(ContainSubstring("exit status 4")))
	})

	It("refuses a program that does not exist", func() {
		_, err := program.Start(program.Options{Path: "/nonexistent"})
		Expect(err).To(HaveOccurred())
	})
})

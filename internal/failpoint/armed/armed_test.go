package armed_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/failpoint/armed"
)

// shortly is long enough for a block that does not block to be seen.
const shortly = 50 * time.Millisecond

// parsed are the points of entries without a mistake.
func parsed(entries string) armed.Points {
	GinkgoHelper()
	points, err := armed.Parse(entries, known())
	Expect(err).NotTo(HaveOccurred())
	return points
}

var _ = DescribeTable("What cannot be meant is refused",
	func(entries, complaint string) {
		_, err := armed.Parse(entries, known())
		Expect(err).To(MatchError(complaint))
	},
	Entry("a point that does not exist", "deploy/during=kill", `"deploy/during=kill": there is no point "deploy/during"; choose one of deploy/before, deploy/after`),
	Entry("a point without an action", "deploy/after", `"deploy/after": write it as POINT=ACTION`),
	Entry("an action that does not exist", "deploy/after=sleep", `"deploy/after=sleep": there is no action "sleep"; choose kill, block or panic`),
	Entry("a block without a file, which would last for ever", "deploy/after=block", `"deploy/after=block": name the file to wait for, as block:/path`),
	Entry("a block with a file that depends on the working directory", "deploy/after=block:go-on", `"deploy/after=block:go-on": name the file to wait for, as block:/path`),
	Entry("a file that nothing waits for", "deploy/after=kill:/tmp/go-on", `"deploy/after=kill:/tmp/go-on": kill takes no file`),
	Entry("an empty domain", "deploy/after=kill@,once", `"deploy/after=kill@,once": name a domain after @`),
	Entry("a mistake behind a good entry", "deploy/before=kill; deploy/after=", `"deploy/after=": there is no action ""; choose kill, block or panic`),
)

var _ = Describe("A point", func() {
	const domain = "play.example.com"

	It("is passed where nothing is armed", func() {
		Expect(func() { armed.Points(nil).Reach("deploy/after", domain) }).NotTo(Panic())
		Expect(func() { parsed("; deploy/before=panic ;").Reach("deploy/after", domain) }).NotTo(Panic())
	})

	It("panics every time", func() {
		points := parsed("deploy/after=panic")
		for range 2 {
			Expect(func() { points.Reach("deploy/after", domain) }).To(PanicWith("failpoint deploy/after"))
		}
	})

	It("panics for one domain alone", func() {
		points := parsed("deploy/after=panic@" + domain)
		Expect(func() { points.Reach("deploy/after", "other.example.com") }).NotTo(Panic())
		Expect(func() { points.Reach("deploy/after", domain) }).To(Panic())
	})

	It("panics the first time alone, which another domain does not use up", func() {
		points := parsed("deploy/after=panic@" + domain + ",once")
		points.Reach("deploy/after", "other.example.com")
		Expect(func() { points.Reach("deploy/after", domain) }).To(Panic())
		Expect(func() { points.Reach("deploy/after", domain) }).NotTo(Panic())
	})

	It("blocks until the file exists, and tells that it does", func() {
		file := filepath.Join(GinkgoT().TempDir(), "go-on")
		points, passed := parsed("deploy/after=block:"+file), make(chan struct{})
		go func() {
			points.Reach("deploy/after", domain)
			close(passed)
		}()
		Eventually(file + ".reached").Should(BeAnExistingFile())
		Consistently(passed).WithTimeout(shortly).ShouldNot(BeClosed())
		Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
		Eventually(passed).Should(BeClosed())
	})

	It("panics if it cannot tell that it blocks", func() {
		points := parsed("deploy/after=block:/nonexistent/go-on")
		Expect(func() { points.Reach("deploy/after", domain) }).To(PanicWith(ContainSubstring("/nonexistent/go-on.reached")))
	})

	It("kills the program as nothing else does", func(ctx SpecContext) {
		program := exec.CommandContext(ctx, os.Args[0])
		program.Env = append(os.Environ(), reach+"=deploy/after=kill@"+domain)
		var ended *exec.ExitError
		Expect(program.Run()).To(BeAssignableToTypeOf(ended))
		status, ok := program.ProcessState.Sys().(syscall.WaitStatus)
		Expect(ok).To(BeTrue())
		Expect(status.Signal()).To(Equal(syscall.SIGKILL))
	})

	It("lets the program live that it is not for", func() {
		program := exec.CommandContext(context.Background(), os.Args[0])
		program.Env = append(os.Environ(), reach+"=deploy/after=kill@other.example.com;deploy/before=kill")
		Expect(program.Run()).To(Succeed())
	})
})

var _ = Describe("Dumps", func() {
	It("are nothing without a directory", func() {
		Expect(armed.StartDumps("").Close()).To(Succeed())
	})

	It("are written at a signal and at the end", func() {
		directory := GinkgoT().TempDir()
		heap, goroutines := filepath.Join(directory, "heap.txt"), filepath.Join(directory, "goroutine.txt")
		dumps := armed.StartDumps(directory)
		Expect(syscall.Kill(os.Getpid(), syscall.SIGUSR1)).To(Succeed())
		Eventually(goroutines).Should(BeAnExistingFile())
		Expect(os.ReadFile(heap)).To(HavePrefix("heap profile: "))
		Expect(os.ReadFile(goroutines)).To(ContainSubstring("armed.(*Dumps).run"))

		Expect(os.Remove(goroutines)).To(Succeed())
		Expect(dumps.Close()).To(Succeed())
		Expect(os.ReadDir(directory)).To(HaveLen(2), "nothing half-written stays")
	})

	It("tell of what could not be written", func() {
		Expect(armed.StartDumps("/nonexistent").Close()).To(MatchError(os.ErrNotExist))
	})
})

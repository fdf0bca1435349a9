package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("Quickstart", Ordered, func() {
	var (
		program   string
		temporary string
		cache     string
	)

	BeforeAll(func(ctx SpecContext) {
		program = filepath.Join(GinkgoT().TempDir(), "quickstart")
		temporary, cache = GinkgoT().TempDir(), GinkgoT().TempDir()
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./hack/quickstart")
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		output, err := build.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), "%s", output)
	}, NodeTimeout(timeout))

	start := func(arguments ...string) *gexec.Session {
		GinkgoHelper()
		command := exec.Command(program, arguments...)
		command.Dir = root
		command.Env = append(os.Environ(), "TMPDIR="+temporary, "XDG_CACHE_HOME="+cache)
		session, err := gexec.Start(command, nil, nil)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Eventually(session.Terminate()).WithTimeout(patience).Should(gexec.Exit()) })
		return session
	}
	leavesNothing := func() {
		GinkgoHelper()
		Expect(os.ReadDir(temporary)).To(BeEmpty())
		Expect(os.ReadFile(filepath.Join(cache, "domaincert", "quickstart.lock"))).To(BeEmpty())
	}

	It("shows a renewal, lets nobody else start, and leaves nothing behind", func() {
		session := start()
		Eventually(session).WithTimeout(patience).Should(gbytes.Say("(?s)SHA-256 +[0-9a-f]{64}.*is renewed.*True +True.*SHA-256 +[0-9a-f]{64}.*export KUBECONFIG="))

		second := start("--once")
		Eventually(second).WithTimeout(patience).Should(gexec.Exit(1))
		Expect(second.Err).To(gbytes.Say(`a quickstart is up already, process %d`, session.Command.Process.Pid))

		Eventually(session.Interrupt()).WithTimeout(patience).Should(gexec.Exit(0))
		leavesNothing()
	})

	DescribeTable("shows every product", func(product string) {
		session := start("--once", "--provider="+product)
		Eventually(session).WithTimeout(patience).Should(gexec.Exit(0))
		Expect(session.Out).To(gbytes.Say("(?s)SHA-256 +[0-9a-f]{64}.*is renewed.*the edge serves it after.*Verified and Ready after.*True +True.*SHA-256 +[0-9a-f]{64}"))
		leavesNothing()
	},
		Entry("CDN", "cdn"),
		Entry("DCDN", "dcdn"),
		Entry("VOD", "vod"),
		Entry("CDN Pro", "cdnpro"),
	)

	It("knows which products there are", func() {
		session := start("--once", "--provider=akamai")
		Eventually(session).WithTimeout(patience).Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say(`there is no provider "akamai"; choose one of cdn, cdnpro, dcdn, live, vod`))
		leavesNothing()
	})

	It("leaves nothing behind when it is interrupted half way", func() {
		session := start("--once")
		Eventually(session).WithTimeout(patience).Should(gbytes.Say("install the CRDs"))
		Eventually(session.Interrupt()).WithTimeout(patience).Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say("interrupted"))
		leavesNothing()
	})

	It("takes over from one that was killed", func() {
		killed := start()
		Eventually(killed).WithTimeout(patience).Should(gbytes.Say("install the CRDs"))
		directories, err := os.ReadDir(temporary)
		Expect(err).NotTo(HaveOccurred())
		Expect(directories).To(HaveLen(1))
		directory := filepath.Join(temporary, directories[0].Name())
		Eventually(killed.Kill()).WithTimeout(patience).Should(gexec.Exit())
		Expect(processesOf(directory)).NotTo(BeEmpty())

		next := start("--once")
		Eventually(next).WithTimeout(patience).Should(gbytes.Say("start etcd"))
		Expect(directory).NotTo(BeADirectory())
		Eventually(processesOf).WithArguments(directory).WithTimeout(patience).Should(BeEmpty())
		Eventually(next.Terminate()).WithTimeout(patience).Should(gexec.Exit(1))
		leavesNothing()
	})

	It("says which program is missing", func() {
		command := exec.Command(program, "--once")
		command.Dir = root
		command.Env = append(os.Environ(), "TMPDIR="+temporary, "XDG_CACHE_HOME="+cache, "KUBEBUILDER_ASSETS="+GinkgoT().TempDir())
		output, err := command.CombinedOutput()
		Expect(err).To(HaveOccurred())
		Expect(string(output)).To(And(ContainSubstring("has no etcd"), ContainSubstring("make control-plane")))
		leavesNothing()
	})
})

// processesOf are the command lines of the running programs that know a
// directory.
func processesOf(directory string) []string {
	GinkgoHelper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	Expect(err).NotTo(HaveOccurred())
	var found []string
	for _, name := range names {
		// A process that has ended meanwhile has no command line.
		if command, err := os.ReadFile(name); err == nil && strings.Contains(string(command), directory) {
			found = append(found, strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return found
}

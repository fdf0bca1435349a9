package main_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// patience is for a process to start or end on a busy machine.
const patience = 30 * time.Second

// addresses is the ready file.
type addresses struct {
	API, APITLS, Edge, EdgeStaging, Metadata, CredentialsURI, Admin string

	PID int
}

// free makes all listeners choose free ports.
var free = []string{"--api-address", "127.0.0.1:0", "--api-tls-address", "127.0.0.1:0", "--edge-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0"}

// running is a started simulator.
type running struct {
	command   *exec.Cmd
	directory string
	addresses addresses
	exited    chan error
}

// start starts the simulator on free ports and waits until it is ready.
func start(args ...string) *running {
	GinkgoHelper()
	r := &running{directory: GinkgoT().TempDir(), exited: make(chan error, 1)}
	args = slices.Concat(free, []string{"--ready-file", r.path("ready.json"), "--ca-file", r.path("ca.pem")}, args)
	r.command = exec.Command(binary, args...)
	Expect(r.command.Start()).To(Succeed())
	go func() { r.exited <- r.command.Wait() }()
	DeferCleanup(func() {
		if err := r.command.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
			Expect(err).NotTo(HaveOccurred())
		}
	})
	Eventually(r.path).WithArguments("ready.json").WithTimeout(patience).Should(BeAnExistingFile())
	content, err := os.ReadFile(r.path("ready.json"))
	Expect(err).NotTo(HaveOccurred())
	Expect(json.Unmarshal(content, &r.addresses)).To(Succeed())
	return r
}

func (r *running) path(name string) string { return filepath.Join(r.directory, name) }

// get asks the admin API.
func (r *running) get(path string) string {
	GinkgoHelper()
	response, err := (&http.Client{}).Get(r.addresses.Admin + path)
	Expect(err).NotTo(HaveOccurred())
	body, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	Expect(response.Body.Close()).To(Succeed())
	Expect(response.StatusCode).To(Equal(http.StatusOK), string(body))
	return string(body)
}

// fail runs the simulator with arguments that it must refuse.
func fail(args ...string) string {
	GinkgoHelper()
	output, err := exec.Command(binary, slices.Concat(free, args)...).CombinedOutput()
	exit := new(exec.ExitError)
	Expect(errors.As(err, &exit)).To(BeTrue(), string(output))
	Expect(exit.ExitCode()).To(Equal(1))
	return string(output)
}

var _ = Describe("edgesim", func() {
	It("tells where it listens, and ends with 0 on SIGTERM, leaving no ready file", func() {
		r := start("--account", "1:id:secret:with:colons", "--domain", "1:a.example.com", "--domain", "1:.b.example.com:liveEdge",
			"--domain", "1:c.example.com:dcdn")
		Expect(r.addresses.PID).To(Equal(r.command.Process.Pid))
		Expect(r.addresses.EdgeStaging).To(HavePrefix("127.0.0.1:"))
		Expect(r.addresses.CredentialsURI).To(HavePrefix(r.addresses.Metadata + "/"))
		Expect(r.get("/healthz")).To(ContainSubstring("ok"))
		Expect(r.get("/domains")).To(MatchJSON(`[
			{"account":"1","name":".b.example.com","product":"live","type":"liveEdge","status":"online"},
			{"account":"1","name":"a.example.com","product":"live","type":"liveVideo","status":"online"},
			{"account":"1","name":"c.example.com","product":"dcdn","status":"online","cnameStatus":"ok"}]`))
		Expect(r.command.Process.Signal(syscall.SIGTERM)).To(Succeed())
		Eventually(r.exited).WithTimeout(patience).Should(Receive(BeNil()))
		Expect(r.path("ready.json")).NotTo(BeAnExistingFile())
	})

	It("writes the authority that verifies its HTTPS API", func() {
		r := start()
		authority, err := os.ReadFile(r.path("ca.pem"))
		Expect(err).NotTo(HaveOccurred())
		roots := x509.NewCertPool()
		Expect(roots.AppendCertsFromPEM(authority)).To(BeTrue())
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		response, err := client.Get(r.addresses.APITLS)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
	})

	It("joins file and flags, flags winning", func() {
		file := filepath.Join(GinkgoT().TempDir(), "config.json")
		Expect(os.WriteFile(file, []byte(`{"accounts":[{"id":"1","keys":[{"id":"filed","secret":"s"}]}],
			"settings":{"propagationDelay":"1s","describeDelay":"3s"},"adminAddress":"192.0.2.1:1"}`), 0o600)).To(Succeed())
		r := start("--config", file, "--account", "1:flagged:s", "--propagation-delay", "2s")
		Expect(r.get("/settings")).To(And(ContainSubstring(`"propagationDelay": "2s"`), ContainSubstring(`"describeDelay": "3s"`)))
		Expect(r.get("/accounts")).To(And(ContainSubstring("filed"), ContainSubstring("flagged")))
	})

	It("refuses a port that is taken, and says which", func() {
		r := start()
		taken := r.addresses.Edge
		Expect(fail("--edge-address", taken)).To(And(ContainSubstring(taken), ContainSubstring("address already in use")))
	})

	DescribeTable("refuses bad arguments without repeating a secret",
		func(complaint string, args ...string) {
			output := fail(args...)
			Expect(output).To(ContainSubstring(complaint))
			Expect(output).NotTo(ContainSubstring("s3cret"))
		},
		Entry("account of two parts", "--account number 1 is not", "--account", "1:s3cret"),
		Entry("account without id", "--account number 1 is not", "--account", ":id:s3cret"),
		Entry("domain of one part", "accountID:domain[:product or type]", "--domain", "a.example.com"),
		Entry("domain of an unknown type", "oss", "--domain", "1:a.example.com:oss"),
		Entry("duration without unit", "propagation-delay", "--propagation-delay", "5"),
		Entry("level that there is not", "log-level", "--log-level", "loud"),
		Entry("file that there is not", "/nonexistent", "--config", "/nonexistent"),
		Entry("ready file in no directory", "/nonexistent", "--ready-file", "/nonexistent/ready"),
		Entry("unknown flag", "portt", "--portt", "1"),
		Entry("argument too many", `"serve"`, "serve"),
	)

	It("explains every flag, route and fault, and exits with 0 after --help", func() {
		var help bytes.Buffer
		command := exec.Command(binary, "--help")
		command.Stdout = &help
		Expect(command.Run()).To(Succeed())
		for _, flag := range []string{"api-address", "api-tls-address", "edge-address", "edge-staging-address", "metadata-address", "admin-address", "account", "domain", "config",
			"propagation-delay", "describe-delay", "ready-file", "ca-file", "log-level"} {
			Expect(help.String()).To(ContainSubstring("--" + flag))
		}
		r := start()
		refused, err := (&http.Client{}).Get(r.addresses.Admin + "/")
		Expect(err).NotTo(HaveOccurred())
		routes, err := io.ReadAll(refused.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(refused.Body.Close()).To(Succeed())
		for _, route := range regexp.MustCompile(`/[a-z.]+`).FindAllString(string(routes), -1) {
			Expect(help.String()).To(ContainSubstring(route))
		}
	})
})

//go:build faults

package process_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("The program that is shipped", func() {
	It("has no failpoint, and no name of one", func() {
		shipped, err := os.ReadFile(plane.Release)
		Expect(err).NotTo(HaveOccurred())
		armed, err := os.ReadFile(plane.Binary)
		Expect(err).NotTo(HaveOccurred())
		names := []string{"DOMAINCERT_FAILPOINTS", "DOMAINCERT_DUMPS", "internal/failpoint/armed"}
		for _, point := range failpoint.All() {
			names = append(names, string(point))
		}
		for _, name := range names {
			Expect(bytes.Contains(shipped, []byte(name))).To(BeFalse(), "%s", name)
			Expect(bytes.Contains(armed, []byte(name))).To(BeTrue(), "%s would not be found", name)
		}
	})

	It("leaves no core dump, and shows its memory to nobody", func(ctx SpecContext) {
		process, user := startAsUser(ctx)
		file := "/proc/" + strconv.Itoa(process.Pid) + "/"
		Eventually(func() ([]byte, error) { return os.ReadFile(file + "limits") }).WithTimeout(rig.Patience).
			Should(MatchRegexp(`Max core file size\s+0\s+0\s`))
		// Of a process that may be dumped this file is its user's, else root's (proc(5)).
		Eventually(func() (uint32, error) { return owner(file + "status") }).WithTimeout(rig.Patience).Should(BeZero())
		Expect(owner(file)).To(Equal(user), "the directory is its user's in any case")
	})

	It("has no endpoint that shows its memory", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		operator := w.StartOperator(ctx, rig.Operator{Release: true})
		Expect(operator.Metrics(ctx)).To(ContainSubstring("go_goroutines"))
		for _, address := range operator.Addresses() {
			for _, page := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars"} {
				Expect(statusOf(ctx, "http://"+address+page)).To(Equal(http.StatusNotFound))
			}
		}
	})
})

// startAsUser starts the shipped program as a user that is not root, with a cluster
// that never answers.
func startAsUser(ctx context.Context) (process *os.Process, user uint32) {
	GinkgoHelper()
	silent, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(silent.Close()).To(Succeed()) })

	// Temporary directories are this user's alone.
	directory := GinkgoT().TempDir()
	program, err := os.ReadFile(plane.Release)
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile(filepath.Join(directory, "domaincert"), program, 0o755)).To(Succeed())
	Expect(os.Chmod(directory, 0o755)).To(Succeed())

	kubeconfig := filepath.Join(directory, "kubeconfig")
	Expect(clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"silent": {Server: "http://" + silent.Addr().String()}},
		Contexts:       map[string]*clientcmdapi.Context{"silent": {Cluster: "silent"}},
		CurrentContext: "silent",
	}, kubeconfig)).To(Succeed())
	Expect(os.Chmod(kubeconfig, 0o644)).To(Succeed())

	command := exec.CommandContext(ctx, filepath.Join(directory, "domaincert"), "--kubeconfig", kubeconfig)
	command.Stdout, command.Stderr = GinkgoWriter, GinkgoWriter
	if user = uint32(os.Getuid()); user == 0 {
		const asInImage = 65532
		user = asInImage
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		Expect(command.Process.Kill()).To(Succeed())
		Expect(command.Wait()).NotTo(Succeed())
	})
	return command.Process, user
}

// owner of a file.
func owner(path string) (uint32, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Sys().(*syscall.Stat_t).Uid, nil
}

func statusOf(ctx context.Context, url string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

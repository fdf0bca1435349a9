package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/domaincert/domaincert/test/faults/proxy"
	"github.com/domaincert/domaincert/test/program"
)

// Operator says how an operator is started. The zero value is one that acts in
// the world's namespace, elects no leader and logs everything.
type Operator struct {
	// Arguments and Environment add to those of every row; a flag that is given
	// twice takes its last value.
	Arguments   []string
	Environment []string
	// Failpoints is the value of DOMAINCERT_FAILPOINTS.
	Failpoints string
	// Kubeconfig is that of OperatorUser by default. World.Proxy makes others.
	Kubeconfig string
	// Release starts the binary that is shipped, which has no failpoints.
	Release bool
	// Binary starts another program instead, which is given the same arguments.
	Binary string
	// NotReady does not wait until the operator is ready.
	NotReady bool
}

// Process is an operator that was started.
type Process struct {
	*program.Program
	name            string
	log             *os.File
	health, metrics string
	// dumps is the folder that receives its heap profile and goroutines when it
	// ends; empty if the program makes none.
	dumps string
}

// StartOperator starts an operator and waits until it is ready. It is stopped
// with the row, if not before.
func (w *World) StartOperator(ctx context.Context, options Operator) *Process {
	GinkgoHelper()
	p := &Process{name: fmt.Sprintf("%s-operator-%d", w.Namespace, len(w.operators)+1), health: freeAddress(ctx), metrics: freeAddress(ctx)}
	p.log = w.file(p.name + ".log")
	kubeconfig, binary := w.Kubeconfig, w.Binary
	if options.Kubeconfig != "" {
		kubeconfig = options.Kubeconfig
	}
	if options.Release {
		binary = w.Release
	}
	if options.Binary != "" {
		binary = options.Binary
	}
	environment := options.Environment
	if options.Failpoints != "" {
		environment = append([]string{"DOMAINCERT_FAILPOINTS=" + options.Failpoints}, environment...)
	}
	if !options.Release && options.Binary == "" {
		p.dumps = filepath.Join(w.directory, p.name+"-dumps")
		Expect(os.Mkdir(p.dumps, 0o700)).To(Succeed())
		environment = append([]string{"DOMAINCERT_DUMPS=" + p.dumps}, environment...)
	}
	var err error
	p.Program, err = program.Start(program.Options{
		Path: binary,
		Arguments: append([]string{
			"--kubeconfig", kubeconfig,
			"--watch-namespaces", w.Namespace,
			"--cluster-resource-namespace", OperatorNamespace,
			"--leader-election-namespace", OperatorNamespace,
			"--health-probe-bind-address", p.health,
			"--metrics-bind-address", p.metrics, "--metrics-secure=false",
			"--log-level", "trace",
			// The simulated cloud speaks plain http, is named by the row's own
			// EdgeProvider, and its edge is on loopback.
			"--allow-insecure-endpoints", "--allow-namespaced-endpoints", "--allow-private-edge-addresses",
		}, options.Arguments...),
		Environment: environment,
		Output:      p.log,
	})
	Expect(err).NotTo(HaveOccurred())
	w.operators = append(w.operators, p)
	if !options.NotReady {
		p.AwaitReady(ctx)
	}
	return p
}

// AwaitReady waits until the operator's caches are filled. A standby is ready as
// well.
func (p *Process) AwaitReady(ctx context.Context) {
	GinkgoHelper()
	Eventually(func() error {
		_, err := get(ctx, "http://"+p.health+"/readyz")
		return err
	}).WithContext(ctx).WithTimeout(Patience).WithPolling(20*time.Millisecond).Should(Succeed(), p.Log)
}

// Metrics is what the operator tells a scrape.
func (p *Process) Metrics(ctx context.Context) (string, error) {
	return get(ctx, "http://"+p.metrics+"/metrics")
}

// Addresses are where the operator tells its health and its metrics.
func (p *Process) Addresses() []string { return []string{p.health, p.metrics} }

// Log is what the operator has logged.
func (p *Process) Log() string {
	content, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// Errors are the lines of the log at the level error.
func (p *Process) Errors() []string {
	return slices.DeleteFunc(strings.Split(p.Log(), "\n"), func(line string) bool {
		return !strings.Contains(line, `"level":"error"`)
	})
}

// Kill ends the operator as the kernel does, and waits until it is gone.
func (p *Process) Kill() {
	GinkgoHelper()
	Expect(p.Signal(syscall.SIGKILL)).To(Succeed())
	Eventually(p.Ended()).WithTimeout(Patience).Should(BeClosed())
}

// remains are what the operator leaves behind, by name, and what it told the last
// scrape if it is still there. One that was killed has left no dumps.
func (p *Process) remains(ctx context.Context) map[string][]byte {
	GinkgoHelper()
	found := map[string][]byte{}
	if metrics, err := p.Metrics(ctx); err == nil {
		found["the metrics of "+p.name] = []byte(metrics)
	}
	p.end()
	for kind, path := range map[string]string{
		"the log of ":        p.log.Name(),
		"the heap of ":       filepath.Join(p.dumps, "heap.txt"),
		"the goroutines of ": filepath.Join(p.dumps, "goroutine.txt"),
	} {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		Expect(err).NotTo(HaveOccurred())
		found[kind+p.name] = content
	}
	return found
}

// end stops an operator that may have ended before, or be stopped by a signal.
func (p *Process) end() {
	GinkgoHelper()
	if err := p.Signal(syscall.SIGCONT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		Expect(err).NotTo(HaveOccurred())
	}
	if err := p.Stop(); err != nil {
		AddReportEntry(p.name+" did not end in order", err.Error())
	}
}

// Proxy starts a fault proxy in front of the API server, for this row alone, and
// returns it with the kubeconfig of an operator that goes through it.
func (w *World) Proxy(ctx context.Context) (*proxy.Proxy, string) {
	GinkgoHelper()
	return w.ProxyFor(ctx, w.Kubeconfig)
}

// ProxyFor is Proxy for another user than OperatorUser.
func (w *World) ProxyFor(ctx context.Context, kubeconfig string) (*proxy.Proxy, string) {
	GinkgoHelper()
	user, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	user.QPS = -1
	started, err := proxy.Start(ctx, user)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(started.Close()).To(Succeed()) })
	return started, w.kubeconfigFor(started.URL())
}

// kubeconfigFor writes a kubeconfig without credentials for an address.
func (w *World) kubeconfigFor(url string) string {
	GinkgoHelper()
	const name = "proxy"
	file := w.file(w.Namespace + "-" + strings.NewReplacer("http://", "", ":", "-").Replace(url) + ".kubeconfig")
	Expect(clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{name: {Server: url}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name}},
		CurrentContext: name,
	}, file.Name())).To(Succeed())
	return file.Name()
}

// get returns the body of an answer with status 200.
func get(ctx context.Context, url string) (_ string, err error) {
	const timeout = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return string(content), err
}

// freeAddress is a loopback address that nobody listens on now.
func freeAddress(ctx context.Context) string {
	GinkgoHelper()
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(listener.Close()).To(Succeed()) }()
	return listener.Addr().String()
}

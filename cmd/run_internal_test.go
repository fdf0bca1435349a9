package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// clusterAt runs a spec with a kubeconfig that names this host, or with none.
func clusterAt(host string) {
	GinkgoHelper()
	home := GinkgoT().TempDir()
	file := filepath.Join(home, "kubeconfig")
	GinkgoT().Setenv("HOME", home)
	GinkgoT().Setenv("KUBECONFIG", file)
	GinkgoT().Setenv("KUBERNETES_SERVICE_HOST", "")
	if host == "" {
		return
	}
	Expect(clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"c": {Server: "http://" + host}},
		Contexts:       map[string]*clientcmdapi.Context{"c": {Cluster: "c"}},
		CurrentContext: "c",
	}, file)).To(Succeed())
}

var _ = Describe("The operator", func() {
	var stdout, stderr bytes.Buffer

	BeforeEach(func() {
		stdout.Reset()
		stderr.Reset()
		inNamespace("operator")
	})

	It("prints its version and nothing else", func(ctx SpecContext) {
		clusterAt("")
		Expect(run(ctx, []string{"--version"}, &stdout, &stderr)).To(Succeed())
		Expect(stdout.String()).To(Equal("domaincert " + version + "\n"))
		Expect(stderr.String()).To(BeEmpty())
	})

	It("prints help without complaint", func(ctx SpecContext) {
		Expect(run(ctx, []string{"-h"}, &stdout, &stderr)).To(Succeed())
		Expect(stderr.String()).To(ContainSubstring("Usage: domaincert [flags]"))
	})

	It("does not start with a wrong flag, even if only its version is asked", func(ctx SpecContext) {
		Expect(run(ctx, []string{"--version", "--concurrency=0"}, &stdout, &stderr)).To(MatchError(ContainSubstring("--concurrency=0")))
		Expect(stdout.String()).To(BeEmpty())
	})

	It("says what is missing where no cluster is configured", func(ctx SpecContext) {
		clusterAt("")
		Expect(run(ctx, nil, &stdout, &stderr)).To(MatchError(And(
			HavePrefix("find the cluster: "), HaveSuffix("set --kubeconfig or KUBECONFIG, or run inside a cluster"))))
	})

	It("says what is missing where the kubeconfig is garbled", func(ctx SpecContext) {
		clusterAt("")
		Expect(os.WriteFile(os.Getenv("KUBECONFIG"), []byte("{"), 0o600)).To(Succeed())
		Expect(run(ctx, nil, &stdout, &stderr)).To(MatchError(HavePrefix("find the cluster: ")))
	})

	// Registers metrics, which a process can do once: no other spec gets so far.
	It("says which cluster does not answer", func(ctx SpecContext) {
		socket, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		host := socket.Addr().String()
		clusterAt(host)
		Expect(socket.Close()).To(Succeed())
		Expect(run(ctx, []string{"--metrics-bind-address=0", "--health-probe-bind-address=0"}, &stdout, &stderr)).To(
			MatchError(And(ContainSubstring(host), ContainSubstring("connection refused"))))
	})
})

// Command controlplane is a Kubernetes control plane in one binary: etcd,
// kube-apiserver, kube-controller-manager and kubectl, built from their own
// public Go modules. Which of them runs is decided by the name it is started
// under (a symlink beside it), or by its first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client-go's metrics on /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info on /metrics
	kubectl "k8s.io/kubectl/pkg/cmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	self := filepath.Base(os.Args[0])
	start := program(self)
	if start == nil && len(os.Args) > 1 {
		// Each program reads os.Args itself and expects its own name first.
		os.Args = os.Args[1:]
		start = program(os.Args[0])
	}
	if start == nil {
		fmt.Fprintf(os.Stderr, "usage: %s PROGRAM [ARGUMENT...], or a symlink named PROGRAM,\n"+
			"where PROGRAM is etcd, kube-apiserver, kube-controller-manager or kubectl\n", self)
		os.Exit(2)
	}
	os.Exit(start())
}

// program returns what runs under a name and gives the exit code, or nil where
// this binary holds no such program.
func program(name string) func() int {
	switch name {
	case "etcd":
		return runEtcd
	case "kube-apiserver":
		return func() int { return cli.Run(apiserver.NewAPIServerCommand()) }
	case "kube-controller-manager":
		return func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) }
	case "kubectl":
		return runKubectl
	default:
		return nil
	}
}

// runEtcd leaves the process by itself where etcd fails.
func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

// runKubectl reports errors the way kubectl itself does: CheckErr prints them
// without usage text and leaves with kubectl's own exit codes.
func runKubectl() int {
	cmdutil.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()))
	return 0
}

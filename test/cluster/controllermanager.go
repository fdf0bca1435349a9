package cluster

import (
	"context"
	"path/filepath"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/domaincert/domaincert/test/program"
)

// startControllerManager starts kube-controller-manager and waits for its first
// deed, the ServiceAccount of the namespace default.
func (c *Cluster) startControllerManager(ctx context.Context) error {
	started, err := program.Start(program.Options{
		Path: filepath.Join(c.options.Assets, "kube-controller-manager"),
		Arguments: []string{
			"--kubeconfig", c.Kubeconfig,
			"--authentication-kubeconfig", c.Kubeconfig,
			"--authorization-kubeconfig", c.Kubeconfig,
			// The key that envtest has given to the API server.
			"--service-account-private-key-file", filepath.Join(c.plane.APIServer.CertDir, "sa-signer.key"),
			"--use-service-account-credentials",
			"--leader-elect=false",
			// It serves nothing, so it needs no port.
			"--secure-port=0",
		},
		Output: c.options.Output,
	})
	if err != nil {
		return err
	}
	c.controllerManager = started
	return c.await(ctx, "kube-controller-manager", func(ctx context.Context, client kubernetes.Interface) error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

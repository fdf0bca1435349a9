package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// auditPolicy leaves bodies out: a Secret's would hold its key.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// pollInterval between two looks at something that is starting.
const pollInterval = 50 * time.Millisecond

// startAPIServer starts etcd and kube-apiserver and makes the administrator.
func (c *Cluster) startAPIServer(ctx context.Context) error {
	plane, err := c.configure()
	if err != nil {
		return err
	}
	c.plane = plane
	if err := plane.Start(); err != nil {
		return fmt.Errorf("start the control plane: %w", err)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.Kubeconfig, c.admin, err = c.addUser("admin", []string{"system:masters"})
	if err != nil {
		return err
	}
	return c.await(ctx, "the namespace default", func(ctx context.Context, client kubernetes.Interface) error {
		_, err := client.CoreV1().Namespaces().Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

// configure describes the two programs to envtest, which chooses ports and
// makes certificates.
func (c *Cluster) configure() (*envtest.ControlPlane, error) {
	data, certificates := filepath.Join(c.options.Directory, "etcd"), filepath.Join(c.options.Directory, "kube-apiserver")
	for _, folder := range []string{data, certificates} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
	}
	etcd := &envtest.Etcd{
		Path:         filepath.Join(c.options.Assets, "etcd"),
		DataDir:      data,
		StartTimeout: startTimeout, StopTimeout: stopTimeout,
		Out: c.options.Output, Err: c.options.Output,
	}
	etcd.Configure().Set("unsafe-no-fsync", "true")
	apiServer := &envtest.APIServer{
		Path:         filepath.Join(c.options.Assets, "kube-apiserver"),
		CertDir:      certificates,
		StartTimeout: startTimeout, StopTimeout: stopTimeout,
		Out: c.options.Output, Err: c.options.Output,
	}
	arguments := apiServer.Configure()
	// Loopback may not be an endpoint of the Service kubernetes.
	arguments.Set("endpoint-reconciler-type", "none")
	if c.options.AuditLog {
		policy := filepath.Join(c.options.Directory, "audit-policy.yaml")
		if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
			return nil, err
		}
		c.AuditLog = filepath.Join(c.options.Directory, "audit.log")
		arguments.Set("audit-policy-file", policy).Set("audit-log-path", c.AuditLog)
		arguments.Set("audit-log-mode", "blocking")
	}
	return &envtest.ControlPlane{Etcd: etcd, APIServer: apiServer, KubectlPath: c.Kubectl}, nil
}

// await waits until something can be read.
func (c *Cluster) await(ctx context.Context, what string, read func(context.Context, kubernetes.Interface) error) error {
	client, err := kubernetes.NewForConfig(c.admin)
	if err != nil {
		return err
	}
	err = wait.PollUntilContextTimeout(ctx, pollInterval, startTimeout, true, func(ctx context.Context) (bool, error) {
		err := read(ctx, client)
		return err == nil, notYet(err)
	})
	if err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	return nil
}

// notYet leaves only errors for which waiting does not help.
func notYet(err error) error {
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
		return err
	}
	return nil
}

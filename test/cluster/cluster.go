// Package cluster starts a real Kubernetes control plane on loopback for what
// needs more than a test's own API server: the quickstart, end-to-end tests and
// benchmarks, which run the operator as a program of its own.
//
//	control, err := cluster.Start(ctx, cluster.Options{AuditLog: true})
//	...
//	defer control.Stop()
//	exec.CommandContext(ctx, control.Kubectl, "--kubeconfig", control.Kubeconfig, "get", "nodes")
//
// etcd and kube-apiserver are started by controller-runtime's envtest, on free
// ports, with RBAC, with certificates made at run time and without any data
// that outlives them.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/domaincert/domaincert/test/program"
)

const (
	// startTimeout of each program. They need seconds; busy machines need more.
	startTimeout = 2 * time.Minute
	stopTimeout  = time.Minute
)

// Options say what to start. The zero value is a bare API server.
type Options struct {
	// Directory that receives everything on disk, keys included. It must not
	// exist or be empty; a new one among the temporary ones by default. Stop
	// removes it.
	Directory string
	// Assets is the folder with etcd, kube-apiserver, kubectl and, if asked for,
	// kube-controller-manager. By default $KUBEBUILDER_ASSETS, then the bin/k8s
	// that is nearest above the working directory.
	Assets string
	// AuditLog records every request at level Metadata: who, verb, resource,
	// answer, but no body. A request is in the file before it is answered.
	AuditLog bool
	// ControllerManager runs kube-controller-manager as well: garbage collection,
	// deletion of namespaces, ServiceAccounts.
	ControllerManager bool
	// Output receives the programs' logs, which they write concurrently. They
	// are discarded by default.
	Output io.Writer
}

// Cluster is a running control plane.
type Cluster struct {
	// Kubeconfig is the path of the administrator's kubeconfig, mode 0600.
	Kubeconfig string
	// Kubectl is the path of the kubectl beside the other programs.
	Kubectl string
	// AuditLog is the path of the audit log, JSON by line; empty if not asked for.
	AuditLog string

	options           Options
	plane             *envtest.ControlPlane
	admin             *rest.Config
	controllerManager *program.Program
}

// Start returns once the API server, and the controller manager if asked for,
// do their work. If it fails or the context ends, nothing is left behind. The
// context bounds the start alone; Stop ends the cluster.
func Start(ctx context.Context, options Options) (_ *Cluster, err error) {
	if options.Assets, err = findAssets(options); err != nil {
		return nil, err
	}
	if options.Directory, err = ownDirectory(options.Directory); err != nil {
		return nil, err
	}
	c := &Cluster{options: options, Kubectl: filepath.Join(options.Assets, "kubectl")}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	if err := c.startAPIServer(ctx); err != nil {
		return nil, err
	}
	if options.ControllerManager {
		if err := c.startControllerManager(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Config returns a copy of the administrator's client configuration, without a
// limit on requests.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.admin) }

// Stop ends the programs and removes the directory.
func (c *Cluster) Stop() error {
	var problems []error
	if c.controllerManager != nil {
		problems = append(problems, c.controllerManager.Stop())
	}
	if c.plane != nil {
		problems = append(problems, c.plane.Stop())
	}
	return errors.Join(append(problems, os.RemoveAll(c.options.Directory))...)
}

// AddUser makes a user who authenticates with a certificate, and returns the
// path of a kubeconfig for it, mode 0600. To be bound by the role of a
// ServiceAccount, be its user: "system:serviceaccount:NAMESPACE:NAME".
func (c *Cluster) AddUser(name string, groups ...string) (string, error) {
	kubeconfig, _, err := c.addUser(name, groups)
	return kubeconfig, err
}

func (c *Cluster) addUser(name string, groups []string) (string, *rest.Config, error) {
	user, err := c.plane.AddUser(envtest.User{Name: name, Groups: groups}, &rest.Config{QPS: -1})
	if err != nil {
		return "", nil, fmt.Errorf("add the user %s: %w", name, err)
	}
	content, err := user.KubeConfig()
	if err != nil {
		return "", nil, fmt.Errorf("write the kubeconfig of %s: %w", name, err)
	}
	file, err := os.CreateTemp(c.options.Directory, "kubeconfig-*") // mode 0600
	if err != nil {
		return "", nil, err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", nil, fmt.Errorf("write the kubeconfig of %s: %w", name, err)
	}
	return file.Name(), user.Config(), nil
}

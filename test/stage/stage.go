// Package stage sets up everything that the operator acts on, and the operator,
// as programs of their own on loopback: a control plane, the provider simulator
// with one account and one domain, the CRDs and roles as they are shipped, and
// config/samples/quickstart. The quickstart shows it to people; end-to-end
// tests look at what it leaves behind.
//
// Each method is one step, in the order of the quickstart. Nothing is faked: the
// operator runs with the rights of its ServiceAccount, and what a user would do
// is done with kubectl.
package stage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/domaincert/domaincert/test/cluster"
	"github.com/domaincert/domaincert/test/program"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	// Domain is the one that the simulator's account has.
	Domain = "media.example.com"
	// Namespace of the DomainCertificate and its Secret.
	Namespace = "quickstart"
	// Name of the DomainCertificate.
	Name = "media-example-com"
	// SecretName is the TLS Secret's.
	SecretName = "media-example-com-tls"
	// OperatorNamespace is where the credentials lie.
	OperatorNamespace = "domaincert-system"

	// AccountID is the account's at the simulator.
	AccountID = "1000000000000001"

	clusterLog   = "control-plane.log"
	simulatorLog = "edgesim.log"
	operatorLog  = "operator.log"

	certManagerLog = "cert-manager.log"
)

// Options say what to set up.
type Options struct {
	// Root is the repository's folder, with bin/domaincert and bin/edgesim.
	Root string
	// Product is the name of the one that the simulator stands in for; Live by
	// default.
	Product string
	// LogLevel of the operator; info by default.
	LogLevel string
	// PropagationDelay is how long the simulated edge goes on serving the
	// certificate before.
	PropagationDelay time.Duration
	// ControllerManager runs kube-controller-manager as well, which removes what
	// belongs to an object that is gone.
	ControllerManager bool
}

// Stage is what was set up. Its methods must not be called concurrently, except
// for Kubectl and those that read.
type Stage struct {
	// Directory is a temporary one that holds everything on disk, readable by
	// this user only.
	Directory string
	// Cluster is set by StartCluster, Addresses by StartSimulator.
	Cluster   *cluster.Cluster
	Addresses Addresses
	// CA issues the certificates.
	CA testcerts.CA
	// AccessKeySecret is the account's, or its API key, made at run time.
	AccessKeySecret string
	// MetricsURL is where the operator tells its metrics, set by StartOperator.
	MetricsURL string

	options   Options
	product   Product
	failed    context.CancelCauseFunc
	logs      []*os.File
	simulator *program.Program
	operator  *program.Program
	// certManager is nil unless StartCertManager was called.
	certManager *program.Program
}

// New prepares a stage without starting anything. The context it returns ends
// when ctx does, or when a program that should be running does, which is then
// its cause.
func New(ctx context.Context, options Options) (*Stage, context.Context, error) {
	for _, name := range []string{"bin/domaincert", "bin/edgesim"} {
		if _, err := os.Stat(filepath.Join(options.Root, name)); err != nil {
			return nil, nil, fmt.Errorf("%s is missing; run: make build", name)
		}
	}
	if options.Product == "" {
		options.Product = Live
	}
	product, err := ProductNamed(options.Product)
	if err != nil {
		return nil, nil, err
	}
	directory, err := os.MkdirTemp("", "domaincert-")
	if err != nil {
		return nil, nil, err
	}
	s := &Stage{
		Directory:       directory,
		CA:              testcerts.NewCA("Quickstart"),
		AccessKeySecret: rand.Text(),
		options:         options,
		product:         product,
	}
	ctx, s.failed = context.WithCancelCause(ctx)
	return s, ctx, nil
}

// Close ends all programs and removes the directory.
func (s *Stage) Close() error {
	s.failed(nil)
	var problems []error
	for _, running := range []*program.Program{s.certManager, s.operator, s.simulator} {
		if running != nil {
			problems = append(problems, running.Stop())
		}
	}
	if s.Cluster != nil {
		problems = append(problems, s.Cluster.Stop())
	}
	for _, log := range s.logs {
		problems = append(problems, log.Close())
	}
	return errors.Join(append(problems, os.RemoveAll(s.Directory))...)
}

// StartCluster starts the control plane.
func (s *Stage) StartCluster(ctx context.Context) error {
	output, err := s.log(clusterLog)
	if err != nil {
		return err
	}
	s.Cluster, err = cluster.Start(ctx, cluster.Options{
		Directory:         s.path("cluster"),
		AuditLog:          true,
		ControllerManager: s.options.ControllerManager,
		Output:            output,
	})
	return err
}

// ClusterLog is the path of the log of etcd and kube-apiserver.
func (s *Stage) ClusterLog() string { return s.path(clusterLog) }

// start starts a program of bin/ whose end ends the stage's context.
func (s *Stage) start(name string, output io.Writer, arguments ...string) (*program.Program, error) {
	started, err := program.Start(program.Options{
		Path:      filepath.Join(s.options.Root, "bin", name),
		Arguments: arguments,
		Output:    output,
	})
	if err != nil {
		return nil, err
	}
	go func() {
		<-started.Ended()
		s.failed(started.Failure())
	}()
	return started, nil
}

// path is a place in the stage's directory.
func (s *Stage) path(name string) string { return filepath.Join(s.Directory, name) }

// log opens a log in the stage's directory.
func (s *Stage) log(name string) (*os.File, error) {
	file, err := os.OpenFile(s.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	s.logs = append(s.logs, file)
	return file, nil
}

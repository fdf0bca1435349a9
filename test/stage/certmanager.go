package stage

import (
	"context"
	"fmt"
	"os"
)

const (
	// CertManagerNamespace is where the Secrets of cert-manager's ClusterIssuers
	// lie.
	CertManagerNamespace = "cert-manager"
	// CertManagerUser is who cert-manager is to the API server.
	CertManagerUser = "cert-manager"
)

// InstallCertManager brings cert-manager's custom resource definitions.
func (s *Stage) InstallCertManager(ctx context.Context) error {
	return s.steps(ctx,
		"apply --server-side -f bin/certmanager/crds",
		"wait --for=condition=Established crd --all --timeout=60s",
		"create namespace "+CertManagerNamespace,
	)
}

// StartCertManager starts cert-manager's controllers and waits until they are
// ready. They are an administrator's: cert-manager's roles are no part of what
// is looked at.
func (s *Stage) StartCertManager(ctx context.Context) error {
	kubeconfig, err := s.Cluster.AddUser(CertManagerUser, "system:masters")
	if err != nil {
		return err
	}
	output, err := s.log(certManagerLog)
	if err != nil {
		return err
	}
	ready := s.path("cert-manager-ready")
	s.certManager, err = s.start("certmanager/certmanager", output,
		"--kubeconfig", kubeconfig,
		"--cluster-resource-namespace", CertManagerNamespace,
		"--ready-file", ready)
	if err != nil {
		return fmt.Errorf("%w; run: make certmanager", err)
	}
	return poll(ctx, func(context.Context) error {
		_, err := os.Stat(ready)
		return err
	})
}

// CertManagerLog is the path of the log of cert-manager's controllers.
func (s *Stage) CertManagerLog() string { return s.path(certManagerLog) }

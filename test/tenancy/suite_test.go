// Package tenancy_test attacks the operator as a tenant would, against a real API
// server, with the operator's own reconcilers and the simulated clouds behind the
// products' own adapters. Every attack has a number, by which docs/threat-model.md
// refers to it, and ends with no call made for the attacker, and with the condition
// that tells why. The shipped admission policies are tried beside them; the attacks
// do without, since admission is the second wall.
package tenancy_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/testcerts"
)

// operatorNamespace is where the credentials of ClusterEdgeProviders lie.
const operatorNamespace = "domaincert-system"

// Set once before the first spec, read-only from then on.
var (
	scheme      = runtime.NewScheme()
	environment *envtest.Environment
	kubeConfig  *rest.Config
	kube        client.Client
	authority   = testcerts.NewCA("Tenants")
)

func TestTenancy(t *testing.T) {
	RegisterFailHandler(Fail)
	// What the API server learns by watching takes a moment on busy machines.
	SetDefaultEventuallyTimeout(20 * time.Second)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	RunSpecs(t, "Tenancy", suite, reporter)
}

var _ = BeforeSuite(func(ctx context.Context) {
	ctrl.SetLogger(GinkgoLogr)
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(domaincertv1alpha1.AddToScheme(scheme)).To(Succeed())
	environment = &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join("..", "..", "config", "crd", "bases"), filepath.Join("..", "..", "controllers", "testdata")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: 2 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		environment.BinaryAssetsDirectory = filepath.Join("..", "..", "bin", "k8s")
	}
	var err error
	kubeConfig, err = environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Stop)
	kube, err = client.New(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	newNamespaceNamed(ctx, operatorNamespace)
	installPolicies(ctx)
})

package controllers_test

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
)

func TestControllers(t *testing.T) {
	RegisterFailHandler(Fail)
	// A machine that is busy takes longer than the default second to start.
	SetDefaultEventuallyTimeout(10 * time.Second)
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	RunSpecs(t, "controllers", suite, reporter)
}

var (
	scheme     = runtime.NewScheme()
	kubeConfig *rest.Config
	kube       client.Client
)

var _ = BeforeSuite(func(ctx context.Context) {
	ctrl.SetLogger(GinkgoLogr)
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(domaincertv1alpha1.AddToScheme(scheme)).To(Succeed())

	environment := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "config", "crd", "bases"), "testdata"},
		ErrorIfCRDPathMissing: true,
	}
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		environment.BinaryAssetsDirectory = filepath.Join("..", "bin", "k8s")
	}
	var err error
	kubeConfig, err = environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Stop)
	kube, err = client.New(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
})

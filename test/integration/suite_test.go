// Package integration_test tries what users install and write against a real
// API server: the API's validation, kubectl, the samples, the kustomize layout
// and the Helm chart. The server is started once for all specs.
package integration_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// assets holds etcd, kube-apiserver and kubectl; whatever KUBEBUILDER_ASSETS
// names wins over the ones built from Go modules.
const assets = "../../bin/k8s"

// crdBases is where the generated CRDs lie.
const crdBases = "../../config/crd/bases"

// Set once before the first spec, read-only from then on.
var (
	k8s        client.Client
	kubeconfig string
)

func TestIntegration(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Integration")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	environment := &envtest.Environment{
		CRDDirectoryPaths:     []string{crdBases},
		ErrorIfCRDPathMissing: true,
		// Machines that test are busy; the default of 20 s is too short for them.
		ControlPlaneStartTimeout: 2 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		environment.BinaryAssetsDirectory = assets
	}
	config, err := environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Stop)

	kubeconfig = filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(os.WriteFile(kubeconfig, environment.KubeConfig, 0o600)).To(Succeed())

	Expect(domaincertv1alpha1.AddToScheme(scheme.Scheme)).To(Succeed())
	Expect(apiextensionsv1.AddToScheme(scheme.Scheme)).To(Succeed())
	k8s, err = client.New(config, client.Options{Scheme: scheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
})

// newNamespace makes a namespace of its own for a spec, so that specs can run
// in any order. It stays: nothing in this control plane deletes namespaces.
func newNamespace(ctx context.Context, labels map[string]string) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "spec-", Labels: labels}}
	Expect(k8s.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}

// ensureNamespace makes a namespace that several specs use.
func ensureNamespace(ctx context.Context, name string) {
	GinkgoHelper()
	err := k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	Expect(client.IgnoreAlreadyExists(err)).To(Succeed())
}

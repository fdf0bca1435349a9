//go:build faults

package sweep_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/lockstep"
)

// sweptProducts are all of them.
func sweptProducts() []product { return []product{live(), cdn(), dcdn(), vod(), cdnPro()} }

// The API server in memory is good for what it does like a real one. One product
// goes through everything at a real one, which says whether it does.
var _ = Describe("Whatever goes wrong, with a real API server", Ordered, ContinueOnFailure, func() {
	var (
		sim    *simulator
		config *rest.Config
	)
	scheme := runtime.NewScheme()

	BeforeAll(func() {
		Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
		Expect(domaincertv1alpha1.AddToScheme(scheme)).To(Succeed())
		environment := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join("..", "..", "config", "crd", "bases")}, ErrorIfCRDPathMissing: true}
		if os.Getenv("KUBEBUILDER_ASSETS") == "" {
			environment.BinaryAssetsDirectory = filepath.Join("..", "..", "bin", "k8s")
		}
		var err error
		config, err = environment.Start()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(environment.Stop)
		sim, err = startSimulator(live())
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(sim.Close)
	})

	// Connections belong to the bubble that they are opened in.
	open := func() (lockstep.API, func(), error) {
		secured, err := rest.TLSConfigFor(config)
		if err != nil {
			return nil, nil, err
		}
		through := &http.Transport{TLSClientConfig: secured}
		api, err := client.New(config, client.Options{Scheme: scheme, Mapper: mapper(), HTTPClient: &http.Client{Transport: through}})
		return &counting{Client: api}, through.CloseIdleConnections, err
	}

	// What a run leaves would make the next one's lists longer.
	AfterEach(func(ctx context.Context) {
		kube, err := client.New(config, client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		Expect(kube.DeleteAllOf(ctx, &domaincertv1alpha1.ClusterEdgeProvider{})).To(Succeed())
		var namespaces corev1.NamespaceList
		Expect(kube.List(ctx, &namespaces)).To(Succeed())
		for i := range namespaces.Items {
			for _, blank := range []client.Object{&domaincertv1alpha1.DomainCertificate{}, &domaincertv1alpha1.EdgeProvider{}, &corev1.Secret{}} {
				Expect(kube.DeleteAllOf(ctx, blank, client.InNamespace(namespaces.Items[i].Name))).To(Succeed())
			}
		}
	})

	for _, sc := range scenariosOf(live()) {
		if sc.settings.DescribeDelay > 0 {
			continue // takes as long as all others, since it looks so often
		}
		It("the "+sc.name+" comes to its end", func() { sc.sweep(sim, open) })
	}
})

// counting is a client of an API server that nobody else writes to: a cache need not
// look again before the next write.
type counting struct {
	client.Client
	writes int64
}

// Version is another one after every write.
func (c *counting) Version() int64 { return c.writes + 1 }

func (c *counting) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	c.writes++
	return c.Client.Create(ctx, object, options...)
}

func (c *counting) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	c.writes++
	return c.Client.Update(ctx, object, options...)
}

func (c *counting) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	c.writes++
	return c.Client.Patch(ctx, object, patch, options...)
}

func (c *counting) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	c.writes++
	return c.Client.Delete(ctx, object, options...)
}

// Status is asked for with every write of one.
func (c *counting) Status() client.SubResourceWriter {
	c.writes++
	return c.Client.Status()
}

// mapper knows the kinds without asking the API server.
func mapper() meta.RESTMapper {
	known := meta.NewDefaultRESTMapper(nil)
	for _, kind := range []string{"DomainCertificate", "EdgeProvider"} {
		known.Add(domaincertv1alpha1.GroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	known.Add(domaincertv1alpha1.GroupVersion.WithKind("ClusterEdgeProvider"), meta.RESTScopeRoot)
	known.Add(corev1.SchemeGroupVersion.WithKind("Secret"), meta.RESTScopeNamespace)
	known.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	return known
}

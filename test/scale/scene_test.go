package scale_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/cluster"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// crdBases is where the generated CRDs lie.
const crdBases = "../../config/crd/bases"

// scene is what the operator acts on: a cluster of its own and a simulated
// provider.
type scene struct {
	testing.TB

	control *cluster.Cluster
	// client is the administrator's.
	client             client.WithWatch
	operatorKubeconfig string
	sim                *edgesim.Server
	ca                 testcerts.CA
	sightings          *sightings
}

// newScene starts a cluster and a simulator without delays; both are gone with
// the test.
func newScene(tb testing.TB) *scene {
	tb.Helper()
	g := NewWithT(tb)
	s := &scene{TB: tb, ca: testcerts.NewCA("Scale")}

	var err error
	s.sim, err = edgesim.Start(edgesim.Config{})
	g.Expect(err).NotTo(HaveOccurred())
	tb.Cleanup(func() { g.Expect(s.sim.Close()).To(Succeed()) })

	s.control, err = cluster.Start(tb.Context(), cluster.Options{AuditLog: true})
	g.Expect(err).NotTo(HaveOccurred())
	tb.Cleanup(func() { g.Expect(s.control.Stop()).To(Succeed()) })

	scheme := runtime.NewScheme()
	g.Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	g.Expect(domaincertv1alpha1.AddToScheme(scheme)).To(Succeed())
	_, err = envtest.InstallCRDs(s.control.Config(), envtest.CRDInstallOptions{Paths: []string{crdBases}, ErrorIfPathMissing: true})
	g.Expect(err).NotTo(HaveOccurred())
	s.client, err = client.NewWithWatch(s.control.Config(), client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())

	s.createNamespace(operatorNamespace)
	s.authorizeOperator()
	s.sightings = s.watch()
	return s
}

func (s *scene) create(object client.Object) {
	s.Helper()
	NewWithT(s).Expect(s.client.Create(s.Context(), object)).To(Succeed())
}

func (s *scene) createNamespace(name string) {
	s.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

// addAccount makes an account at the simulator, with the documented quotas, and
// a ClusterEdgeProvider of the same name for it.
func (s *scene) addAccount(name, id string) {
	s.Helper()
	const secret = "not-a-secret-anywhere-else"
	account := edgesim.Account{ID: id, Keys: []edgesim.AccessKey{{ID: "key-" + name, Secret: secret}}}
	NewWithT(s).Expect(s.sim.PutAccount(account)).To(Succeed())
	s.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name},
		StringData: map[string]string{
			domaincertv1alpha1.AccessKeyIDKey:     "key-" + name,
			domaincertv1alpha1.AccessKeySecretKey: secret,
		},
	})
	edge := &domaincertv1alpha1.ClusterEdgeProvider{ObjectMeta: metav1.ObjectMeta{Name: name}}
	edge.Spec.AllowedNamespaces = &metav1.LabelSelector{}
	edge.Spec.AlibabaCloud = &domaincertv1alpha1.AlibabaCloudProvider{
		Service:  domaincertv1alpha1.LiveService,
		Endpoint: "http://" + s.sim.APIAddress(),
		Credentials: domaincertv1alpha1.AlibabaCloudCredentials{
			AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: name}},
		},
	}
	s.create(edge)
}

// domain is a domain at the simulator with its Secret and DomainCertificate.
type domain struct {
	name string
	// expiry of its certificates, another one for each domain of a namespace.
	expiry time.Time
	secret *corev1.Secret
	// served is the certificate in the Secret.
	served testcerts.Pair
}

// addDomains makes n domains of an account, verified at the edge, in a
// namespace. They do not expire in the order in which they were made.
func (s *scene) addDomains(n int, accountName, accountID, namespace string) []*domain {
	s.Helper()
	const (
		lifetime = 30 * 24 * time.Hour
		stride   = 7 // no divisor of any n that is used here
	)
	g, now := NewWithT(s), time.Now()
	s.createNamespace(namespace)
	domains := make([]*domain, n)
	for i := range domains {
		name := fmt.Sprintf("d%03d", i)
		d := &domain{
			name:   name + "." + namespace + ".example.com",
			expiry: now.Add(lifetime + time.Duration(i*stride%n)*time.Hour),
		}
		g.Expect(s.sim.PutDomain(accountID, edgesim.Domain{Name: d.name})).To(Succeed())
		d.served = s.issue(d)
		d.secret = &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Type:       corev1.SecretTypeTLS,
			Data:       secretData(d.served),
		}
		s.create(d.secret)
		s.create(&domaincertv1alpha1.DomainCertificate{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Spec: domaincertv1alpha1.DomainCertificateSpec{
				DomainName:   d.name,
				SecretRef:    &domaincertv1alpha1.SecretReference{Name: name},
				ProviderRef:  domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.ClusterEdgeProviderKind, Name: accountName},
				Verification: domaincertv1alpha1.Verification{Mode: domaincertv1alpha1.VerificationEdge, Address: s.sim.EdgeAddress()},
			},
		})
		domains[i] = d
	}
	return domains
}

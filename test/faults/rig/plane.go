package rig

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/cluster"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	// OperatorNamespace is where the credentials of ClusterEdgeProviders lie.
	OperatorNamespace = "domaincert-system"
	// OperatorUser is who the operators are at the API server.
	OperatorUser = "system:serviceaccount:" + OperatorNamespace + ":domaincert"
	// Patience is how long something may take that has no limit of its own.
	Patience = 40 * time.Second
)

// PlaneOptions say what to start for a package of rows.
type PlaneOptions struct {
	// ControllerManager deletes namespaces and collects garbage.
	ControllerManager bool
}

// Plane is what the rows of a package share.
type Plane struct {
	Cluster *cluster.Cluster
	// Client is the administrator's.
	Client client.WithWatch
	// Binary is the operator with failpoints, Release the one that is shipped.
	Binary, Release string
	// CA issues all certificates.
	CA testcerts.CA
	// Kubeconfig is the operator's, with the rights it is shipped with.
	Kubeconfig string

	directory string
	remains   remains
	worlds    int
	mu        sync.Mutex
}

// Start builds the operator and starts a control plane with the CRDs and the
// operator's role. It belongs into BeforeSuite, and cleans up after the suite.
func Start(ctx SpecContext, options PlaneOptions) *Plane {
	GinkgoHelper()
	root := repository()
	p := &Plane{
		CA:        testcerts.NewCA("Faults"),
		Binary:    filepath.Join(root, "bin/failpoints/domaincert"),
		Release:   filepath.Join(root, "bin/domaincert"),
		directory: GinkgoT().TempDir(),
	}
	build(ctx, root)

	log := p.file("control-plane.log")
	var err error
	p.Cluster, err = cluster.Start(ctx, cluster.Options{AuditLog: true, ControllerManager: options.ControllerManager, Output: log})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(p.Cluster.Stop()).To(Succeed()) })
	DeferCleanup(func() {
		p.keepFile("the audit log", p.Cluster.AuditLog)
		p.keepFile("the API server's log", log.Name())
		p.search()
	})

	_, err = envtest.InstallCRDs(p.Cluster.Config(), envtest.CRDInstallOptions{
		Paths: []string{filepath.Join(root, "config/crd/bases")}, ErrorIfPathMissing: true,
	})
	Expect(err).NotTo(HaveOccurred())
	p.Client, err = client.NewWithWatch(p.Cluster.Config(), client.Options{Scheme: Scheme()})
	Expect(err).NotTo(HaveOccurred())
	p.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace}})
	p.authorize(ctx, root)
	return p
}

// Scheme knows every kind that rows use.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(domaincertv1alpha1.AddToScheme(scheme)).To(Succeed())
	return scheme
}

// Create creates objects as the administrator.
func (p *Plane) Create(ctx context.Context, objects ...client.Object) {
	GinkgoHelper()
	for _, object := range objects {
		Expect(p.Client.Create(ctx, object)).To(Succeed())
	}
}

// authorize makes the operator's user, with the rights that it is shipped with
// and no more: its role, and in its namespace that of leader election.
func (p *Plane) authorize(ctx context.Context, root string) {
	GinkgoHelper()
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: OperatorUser}}
	var role rbacv1.ClusterRole
	read(root, "config/rbac/role.yaml", &role)
	p.Create(ctx, &role, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   subjects,
	})
	p.AuthorizeElection(ctx, OperatorNamespace)
	var err error
	p.Kubeconfig, err = p.Cluster.AddUser(OperatorUser, "system:serviceaccounts", "system:authenticated")
	Expect(err).NotTo(HaveOccurred())
}

// AuthorizeElection lets the operator's user elect leaders in a namespace, by the
// role that is shipped.
func (p *Plane) AuthorizeElection(ctx context.Context, namespace string) {
	GinkgoHelper()
	var role rbacv1.Role
	read(repository(), "config/rbac/leader_election_role.yaml", &role)
	role.Namespace = namespace
	p.Create(ctx, &role, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: OperatorUser}},
	})
}

// build builds the operator with failpoints and as it is shipped, with the very
// flags of the Makefile, so that nothing is compiled twice.
func build(ctx context.Context, root string) {
	GinkgoHelper()
	output, err := exec.CommandContext(ctx, "make", "--no-print-directory", "-C", root, "build-failpoints", "build").CombinedOutput() //nolint:gosec // the repository's own folder
	Expect(err).NotTo(HaveOccurred(), "%s", output)
}

// read reads a manifest of the repository.
func read(root, path string, object any) {
	GinkgoHelper()
	manifest, err := os.ReadFile(filepath.Join(root, path))
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.UnmarshalStrict(manifest, object)).To(Succeed())
}

// repository is the repository's folder: the nearest above with the Makefile.
func repository() string {
	GinkgoHelper()
	folder, err := os.Getwd()
	Expect(err).NotTo(HaveOccurred())
	for {
		if _, err := os.Stat(filepath.Join(folder, "Makefile")); err == nil {
			return folder
		}
		Expect(folder).NotTo(Equal(filepath.Dir(folder)), "there is no Makefile above the test")
		folder = filepath.Dir(folder)
	}
}

// file makes a file that is gone with the suite.
func (p *Plane) file(name string) *os.File {
	GinkgoHelper()
	file, err := os.OpenFile(filepath.Join(p.directory, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(file.Close)
	return file
}

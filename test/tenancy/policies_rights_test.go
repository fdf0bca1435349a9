package tenancy_test

import (
	"context"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// clusterSpec shortens the rows of tables.
type clusterSpec = domaincertv1alpha1.ClusterEdgeProviderSpec

// longText is longer than what is compared of an annotation.
var longText = strings.Repeat("2026-01-01", 30)

// clusterEdge is a ClusterEdgeProvider for all namespaces, unless the edit says
// otherwise.
func clusterEdge(name string, edit func(*clusterSpec)) *domaincertv1alpha1.ClusterEdgeProvider {
	edge := &domaincertv1alpha1.ClusterEdgeProvider{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       clusterSpec{EdgeProviderSpec: live("credentials"), AllowedNamespaces: &metav1.LabelSelector{}},
	}
	edit(&edge.Spec)
	return edge
}

// anyEdge is an EdgeProvider, wherever it is used.
func anyEdge() *domaincertv1alpha1.EdgeProvider {
	return &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: "any", Name: "edge"}}
}

// named is a new object like another one.
func named(object *domaincertv1alpha1.DomainCertificate, name string) *domaincertv1alpha1.DomainCertificate {
	return &domaincertv1alpha1.DomainCertificate{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: name, Annotations: object.Annotations},
		Spec:       object.Spec,
	}
}

// guard binds the policies to a namespace, and returns once they are in force there.
func guard(ctx context.Context, namespace string) {
	GinkgoHelper()
	relabel(ctx, namespace, guarded, "yes")
	wrong := certificate(namespace, "guard.example.com", anyEdge())
	wrong.Name = "guard"
	wrong.Annotations = map[string]string{"domaincert.io/abandon": "maybe"}
	Eventually(try).WithArguments(ctx, kube, wrong).ShouldNot(Succeed())
}

// grant are verbs on a resource of ours, of these names only if there are any.
func grant(resource string, verbs []string, names ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{"domaincert.io"}, Resources: []string{resource}, ResourceNames: names, Verbs: verbs}
}

// operatorVerbs are what the operator may do with DomainCertificates.
func operatorVerbs() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		grant("domaincertificates", []string{"get", "list", "watch", "patch", "update"}),
		grant("domaincertificates/status", []string{"patch", "update"}),
	}
}

// asUser is a client of a user who has these rights in a namespace and no others.
func asUser(ctx context.Context, user, namespace string, rules ...rbacv1.PolicyRule) client.Client {
	GinkgoHelper()
	key := metav1.ObjectMeta{Namespace: namespace, Name: user}
	Expect(kube.Create(ctx, &rbacv1.Role{ObjectMeta: key, Rules: rules})).To(Succeed())
	Expect(kube.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: key,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
	config := rest.CopyConfig(kubeConfig)
	config.Impersonate.UserName = user
	by, err := client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return by
}

// warnings keeps what the API server warns of.
type warnings struct {
	mutex sync.Mutex
	texts []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warnings) take() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	taken := w.texts
	w.texts = nil
	return taken
}

// asAdministrator is a client whose warnings are kept.
func asAdministrator(warned *warnings) client.Client {
	GinkgoHelper()
	config := rest.CopyConfig(kubeConfig)
	config.WarningHandler = warned
	by, err := client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return by
}

//go:build faults

package access_test

import (
	"context"
	"os"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/domaincert/domaincert/test/faults/rig"
)

// Manners of reading Secrets, as --secret-access has them.
const (
	watched = "watch"
	got     = "get"
	named   = "named"
)

// grants are the rights of a row's own user, which the row may change.
type grants struct {
	world      *rig.World
	user       string
	kubeconfig string
	// Names has get on some Secrets of the row, whatever the operator's role has.
	names *rbacv1.Role
	// role is the operator's, with that on Secrets which the manner has.
	role *rbacv1.ClusterRole
}

// grant makes a user of the row's with what the operator is granted in one manner.
// Names are those of Secrets that may be read by name.
func grant(ctx context.Context, w *rig.World, manner string, names ...string) *grants {
	GinkgoHelper()
	g := &grants{world: w, user: "operator-of-" + w.Namespace}
	manifest, err := os.ReadFile("../../../config/rbac/role.yaml")
	Expect(err).NotTo(HaveOccurred())
	g.role = &rbacv1.ClusterRole{}
	Expect(yaml.UnmarshalStrict(manifest, g.role)).To(Succeed())
	g.role.Name = g.user
	switch manner {
	case got:
		g.secretRule().Verbs = []string{"get"}
	case named:
		g.role.Rules = slices.DeleteFunc(g.role.Rules, isOfSecrets)
	}
	g.names = &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: g.user}}
	g.names.Rules = rulesOn(names)
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: g.user}}
	w.Create(ctx, g.role, g.names,
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: g.user}, Subjects: subjects,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: g.user},
		},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: g.user}, Subjects: subjects,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: g.user},
		})
	g.kubeconfig, err = w.Cluster.AddUser(g.user, "system:authenticated")
	Expect(err).NotTo(HaveOccurred())
	return g
}

func isOfSecrets(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.Resources, "secrets") }

// secretRule is the one on all Secrets.
func (g *grants) secretRule() *rbacv1.PolicyRule {
	GinkgoHelper()
	at := slices.IndexFunc(g.role.Rules, isOfSecrets)
	Expect(at).NotTo(Equal(-1))
	return &g.role.Rules[at]
}

// rulesOn are get on Secrets of these names; without any, nothing.
func rulesOn(names []string) []rbacv1.PolicyRule {
	if len(names) == 0 {
		return nil
	}
	return []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: names, Verbs: []string{"get"}}}
}

// allow changes the verbs on all Secrets; none takes the rule away.
func (g *grants) allow(ctx context.Context, verbs ...string) {
	GinkgoHelper()
	g.world.Change(ctx, g.role, func() {
		g.role.Rules = slices.DeleteFunc(g.role.Rules, isOfSecrets)
		if len(verbs) > 0 {
			g.role.Rules = append(g.role.Rules, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: verbs})
		}
	})
}

// allowNames changes the Secrets that may be read by name.
func (g *grants) allowNames(ctx context.Context, names ...string) {
	GinkgoHelper()
	g.world.Change(ctx, g.names, func() { g.names.Rules = rulesOn(names) })
}

// start starts an operator with these rights.
func (g *grants) start(ctx context.Context, arguments ...string) *rig.Process {
	GinkgoHelper()
	return g.world.StartOperator(ctx, rig.Operator{Kubeconfig: g.kubeconfig, Arguments: arguments})
}

// settle waits until the account was found in order.
func settle(ctx context.Context, w *rig.World) {
	GinkgoHelper()
	Eventually(func() []metav1.Condition {
		edge := w.EdgeProvider()
		Expect(w.Client.Get(ctx, client.ObjectKeyFromObject(edge), edge)).To(Succeed())
		return edge.Status.Conditions
	}).WithContext(ctx).WithTimeout(rig.Patience).Should(ContainElement(And(HaveField("Type", "Ready"), HaveField("Status", metav1.ConditionTrue))))
}

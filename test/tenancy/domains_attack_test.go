package tenancy_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("A tenant who wants a domain that it was not given", func() {
	var o *operator
	BeforeEach(func() { o = newOperator(controllers.Permissions{}) })

	// Of these two the account has every domain: only the operator is in the way.
	DescribeTable("is refused", func(ctx context.Context, domain string, limit func(*domaincertv1alpha1.ClusterEdgeProviderSpec)) {
		key := newKey()
		o.newAccount([]string{domain}, key)
		edge := o.newClusterEdge(ctx, key, limit)
		attacker := newNamespace(ctx, map[string]string{"team": "sport"})

		object, _ := o.look(ctx, claim(ctx, attacker, domain, edge))
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.calls(key.ID, domain)).To(BeEmpty())
	},
		Entry("attack 01: a provider that allows no namespace", "a01.example.com", func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
			s.AllowedNamespaces = nil
		}),
		Entry("attack 02: a provider of other namespaces", "a02.example.com", func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
			s.AllowedNamespaces = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "news"}}
		}),
		Entry("attack 03: a domain that a rule gives to others", "a03.example.com", rule("news", "a03.example.com")),
		Entry("attack 04: the allowed zone as the beginning of another", "a04.example.com.evil.example.org", allow("*.example.com")),
		Entry("attack 05: the allowed zone as the end of a longer label", "a05xexample.com", allow("*.example.com")),
		Entry("attack 06: the apex of the allowed zone", "a06.example.com", allow("*.a06.example.com")),
		Entry("attack 07: a longer last label of the allowed zone", "play.nota07.example.com", allow("*.a07.example.com")),
		Entry("attack 08: the wildcard above the allowed one", "*.a08.example.com", allow("*.sport.a08.example.com")),
		Entry("attack 09: a wildcard, where one name is allowed", "*.a09.example.com", allow("play.a09.example.com")),
		Entry("attack 10: a name that looks alike, in A-labels", "xn--ply-0la.a10.example.com", allow("play.a10.example.com")),
		Entry("attack 11: a domain of the provider's that the rules leave out", "a11.example.net", func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
			allow("*.example.com", "*.example.net")(s)
			rule("sport", "*.example.com")(s)
		}),
		Entry("attack 12: a rule for namespaces by an operator that does not exist", "a12.example.com", func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
			rule("sport", "a12.example.com")(s)
			s.NamespaceRules[0].NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Like", Values: []string{"sport"}}}}
		}),
	)

	It("control: has the domains that it was given", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"*.given.example.com", "play.given.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
			allow("*.example.com")(s)
			rule("sport", "*.given.example.com")(s)
		})
		for _, domain := range []string{"*.given.example.com", "play.given.example.com"} {
			tenant := newNamespace(ctx, map[string]string{"team": "sport"})
			Expect(o.settle(ctx, claim(ctx, tenant, domain, edge))).To(served())
		}
	})

	DescribeTable("attack 13: cannot write", func(ctx context.Context, domain string) {
		key := newKey()
		o.newAccount([]string{"a13.example.com"}, key)
		tenant := newNamespace(ctx, nil)
		edge := o.newEdge(ctx, tenant, key)
		err := kube.Create(ctx, certificate(tenant, domain, edge))
		Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
		Expect(o.calls(key.ID, "a13.example.com")).To(BeEmpty())
	},
		Entry("a name in other case", "A13.Example.com"),
		Entry("a name with a final dot", "a13.example.com."),
		Entry("a name with a blank", "a13.example.com "),
		Entry("a name with a new line", "a13.example.com\nx.example.com"),
		Entry("a name with a parameter", "a13.example.com&DomainName=x.example.com"),
		Entry("a name with a path", "a13.example.com/x"),
		Entry("a name with a port", "a13.example.com:443"),
		Entry("a name with a zero byte", "a13.example.com\x00"),
		Entry("a name in U-labels", "plåy.example.com"),
		Entry("a wildcard that is not the first label", "a13.*.example.com"),
		Entry("two wildcards", "*.*.example.com"),
		Entry("all names", "*"),
		Entry("a name of one label", "localhost"),
	)

	It("attack 14: cannot make another domain of its own", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a14.example.com", "other14.example.com"}, key)
		tenant := newNamespace(ctx, nil)
		edge := o.newEdge(ctx, tenant, key)
		object := o.settle(ctx, claim(ctx, tenant, "a14.example.com", edge))
		object.Spec.DomainName = "other14.example.com"
		Expect(apierrors.IsInvalid(kube.Update(ctx, object))).To(BeTrue())
		Expect(o.calls(key.ID, "other14.example.com")).To(BeEmpty())
	})

	It("attack 15: does not keep a domain by a label that was taken away", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a15.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, rule("sport", "a15.example.com"))
		tenant := newNamespace(ctx, map[string]string{"team": "sport"})
		object := o.settle(ctx, claim(ctx, tenant, "a15.example.com", edge))
		Expect(object).To(served())
		before := len(o.calls(key.ID, "a15.example.com"))

		relabel(ctx, tenant, "team", "")
		storePair(ctx, tenant, authority.Issue(testcerts.Options{DNSNames: []string{"a15.example.com"}}))
		object, _ = o.look(ctx, object)
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.calls(key.ID, "a15.example.com")).To(HaveLen(before))
	})

	It("attack 16: sends nothing from the line after its permission has gone", func(ctx context.Context) {
		o.quota.DeployPerSecond = 1
		o.restart(controllers.Permissions{})
		key := newKey()
		account := o.newAccount([]string{"a16.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, allow("*.example.com"))
		// Somebody else has the only turn there is.
		budget := o.connector.Budgets.For("Live/"+account, "somebody", o.quota)
		Expect(budget.Reserve(provider.OperationDeploy, provider.Turn{Object: "some/body", Namespace: "some"})).To(Succeed())
		object, _ := o.look(ctx, claim(ctx, newNamespace(ctx, nil), "a16.example.com", edge))
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Throttled"), "it stands in line")

		Expect(kube.Get(ctx, client.ObjectKeyFromObject(edge), edge)).To(Succeed())
		edge.Spec.AllowedDomains = []string{"other.example.com"}
		Expect(kube.Update(ctx, edge)).To(Succeed())
		budget.Release(provider.OperationDeploy, "some/body")
		Eventually(o.woken).Should(Receive(Equal(object.Namespace + "/" + object.Name)))
		object, _ = o.look(ctx, object)
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.changes("a16.example.com")).To(BeEmpty())
	})

	It("attack 17: sends nothing when its permission goes while the provider is read", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a17.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, rule("sport", "a17.example.com"))
		tenant := newNamespace(ctx, map[string]string{"team": "sport"})
		o.seen = func() { relabel(ctx, tenant, "team", "") }
		o.connector.Forget(edge.UID)

		object, _ := o.look(ctx, claim(ctx, tenant, "a17.example.com", edge))
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.calls(key.ID, "a17.example.com")).NotTo(BeEmpty(), "it was read")
		Expect(o.changes("a17.example.com")).To(BeEmpty())
	})

	It("attack 18: sends nothing when the provider is narrowed while it is read", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a18.example.com"}, key)
		tenant := newNamespace(ctx, nil)
		edge := o.newEdge(ctx, tenant, key)
		o.seen = func() {
			narrowed := edge.DeepCopy()
			narrowed.Spec.AllowedDomains = []string{"other.example.com"}
			Expect(kube.Update(ctx, narrowed)).To(Succeed())
		}
		o.connector.Forget(edge.UID)

		object, _ := o.look(ctx, claim(ctx, tenant, "a18.example.com", edge))
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.changes("a18.example.com")).To(BeEmpty())
	})

	It("attack 19: sends nothing for an object that is suspended while the provider is read", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a19.example.com"}, key)
		tenant := newNamespace(ctx, nil)
		edge := o.newEdge(ctx, tenant, key)
		object := claim(ctx, tenant, "a19.example.com", edge)
		o.seen = func() {
			paused, yes := object.DeepCopy(), true
			paused.Spec.Suspend = &yes
			Expect(kube.Update(ctx, paused)).To(Succeed())
		}
		o.connector.Forget(edge.UID)

		o.look(ctx, object)
		after, _ := o.look(ctx, object)
		Expect(after).To(refused("Suspended"))
		Expect(o.changes("a19.example.com")).To(BeEmpty())
	})
})

// allow limits a provider to these patterns.
func allow(patterns ...string) func(*domaincertv1alpha1.ClusterEdgeProviderSpec) {
	return func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) { s.AllowedDomains = patterns }
}

// rule gives the namespaces of a team these domains, and nobody else any.
func rule(team string, domains ...string) func(*domaincertv1alpha1.ClusterEdgeProviderSpec) {
	return func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
		s.NamespaceRules = []domaincertv1alpha1.NamespaceRule{{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": team}},
			AllowedDomains:    domains,
		}}
	}
}

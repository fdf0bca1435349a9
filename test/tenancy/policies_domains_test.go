package tenancy_test

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
)

var _ = Describe("The policy of allowed domains", func() {
	// never is a domain that no row allows: when it is refused, the API server has
	// seen the provider.
	const never = "never.example.org"

	// inForce creates a provider and returns once the policy knows it.
	inForce := func(ctx context.Context, tenant string, edit func(*clusterSpec)) *domaincertv1alpha1.ClusterEdgeProvider {
		GinkgoHelper()
		edge := clusterEdge(unique("limited"), edit)
		Expect(kube.Create(ctx, edge)).To(Succeed())
		DeferCleanup(func(ctx context.Context) { Expect(kube.Delete(ctx, edge)).To(Succeed()) })
		Eventually(try).WithArguments(ctx, kube, certificate(tenant, never, edge)).Should(MatchError(ContainSubstring("does not allow")))
		return edge
	}

	DescribeTable("decides as the operator does", func(ctx context.Context, domain string, accepted bool, edit func(*clusterSpec)) {
		labels := map[string]string{"team": "sport", "tier": "gold"}
		open := newNamespace(ctx, labels)
		labels[guarded] = "yes"
		tenant := newNamespace(ctx, labels)
		edge := inForce(ctx, tenant, edit)

		err := try(ctx, kube, certificate(tenant, domain, edge))
		object := certificate(open, domain, edge)
		Expect(kube.Create(ctx, object)).To(Succeed())
		object, _ = newOperator(controllers.Permissions{}).look(ctx, object)
		if accepted {
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(refused("ProviderNotReady"), "it is allowed, but the provider was never checked")
			return
		}
		Expect(err).To(MatchError(apierrors.IsForbidden, "IsForbidden"))
		Expect(object).To(refused("DomainNotAllowed"))
	},
		Entry("of a name", "p1.example.com", true, allow("p1.example.com")),
		Entry("of another name", "p2.example.com", false, allow("p3.example.com")),
		Entry("of a name in a zone", "p4.example.com", true, allow("p3.example.com", "*.example.com")),
		Entry("of a name deep in a zone", "a.b.p5.example.com", true, allow("*.example.com")),
		Entry("of a wildcard", "*.p6.example.com", true, allow("*.p6.example.com")),
		Entry("of a wildcard in a zone", "*.p7.example.com", true, allow("*.example.com")),
		Entry("of a wildcard above a zone", "*.example.com", false, allow("*.p8.example.com")),
		Entry("of an apex", "p9.example.com", false, allow("*.p9.example.com")),
		Entry("of a longer label", "xexample.com", false, allow("*.example.com")),
		Entry("of a zone as a beginning", "p10.example.com.example.net", false, allow("*.example.com")),
		Entry("of no namespace", "p11.example.com", false, func(s *clusterSpec) { s.AllowedNamespaces = nil }),
		Entry("of namespaces by a label", "p12.example.com", true, selecting(map[string]string{"team": "sport"})),
		Entry("of namespaces by another label", "p13.example.com", false, selecting(map[string]string{"team": "news"})),
		Entry("of namespaces by two labels", "p14.example.com", false, selecting(map[string]string{"team": "sport", "tier": "silver"})),
		Entry("of namespaces by In", "p15.example.com", true, selecting(nil, requirement("team", "In", "news", "sport"))),
		Entry("of namespaces not by In", "p16.example.com", false, selecting(nil, requirement("team", "In", "news"))),
		Entry("of namespaces by In of a label they have not", "p17.example.com", false, selecting(nil, requirement("zone", "In", "a"))),
		Entry("of namespaces by NotIn", "p18.example.com", false, selecting(nil, requirement("team", "NotIn", "sport"))),
		Entry("of namespaces by NotIn of a label they have not", "p19.example.com", true, selecting(nil, requirement("zone", "NotIn", "a"))),
		Entry("of namespaces by Exists", "p20.example.com", true, selecting(nil, requirement("team", "Exists"))),
		Entry("of namespaces not by Exists", "p21.example.com", false, selecting(nil, requirement("zone", "Exists"))),
		Entry("of namespaces by DoesNotExist", "p22.example.com", true, selecting(nil, requirement("zone", "DoesNotExist"))),
		Entry("of namespaces not by DoesNotExist", "p23.example.com", false, selecting(nil, requirement("team", "DoesNotExist"))),
		Entry("of one of two requirements", "p24.example.com", false, selecting(map[string]string{"team": "sport"}, requirement("tier", "NotIn", "gold"))),
		Entry("of a rule", "p25.example.com", true, rule("sport", "*.example.com")),
		Entry("of a rule for others", "p26.example.com", false, rule("news", "*.example.com")),
		Entry("of a rule without the domain", "p27.example.com", false, rule("sport", "other.example.com")),
		Entry("of a second rule", "p28.example.com", true, func(s *clusterSpec) {
			rule("news", "*.example.com")(s)
			others := s.NamespaceRules
			rule("sport", "p28.example.com")(s)
			s.NamespaceRules = append(others, s.NamespaceRules...)
		}),
		Entry("of a rule that goes further than the provider", "p29.example.com", false, func(s *clusterSpec) {
			rule("sport", "*.example.com")(s)
			s.AllowedDomains = []string{"p30.example.com"}
		}),
		Entry("of a rule for all", "p31.example.com", true, func(s *clusterSpec) {
			rule("sport", "*.example.com")(s)
			s.NamespaceRules[0].NamespaceSelector = &metav1.LabelSelector{}
		}),
		Entry("of a rule with an operator that does not exist", "p32.example.com", false, func(s *clusterSpec) {
			rule("sport", "*.example.com")(s)
			s.NamespaceRules[0].NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{requirement("team", "Like", "sport")}}
		}),
	)

	It("leaves to the operator what it knows nothing of", func(ctx context.Context) {
		tenant := newNamespace(ctx, nil)
		guard(ctx, tenant)
		Expect(try(ctx, kube, certificate(tenant, never, anyEdge()))).To(Succeed())
		Expect(try(ctx, kube, certificate(tenant, never, clusterEdge("no-such-provider", func(*clusterSpec) {})))).To(Succeed())
	})

	It("lets objects of before be changed, which the operator judges", func(ctx context.Context) {
		tenant := newNamespace(ctx, nil)
		edge := clusterEdge(unique("limited"), allow("*.example.com"))
		object := certificate(tenant, never, edge)
		Expect(kube.Create(ctx, object)).To(Succeed())
		relabel(ctx, tenant, guarded, "yes")
		Expect(kube.Create(ctx, edge)).To(Succeed())
		DeferCleanup(func(ctx context.Context) { Expect(kube.Delete(ctx, edge)).To(Succeed()) })
		Eventually(try).WithArguments(ctx, kube, named(object, "new")).Should(MatchError(ContainSubstring("does not allow " + never)))
		object.Spec.SecretRef.Name = "renamed"
		Expect(kube.Update(ctx, object)).To(Succeed())
		object, _ = newOperator(controllers.Permissions{}).look(ctx, object)
		Expect(object).To(refused("DomainNotAllowed"))
	})

	It("has what it costs to look through the largest provider", func(ctx context.Context) {
		tenant := newNamespace(ctx, map[string]string{guarded: "yes", "team": "sport"})
		// An object has 1.5 MiB at most: 256 rules of 64 zones of 60 characters.
		edge := inForce(ctx, tenant, func(s *clusterSpec) {
			for i := range 256 {
				limited := &clusterSpec{}
				var zones []string
				for j := range 64 {
					zones = append(zones, fmt.Sprintf("*.%s%03d-%03d.example.com", strings.Repeat("z", 35), i, j))
				}
				rule("sport", zones...)(limited)
				s.NamespaceRules = append(s.NamespaceRules, limited.NamespaceRules...)
			}
		})
		Expect(try(ctx, kube, certificate(tenant, "p33.example.com", edge))).To(MatchError(ContainSubstring("extend its namespaceRules")), "and not that it cost too much")
		last := "play." + strings.Repeat("z", 35) + "255-063.example.com"
		Expect(try(ctx, kube, certificate(tenant, last, edge))).To(Succeed())
	})
})

// selecting limits a provider to the namespaces that a selector selects, and to
// example.com.
func selecting(labels map[string]string, requirements ...metav1.LabelSelectorRequirement) func(*clusterSpec) {
	return func(s *clusterSpec) {
		allow("*.example.com")(s)
		s.AllowedNamespaces = &metav1.LabelSelector{MatchLabels: labels, MatchExpressions: requirements}
	}
}

func requirement(key, operator string, values ...string) metav1.LabelSelectorRequirement {
	return metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOperator(operator), Values: values}
}

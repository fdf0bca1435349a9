package integration_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// clusterEdgeProvider is the smallest valid one.
func clusterEdgeProvider() *unstructured.Unstructured {
	return newObject("ClusterEdgeProvider", "", alibabaCloud())
}

// manyDomains are so many different domains.
func manyDomains(count int) []any {
	domains := make([]any, count)
	for i := range domains {
		domains[i] = fmt.Sprintf("*.d%d.example.com", i)
	}
	return domains
}

// selector is a label selector of one expression.
func selector(operator string, values ...any) fields {
	expression := fields{"key": "team", "operator": operator}
	if len(values) > 0 {
		expression["values"] = values
	}
	return fields{"matchExpressions": []any{expression}}
}

// rule is the only namespace rule.
func rule(selector fields, domains ...any) change {
	return set("spec.namespaceRules", []any{fields{"namespaceSelector": selector, "allowedDomains": append([]any{}, domains...)}})
}

var _ = Describe("A ClusterEdgeProvider", func() {
	const badSelector = "In or NotIn with values, or Exists or DoesNotExist without"

	DescribeTable("is refused", func(ctx SpecContext, change change, field, words string) {
		object := clusterEdgeProvider()
		change(object)
		expectRefused(k8s.Create(ctx, object, client.DryRunAll), field, words)
	},
		Entry("without a product, as an EdgeProvider is", unset("spec.alibabaCloud"), "spec", "exactly one of the fields in [alibabaCloud cdnPro]"),
		Entry("with two products, as an EdgeProvider is", set("spec.cdnPro", fields{"credentials": fields{"secretRef": fields{"name": "x"}}}), "spec", "exactly one of the fields in [alibabaCloud cdnPro]"),
		Entry("with a bad endpoint, as an EdgeProvider is", set("spec.alibabaCloud.endpoint", "live.aliyuncs.com/x"), "spec.alibabaCloud.endpoint", "without a path"),
		Entry("with namespaces as a list", set("spec.allowedNamespaces", []any{"media"}), "spec.allowedNamespaces", "must be of type object"),
		Entry("with an unknown operator", set("spec.allowedNamespaces", selector("Equals", "media")), "spec.allowedNamespaces", badSelector),
		Entry("with In and no values", set("spec.allowedNamespaces", selector("In")), "spec.allowedNamespaces", badSelector),
		Entry("with Exists and values", set("spec.allowedNamespaces", selector("Exists", "media")), "spec.allowedNamespaces", badSelector),
		Entry("with a rule without a selector", set("spec.namespaceRules", []any{fields{"allowedDomains": []any{"example.com"}}}), "spec.namespaceRules[0].namespaceSelector", "Required value"),
		Entry("with a rule without domains", set("spec.namespaceRules", []any{fields{"namespaceSelector": fields{}}}), "spec.namespaceRules[0].allowedDomains", "Required value"),
		Entry("with a rule for no domain", rule(fields{}), "spec.namespaceRules[0].allowedDomains", "at least 1 items"),
		Entry("with a rule for a domain in upper case", rule(fields{}, "Example.com"), "spec.namespaceRules[0].allowedDomains[0]", "should match"),
		Entry("with a rule for a domain of one label", rule(fields{}, "localhost"), "spec.namespaceRules[0].allowedDomains[0]", "should match"),
		Entry("with a rule for a domain given twice", rule(fields{}, "example.com", "example.com"), "spec.namespaceRules[0].allowedDomains[1]", "Duplicate value"),
		Entry("with a rule for too many domains", rule(fields{}, manyDomains(257)...), "spec.namespaceRules[0].allowedDomains", "must have at most 256 items"),
	)

	DescribeTable("is accepted", func(ctx SpecContext, change change, matcher types.GomegaMatcher) {
		object := clusterEdgeProvider()
		create(ctx, object, change)
		accepted := &domaincertv1alpha1.ClusterEdgeProvider{}
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(object), accepted)).To(Succeed())
		Expect(accepted).To(matcher)
	},
		Entry("and allows no namespace unless told", unchanged, HaveField("Spec.AllowedNamespaces", BeNil())),
		Entry("and signs with ACS3-HMAC-SHA256 unless told", unchanged, HaveField("Spec.AlibabaCloud.SignatureVersion", domaincertv1alpha1.SignatureV3)),
		Entry("and not observed yet", unchanged, HaveField("Status.ObservedGeneration", HaveValue(BeEquivalentTo(-1)))),
		Entry("for all namespaces", set("spec.allowedNamespaces", fields{}), HaveField("Spec.AllowedNamespaces", Not(BeNil()))),
		Entry("for labelled namespaces", set("spec.allowedNamespaces", fields{"matchLabels": fields{"team": "media"}}), HaveField("Spec.AllowedNamespaces.MatchLabels", HaveKeyWithValue("team", "media"))),
		Entry("for namespaces with one of several labels", set("spec.allowedNamespaces", selector("In", "media", "sport")), HaveField("Spec.AllowedNamespaces.MatchExpressions", HaveLen(1))),
		Entry("for namespaces without a label", set("spec.allowedNamespaces", selector("DoesNotExist")), HaveField("Spec.AllowedNamespaces.MatchExpressions", HaveLen(1))),
		Entry("with a rule for some namespaces", rule(selector("Exists"), "*.example.com"), HaveField("Spec.NamespaceRules", HaveLen(1))),
		Entry("with a rule for as many domains as there may be", rule(fields{}, manyDomains(256)...), HaveField("Spec.NamespaceRules", HaveLen(1))),
		Entry("at CDN Pro", cdnPro, HaveField("Spec.CDNPro.Credentials.SecretRef.Name", "cdnpro-credentials")),
	)
})

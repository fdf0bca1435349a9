package integration_test

import (
	"context"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

const (
	policyKind  = "ValidatingAdmissionPolicy"
	bindingKind = "ValidatingAdmissionPolicyBinding"
)

// byComponents is what a kustomization of the user's installs that adds some of the
// policies' components to config/default.
func byComponents(ctx context.Context, components ...string) manifest {
	GinkgoHelper()
	root, err := filepath.EvalSymlinks(GinkgoT().TempDir())
	Expect(err).NotTo(HaveOccurred())
	Expect(os.CopyFS(filepath.Join(root, "config"), os.DirFS("../../config"))).To(Succeed())
	folder := filepath.Join(root, "config", "mine")
	Expect(os.Mkdir(folder, 0o700)).To(Succeed())
	kustomization := "resources: [../default]\ncomponents:\n"
	for _, component := range components {
		kustomization += "- ../" + component + "\n"
	}
	Expect(os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(kustomization), 0o600)).To(Succeed())
	return kustomize(ctx, folder)
}

// byChartWith is the chart with these values.
func byChartWith(ctx context.Context, values ...string) manifest {
	GinkgoHelper()
	rendered, err := chart(ctx, values...)
	Expect(err).NotTo(HaveOccurred())
	return rendered
}

var _ = Describe("The admission policies", func() {
	DescribeTable("are installed when they are asked for", func(ctx SpecContext, install func(context.Context) manifest, policies int) {
		ensureNamespace(ctx, operatorNamespace)
		installed := install(ctx)
		Expect(installed.names(policyKind)).To(HaveLen(policies))
		Expect(installed.names(bindingKind)).To(ConsistOf(installed.names(policyKind)), "one without a binding does nothing")
		Expect(installed.apply(ctx, "--dry-run=server")).To(Succeed())
	},
		Entry("not by kustomize unless told", byKustomize, 0),
		Entry("not by the chart unless told", byChart, 0),
		Entry("by kustomize", func(ctx context.Context) manifest { return byComponents(ctx, "policies") }, 4),
		Entry("by kustomize, with claims", func(ctx context.Context) manifest { return byComponents(ctx, "policies", "policies/claims") }, 5),
		Entry("by the chart", func(ctx context.Context) manifest { return byChartWith(ctx, "admissionPolicies.enabled=true") }, 4),
		Entry("by the chart, with claims", func(ctx context.Context) manifest {
			return byChartWith(ctx, "admissionPolicies.enabled=true", "admissionPolicies.claims=true")
		}, 5),
		Entry("not by the chart for claims alone", func(ctx context.Context) manifest { return byChartWith(ctx, "admissionPolicies.claims=true") }, 0),
	)

	It("are the same by kustomize and by the chart", func(ctx SpecContext) {
		left, right := byComponents(ctx, "policies", "policies/claims"), byChartWith(ctx, "admissionPolicies.enabled=true", "admissionPolicies.claims=true")
		Expect(right.names(policyKind)).To(ConsistOf(left.names(policyKind)))
		for _, name := range left.names(policyKind) {
			Expect(read[admissionregistrationv1.ValidatingAdmissionPolicy](right, policyKind, name).Spec).
				To(Equal(read[admissionregistrationv1.ValidatingAdmissionPolicy](left, policyKind, name).Spec), name)
			Expect(read[admissionregistrationv1.ValidatingAdmissionPolicyBinding](right, bindingKind, name).Spec).
				To(Equal(read[admissionregistrationv1.ValidatingAdmissionPolicyBinding](left, bindingKind, name).Spec), name)
		}
	})

	It("have the name of their release, so that two do not meet", func(ctx SpecContext) {
		output, err := helm(ctx, "template", "second", chartFolder, "--kube-version", "1.30.0", "--set", "admissionPolicies.enabled=true")
		Expect(err).NotTo(HaveOccurred())
		rendered := manifest(output)
		Expect(rendered.names(policyKind)).To(HaveEach(HavePrefix("second-domaincert-")))
		for _, name := range rendered.names(bindingKind) {
			Expect(read[admissionregistrationv1.ValidatingAdmissionPolicyBinding](rendered, bindingKind, name).Spec.PolicyName).To(Equal(name))
		}
	})

	DescribeTable("refuse the value", func(ctx SpecContext, words, value string) {
		_, err := chart(ctx, value)
		Expect(err).To(MatchError(ContainSubstring(words)))
	},
		Entry("of a switch as a word", "at '/admissionPolicies/enabled': got string, want boolean", "admissionPolicies.enabled=always"),
		Entry("of claims as a word", "at '/admissionPolicies/claims': got string, want boolean", "admissionPolicies.claims=rbac"),
		Entry("of a name that does not exist", "additional properties 'mode' not allowed", "admissionPolicies.mode=Deny"),
	)
})

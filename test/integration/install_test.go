package integration_test

import (
	"context"
	"os"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// operatorNamespace is where both ways to install put the operator unless told.
const operatorNamespace = "domaincert-system"

// tool is where a development tool lies: what the environment names, or bin/.
func tool(variable, path string) string {
	if found := os.Getenv(variable); found != "" {
		return found
	}
	return path
}

// kustomize builds a folder.
func kustomize(ctx context.Context, folder string) manifest {
	GinkgoHelper()
	output, err := run(ctx, "", tool("KUSTOMIZE", "../../bin/kustomize"), "build", folder)
	Expect(err).NotTo(HaveOccurred())
	return manifest(output)
}

// byKustomize is what `kubectl apply -k config/default` installs.
func byKustomize(ctx context.Context) manifest {
	GinkgoHelper()
	return kustomize(ctx, "../../config/default")
}

// byChart is what `helm install domaincert charts/domaincert` installs.
func byChart(ctx context.Context) manifest {
	GinkgoHelper()
	rendered, err := chart(ctx)
	Expect(err).NotTo(HaveOccurred())
	return rendered
}

// granted are the rules that the operator's ServiceAccount gets.
func granted(installed manifest) []rbacv1.PolicyRule {
	GinkgoHelper()
	var rules []rbacv1.PolicyRule
	for _, name := range installed.names("ClusterRoleBinding") {
		binding := read[rbacv1.ClusterRoleBinding](installed, "ClusterRoleBinding", name)
		rules = append(rules, read[rbacv1.ClusterRole](installed, "ClusterRole", binding.RoleRef.Name).Rules...)
	}
	for _, name := range installed.names("RoleBinding") {
		binding := read[rbacv1.RoleBinding](installed, "RoleBinding", name)
		rules = append(rules, read[rbacv1.Role](installed, "Role", binding.RoleRef.Name).Rules...)
	}
	return rules
}

// deployment of the operator.
func deployment(installed manifest) appsv1.Deployment {
	GinkgoHelper()
	return read[appsv1.Deployment](installed, "Deployment", "domaincert")
}

var _ = Describe("Installing", func() {
	DescribeTable("is accepted by the API server", func(ctx SpecContext, install func(context.Context) manifest) {
		ensureNamespace(ctx, operatorNamespace)
		installed := install(ctx)
		Expect(installed.apply(ctx)).To(Succeed())
		// The two differ in the Deployment's selector, which cannot be changed.
		DeferCleanup(func(ctx SpecContext) {
			left := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "domaincert", Namespace: operatorNamespace}}
			Expect(k8s.Delete(ctx, left)).To(Succeed())
		})
		// What is left to apply afterwards would be applied by GitOps for ever.
		left, err := kubectlWith(ctx, string(installed), "diff", "--server-side", "--force-conflicts", "--filename=-")
		Expect(err).NotTo(HaveOccurred())
		Expect(left).To(BeEmpty())
	},
		Entry("by kustomize", byKustomize),
		Entry("by the chart", byChart),
	)

	DescribeTable("grants the operator no more than it uses", func(ctx SpecContext, install func(context.Context) manifest) {
		rules := granted(install(ctx))
		Expect(rules).NotTo(BeEmpty())
		reads := []string{"get", "list", "watch"}
		for _, rule := range rules {
			Expect(rule.Verbs).NotTo(ContainElement("*"))
			Expect(rule.Resources).NotTo(ContainElement(ContainSubstring("*")))
			Expect(rule.APIGroups).NotTo(ContainElement("*"))
			Expect(rule.Verbs).NotTo(ContainElement(BeElementOf("escalate", "bind", "impersonate")))
			for _, resource := range rule.Resources {
				if resource == "secrets" {
					Expect(rule.Verbs).To(HaveEach(BeElementOf(reads)), "the operator never writes a Secret")
				}
			}
		}
		Expect(rules).To(ContainElement(HaveField("Resources", ContainElement("secrets"))))
		Expect(rules).NotTo(ContainElement(HaveField("Resources", ContainElement("serviceaccounts/token"))), "whoever may request tokens can become others")
	},
		Entry("by kustomize", byKustomize),
		Entry("by the chart", byChart),
	)

	DescribeTable("binds roles to the operator's ServiceAccount", func(ctx SpecContext, install func(context.Context) manifest) {
		installed := install(ctx)
		account := rbacv1.Subject{Kind: "ServiceAccount", Name: "domaincert", Namespace: operatorNamespace}
		Expect(installed.names("ServiceAccount")).To(HaveExactElements(account.Name))
		Expect(deployment(installed).Spec.Template.Spec.ServiceAccountName).To(Equal(account.Name))
		Expect(installed.names("ClusterRoleBinding")).To(HaveLen(2))
		for _, name := range installed.names("ClusterRoleBinding") {
			Expect(read[rbacv1.ClusterRoleBinding](installed, "ClusterRoleBinding", name).Subjects).To(HaveExactElements(account))
		}
		Expect(installed.names("RoleBinding")).To(HaveLen(1))
		for _, name := range installed.names("RoleBinding") {
			Expect(read[rbacv1.RoleBinding](installed, "RoleBinding", name).Subjects).To(HaveExactElements(account))
		}
	},
		Entry("by kustomize", byKustomize),
		Entry("by the chart", byChart),
	)

	DescribeTable("gives users DomainCertificates and no providers", func(ctx SpecContext, install func(context.Context) manifest) {
		installed := install(ctx)
		for role, aggregations := range map[string][]string{
			"domaincert-viewer": {"aggregate-to-view"},
			"domaincert-editor": {"aggregate-to-edit", "aggregate-to-admin"},
		} {
			found := read[rbacv1.ClusterRole](installed, "ClusterRole", role)
			for _, aggregation := range aggregations {
				Expect(found.Labels).To(HaveKeyWithValue("rbac.authorization.k8s.io/"+aggregation, "true"))
			}
			for _, rule := range found.Rules {
				Expect(rule.Resources).To(HaveEach(HavePrefix("domaincertificates")))
			}
		}
	},
		Entry("by kustomize", byKustomize),
		Entry("by the chart", byChart),
	)

	DescribeTable("makes a Pod that Pod Security's restricted level admits", func(ctx SpecContext, install func(context.Context) manifest) {
		restricted := newNamespace(ctx, map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "operator", Namespace: restricted},
			Spec:       deployment(install(ctx)).Spec.Template.Spec,
		}
		Expect(k8s.Create(ctx, pod.DeepCopy(), client.DryRunAll)).To(Succeed())

		pod.Spec.SecurityContext.SeccompProfile = nil
		Expect(apierrors.IsForbidden(k8s.Create(ctx, pod, client.DryRunAll))).To(BeTrue(), "the level is in force")
	},
		Entry("by kustomize", byKustomize),
		Entry("by the chart", byChart),
	)

	DescribeTable("makes a container that can change nothing", func(ctx SpecContext, install func(context.Context) manifest) {
		pod := deployment(install(ctx)).Spec.Template.Spec
		Expect(pod.SecurityContext.RunAsUser).To(HaveValue(BeEquivalentTo(65532)))
		Expect(pod.Containers).To(HaveLen(1))
		Expect(pod.Containers[0].SecurityContext.ReadOnlyRootFilesystem).To(HaveValue(BeTrue()))
		Expect(pod.Containers[0].Resources.Limits).To(HaveKey(corev1.ResourceMemory))
		Expect(pod.TerminationGracePeriodSeconds).To(HaveValue(BeNumerically(">=", 35)))
	},
		Entry("by kustomize", byKustomize),
		Entry("by the chart", byChart),
	)

	It("does the same by kustomize and by the chart", func(ctx SpecContext) {
		left, right := byKustomize(ctx), byChart(ctx)
		Expect(right.names("ClusterRole")).To(ConsistOf(left.names("ClusterRole")))
		for _, name := range left.names("ClusterRole") {
			Expect(read[rbacv1.ClusterRole](right, "ClusterRole", name).Rules).
				To(Equal(read[rbacv1.ClusterRole](left, "ClusterRole", name).Rules), name)
		}
		Expect(granted(right)).To(ConsistOf(granted(left)))

		// The image alone may differ: the chart names the version that it is of.
		pods := []corev1.PodSpec{deployment(left).Spec.Template.Spec, deployment(right).Spec.Template.Spec}
		for i := range pods {
			pods[i].Containers[0].Image, pods[i].Containers[0].ImagePullPolicy = "", ""
		}
		Expect(pods[1]).To(Equal(pods[0]))
		Expect(deployment(right).Spec.Replicas).To(Equal(deployment(left).Spec.Replicas))

		for _, name := range left.names("CustomResourceDefinition") {
			Expect(read[apiextensionsv1.CustomResourceDefinition](right, "CustomResourceDefinition", name).Spec).
				To(Equal(read[apiextensionsv1.CustomResourceDefinition](left, "CustomResourceDefinition", name).Spec), name)
		}
	})

	// The operator's program would tell, but it takes a minute to build.
	It("uses flags and a lease that the operator has", func(ctx SpecContext) {
		options, err := os.ReadFile("../../cmd/options.go")
		Expect(err).NotTo(HaveOccurred())
		everything, err := chart(ctx, "rbac.secretAccess=get", "watchNamespaces={a}", "clusterResourceNamespace=b", "metrics.perObject=false",
			"allow.insecureEndpoints=true", "allow.namespacedEndpoints=true", "allow.ambientCredentials=true", "allow.privateEdgeAddresses=true")
		Expect(err).NotTo(HaveOccurred())
		for _, argument := range arguments(everything) {
			flag, _, _ := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
			Expect(string(options)).To(ContainSubstring(`, "%s", `, flag))
		}

		manager, err := os.ReadFile("../../cmd/manager.go")
		Expect(err).NotTo(HaveOccurred())
		for _, rule := range read[rbacv1.Role](everything, "Role", "domaincert-leader-election").Rules {
			for _, lease := range rule.ResourceNames {
				Expect(string(manager)).To(MatchRegexp(`LeaderElectionID: +"%s"`, regexp.QuoteMeta(lease)))
			}
		}
	})
})

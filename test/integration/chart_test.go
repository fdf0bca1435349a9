package integration_test

import (
	"context"
	"maps"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const chartFolder = "../../charts/domaincert"

// helm runs the real one.
func helm(ctx context.Context, arguments ...string) (string, error) {
	return run(ctx, "", tool("HELM", "../../bin/helm"), arguments...)
}

// chart renders the chart as the release domaincert; values are key=value.
func chart(ctx context.Context, values ...string) (manifest, error) {
	arguments := []string{"template", "domaincert", chartFolder, "--namespace", operatorNamespace, "--kube-version", "1.30.0"}
	for _, value := range values {
		arguments = append(arguments, "--set", value)
	}
	rendered, err := helm(ctx, arguments...)
	return manifest(rendered), err
}

// pod is what the operator's Pods are made of.
func pod(rendered manifest) corev1.PodTemplateSpec {
	GinkgoHelper()
	return deployment(rendered).Spec.Template
}

// container is the operator's.
func container(rendered manifest) corev1.Container {
	GinkgoHelper()
	return pod(rendered).Spec.Containers[0]
}

// arguments of the operator.
func arguments(rendered manifest) []string {
	GinkgoHelper()
	return container(rendered).Args
}

// kept reports for each CRD whether it stays when the release is uninstalled.
func kept(rendered manifest) []bool {
	GinkgoHelper()
	var kept []bool
	for _, name := range rendered.names("CustomResourceDefinition") {
		crd := read[apiextensionsv1.CustomResourceDefinition](rendered, "CustomResourceDefinition", name)
		kept = append(kept, crd.Annotations["helm.sh/resource-policy"] == "keep")
	}
	return kept
}

// kinds of the objects that are rendered.
func kinds(rendered manifest) []string {
	GinkgoHelper()
	var kinds []string
	for _, object := range rendered.objects() {
		kinds = append(kinds, object.GetKind())
	}
	return kinds
}

// labels of all cluster roles together.
func labels(rendered manifest) map[string]string {
	GinkgoHelper()
	labels := map[string]string{}
	for _, name := range rendered.names("ClusterRole") {
		maps.Copy(labels, read[rbacv1.ClusterRole](rendered, "ClusterRole", name).Labels)
	}
	return labels
}

var _ = Describe("The chart", func() {
	It("has nothing that lint would mention", func(ctx SpecContext) {
		report, err := helm(ctx, "lint", "--strict", chartFolder)
		Expect(err).NotTo(HaveOccurred())
		Expect(report).To(ContainSubstring("0 chart(s) failed"))
	})

	It("is installed and uninstalled by Helm itself, and leaves the CRDs", func(ctx SpecContext) {
		release := newNamespace(ctx, nil)
		_, err := helm(ctx, "install", "edge", chartFolder, "--kubeconfig", kubeconfig, "--namespace", release,
			// The suite's CRDs were there before the release.
			"--take-ownership", "--force-conflicts")
		Expect(err).NotTo(HaveOccurred())
		operator := &appsv1.Deployment{}
		key := client.ObjectKey{Namespace: release, Name: "edge-domaincert"}
		Expect(k8s.Get(ctx, key, operator)).To(Succeed())
		Expect(operator.Spec.Replicas).To(HaveValue(BeEquivalentTo(2)))

		_, err = helm(ctx, "uninstall", "edge", "--kubeconfig", kubeconfig, "--namespace", release)
		Expect(err).NotTo(HaveOccurred())
		Expect(apierrors.IsNotFound(k8s.Get(ctx, key, operator))).To(BeTrue())
		crds := &apiextensionsv1.CustomResourceDefinitionList{}
		Expect(k8s.List(ctx, crds)).To(Succeed())
		Expect(crds.Items).To(HaveLen(3))
		Expect(crds.Items).To(HaveEach(HaveField("DeletionTimestamp", BeNil())))
	})

	Describe("takes values", func() {
		BeforeEach(func(ctx SpecContext) { ensureNamespace(ctx, operatorNamespace) })

		DescribeTable("and the API server what becomes of them", func(ctx SpecContext, matcher types.GomegaMatcher, values ...string) {
			rendered, err := chart(ctx, values...)
			Expect(err).NotTo(HaveOccurred())
			Expect(rendered.apply(ctx, "--dry-run=server")).To(Succeed())
			Expect(rendered).To(matcher)
		},
			Entry("of a tag", WithTransform(container, HaveField("Image", HaveSuffix("/domaincert:v1.2.3"))), "image.tag=v1.2.3"),
			Entry("of a digest, which wins", WithTransform(container, HaveField("Image", HaveSuffix("/domaincert@sha256:"+strings.Repeat("0", 64)))), "image.tag=v1.2.3", "image.digest=sha256:"+strings.Repeat("0", 64)),
			Entry("to leave the CRDs to others", WithTransform(kinds, Not(ContainElement("CustomResourceDefinition"))), "crds.enabled=false"),
			Entry("to keep the CRDs, which is the default", WithTransform(kept, And(HaveLen(3), HaveEach(BeTrue())))),
			Entry("to remove the CRDs with the release", WithTransform(kept, And(HaveLen(3), HaveEach(BeFalse()))), "crds.keep=false"),
			Entry("to leave permissions to others", WithTransform(kinds, Not(ContainElement(ContainSubstring("Role")))), "rbac.create=false"),
			Entry("to add to users' roles, which is the default", WithTransform(labels, HaveKey(ContainSubstring("aggregate-to-admin")))),
			Entry("to leave users' roles alone", WithTransform(labels, Not(HaveKey(ContainSubstring("aggregate-to")))), "rbac.aggregateClusterRoles=false"),
			Entry("to use a ServiceAccount that exists", WithTransform(kinds, Not(ContainElement("ServiceAccount"))), "serviceAccount.create=false", "serviceAccount.name=mine"),
			Entry("to name the ServiceAccount", WithTransform(pod, HaveField("Spec.ServiceAccountName", "mine")), "serviceAccount.name=mine"),
			Entry("of ServiceAccounts whose tokens may be requested",
				WithTransform(granted, ContainElement(rbacv1.PolicyRule{
					APIGroups: []string{""}, Resources: []string{"serviceaccounts/token"}, ResourceNames: []string{"cdn", "live"}, Verbs: []string{"create"},
				})), "serviceAccountTokens.default={cdn,live}"),
			Entry("to watch Secrets, which is the default", And(
				WithTransform(granted, ContainElement(rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "list", "watch"}})),
				WithTransform(arguments, Not(ContainElement(ContainSubstring("secret")))))),
			Entry("to read Secrets", And(
				WithTransform(granted, ContainElement(rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}})),
				WithTransform(arguments, ContainElement("--secret-access=get"))), "rbac.secretAccess=get"),
			Entry("of Secrets that may be read", And(
				WithTransform(granted, ContainElement(rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{"a", "b"}, Verbs: []string{"get"}})),
				WithTransform(granted, Not(ContainElement(And(HaveField("Resources", ContainElement("secrets")), HaveField("ResourceNames", BeEmpty()))))),
				WithTransform(arguments, ContainElement("--secret-access=named"))), "rbac.secretAccess=named", "rbac.secretNames.default={a,b}"),
			Entry("of how often Secrets are looked at", WithTransform(arguments, ContainElement("--secret-poll-interval=1m30s")), "rbac.secretAccess=get", "secretPollInterval=1m30s"),
			Entry("to run alone", WithTransform(arguments, Not(ContainElement("--leader-elect"))), "leaderElection.enabled=false", "replicaCount=1"),
			Entry("to watch some namespaces", WithTransform(arguments, ContainElement("--watch-namespaces=media,sport")), "watchNamespaces={media,sport}"),
			Entry("to read credentials elsewhere", WithTransform(arguments, ContainElement("--cluster-resource-namespace=vault")), "clusterResourceNamespace=vault"),
			Entry("to allow everything", WithTransform(arguments, ContainElements("--allow-insecure-endpoints", "--allow-namespaced-endpoints", "--allow-ambient-credentials", "--allow-private-edge-addresses")),
				"allow.insecureEndpoints=true", "allow.namespacedEndpoints=true", "allow.ambientCredentials=true", "allow.privateEdgeAddresses=true"),
			Entry("to allow nothing, which is the default", WithTransform(arguments, Not(ContainElement(ContainSubstring("allow"))))),
			Entry("to log more, and for people", WithTransform(arguments, ContainElements("--log-level=debug", "--log-format=console")), "log.level=debug", "log.format=console"),
			Entry("to do more at once", WithTransform(arguments, ContainElement("--concurrency=32")), "concurrency=32"),
			Entry("to have fewer metrics", WithTransform(arguments, ContainElement("--per-object-metrics=false")), "metrics.perObject=false"),
			Entry("to have no metrics service", WithTransform(kinds, Not(ContainElement("Service"))), "metrics.service.enabled=false"),
			Entry("of a proxy", WithTransform(container, HaveField("Env", ContainElement(corev1.EnvVar{Name: "HTTPS_PROXY", Value: "http://proxy:3128"}))), "env[0].name=HTTPS_PROXY", "env[0].value=http://proxy:3128"),
			Entry("of nodes to run on", WithTransform(pod, HaveField("Spec.NodeSelector", HaveKeyWithValue("kubernetes.io/arch", "arm64"))), `nodeSelector.kubernetes\.io/arch=arm64`),
			Entry("of taints to tolerate", WithTransform(pod, HaveField("Spec.Tolerations", HaveLen(1))), "tolerations[0].operator=Exists"),
			Entry("of a priority", WithTransform(pod, HaveField("Spec.PriorityClassName", "system-cluster-critical")), "priorityClassName=system-cluster-critical"),
			Entry("of spreading over zones", WithTransform(pod, HaveField("Spec.TopologySpreadConstraints", HaveLen(1))),
				"topologySpreadConstraints[0].maxSkew=1", "topologySpreadConstraints[0].topologyKey=zone", "topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway"),
			Entry("of affinity", WithTransform(pod, HaveField("Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution", HaveLen(1))),
				"affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey=zone"),
			Entry("of labels", WithTransform(pod, HaveField("Labels", HaveKeyWithValue("tier", "edge"))), "podLabels.tier=edge"),
			Entry("of annotations", WithTransform(pod, HaveField("Annotations", HaveKeyWithValue("note", "hello"))), "podAnnotations.note=hello"),
			Entry("of pull secrets", WithTransform(pod, HaveField("Spec.ImagePullSecrets", HaveExactElements(corev1.LocalObjectReference{Name: "registry"}))), "imagePullSecrets[0].name=registry"),
			Entry("of memory", WithTransform(container, HaveField("Resources.Limits", HaveKeyWithValue(corev1.ResourceMemory, resource.MustParse("1Gi")))), "resources.limits.memory=1Gi"),
		)
	})

	DescribeTable("refuses the value", func(ctx SpecContext, words string, values ...string) {
		_, err := chart(ctx, values...)
		Expect(err).To(MatchError(ContainSubstring(words)))
	},
		Entry("of a name that does not exist", "additional properties 'replicas' not allowed", "replicas=2"),
		Entry("of a name that does not exist further down", "at '/crds': additional properties 'install' not allowed", "crds.install=true"),
		Entry("of replicas as a word", "at '/replicaCount': got string, want integer", "replicaCount=two"),
		Entry("of a negative number of replicas", "at '/replicaCount': minimum", "replicaCount=-1"),
		Entry("of a switch as a word", "at '/crds/enabled': got string, want boolean", "crds.enabled=yes"),
		Entry("of a tag with a blank", "at '/image/tag'", "image.tag=a b"),
		Entry("of a short digest", "at '/image/digest'", "image.digest=sha256:12"),
		Entry("of an unknown pull policy", "at '/image/pullPolicy'", "image.pullPolicy=always"),
		Entry("of a pull secret that is a name", "at '/imagePullSecrets/0': got string, want object", "imagePullSecrets[0]=registry"),
		Entry("of an unknown log level", "at '/log/level'", "log.level=everything"),
		Entry("of namespaces as a word", "at '/watchNamespaces': got string, want array", "watchNamespaces=media"),
		Entry("of a namespace that none can be", "at '/watchNamespaces/0'", "watchNamespaces={Media}"),
		Entry("of a namespace of credentials that none can be", "at '/clusterResourceNamespace'", "clusterResourceNamespace=a_b"),
		Entry("of tokens of a namespace that none can be", "invalid propertyName 'Media'", "serviceAccountTokens.Media={cdn}"),
		Entry("of tokens of all ServiceAccounts", "at '/serviceAccountTokens/media/0'", "serviceAccountTokens.media={*}"),
		Entry("of an access to Secrets that there is not", "at '/rbac/secretAccess': value must be one of", "rbac.secretAccess=list"),
		Entry("of Secrets of a namespace that none can be", "invalid propertyName 'Media'", "rbac.secretAccess=named", "rbac.secretNames.Media={tls}"),
		Entry("of all Secrets by name", "at '/rbac/secretNames/media/0'", "rbac.secretAccess=named", "rbac.secretNames.media={*}"),
		Entry("of named Secrets without names", "rbac.secretAccess=named needs rbac.secretNames", "rbac.secretAccess=named"),
		Entry("of names where every Secret may be read", "rbac.secretNames needs rbac.secretAccess=named", "rbac.secretNames.media={tls}"),
		Entry("of a time without a unit", "at '/secretPollInterval'", "secretPollInterval=5"),
		Entry("of no workers", "at '/concurrency': minimum", "concurrency=0"),
		Entry("of too many workers", "at '/concurrency': maximum", "concurrency=257"),
		Entry("of a port that does not exist", "at '/metrics/service/port': maximum", "metrics.service.port=65536"),
		Entry("of a label that is a number", "at '/podLabels/x': got number, want string", "podLabels.x=1"),
		Entry("of less time than the operator needs to stop", "at '/terminationGracePeriodSeconds': minimum", "terminationGracePeriodSeconds=5"),
		Entry("of two replicas that both work", "replicaCount above 1 needs leaderElection.enabled", "leaderElection.enabled=false"),
	)
})

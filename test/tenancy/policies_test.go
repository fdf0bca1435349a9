package tenancy_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// guarded is the label of the namespaces that the policies are bound to here. The
// attacks do without them.
const guarded = "guarded"

// policyFiles are what the kustomize components and the chart ship.
func policyFiles() []string {
	GinkgoHelper()
	var files []string
	for _, pattern := range []string{"*.yaml", "claims/*.yaml"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "config", "policies", pattern))
		Expect(err).NotTo(HaveOccurred())
		for _, file := range found {
			if filepath.Base(file) != "kustomization.yaml" {
				files = append(files, file)
			}
		}
	}
	Expect(files).To(HaveLen(5))
	return files
}

// installPolicies creates the policies as they are shipped, bound to some namespaces
// only: the labels decide between them, and among those whether RBAC is asked.
func installPolicies(ctx context.Context) {
	GinkgoHelper()
	for _, path := range policyFiles() {
		file, err := os.Open(path)
		Expect(err).NotTo(HaveOccurred())
		decoder := utilyaml.NewYAMLOrJSONDecoder(file, 4096)
		for {
			object := &unstructured.Unstructured{}
			if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
				break
			}
			Expect(err).NotTo(HaveOccurred())
			if object.GetKind() == "ValidatingAdmissionPolicyBinding" && object.GetName() != "domaincert-cluster-providers" {
				value := "yes"
				if object.GetName() == "domaincert-claims" {
					value = "claims"
				}
				Expect(unstructured.SetNestedStringMap(object.Object, map[string]string{guarded: value}, "spec", "matchResources", "namespaceSelector", "matchLabels")).To(Succeed())
			}
			Expect(kube.Create(ctx, object)).To(Succeed())
		}
		Expect(file.Close()).To(Succeed())
	}
}

// try creates an object for nobody to see.
func try(ctx context.Context, by client.Client, object client.Object) error {
	return by.Create(ctx, object.DeepCopyObject().(client.Object), client.DryRunAll) //nolint:forcetypeassert // a deep copy has the type of what it copies
}

var _ = Describe("The admission policies", func() {
	It("fail closed, and look at no status and at nothing that goes", func(ctx context.Context) {
		var policies admissionregistrationv1.ValidatingAdmissionPolicyList
		Expect(kube.List(ctx, &policies)).To(Succeed())
		Expect(policies.Items).To(HaveLen(5))
		Expect(policies.Items).To(HaveEach(HaveField("Spec.FailurePolicy", HaveValue(Equal(admissionregistrationv1.Fail)))))
		for _, policy := range policies.Items {
			for _, rule := range policy.Spec.MatchConstraints.ResourceRules {
				Expect(rule.Resources).To(HaveEach(BeElementOf("domaincertificates", "edgeproviders", "clusteredgeproviders")), "and no status, which is the operator's to write")
				Expect(rule.Operations).NotTo(ContainElement(admissionregistrationv1.Delete), "nothing is kept from going")
			}
		}
	})

	It("let the operator work on what they were written for", func(ctx context.Context) {
		tenant := newNamespace(ctx, map[string]string{guarded: "claims"})
		object := certificate(newNamespace(ctx, nil), "work.example.com", anyEdge())
		object.Namespace = tenant
		as := asUser(ctx, "operator-"+tenant, tenant, operatorVerbs()...)
		Expect(kube.Create(ctx, object)).To(Succeed(), "an administrator may claim anything")
		object.Finalizers = []string{"domaincert.io/withdraw"}
		Eventually(as.Update).WithArguments(ctx, object).Should(Succeed())
		object.Status.ObservedGeneration = &object.Generation
		Expect(as.Status().Update(ctx, object)).To(Succeed())
		Expect(kube.Delete(ctx, object)).To(Succeed())
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
		Expect(object.DeletionTimestamp).NotTo(BeNil())
		object.Finalizers = nil
		Expect(as.Update(ctx, object)).To(Succeed())
	})

	DescribeTable("find typing errors in annotations", func(ctx context.Context, key, value string, accepted bool) {
		tenant := newNamespace(ctx, map[string]string{guarded: "yes"})
		wrong := certificate(tenant, "annotated.example.com", anyEdge())
		wrong.Annotations = map[string]string{"domaincert.io/abandon": "yes please"}
		Eventually(try).WithArguments(ctx, kube, wrong).Should(MatchError(apierrors.IsInvalid, "IsInvalid"))

		object := certificate(tenant, "annotated.example.com", anyEdge())
		Expect(kube.Create(ctx, object)).To(Succeed())
		object.Annotations = map[string]string{key: value}
		if accepted {
			Expect(try(ctx, kube, named(object, "another"))).To(Succeed())
			Expect(kube.Update(ctx, object)).To(Succeed())
			return
		}
		Expect(try(ctx, kube, named(object, "another"))).To(MatchError(apierrors.IsInvalid, "IsInvalid"))
		Expect(kube.Update(ctx, object)).To(MatchError(apierrors.IsInvalid, "IsInvalid"))
	},
		Entry("true", "domaincert.io/allow-older", "true", true),
		Entry("false", "domaincert.io/allow-older", "false", true),
		Entry("True", "domaincert.io/allow-older", "True", false),
		Entry("nothing", "domaincert.io/abandon", "", false),
		Entry("1", "domaincert.io/abandon", "1", false),
		Entry("a time", "domaincert.io/reconcile-requested-at", "2026-01-01T00:00:00Z", true),
		Entry("a very long time", "domaincert.io/reconcile-requested-at", longText, false),
		Entry("somebody else's", "example.com/abandon", "yes", true),
	)

	It("leave the annotations of before alone", func(ctx context.Context) {
		tenant := newNamespace(ctx, nil)
		object := certificate(tenant, "before.example.com", anyEdge())
		object.Annotations = map[string]string{"domaincert.io/allow-older": "yes"}
		Expect(kube.Create(ctx, object)).To(Succeed())
		guard(ctx, tenant)
		object.Labels = map[string]string{"touched": "true"}
		Expect(kube.Update(ctx, object)).To(Succeed())
		object.Annotations["domaincert.io/allow-older"] = "no"
		Expect(kube.Update(ctx, object)).To(MatchError(apierrors.IsInvalid, "IsInvalid"))
	})

	DescribeTable("warn of a ClusterEdgeProvider", func(ctx context.Context, edit func(*clusterSpec), warning string) {
		warned := &warnings{}
		by := asAdministrator(warned)
		edge := clusterEdge(unique("wide"), edit)
		if warning == "" {
			wide := clusterEdge(unique("wide"), func(*clusterSpec) {})
			Eventually(func() []string {
				Expect(try(ctx, by, wide)).To(Succeed())
				return warned.take()
			}).ShouldNot(BeEmpty())
			Expect(try(ctx, by, edge)).To(Succeed())
			Expect(warned.take()).To(BeEmpty())
			return
		}
		Eventually(func() []string {
			Expect(try(ctx, by, edge)).To(Succeed())
			return warned.take()
		}).Should(ContainElement(ContainSubstring(warning)))
	},
		Entry("that all namespaces may use for everything", func(*clusterSpec) {}, "every namespace may use this provider"),
		Entry("that is asked in the clear", func(s *clusterSpec) {
			s.AllowedNamespaces, s.AlibabaCloud.Endpoint = nil, "http://example.com"
		}, "keys travel in the clear"),
		Entry("control: that has rules", rule("sport", "*.example.com"), ""),
		Entry("control: that no namespace may use", func(s *clusterSpec) { s.AllowedNamespaces = nil }, ""),
		Entry("control: that some may use", func(s *clusterSpec) {
			s.AllowedNamespaces = &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
		}, ""),
	)
})

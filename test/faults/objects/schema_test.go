//go:build faults

package objects_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// future is the field of a version that the operator does not know.
const future = "future"

// extend gives the CRD of DomainCertificates the fields of a later version, or
// takes them away.
func extend(ctx context.Context, w *rig.World, add bool) {
	GinkgoHelper()
	crds, err := client.New(w.Cluster.Config(), client.Options{Scheme: crdScheme()})
	Expect(err).NotTo(HaveOccurred())
	crd := &apiextensionsv1.CustomResourceDefinition{}
	Expect(crds.Get(ctx, client.ObjectKey{Name: "domaincertificates.domaincert.io"}, crd)).To(Succeed())
	before := crd.DeepCopy()
	for _, part := range []string{"spec", "status"} {
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties[part]
		delete(schema.Properties, future)
		if add {
			schema.Properties[future] = apiextensionsv1.JSONSchemaProps{Type: "string"}
		}
	}
	Expect(crds.Patch(ctx, crd, client.MergeFrom(before))).To(Succeed())
}

// set sets the field of the later version as a user's tool does.
func set(ctx context.Context, w *rig.World, part string) error {
	object := unversioned(w)
	patch := client.RawPatch("application/merge-patch+json", fmt.Appendf(nil, `{%q:{%q:"yes"}}`, part, future))
	if part == "status" {
		return w.Client.Status().Patch(ctx, object, patch)
	}
	return w.Client.Patch(ctx, object, patch)
}

// kept are the fields of the later version that an object has.
func kept(ctx context.Context, w *rig.World) map[string]string {
	GinkgoHelper()
	object := unversioned(w)
	Expect(w.Client.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
	found := map[string]string{}
	for _, part := range []string{"spec", "status"} {
		if value, ok, err := unstructured.NestedString(object.Object, part, future); ok && err == nil {
			found[part] = value
		}
	}
	return found
}

func unversioned(w *rig.World) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(domaincertv1alpha1.GroupVersion.WithKind("DomainCertificate"))
	object.SetNamespace(w.Namespace)
	object.SetName(rig.Name)
	return object
}

var _ = Describe("row 58:", func() {
	It("a CRD that is upgraded and downgraded under an operator loses nothing that the operator does not know", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.OtherWriters = true
		operator := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		extend(ctx, w, true)
		DeferCleanup(func(ctx SpecContext) { extend(ctx, w, false) })
		// The schema of a CRD is in force a moment after it was written.
		both := map[string]string{"spec": "yes", "status": "yes"}
		Eventually(func() map[string]string {
			Expect(set(ctx, w, "spec")).To(Succeed())
			Expect(set(ctx, w, "status")).To(Succeed())
			return kept(ctx, w)
		}).WithTimeout(rig.Patience).Should(Equal(both))

		// The operator writes both parts: the finalizer, and the status of a renewal.
		object := w.Get(ctx, rig.Name)
		w.Change(ctx, object, func() { object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS })
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		Expect(w.Get(ctx, rig.Name).Finalizers).To(ContainElement(domaincertv1alpha1.WithdrawFinalizer))
		Expect(kept(ctx, w)).To(Equal(both))

		extend(ctx, w, false)
		third := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, third)
		w.AwaitReady(ctx, rig.Name, third.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(3))
		Expect(operator.Ended()).NotTo(BeClosed())
		Expect(operator.Errors()).To(BeEmpty())
	}, SpecTimeout(timeout))
})

func crdScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	Expect(apiextensionsv1.AddToScheme(scheme)).To(Succeed())
	return scheme
}

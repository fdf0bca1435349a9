//go:build faults

package access_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// certManagerCRD is the shape of cert-manager's Certificate as far as the operator
// reads it.
const certManagerCRD = "../../../controllers/testdata"

// installCRDs installs CRDs of a folder and waits until one of them can be listed.
func installCRDs(ctx context.Context, folder string, kind schema.GroupVersionKind) {
	GinkgoHelper()
	_, err := envtest.InstallCRDs(plane.Cluster.Config(), envtest.CRDInstallOptions{Paths: []string{folder}, ErrorIfPathMissing: true})
	Expect(err).NotTo(HaveOccurred())
	Eventually(func() error {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		return plane.Client.List(ctx, list)
	}).WithContext(ctx).WithTimeout(rig.Patience).Should(Succeed())
}

// removeCRD removes a CRD, if it is there, and waits until it is gone.
func removeCRD(ctx context.Context, name string) {
	GinkgoHelper()
	crd := &unstructured.Unstructured{}
	crd.SetName(name)
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	Expect(client.IgnoreNotFound(plane.Client.Delete(ctx, crd))).To(Succeed())
	Eventually(func() bool {
		return apierrors.IsNotFound(plane.Client.Get(ctx, client.ObjectKeyFromObject(crd), crd))
	}).WithContext(ctx).WithTimeout(rig.Patience).Should(BeTrue())
}

func certificateKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"}
}

func installCertManager(ctx context.Context) {
	GinkgoHelper()
	installCRDs(ctx, certManagerCRD, certificateKind())
}

func removeCertManager(ctx context.Context) {
	GinkgoHelper()
	removeCRD(ctx, "certificates.cert-manager.io")
}

// certificateName is a Certificate's, whose Secret has another name.
const certificateName = "issued"

// ask creates the Certificate for a world's Secret; its issuance has begun.
func ask(ctx context.Context, w *rig.World) *unstructured.Unstructured {
	GinkgoHelper()
	certificate := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"secretName": rig.Name}}}
	certificate.SetGroupVersionKind(certificateKind())
	certificate.SetNamespace(w.Namespace)
	certificate.SetName(certificateName)
	w.Create(ctx, certificate)
	tell(ctx, w, certificate, "True")
	return certificate
}

// tell writes the status of a Certificate.
func tell(ctx context.Context, w *rig.World, certificate *unstructured.Unstructured, issuing string) {
	GinkgoHelper()
	before := certificate.DeepCopy()
	Expect(unstructured.SetNestedSlice(certificate.Object, []any{
		map[string]any{"type": "Issuing", "status": issuing},
	}, "status", "conditions")).To(Succeed())
	Expect(w.Client.Status().Patch(ctx, certificate, client.MergeFrom(before))).To(Succeed())
}

// issue ends an issuance as cert-manager does: the Secret first, then the status.
func issue(ctx context.Context, w *rig.World, certificate *unstructured.Unstructured, pair testcerts.Pair) {
	GinkgoHelper()
	w.PutCertificate(ctx, rig.Name, pair)
	tell(ctx, w, certificate, "False")
}

// byCertificate has an object name the Certificate in place of its Secret.
func byCertificate(object *domaincertv1alpha1.DomainCertificate) {
	object.Spec.CertificateRef = &domaincertv1alpha1.CertificateReference{Name: certificateName}
	object.Spec.SecretRef = nil
}

// installOwnCRDs brings the operator's own back.
func installOwnCRDs(ctx context.Context) {
	GinkgoHelper()
	installCRDs(ctx, "../../../config/crd/bases", domaincertv1alpha1.GroupVersion.WithKind("DomainCertificate"))
}

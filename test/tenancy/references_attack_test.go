package tenancy_test

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("A tenant who wants what is in another namespace", func() {
	const domain = "reference.example.com"
	var (
		o      *operator
		tenant string
		edge   *domaincertv1alpha1.EdgeProvider
		key    edgesim.AccessKey
	)
	BeforeEach(func(ctx context.Context) {
		o, key = newOperator(controllers.Permissions{}), newKey()
		tenant = newNamespace(ctx, nil)
		o.newAccount([]string{domain}, key)
		edge = o.newEdge(ctx, tenant, key)
	})

	DescribeTable("attack 49: cannot write", func(ctx context.Context, name string) {
		for _, edit := range []func(*domaincertv1alpha1.DomainCertificate){
			func(d *domaincertv1alpha1.DomainCertificate) { d.Spec.SecretRef.Name = name },
			func(d *domaincertv1alpha1.DomainCertificate) { d.Spec.ProviderRef.Name = name },
			func(d *domaincertv1alpha1.DomainCertificate) {
				d.Spec.SecretRef, d.Spec.CertificateRef = nil, &domaincertv1alpha1.CertificateReference{Name: name}
			},
		} {
			object := certificate(tenant, domain, edge)
			edit(object)
			Expect(apierrors.IsInvalid(kube.Create(ctx, object))).To(BeTrue())
		}
		wrong := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: tenant, Name: "wrong"}, Spec: live(name)}
		Expect(apierrors.IsInvalid(kube.Create(ctx, wrong))).To(BeTrue())
		Expect(o.calls("", domain)).To(BeEmpty())
	},
		Entry("a path to another namespace", "../../"+operatorNamespace+"/secrets/credentials"),
		Entry("another namespace's name", operatorNamespace+"/credentials"),
		Entry("the folder above", ".."),
		Entry("a name with an escape", "..%2fcredentials"),
		Entry("a name with a query", "tls?watch=true"),
		Entry("a name with a new line", "tls\nx"),
		Entry("a name in other case", "TLS"),
		Entry("a name that is too long", strings.Repeat("a", 254)),
	)

	It("attack 50: names a Secret that only another namespace has", func(ctx context.Context) {
		storePair(ctx, newNamespace(ctx, nil), authority.Issue(testcerts.Options{DNSNames: []string{domain}}))
		object := certificate(tenant, domain, edge)
		Expect(kube.Create(ctx, object)).To(Succeed())
		object, _ = o.look(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(o.calls("", domain)).To(BeEmpty())
	})

	It("attack 51: adds a namespace to a reference", func(ctx context.Context) {
		other := newNamespace(ctx, nil)
		storePair(ctx, other, authority.Issue(testcerts.Options{DNSNames: []string{domain}}))
		object := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "domaincert.io/v1alpha1", "kind": "DomainCertificate",
			"metadata": map[string]any{"namespace": tenant, "name": "site"},
			"spec": map[string]any{
				"domainName":  domain,
				"secretRef":   map[string]any{"name": "tls", "namespace": other},
				"providerRef": map[string]any{"name": edge.Name, "namespace": other},
			},
		}}
		Expect(kube.Create(ctx, object)).To(Succeed())
		Expect(object.Object["spec"]).To(HaveKeyWithValue("secretRef", Equal(map[string]any{"name": "tls"})), "the schema knows no such field")
		after, _ := o.look(ctx, certificate(tenant, domain, edge))
		Expect(after).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(o.calls("", domain)).To(BeEmpty())
	})

	It("attack 52: has a cert-manager Certificate name a Secret of another namespace", func(ctx context.Context) {
		other := newNamespace(ctx, nil)
		storePair(ctx, other, authority.Issue(testcerts.Options{DNSNames: []string{domain}}))
		certmanagers := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
			"metadata": map[string]any{"namespace": tenant, "name": "site"},
			"spec":     map[string]any{"secretName": "../../" + other + "/secrets/tls"},
		}}
		Expect(kube.Create(ctx, certmanagers)).To(Succeed())
		object := certificate(tenant, domain, edge)
		object.Spec.SecretRef, object.Spec.CertificateRef = nil, &domaincertv1alpha1.CertificateReference{Name: "site"}
		Expect(kube.Create(ctx, object)).To(Succeed())
		object = o.tryLook(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(o.calls("", domain)).To(BeEmpty())
	})

	It("attack 53: deploys a good certificate of another domain", func(ctx context.Context) {
		object := certificate(tenant, domain, edge)
		storePair(ctx, tenant, authority.Issue(testcerts.Options{DNSNames: []string{"other.example.com"}, CommonName: domain}))
		Expect(kube.Create(ctx, object)).To(Succeed())
		object, _ = o.look(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "DomainNotCovered"))
		Expect(o.calls("", domain)).To(BeEmpty())
	})

	It("attack 54: has a token or a password of its namespace sent as a certificate", func(ctx context.Context) {
		createSecret(ctx, tenant, "tls", map[string][]byte{corev1.TLSCertKey: []byte("s3cr3t-password"), corev1.TLSPrivateKeyKey: []byte("s3cr3t-token")})
		object := certificate(tenant, domain, edge)
		Expect(kube.Create(ctx, object)).To(Succeed())
		object, _ = o.look(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Malformed"))
		Expect(o.calls("", domain)).To(BeEmpty())
		Expect(everythingSaid(o, object)).NotTo(ContainSubstring("s3cr3t"))
	})
})

package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/testcerts"
)

// data of a TLS Secret.
func data(certificate, key []byte) map[string][]byte {
	return map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key}
}

var _ = Describe("bad input in the Secret", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	DescribeTable("says what is wrong, calls no provider, and leaves what is served",
		func(ctx context.Context, reason, message string, bad func(w *world) map[string][]byte) {
			good := w.issue(30)
			w.store(ctx, good)
			object := w.settle(ctx, w.create(ctx))
			w.provider.ForgetCalls()

			w.storeData(ctx, bad(w))
			_, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(2 * time.Second) // the other half of a pair could have come
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, reason))
			Expect(messageOf(object, "CertificateValid")).To(ContainSubstring(message))
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"), "the one deployed before is served")
			Expect(object.Status.Provider.Fingerprint).To(Equal(good.Fingerprint))
			Expect(object.Status.DeployedFingerprint).To(Equal(good.Fingerprint))

			reads := w.secretReads.Load()
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, reason))
			if reason != domaincertv1alpha1.NotYetValidReason {
				Expect(w.secretReads.Load()).To(Equal(reads), "an unchanged Secret is not read again")
			}
			Expect(w.provider.Calls()).To(BeEmpty())

			mended := w.issue(1)
			w.store(ctx, mended)
			object = w.settle(ctx, object)
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
			Expect(object.Status.Provider.Fingerprint).To(Equal(mended.Fingerprint))
		},
		Entry("no tls.crt", "Malformed", "tls.crt", func(w *world) map[string][]byte {
			return data(nil, w.issue(1).KeyPEM)
		}),
		Entry("no tls.key", "Malformed", "tls.key", func(w *world) map[string][]byte {
			return data(w.issue(1).CertificatePEM, nil)
		}),
		Entry("garbled tls.crt", "Malformed", "tls.crt", func(w *world) map[string][]byte {
			return data([]byte("not a certificate"), w.issue(1).KeyPEM)
		}),
		Entry("the key of another certificate", "KeyMismatch", "tls.key", func(w *world) map[string][]byte {
			return data(w.issue(1).CertificatePEM, w.issue(1).KeyPEM)
		}),
		Entry("a certificate for another domain", "DomainNotCovered", domain, func(w *world) map[string][]byte {
			pair := ca.Issue(testcerts.Options{DNSNames: []string{"other.example.com"}})
			return data(pair.CertificatePEM, pair.KeyPEM)
		}),
		Entry("an expired certificate", "Expired", "renew", func(w *world) map[string][]byte {
			pair := w.issue(91)
			return data(pair.CertificatePEM, pair.KeyPEM)
		}),
		Entry("a certificate of tomorrow", "NotYetValid", "valid", func(w *world) map[string][]byte {
			pair := w.issue(-1)
			return data(pair.CertificatePEM, pair.KeyPEM)
		}),
		Entry("an encrypted key", "UnsupportedKey", "passphrase", func(w *world) map[string][]byte {
			signer := testcerts.NewKey(testcerts.ECDSAP256)
			pair := ca.Issue(testcerts.Options{DNSNames: []string{domain}, Signer: signer})
			return data(pair.CertificatePEM, testcerts.EncryptedPKCS8(signer, "secret"))
		}),
		Entry("a key of a kind that providers do not take", "UnsupportedKey", "", func(w *world) map[string][]byte {
			pair := ca.Issue(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.Ed25519})
			return data(pair.CertificatePEM, pair.KeyPEM)
		}),
		Entry("more than a certificate can be", "TooLarge", "", func(w *world) map[string][]byte {
			return data(make([]byte, 200_000), w.issue(1).KeyPEM)
		}),
	)

	It("waits for a Secret that does not exist, and for one that is taken away keeps what is served", func(ctx context.Context) {
		object := w.create(ctx)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "SecretNotFound"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "SecretNotFound"))

		w.store(ctx, w.issue(1))
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))

		Expect(kube.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "tls"}})).To(Succeed())
		w.provider.ForgetCalls()
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
		Expect(w.provider.Calls()).To(BeEmpty())

		Expect(result.RequeueAfter).To(Equal(10 * time.Minute))
		w.pass(result.RequeueAfter)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "SecretNotFound"))
		Expect(object).To(haveNoCondition("Reconciling"))

		w.clock.SetTime(object.Status.Provider.NotAfter.Add(-time.Minute))
		_, result, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(time.Minute), "it looks again when what is served expires")
		w.pass(result.RequeueAfter)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "SecretNotFound"), "what is served has expired")
	})

	It("says when the certificate expires in place, without being told by anyone", func(ctx context.Context) {
		w.store(ctx, w.issue(89))
		object := w.settle(ctx, w.create(ctx))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		for w.clock.Now().Before(object.Status.Source.NotAfter.Time) {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.RequeueAfter).To(BeNumerically(">", 0))
			w.pass(result.RequeueAfter)
		}
		Expect(w.clock.Now()).To(BeTemporally("==", object.Status.Source.NotAfter.Time), "it looks again at that very moment")
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Expired"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "Expired"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Expired"))
	})

	It("says that it may not read the Secret", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		w.reconciler.Reader = interceptor.NewClient(withWatch, interceptor.Funcs{
			Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
				return apierrors.NewForbidden(corev1.Resource("secrets"), "tls", nil)
			},
		})
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretForbidden"))
		Expect(messageOf(object, "CertificateValid")).To(ContainSubstring("grant its ServiceAccount the verb get"))
	})

	It("reads an edited Secret once and sends nothing if the certificate is the same", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		reads := w.secretReads.Load()
		w.storeData(ctx, map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM, "note": []byte("x")})
		object = w.settle(ctx, object)
		Expect(w.secretReads.Load()).To(Equal(reads + 1))
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})
})

var _ = Describe("a certificate named by cert-manager's Certificate", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	named := func(object *domaincertv1alpha1.DomainCertificate) {
		object.Spec.SecretRef = nil
		object.Spec.CertificateRef = &domaincertv1alpha1.CertificateReference{Name: "video"}
	}
	certificate := func(issuing string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
			"metadata": map[string]any{"namespace": w.namespace, "name": "video"},
			"spec":     map[string]any{"secretName": "tls"},
			"status":   map[string]any{"conditions": []any{map[string]any{"type": "Issuing", "status": issuing}}},
		}}
	}

	It("waits for the Certificate, then for its issuance, then deploys its Secret", func(ctx context.Context) {
		object, _, err := w.reconcile(ctx, w.create(ctx, named))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(messageOf(object, "CertificateValid")).To(ContainSubstring("Certificate video"))

		status := certificate("True").Object["status"]
		issued := certificate("True")
		Expect(kube.Create(ctx, issued)).To(Succeed())
		issued.Object["status"] = status
		Expect(kube.Status().Update(ctx, issued)).To(Succeed())
		pair := w.issue(1)
		w.store(ctx, pair)
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically("<=", 10*time.Second))
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Issuing"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Issuing"))

		issued.Object["status"] = certificate("False").Object["status"]
		Expect(kube.Status().Update(ctx, issued)).To(Succeed())
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Source.SecretName).To(Equal("tls"))
		Expect(w.deployed()).To(Equal([]string{pair.Fingerprint}))
	})

	It("says again what is wrong with a Secret after something else was said", func(ctx context.Context) {
		issued := certificate("False")
		Expect(kube.Create(ctx, issued)).To(Succeed())
		w.storeData(ctx, data([]byte("garbled"), nil))
		object, _, err := w.reconcile(ctx, w.create(ctx, named))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Malformed"))
		issued.Object["status"] = certificate("True").Object["status"]
		Expect(kube.Status().Update(ctx, issued)).To(Succeed())
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Issuing"))

		issued.Object["status"] = certificate("False").Object["status"]
		Expect(kube.Status().Update(ctx, issued)).To(Succeed())
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Malformed"))
		Expect(w.provider.Calls()).To(BeEmpty())
	})

	It("looks for a Secret of another name by itself: nobody is woken by one that was never read", func(ctx context.Context) {
		Expect(kube.Create(ctx, certificate("False"))).To(Succeed())
		object, result, err := w.reconcile(ctx, w.create(ctx, named))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(messageOf(object, "CertificateValid")).To(ContainSubstring("Secret tls"))
		Expect(result.RequeueAfter).To(And(BeNumerically(">", 0), BeNumerically("<=", 10*time.Second)))
	})
})

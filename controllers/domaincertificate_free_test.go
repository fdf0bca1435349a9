package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

// free asks for a certificate of the provider's own.
func free(object *domaincertv1alpha1.DomainCertificate) {
	object.Spec.SecretRef = nil
	object.Spec.ProviderCertificate = &domaincertv1alpha1.ProviderCertificate{Type: domaincertv1alpha1.ProviderCertificateFree}
}

var _ = Describe("a free certificate", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	// issued is what the provider shows once it has issued one.
	issued := func(pair testcerts.Pair) {
		w.provider.Change(domain, func(held *provider.Observation) {
			*held = provider.Observation{Found: true, CertificateType: "free", HTTPS: provider.HTTPSOn, Status: "success",
				Fingerprint: pair.Fingerprint, NotBefore: pair.Leaf.NotBefore, NotAfter: pair.Leaf.NotAfter}
		})
	}
	applying := func(trouble *provider.Error) {
		w.provider.Change(domain, func(held *provider.Observation) {
			*held = provider.Observation{Found: true, CertificateType: "free", HTTPS: provider.HTTPSOn, Status: "checking", Pending: trouble == nil, Trouble: trouble}
		})
	}
	// has creates an object whose free certificate is in place.
	has := func(ctx context.Context, pair testcerts.Pair, edits ...func(*domaincertv1alpha1.DomainCertificate)) *domaincertv1alpha1.DomainCertificate {
		GinkgoHelper()
		object, _, err := w.reconcile(ctx, w.create(ctx, append(edits, free)...))
		Expect(err).NotTo(HaveOccurred())
		issued(pair)
		return w.settle(ctx, object)
	}

	It("is applied for once, awaited, and served", func(ctx context.Context) {
		object, _, err := w.reconcile(ctx, w.create(ctx, free))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
		applying(nil)
		for range 3 {
			w.pass(time.Minute)
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
		}
		pair := w.issue(1)
		issued(pair)
		w.pass(time.Minute)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Source).To(BeNil())
		Expect(object.Status.DeployedFingerprint).To(BeEmpty())
		Expect(object.Status.Provider.Fingerprint).To(Equal(pair.Fingerprint))
		deploys := w.provider.Calls(fake.Deploy)
		Expect(deploys).To(HaveLen(1))
		Expect(deploys[0].Target.Existing).To(HaveValue(Equal(provider.Existing{Type: provider.ExistingFree})))
		Expect(w.provider.Calls(fake.Find)).To(BeEmpty())
		Expect(w.secretReads.Load()).To(BeZero())
	})

	It("is not applied for again after a restart", func(ctx context.Context) {
		object, _, err := w.reconcile(ctx, w.create(ctx, free))
		Expect(err).NotTo(HaveOccurred())
		applying(nil)
		w.restart()
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("is taken over where it is in place, and watched from then on", func(ctx context.Context) {
		issued(w.issue(1))
		object := w.settle(ctx, w.create(ctx, free, func(o *domaincertv1alpha1.DomainCertificate) { o.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn }))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.LastDeployedTime).NotTo(BeNil())
		w.put(w.issue(2))
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "DriftDetected"))
		Expect(w.deployed()).To(BeEmpty())
	})

	It("says what the provider wants for it", func(ctx context.Context) {
		object, _, err := w.reconcile(ctx, w.create(ctx, free))
		Expect(err).NotTo(HaveOccurred())
		applying(&provider.Error{Kind: provider.Rejected, Code: "cname_error", Advice: "point the domain's CNAME record to the provider"})
		w.pass(time.Minute)
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Rejected"))
		Expect(messageOf(object, "Deployed")).To(ContainSubstring("CNAME record"))
		Expect(object).To(haveNoCondition("Stalled"))
		Expect(result.RequeueAfter).To(Equal(time.Minute), "it may pass: as long again as it has lasted")
		w.pass(10 * time.Minute)
		object, result, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Rejected"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Rejected"))
		Expect(result.RequeueAfter).To(BeNumerically(">", 50*time.Minute))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("is followed when the provider renews it", func(ctx context.Context) {
		first, renewed := w.issue(60), w.issue(1)
		w.edge.serves = first
		object := has(ctx, first, verified)
		Expect(object).To(haveCondition("Verified", metav1.ConditionTrue, "Verified"))
		issued(renewed)
		w.edge.serves = renewed
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object.Status.Provider.Fingerprint).To(Equal(renewed.Fingerprint))
		Expect(object.Status.Edge.Fingerprint).To(Equal(renewed.Fingerprint))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("is not what the edge serves if that shows another one", func(ctx context.Context) {
		pair := w.issue(1)
		w.edge.serves = w.issue(2)
		object, _, err := w.reconcile(ctx, w.create(ctx, free, verified))
		Expect(err).NotTo(HaveOccurred())
		issued(pair)
		w.pass(11 * time.Minute)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "ServesOther"))
	})

	It("is told of some days before it expires, and when it has until it is renewed", func(ctx context.Context) {
		object := has(ctx, w.issue(80)) // for ten more days
		w.recorder.take()
		w.pass(4 * 24 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Expiring"))
		Expect(w.recorder.take()).To(Equal([]string{"Warning Expiring CertificateValid"}))

		w.pass(7 * 24 * time.Hour)
		for range 2 {
			after, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(after).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Expired"))
			Expect(after).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
			Expect(after).To(haveCondition("Ready", metav1.ConditionFalse, "Expired"))
			Expect(after).To(haveCondition("Stalled", metav1.ConditionTrue, "Expired"))
			Expect(result.RequeueAfter).To(BeNumerically("<=", 66*time.Minute))
			w.pass(result.RequeueAfter)
		}
		w.provider.FailNext(fake.Observe, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		after, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(after).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Expired"))

		issued(w.issue(1))
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("stays in place while the provider cannot be read", func(ctx context.Context) {
		object := has(ctx, w.issue(1))
		w.provider.FailNext(fake.Observe, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		w.pass(7 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("replaces a Secret's certificate and is replaced by it", func(ctx context.Context) {
		w.store(ctx, w.issue(3))
		object := w.settle(ctx, w.create(ctx))
		free(object)
		Expect(kube.Update(ctx, object)).To(Succeed())
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		issued(w.issue(2))
		object = w.settle(ctx, object)
		Expect(object.Status.DeployedFingerprint).To(BeEmpty())
		Expect(object.Status.Source).To(BeNil())

		own := w.issue(1)
		w.store(ctx, own)
		object.Spec.ProviderCertificate = nil
		object.Spec.SecretRef = &domaincertv1alpha1.SecretReference{Name: "tls"}
		Expect(kube.Update(ctx, object)).To(Succeed())
		object = w.settle(ctx, object)
		Expect(object.Status.Provider.Fingerprint).To(Equal(own.Fingerprint))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(3))
	})

	It("is withdrawn with its object if that was asked for", func(ctx context.Context) {
		object := has(ctx, w.issue(1), func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
		})
		Expect(kube.Delete(ctx, object)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Withdraw)).To(HaveLen(1))
	})
})

package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = Describe("withdrawing destroys a certificate, so that", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	disable := func(object *domaincertv1alpha1.DomainCertificate) {
		object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
	}
	retain := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) {
		GinkgoHelper()
		Expect(kube.Get(ctx, keyOf(object.Namespace, object.Name), object)).To(Succeed())
		object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionRetain
		Expect(kube.Update(ctx, object)).To(Succeed())
	}
	leave := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) {
		GinkgoHelper()
		Expect(kube.Delete(ctx, object)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
	}
	exists := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) bool {
		return kube.Get(ctx, keyOf(object.Namespace, object.Name), &domaincertv1alpha1.DomainCertificate{}) == nil
	}

	It("a policy of Retain counts although it was never acted upon", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		retain(ctx, object)
		leave(ctx, object)
		Expect(exists(ctx, object)).To(BeFalse())
		Expect(w.provider.Calls(fake.Withdraw)).To(BeEmpty())
	})

	It("a policy of Retain still counts when the deletion is under way", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		w.provider.FailNext(fake.Withdraw, &provider.Error{Kind: provider.Rejected, Code: "Certificate.NotPermittedOff"})
		leave(ctx, object)
		Expect(exists(ctx, object)).To(BeTrue())
		retain(ctx, object)
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(exists(ctx, object)).To(BeFalse())
		Expect(w.provider.Calls(fake.Withdraw)).To(HaveLen(1))
	})

	It("an object that is suspended takes on a new policy", func(ctx context.Context) {
		yes := true
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		object.Spec.Suspend = &yes
		disable(object)
		Expect(kube.Update(ctx, object)).To(Succeed())
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		leave(ctx, object)
		Expect(exists(ctx, object)).To(BeFalse())
		Expect(w.provider.Calls(fake.Withdraw)).To(HaveLen(1))
	})

	It("a domain that the provider does not allow any more is left alone", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), edge)).To(Succeed())
		edge.Spec.AllowedDomains = []string{"*.example.net"}
		Expect(kube.Update(ctx, edge)).To(Succeed())
		edge.Status = readyProvider(edge.Generation, "1001")
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())

		Expect(kube.Delete(ctx, object)).To(Succeed())
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "DomainNotAllowed"))
		Expect(messageOf(object, "Stalled")).To(ContainSubstring("domaincert.io/abandon=true"))
		Expect(w.provider.Calls(fake.Withdraw)).To(BeEmpty())
	})

	It("a refusal says how to go on, and does not speak of a rotation", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		w.provider.FailNext(fake.Withdraw, &provider.Error{Kind: provider.Rejected, Code: "Certificate.NotPermittedOff", Advice: "ask the provider's support"})
		Expect(kube.Delete(ctx, object)).To(Succeed())
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Rejected"))
		Expect(messageOf(object, "Stalled")).To(And(ContainSubstring("ask the provider's support"), ContainSubstring("domaincert.io/abandon=true")))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("a domain that is stopped, and takes no change, keeps its object", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		w.provider.FailNext(fake.Withdraw, &provider.Error{Kind: provider.NotFound, Code: "InvalidDomain.notOnline", Advice: "bring the domain online"})
		leave(ctx, object)
		Expect(kube.Get(ctx, keyOf(object.Namespace, object.Name), object)).To(Succeed())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "DomainNotFound"))
		Expect(messageOf(object, "Stalled")).To(And(ContainSubstring("bring the domain online"), ContainSubstring("domaincert.io/abandon=true")))

		w.pass(2 * time.Hour)
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(exists(ctx, object)).To(BeFalse())
		Expect(w.provider.Held(domain).Found).To(BeFalse())
	})

	It("a domain whose HTTPS may be off already is not called served", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		w.provider.LoseAnswers(&provider.Error{Kind: provider.Unavailable, Code: "connection"})
		Expect(kube.Delete(ctx, object)).To(Succeed())
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(w.provider.Held(domain).Found).To(BeFalse())
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "Unavailable"))

		w.provider.LoseAnswers(nil)
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(exists(ctx, object)).To(BeFalse())
	})

	It("a namespace that goes is not held up for a provider that has gone with it", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		Expect(kube.Delete(ctx, &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "live"}})).To(Succeed())
		leave(ctx, object)
		Expect(kube.Get(ctx, keyOf(object.Namespace, object.Name), object)).To(Succeed())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "ProviderNotFound"), "the provider may be created again")

		Expect(kube.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}})).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(exists(ctx, object)).To(BeFalse())
	})

	It("an object that is leaving as well is no heir", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		first := w.settle(ctx, w.create(ctx, disable))
		second, _, err := w.reconcile(ctx, w.create(ctx, disable, func(o *domaincertv1alpha1.DomainCertificate) { o.Name = "live-copy" }))
		Expect(err).NotTo(HaveOccurred())
		Expect(second).To(haveCondition("Accepted", metav1.ConditionFalse, "Conflict"))
		Expect(kube.Delete(ctx, second)).To(Succeed())
		leave(ctx, first)
		_, _, err = w.reconcile(ctx, second)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Withdraw)).To(HaveLen(1), "both ask for it, and one had the certificate in place")
		Expect(exists(ctx, first)).To(BeFalse())
		Expect(exists(ctx, second)).To(BeFalse())
	})

	It("a race about the finalizer is tried again and told to nobody", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		disable(object)
		Expect(kube.Update(ctx, object)).To(Succeed())
		stale := object.DeepCopy()
		object.Annotations = map[string]string{"somebody": "else"}
		Expect(kube.Update(ctx, object)).To(Succeed())

		writes := w.statusWrites.Load()
		_, err := w.reconciler.Reconcile(ctx, stale)
		Expect(err).To(HaveOccurred())
		Expect(w.statusWrites.Load()).To(Equal(writes))
		object = w.settle(ctx, object)
		Expect(object.Finalizers).To(ConsistOf("domaincert.io/withdraw"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})
})

package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

func keyOf(namespace, name string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: name}
}

var _ = Describe("verifying the edge", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	It("waits for the edge to switch, and asks the provider no further meanwhile", func(ctx context.Context) {
		before, renewed := w.issue(60), w.issue(1)
		w.edge.serves = before
		w.store(ctx, before)
		object := w.settle(ctx, w.create(ctx, verified))
		Expect(object).To(haveCondition("Verified", metav1.ConditionTrue, "Verified"))
		Expect(object.Status.Edge.Fingerprint).To(Equal(before.Fingerprint))
		Expect(object.Status.Edge.Address).To(Equal(domain + ":443"))

		w.recorder.take()
		w.store(ctx, renewed)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.recorder.take()).To(Equal([]string{"Normal Deploying Deployed"}), "what was not reached is no news")
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Propagating"))
		w.pass(time.Second)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Propagating"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))

		w.provider.ForgetCalls()
		for range 5 {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(result.RequeueAfter)
		}
		Expect(w.provider.Calls()).To(BeEmpty())
		w.edge.serves = renewed
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Verified", metav1.ConditionTrue, "Verified"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Edge.Fingerprint).To(Equal(renewed.Fingerprint))
	})

	It("calls a human when the edge still serves another certificate after ten minutes", func(ctx context.Context) {
		w.edge.serves = w.issue(60)
		w.store(ctx, w.issue(1))
		object := w.create(ctx, verified)
		for end := w.clock.Now().Add(11 * time.Minute); w.clock.Now().Before(end); {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(result.RequeueAfter)
		}
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "ServesOther"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "ServesOther"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "ServesOther"))
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(w.deployed()).To(HaveLen(1), "pushing again would not help")
	})

	It("says that the edge cannot be reached, and tries again", func(ctx context.Context) {
		w.edge.failure = &edgeprobe.Error{Failure: edgeprobe.Refused, Address: domain + ":443"}
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.create(ctx, verified)
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		w.pass(time.Second)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Unreachable"))
		Expect(messageOf(object, "Verified")).To(ContainSubstring("not public"))

		w.edge.failure, w.edge.serves = nil, pair
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("waits for the first certificate to reach an edge that refuses the handshake until then", func(ctx context.Context) {
		w.edge.failure = &edgeprobe.Error{Failure: edgeprobe.NoHandshake, Address: domain + ":443"}
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.create(ctx, verified)
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		w.pass(time.Second)
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Propagating"))
		Expect(messageOf(object, "Verified")).To(ContainSubstring("has not reached the edge yet"))

		w.pass(result.RequeueAfter)
		w.edge.failure, w.edge.serves = nil, pair
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		w.edge.failure = &edgeprobe.Error{Failure: edgeprobe.NoHandshake, Address: domain + ":443"}
		w.pass(7 * time.Hour)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Unreachable"), "an edge that had it must not lose it")
	})

	It("sends a wildcard's host, and connects where it is told to", func(ctx context.Context) {
		w.provider.AddDomain("*.example.com")
		pair := ca.Issue(testOptions("*.example.com"))
		w.edge.serves = pair
		w.store(ctx, pair)
		w.settle(ctx, w.create(ctx, verified, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.DomainName = "*.example.com"
			o.Spec.Verification.Host, o.Spec.Verification.Address = "probe.example.com", "edge.example.net:8443"
		}))
		Expect(w.edge.probes).To(HaveEach(edgeprobe.Request{ServerName: "probe.example.com", Address: "edge.example.net:8443"}))
	})

	It("drops the condition when verification is turned off", func(ctx context.Context) {
		pair := w.issue(1)
		w.edge.serves = pair
		w.store(ctx, pair)
		object := w.settle(ctx, w.create(ctx, verified))
		object.Spec.Verification.Mode = domaincertv1alpha1.VerificationNone
		Expect(kube.Update(ctx, object)).To(Succeed())
		Expect(w.settle(ctx, object)).To(haveNoCondition("Verified"))
	})
})

var _ = Describe("deleting an object", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	disable := func(object *domaincertv1alpha1.DomainCertificate) {
		object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
	}
	expectGone := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) {
		GinkgoHelper()
		err := kube.Get(ctx, keyOf(object.Namespace, object.Name), &domaincertv1alpha1.DomainCertificate{})
		Expect(apierrors.IsNotFound(err)).To(BeTrue(), "still there: %v", err)
	}

	It("leaves the domain as it is by default, without a finalizer", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		Expect(object.Finalizers).To(BeEmpty())
		Expect(kube.Delete(ctx, object)).To(Succeed())
		expectGone(ctx, object)
		Expect(w.provider.Calls(fake.Withdraw)).To(BeEmpty())
	})

	It("turns HTTPS off first if it was asked to", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		Expect(object.Finalizers).To(ConsistOf("domaincert.io/withdraw"))
		Expect(kube.Delete(ctx, object)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		expectGone(ctx, object)
		Expect(w.provider.Calls(fake.Withdraw)).To(HaveLen(1))
	})

	It("takes the finalizer away when the policy changes", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionRetain
		Expect(kube.Update(ctx, object)).To(Succeed())
		Expect(w.settle(ctx, object).Finalizers).To(BeEmpty())
	})

	It("retries while the provider is away, and says so", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		Expect(kube.Delete(ctx, object)).To(Succeed())
		w.provider.FailNext(fake.Withdraw, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Unavailable"))
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		expectGone(ctx, object)
	})

	It("gives up where the user abandons it", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		Expect(kube.Delete(ctx, object)).To(Succeed())
		w.provider.FailFor(domain, &provider.Error{Kind: provider.Rejected, Code: "Certificate.NotPermittedOff"})
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically(">", 0))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Rejected"))

		object.Annotations = map[string]string{domaincertv1alpha1.AbandonAnnotation: "true"}
		Expect(kube.Update(ctx, object)).To(Succeed())
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		expectGone(ctx, object)
	})

	It("withdraws nothing for an object that never deployed anything", func(ctx context.Context) {
		object, _, err := w.reconcile(ctx, w.create(ctx, disable))
		Expect(err).NotTo(HaveOccurred())
		Expect(kube.Delete(ctx, object)).To(Succeed())
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		expectGone(ctx, object)
		Expect(w.provider.Calls()).To(BeEmpty())
	})

	It("withdraws nothing if another object takes the domain over", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		heir := w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Name = "live-heir" })
		Expect(kube.Delete(ctx, object)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		expectGone(ctx, object)
		Expect(w.provider.Calls(fake.Withdraw)).To(BeEmpty())
		Expect(w.settle(ctx, heir)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("is not stopped by suspend", func(ctx context.Context) {
		yes := true
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx, disable))
		object.Spec.Suspend = &yes
		Expect(kube.Update(ctx, object)).To(Succeed())
		Expect(kube.Delete(ctx, object)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		expectGone(ctx, object)
	})
})

package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

// lastCall is a provider whose Deploy is the last thing that the operator does
// before it is told to stop.
type lastCall struct {
	provider.Provider
	stop func()
}

func (l *lastCall) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	defer l.stop()
	return l.Provider.Deploy(ctx, target, bundle)
}

var _ = Describe("what changes while a provider is being asked", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	// during runs something once, in the middle of the next call of a method.
	during := func(method fake.Method, something func(ctx context.Context)) {
		done := false
		w.provider.Before(func(ctx context.Context, call fake.Call) {
			if call.Method == method && !done {
				done = true
				something(ctx)
			}
		})
	}
	edit := func(ctx context.Context, change func(*domaincertv1alpha1.DomainCertificate)) {
		GinkgoHelper()
		object := &domaincertv1alpha1.DomainCertificate{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), object)).To(Succeed())
		change(object)
		Expect(kube.Update(ctx, object)).To(Succeed())
	}

	It("is looked at: the answer was about the spec before", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object, result, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		asked := object.Generation
		w.pass(result.RequeueAfter)
		during(fake.Observe, func(ctx context.Context) {
			edit(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
				o.Spec.Interval = metav1.Duration{Duration: time.Minute}
			})
		})
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object.Status.ObservedGeneration).To(HaveValue(Equal(asked)))

		object, result, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.ObservedGeneration).To(HaveValue(Equal(object.Generation)))
		Expect(result.RequeueAfter).To(BeNumerically("<=", 66*time.Second), "the new interval counts")
	})

	It("counts if it is a permission", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		older := w.issue(30)
		w.store(ctx, older)
		during(fake.Observe, func(ctx context.Context) {
			edit(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
				o.Annotations = map[string]string{domaincertv1alpha1.AllowOlderAnnotation: "true"}
			})
		})
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "OlderThanServed"))
		Expect(w.settle(ctx, object).Status.Provider.Fingerprint).To(Equal(older.Fingerprint))
	})

	It("says nothing of an object that was created anew under the same name", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		during(fake.Deploy, func(ctx context.Context) {
			Expect(kube.Delete(ctx, object)).To(Succeed())
			w.create(ctx)
		})
		again, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred(), "the new one has an event of its own")
		Expect(again.UID).NotTo(Equal(object.UID))
		Expect(again.Status.Conditions).To(BeEmpty())
		Expect(again.Status.DeployedFingerprint).To(BeEmpty())
		Expect(w.settle(ctx, again)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("does not cost the memory of what was sent if the next status has something else to say", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		w.provider.ShowAfter(5)
		w.failStatusWrites.Store(1)
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).To(HaveOccurred())
		sent := metav1.NewTime(w.clock.Now())

		w.pass(time.Second)
		yes := true
		edit(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Spec.Suspend = &yes })
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "Suspended"))
		Expect(object.Status.DeployedFingerprint).To(Equal(pair.Fingerprint))
		Expect(object.Status.LastDeployedTime.Equal(&sent)).To(BeTrue())

		edit(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Spec.Suspend = nil })
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("is written down although the operator is stopping: the next one must not send it again", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.create(ctx)
		stopping, stop := context.WithCancel(ctx)
		defer stop()
		w.opener.connection.Provider = &lastCall{Provider: w.opener.connection.Provider, stop: stop}
		_, err := w.reconciler.Reconcile(stopping, object.DeepCopy())
		Expect(err).NotTo(HaveOccurred())
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), object)).To(Succeed())
		Expect(object.Status.DeployedFingerprint).To(Equal(pair.Fingerprint))
	})

	It("tells an object that goes nothing, and forgets it", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		during(fake.Deploy, func(ctx context.Context) { Expect(kube.Delete(ctx, object)).To(Succeed()) })
		_, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.IsZero()).To(BeTrue())
		Expect(w.ledger).To(Equal(controllers.NewLedger()), "nothing is kept of what is gone")
	})

})

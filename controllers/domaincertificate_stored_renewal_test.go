package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

var _ = Describe("a certificate that is renewed in the provider's store", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	It("is followed to another one of its name, though a drift was left alone", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(3)))
		object := w.settle(ctx, w.create(ctx, fromStore("", "bought"), func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn
		}))
		w.put(w.issue(2))
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "DriftDetected"))
		renewed := w.issue(1)
		w.provider.Store(stored("17", "bought", renewed))
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Provider.Fingerprint).To(Equal(renewed.Fingerprint))
	})

	It("recovers by a renewal under its name after it expired unseen in effect", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(89)))
		w.provider.ShowAfter(1000)
		object, _, err := w.reconcile(ctx, w.create(ctx, fromStore("", "bought")))
		Expect(err).NotTo(HaveOccurred())
		w.pass(48 * time.Hour)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Expired"))
		w.provider.ShowAfter(0)
		w.provider.Store(stored("17", "bought", w.issue(1)))
		w.pass(7 * time.Hour)
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})
})

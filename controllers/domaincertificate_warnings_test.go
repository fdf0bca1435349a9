package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("what is deployed and has a flaw", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })
	// look has the provider read back after a while.
	look := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, after time.Duration) *domaincertv1alpha1.DomainCertificate {
		GinkgoHelper()
		w.pass(after)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		return object
	}

	DescribeTable("warns once that a certificate in a Secret was not renewed",
		func(ctx context.Context, lifetime, warned time.Duration) {
			pair := ca.Issue(testcerts.Options{DNSNames: []string{domain}, NotBefore: w.clock.Now(), NotAfter: w.clock.Now().Add(lifetime)})
			w.store(ctx, pair)
			object := w.settle(ctx, w.create(ctx))
			w.recorder.take()
			object = look(ctx, object, pair.Leaf.NotAfter.Add(-warned-time.Minute).Sub(w.clock.Now()))
			Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"))
			object = look(ctx, object, time.Minute)
			Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Expiring"))
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
			look(ctx, object, time.Minute)
			Expect(w.recorder.take()).To(Equal([]string{"Warning Expiring CertificateValid"}))
		},
		Entry("a week before its end, if it lives for long", 90*24*time.Hour, 7*24*time.Hour),
		Entry("in its last tenth, if it lives for hours", 24*time.Hour, 144*time.Minute),
	)

	It("is looked at when it is time to warn", func(ctx context.Context) {
		w.store(ctx, ca.Issue(testcerts.Options{DNSNames: []string{domain}, NotBefore: w.clock.Now(), NotAfter: w.clock.Now().Add(time.Hour)}))
		object := w.settle(ctx, w.create(ctx))
		_, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically("~", 54*time.Minute, time.Minute))
	})

	It("warns once of a chain without the issuer, and says so until the Secret has one", func(ctx context.Context) {
		pair := w.issue(2)
		w.storeData(ctx, data(testcerts.CertificatePEM(pair.Leaf), pair.KeyPEM))
		object := w.settle(ctx, w.create(ctx))
		Expect(w.recorder.take()).To(ContainElement("Warning IncompleteChain CertificateValid"))
		for range 2 {
			Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "IncompleteChain"))
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
			object = look(ctx, object, time.Minute)
		}
		Expect(w.recorder.take()).To(BeEmpty())

		w.store(ctx, w.issue(1))
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"))
	})

	It("tells of a drift that it repairs", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		w.put(w.issue(10))
		w.pass(time.Hour)
		w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "1")
		w.recorder.take()
		w.settle(ctx, object)
		Expect(w.recorder.take()).To(ContainElement("Warning DriftDetected Deployed"))
	})
})

package controllers_test

import (
	"context"
	"math/big"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("facts in the status", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	request := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, value string) {
		GinkgoHelper()
		Expect(kube.Get(ctx, keyOf(object.Namespace, object.Name), object)).To(Succeed())
		object.Annotations = map[string]string{domaincertv1alpha1.ReconcileRequestedAtAnnotation: value}
		Expect(kube.Update(ctx, object)).To(Succeed())
	}

	It("fit it, whatever a provider says", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		long := strings.Repeat("ä", 300)
		w.provider.Change(domain, func(held *provider.Observation) {
			held.CertificateID, held.CertificateName, held.CertificateType, held.CertificateRegion = long, long, long, long
			held.CertificateDomainName, held.Organization, held.Life, held.Status = long, long, long, long
			held.CNAMEStatus, held.TaskID = long, long
			held.HTTPS, held.Version, held.StagingVersion = "Maybe", -1, -1
		})
		request(ctx, object, "1")
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object.Status.Provider.Life).To(HavePrefix("ää"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("fit it, whatever a certificate says", func(ctx context.Context) {
		pair := ca.Issue(testcerts.Options{
			DNSNames:     []string{domain, strings.Repeat("a.", 200) + "example.com"},
			SerialNumber: new(big.Int).Lsh(big.NewInt(1), 400),
		})
		w.store(ctx, pair)
		object := w.settle(ctx, w.create(ctx))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Source.Fingerprint).To(Equal(pair.Fingerprint))
	})

	It("acknowledge a request of any length once", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		request(ctx, object, "x"+strings.Repeat("ä", 200))
		w.provider.ForgetCalls()
		for range 3 {
			_, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1))
	})

	It("guard against older certificates even if somebody cleared them", func(ctx context.Context) {
		newer := w.issue(1)
		w.store(ctx, newer)
		object := w.settle(ctx, w.create(ctx))
		object.Status = domaincertv1alpha1.DomainCertificateStatus{}
		Expect(kube.Status().Update(ctx, object)).To(Succeed())
		w.store(ctx, w.issue(30))
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "OlderThanServed"))

		w.store(ctx, newer)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.DeployedFingerprint).To(Equal(newer.Fingerprint))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("of a provider that is another account now are read again", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), edge)).To(Succeed())
		edge.Status.Credentials.ResourceVersion = "2"
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls()).To(BeEmpty(), "another key of the same account changes nothing")

		edge.Status.AccountID = "2002"
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1))
	})

	It("are verified at once when verification is turned on, and read back at a new interval", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		w.edge.serves = pair
		object := w.settle(ctx, w.create(ctx))
		object.Spec.Interval = metav1.Duration{Duration: time.Minute}
		verified(object)
		Expect(kube.Update(ctx, object)).To(Succeed())
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Verified", metav1.ConditionTrue, "Verified"))
		Expect(result.RequeueAfter).To(BeNumerically("<=", 66*time.Second))
	})
})

var _ = Describe("clocks that are wrong", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	It("do no lasting harm: what seemed to have expired is valid again", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.pass(365 * 24 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Expired"))
		w.pass(-365 * 24 * time.Hour)
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("do not make the operator ask without a pause", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.ShowAfter(1000)
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		w.restart()
		w.pass(-time.Hour)
		_, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically(">=", 10*time.Second))
	})
})

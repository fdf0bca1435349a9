package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

// stored is a pair as a certificate store tells of it, without a body.
func stored(id, name string, pair testcerts.Pair) provider.Stored {
	leaf := *pair.Leaf
	leaf.Raw = nil
	return provider.Stored{
		Existing:    provider.Existing{Type: provider.ExistingCAS, ID: id, Name: name, Region: "cn-hangzhou"},
		Fingerprint: pair.Fingerprint,
		Leaf:        &leaf,
	}
}

// fromStore names a certificate in the provider's store.
func fromStore(id, name string) func(*domaincertv1alpha1.DomainCertificate) {
	return func(object *domaincertv1alpha1.DomainCertificate) {
		object.Spec.SecretRef = nil
		object.Spec.ProviderCertificate = &domaincertv1alpha1.ProviderCertificate{Type: domaincertv1alpha1.ProviderCertificateCAS, ID: id, Name: name}
	}
}

var _ = Describe("a certificate in the provider's store", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	finds := func() int { return len(w.provider.Calls(fake.Find)) }

	It("is put on the domain by its id, and no Secret is read", func(ctx context.Context) {
		pair := w.issue(1)
		w.provider.Store(stored("17", "bought", pair))
		object := w.settle(ctx, w.create(ctx, fromStore("", "bought")))
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Source).To(HaveValue(And(
			HaveField("SecretName", BeEmpty()),
			HaveField("Fingerprint", pair.Fingerprint),
			HaveField("DNSNames", ConsistOf(domain)),
			HaveField("SerialNumber", pair.Leaf.SerialNumber.Text(16)),
			HaveField("Issuer", pair.Leaf.Issuer.String()),
		)))
		Expect(object.Status.Source.NotAfter.Time).To(BeTemporally("==", pair.Leaf.NotAfter))
		Expect(object.Status.DeployedFingerprint).To(Equal(pair.Fingerprint))
		Expect(object.Status.Provider.CertificateID).To(Equal("17"))
		Expect(w.secretReads.Load()).To(BeZero())
		deploys := w.provider.Calls(fake.Deploy)
		Expect(deploys).To(HaveLen(1))
		Expect(deploys[0].Target.Existing).To(HaveValue(Equal(provider.Existing{Type: provider.ExistingCAS, ID: "17", Name: "bought", Region: "cn-hangzhou"})))
		Expect(deploys[0].Target.Wanted).To(Equal(pair.Fingerprint))
		Expect(deploys[0].Fingerprint).To(BeEmpty(), "the bundle is empty")
	})

	It("is looked up once for its deployment, and then with each read-back", func(ctx context.Context) {
		w.provider.ShowAfter(5)
		w.provider.Store(stored("17", "bought", w.issue(1)))
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		Expect(finds()).To(Equal(1))
		for range 3 {
			_, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(finds()).To(Equal(1))
		w.pass(7 * time.Hour)
		w.settle(ctx, object)
		Expect(finds()).To(Equal(2))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("is not looked up after a restart with everything in order", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(1)))
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		w.provider.ForgetCalls()
		writes := w.statusWrites.Load()
		w.restart()
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(w.statusWrites.Load()).To(Equal(writes))
	})

	It("is put back when somebody else has changed the domain", func(ctx context.Context) {
		pair := w.issue(1)
		w.provider.Store(stored("17", "bought", pair))
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		w.put(w.issue(2))
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object.Status.Provider.Fingerprint).To(Equal(pair.Fingerprint))
		Expect(w.deployed()).To(HaveLen(2))
	})

	It("is put back with backoff while the store cannot be asked", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(1)))
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		w.put(w.issue(2))
		w.pass(7 * time.Hour)
		for range 2 {
			w.provider.FailNext(fake.Find, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		}
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Unavailable"))
		Expect(w.deployed()).To(HaveLen(1))
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("is another one when the spec names another", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(2)))
		renewed := w.issue(1)
		w.provider.Store(stored("18", "renewed", renewed))
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		object.Spec.ProviderCertificate.ID = "18"
		Expect(kube.Update(ctx, object)).To(Succeed())
		object = w.settle(ctx, object)
		Expect(object.Status.DeployedFingerprint).To(Equal(renewed.Fingerprint))
		Expect(w.deployed()).To(HaveLen(2))
	})

	DescribeTable("says why it cannot be deployed, and asks seldom",
		func(ctx context.Context, prepare func(), reason, message string, pace time.Duration) {
			prepare()
			object, result, err := w.reconcile(ctx, w.create(ctx, fromStore("", "bought")))
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, reason))
			Expect(messageOf(object, "CertificateValid")).To(ContainSubstring(message))
			Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, reason))
			Expect(result.RequeueAfter).To(BeNumerically("~", pace, pace/10))
			w.restart()
			for range 3 {
				again, _, err := w.reconcile(ctx, object)
				Expect(err).NotTo(HaveOccurred())
				Expect(again).To(haveCondition("CertificateValid", metav1.ConditionFalse, reason))
			}
			Expect(finds()).To(Equal(2), "one after the restart")
			Expect(w.deployed()).To(BeEmpty())
			Expect(w.recorder.take()).To(Equal([]string{"Warning " + reason + " CertificateValid"}))
		},
		Entry("there is none", func() {}, "CertificateNotFound", "check id and name", time.Hour),
		Entry("there are two of the name", func() {
			w.provider.Store(stored("17", "bought", w.issue(1)))
			w.provider.Store(stored("18", "bought", w.issue(1)))
		}, "CertificateAmbiguous", "give its id", time.Hour),
		Entry("it was not issued", func() {
			w.provider.Store(provider.Stored{Existing: provider.Existing{Type: provider.ExistingCAS, ID: "17", Name: "bought"},
				Trouble: &provider.Error{Kind: provider.Rejected, Code: "checking", Advice: "wait for it to be issued"}})
		}, "CertificateNotIssued", "wait for it to be issued", time.Hour),
		Entry("nobody says what it is", func() {
			w.provider.Store(provider.Stored{Existing: provider.Existing{Type: provider.ExistingCAS, ID: "17", Name: "bought"}})
		}, "CertificateNotIssued", "does not tell", time.Hour),
		Entry("it is for another name", func() {
			w.provider.Store(stored("17", "bought", ca.Issue(testOptions("other.example.com"))))
		}, "DomainNotCovered", "issue it for this name", time.Hour),
		Entry("it has expired", func() { w.provider.Store(stored("17", "bought", w.issue(100))) }, "Expired", "expired at", time.Hour),
		Entry("the permission is missing", func() {
			w.provider.FailFor(domain, &provider.Error{Kind: provider.Denied, Code: "NoPermission", Advice: "grant yundun-cert"})
		}, "Denied", "grant yundun-cert", 5*time.Minute),
	)

	It("waits for one that is not valid yet", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(-2)))
		object, result, err := w.reconcile(ctx, w.create(ctx, fromStore("17", "")))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "NotYetValid"))
		Expect(result.RequeueAfter).To(Equal(48 * time.Hour))
		writes := w.statusWrites.Load()
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "NotYetValid"), "nobody has to act")
		Expect(w.statusWrites.Load()).To(Equal(writes))
		w.pass(49 * time.Hour)
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("is found once it exists, and a request asks at once", func(ctx context.Context) {
		object, _, err := w.reconcile(ctx, w.create(ctx, fromStore("17", "")))
		Expect(err).NotTo(HaveOccurred())
		w.provider.Store(stored("17", "bought", w.issue(1)))
		w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "now")
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.LastHandledReconcileAt).To(Equal("now"))
	})

	It("stays what it was while the store cannot be asked", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(1)))
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		w.recorder.take()
		w.provider.FailNext(fake.Find, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.recorder.take()).To(BeEmpty())
	})

	It("is not known while the store cannot be asked, and asked for with backoff", func(ctx context.Context) {
		w.provider.FailNext(fake.Find, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		w.provider.Store(stored("17", "bought", w.issue(1)))
		object, _, err := w.reconcile(ctx, w.create(ctx, fromStore("17", "")))
		Expect(err).To(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Unavailable"))
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("is told of some days before it expires, and when it has", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(80))) // for ten more days
		object := w.settle(ctx, w.create(ctx, fromStore("17", "")))
		w.recorder.take()
		for object.Status.Source.NotAfter.Sub(w.clock.Now()) > 7*24*time.Hour {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(result.RequeueAfter)
		}
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Expiring"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.recorder.take()).To(Equal([]string{"Warning Expiring CertificateValid"}))
		w.pass(8 * 24 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Expired"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "Expired"))
	})

	It("replaces a Secret's certificate and is replaced by it", func(ctx context.Context) {
		first, second, third := w.issue(3), w.issue(2), w.issue(1)
		w.store(ctx, first)
		w.provider.Store(stored("17", "bought", second))
		object := w.settle(ctx, w.create(ctx))

		fromStore("17", "")(object)
		Expect(kube.Update(ctx, object)).To(Succeed())
		object = w.settle(ctx, object)
		Expect(object.Status.Provider.Fingerprint).To(Equal(second.Fingerprint))
		Expect(object.Status.Source.SecretName).To(BeEmpty())

		w.store(ctx, third)
		object.Spec.ProviderCertificate = nil
		object.Spec.SecretRef = &domaincertv1alpha1.SecretReference{Name: "tls"}
		Expect(kube.Update(ctx, object)).To(Succeed())
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Provider.Fingerprint).To(Equal(third.Fingerprint))
		Expect(object.Status.Source.SecretName).To(Equal("tls"))
		Expect(w.deployed()).To(Equal([]string{first.Fingerprint, "", third.Fingerprint}))
	})

	It("says NotSupported where the product takes none", func(ctx context.Context) {
		w.opener.connection.Catalog = nil
		object, _, err := w.reconcile(ctx, w.create(ctx, fromStore("17", "")))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "NotSupported"))
	})

	It("waits for its turn at the store", func(ctx context.Context) {
		woken := make(chan string, 10)
		w.opener.connection.StoreBudget = provider.NewBudget(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 1}, func(object string) { woken <- object })
		w.opener.connection.Catalog = provider.LimitCatalog(w.provider, w.opener.connection.StoreBudget)
		w.provider.Store(stored("17", "bought", w.issue(1)))
		Expect(w.opener.connection.StoreBudget.Reserve(provider.OperationObserve, provider.Turn{Object: "a/b", Namespace: "a"})).To(Succeed())
		object, result, err := w.reconcile(ctx, w.create(ctx, fromStore("17", "")))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Throttled"))
		Expect(result.RequeueAfter).To(BeNumerically("<=", time.Minute))
		Expect(object).NotTo(haveCondition("Stalled", metav1.ConditionTrue, "Throttled"))
		w.opener.connection.StoreBudget.Release(provider.OperationObserve, "a/b")
		Eventually(woken).Should(Receive(Equal(w.namespace + "/live")))
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"), "its turn is used, and no time has passed")
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("waits for a provider that is being checked", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(1)))
		w.opener.failure = &controllers.CredentialsError{Reason: "ProviderNotReady", Transient: true, Checking: true}
		object, _, err := w.reconcile(ctx, w.create(ctx, fromStore("17", "")))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "Unavailable"))
		w.opener.failure = nil
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})
})

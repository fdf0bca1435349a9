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
)

var _ = Describe("deploying a certificate", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	It("brings a Secret to the provider and tells what is served", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.create(ctx)

		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically("<", time.Second), "the effect is looked for soon")
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "Deploying"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Deploying"))

		object = w.settle(ctx, object)
		Expect(w.deployed()).To(Equal([]string{pair.Fingerprint}))
		Expect(object).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionTrue, "Valid"))
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveNoCondition("Verified"))
		Expect(object).To(haveNoCondition("Reconciling"))
		Expect(object).To(haveNoCondition("Stalled"))
		Expect(object.Status.Source.Fingerprint).To(Equal(pair.Fingerprint))
		Expect(object.Status.Source.SecretName).To(Equal("tls"))
		Expect(object.Status.Source.DNSNames).To(ConsistOf(domain))
		Expect(object.Status.Source.KeyAlgorithm).To(Equal("ECDSA-P256"))
		Expect(object.Status.Source.NotAfter.Time).To(BeTemporally("==", pair.Leaf.NotAfter))
		Expect(object.Status.Provider.Fingerprint).To(Equal(pair.Fingerprint))
		Expect(object.Status.Provider.ShortFingerprint).To(Equal(pair.Fingerprint[:12]))
		Expect(object.Status.Provider.NotAfter.Time).To(BeTemporally("==", pair.Leaf.NotAfter))
		Expect(object.Status.DeployedFingerprint).To(Equal(pair.Fingerprint))
		Expect(object.Status.LastDeployedTime).NotTo(BeNil())
		Expect(*object.Status.ObservedGeneration).To(Equal(object.Generation))
		Expect(w.recorder.take()).To(Equal([]string{
			"Normal Valid CertificateValid",
			"Normal Deploying Deployed",
			"Normal Deployed Deployed",
		}))
	})

	It("replaces the certificate when the Secret is renewed, and stays Ready meanwhile", func(ctx context.Context) {
		w.store(ctx, w.issue(60))
		object := w.settle(ctx, w.create(ctx))
		w.recorder.take()
		renewed := w.issue(1)
		w.store(ctx, renewed)

		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Deploying"))

		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.Provider.Fingerprint).To(Equal(renewed.Fingerprint))
		Expect(w.deployed()).To(HaveLen(2))
		Expect(w.recorder.take()).To(Equal([]string{"Normal Deploying Deployed", "Normal Deployed Deployed"}))
	})

	It("takes over a certificate that is already in place", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		w.put(pair)
		object := w.settle(ctx, w.create(ctx))
		Expect(w.deployed()).To(BeEmpty())
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.DeployedFingerprint).To(Equal(pair.Fingerprint))
	})

	It("stores every object's certificate under a stable name of its own", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		w.store(ctx, w.issue(1))
		w.settle(ctx, object)
		calls := w.provider.Calls(fake.Deploy)
		Expect(calls).To(HaveLen(2))
		Expect(calls[0].Target.Name).To(MatchRegexp(`^dcert-live-example-com-[0-9a-f]{12}$`))
		Expect(calls[1].Target.Name).To(Equal(calls[0].Target.Name))
	})

	It("does nothing while everything is in order", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		reads, writes := w.secretReads.Load(), w.statusWrites.Load()
		for range 5 {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.RequeueAfter).To(BeNumerically(">", time.Hour))
		}
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(w.secretReads.Load()).To(Equal(reads))
		Expect(w.statusWrites.Load()).To(Equal(writes))
	})

	It("does nothing after a restart with everything in order, and reads back within the interval", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		reads, writes := w.secretReads.Load(), w.statusWrites.Load()
		w.restart()

		_, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(result.RequeueAfter).To(And(BeNumerically(">=", 36*time.Minute), BeNumerically("<=", 6*time.Hour)))
		Expect(w.secretReads.Load()).To(Equal(reads))
		Expect(w.statusWrites.Load()).To(Equal(writes))

		w.pass(result.RequeueAfter)
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1))
		Expect(w.statusWrites.Load()).To(Equal(writes), "a read-back that finds nothing new writes nothing")
	})

	It("reads back at the interval, jittered by ten percent", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.Interval = metav1.Duration{Duration: 10 * time.Minute}
		})
		object = w.settle(ctx, object)
		_, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(And(BeNumerically(">=", 9*time.Minute), BeNumerically("<=", 11*time.Minute)))
	})

	It("reads back after a restart what was changed while nobody looked", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		w.restart()
		object.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn
		Expect(kube.Update(ctx, object)).To(Succeed())
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1))
	})

	It("reads back once when the user asks for it", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "now")

		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1))
		Expect(object.Status.LastHandledReconcileAt).To(Equal("now"))
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1), "it is a one-shot")
	})

	It("does not send a certificate twice while the provider still shows the one before", func(ctx context.Context) {
		w.store(ctx, w.issue(60))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ShowAfter(8)
		w.store(ctx, w.issue(1))
		w.settle(ctx, object)
		Expect(w.deployed()).To(HaveLen(2))
	})

	It("sends a certificate once more if it never shows, and then only at the interval", func(ctx context.Context) {
		w.store(ctx, w.issue(60))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ShowAfter(1000)
		w.store(ctx, w.issue(1))
		for end := w.clock.Now().Add(2 * time.Hour); w.clock.Now().Before(end); {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(result.RequeueAfter)
		}
		Expect(w.deployed()).To(HaveLen(3), "the first, the renewed one, and that once more")

		w.provider.ForgetCalls()
		for range 3 {
			object, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
			Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Deploying"), "somebody must look")
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
			Expect(result.RequeueAfter).To(BeNumerically(">", time.Minute))
		}
		Expect(len(w.provider.Calls())).To(BeNumerically("<=", 1), "and nobody hammers the provider until then")
	})

	It("finds out by reading whether a change whose answer was lost took effect", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.create(ctx)
		w.provider.LoseAnswers(&provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Unavailable"))

		w.provider.LoseAnswers(nil)
		object = w.settle(ctx, object)
		Expect(w.deployed()).To(HaveLen(1))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("does not send a certificate twice because its status could not be written", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		w.provider.ShowAfter(3)
		w.failStatusWrites.Store(3)
		for range 3 {
			_, _, err := w.reconcile(ctx, object)
			Expect(err).To(HaveOccurred())
			w.pass(time.Second)
		}
		object = w.settle(ctx, object)
		Expect(w.deployed()).To(HaveLen(1))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object.Status.DeployedFingerprint).NotTo(BeEmpty())
	})

	It("reads the object itself where the cache is behind its own write", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		created := w.create(ctx)
		_, _, err := w.reconcile(ctx, created)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(1))

		w.provider.ShowAfter(1)
		_, err = w.reconciler.Reconcile(ctx, created.DeepCopy())
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("waits in line without holding a worker, and goes on when its turn has come", func(ctx context.Context) {
		woken := make(chan string, 10)
		narrow := provider.NewBudget(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 100}, func(object string) { woken <- object })
		w.opener.connection.Provider, w.opener.connection.Budget = provider.Limit(w.provider, narrow), narrow
		Expect(narrow.Reserve(provider.OperationDeploy, provider.Turn{Object: "other/one", Namespace: "other"})).To(Succeed())
		w.store(ctx, w.issue(1))
		object := w.create(ctx)

		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically("<=", time.Minute))
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Throttled"))
		Expect(result.Priority).To(HaveValue(BeZero()), "a turn's priority comes with the turn")
		Expect(w.provider.Calls()).To(BeEmpty(), "nothing is read before there is room to deploy")

		narrow.Release(provider.OperationDeploy, "other/one")
		Eventually(woken).Should(Receive(Equal(w.namespace + "/live")))
		_, result, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(1))
		Expect(result.Priority).To(HaveValue(BeZero()), "kept, it would be everybody's after one storm")
	})

	It("says that a renewal waits in line only once it has waited for long", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		narrow := provider.NewBudget(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 100}, func(string) {})
		w.opener.connection.Provider, w.opener.connection.Budget = provider.Limit(w.provider, narrow), narrow
		Expect(narrow.Reserve(provider.OperationDeploy, provider.Turn{Object: "other/one", Namespace: "other"})).To(Succeed())
		w.store(ctx, w.issue(1))

		before := object.ResourceVersion
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object.ResourceVersion).To(Equal(before))
		Expect(result.RequeueAfter).To(Equal(time.Minute))

		w.pass(time.Minute)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Throttled"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
	})
})

package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = Describe("while credentials are rotated", func() {
	var (
		w      *world
		object *domaincertv1alpha1.DomainCertificate
	)
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		w.store(ctx, w.issue(60))
		object = w.settle(ctx, w.create(ctx))
		w.recorder.take()
	})

	revoked := &provider.Error{Kind: provider.Denied, Code: "InvalidAccessKeyId.Inactive", Account: true}
	// unready has the provider say that it cannot be used, for a reason that should
	// pass or not.
	unready := func(ctx context.Context, condition, reason string) {
		GinkgoHelper()
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), edge)).To(Succeed())
		meta.SetStatusCondition(&edge.Status.Conditions, metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: reason})
		meta.SetStatusCondition(&edge.Status.Conditions, metav1.Condition{Type: condition, Status: metav1.ConditionTrue, Reason: reason})
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())
	}

	DescribeTable("an object waits quietly, and says so only if it lasts",
		func(ctx context.Context, prepare func(ctx context.Context), condition string) {
			w.store(ctx, w.issue(1))
			prepare(ctx)
			before, writes := object.Status, w.statusWrites.Load()
			for range 5 {
				after, result, err := w.reconcile(ctx, object)
				Expect(err).NotTo(HaveOccurred(), "an event tells, not a backoff")
				Expect(result.RequeueAfter).To(BeNumerically("<=", time.Minute))
				Expect(after.Status).To(Equal(before))
				w.pass(time.Second)
			}
			Expect(w.statusWrites.Load()).To(Equal(writes))
			Expect(w.recorder.take()).To(BeEmpty())
			Expect(w.recheck.asked).To(BeZero())

			w.pass(time.Minute)
			after, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(meta.IsStatusConditionFalse(after.Status.Conditions, condition)).To(BeTrue())
		},
		Entry("that were not checked yet", func(context.Context) {
			w.opener.failure = &controllers.CredentialsError{Reason: "ProviderNotReady", Message: "being checked", Transient: true, Checking: true}
		}, "Deployed"),
		Entry("and the former ones are revoked already", func(context.Context) {
			w.opener.outdated = true
			w.provider.FailFor(domain, revoked)
		}, "Deployed"),
		Entry("and nobody can be asked about the new ones", func(ctx context.Context) { unready(ctx, "Reconciling", "Unavailable") }, "Accepted"),
	)

	It("the new certificate is deployed as soon as they are accepted", func(ctx context.Context) {
		w.opener.failure = &controllers.CredentialsError{Reason: "ProviderNotReady", Transient: true, Checking: true}
		w.store(ctx, w.issue(1))
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		w.opener.failure = nil
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(2))
		Expect(w.recorder.take()).To(Equal([]string{"Normal Deploying Deployed", "Normal Deployed Deployed"}))
	})

	It("a short wait long ago is not held against a later one", func(ctx context.Context) {
		w.opener.failure = &controllers.CredentialsError{Reason: "ProviderNotReady", Transient: true, Checking: true}
		w.pass(7 * time.Hour)
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		w.opener.failure = nil
		object = w.settle(ctx, object)
		writes := w.statusWrites.Load()
		w.pass(7 * time.Hour)
		w.opener.failure = &controllers.CredentialsError{Reason: "ProviderNotReady", Transient: true, Checking: true}
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.statusWrites.Load()).To(Equal(writes))
	})

	It("a refusal of what is in force marks the object and calls nobody again", func(ctx context.Context) {
		w.provider.FailFor(domain, revoked)
		w.store(ctx, w.issue(1))
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Denied"))
		Expect(w.recheck.asked).To(Equal(1))
		unready(ctx, "Stalled", "CredentialsRefused")
		w.provider.ForgetCalls()
		w.pass(10 * time.Minute)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "ProviderNotReady"))
		Expect(w.provider.Calls()).To(BeEmpty())
	})

	It("a refusal of what is in force takes no domain for lost that is served, until its certificate ends", func(ctx context.Context) {
		unready(ctx, "Stalled", "CredentialsRefused")
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "ProviderNotReady"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "ProviderNotReady"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(messageOf(object, "Ready")).To(ContainSubstring("in place when last seen; nobody can look after it now"))
		ends := object.Status.Provider.NotAfter.Time
		Expect(result.RequeueAfter).To(BeNumerically("<=", ends.Sub(w.clock.Now())))

		w.pass(ends.Sub(w.clock.Now()) + time.Second)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "ProviderNotReady"))
	})
})

var _ = Describe("what a failed read-back does not forget", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	It("that a certificate is held back", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.FailNext(fake.Deploy, &provider.Error{Kind: provider.HeldBack, Code: "SettedNotEffect"})
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "HeldBack"))
		w.provider.FailNext(fake.Observe, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		w.pass(2 * time.Hour)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "HeldBack"))
		w.pass(time.Minute)
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(1), "it is not sent again before the interval is over")
	})

	It("a certificate's id that was not to be had is asked for again soon, for a while", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		w.provider.Change(domain, func(held *provider.Observation) { held.CertificateID = "" })
		w.pass(time.Second)
		for range 3 {
			_, looked, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(looked.RequeueAfter).To(BeNumerically("~", 10*time.Minute, time.Minute))
			w.pass(looked.RequeueAfter)
		}
		w.provider.Change(domain, func(held *provider.Observation) { held.CertificateID = "7" })
		object = w.settle(ctx, object)
		Expect(object.Status.Provider.CertificateID).To(Equal("7"))
		_, looked, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(looked.RequeueAfter).To(BeNumerically(">", time.Hour))
	})

	DescribeTable("a request that was answered is not repeated",
		func(ctx context.Context, failure *provider.Error, acknowledged string, asked int) {
			w.store(ctx, w.issue(1))
			object := w.settle(ctx, w.create(ctx))
			w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "now")
			w.provider.FailFor(domain, failure)
			w.provider.ForgetCalls()
			for range 3 {
				var err error
				object, _, err = w.reconcile(ctx, object)
				Expect(err != nil).To(Equal(asked > 1), "the workqueue backs off")
			}
			Expect(object.Status.LastHandledReconcileAt).To(Equal(acknowledged))
			Expect(w.provider.Calls(fake.Observe)).To(HaveLen(asked))
		},
		Entry("the permission is missing", &provider.Error{Kind: provider.Denied, Code: "NoPermission"}, "now", 1),
		Entry("the domain is missing", &provider.Error{Kind: provider.NotFound, Code: "InvalidDomain.NotFound"}, "now", 1),
		Entry("the provider was away", &provider.Error{Kind: provider.Unavailable, Code: "timeout"}, "", 3),
	)
})

package controllers_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = Describe("uploads that were superseded", func() {
	var w *world
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		w.limitStore(provider.Quota{DeployPerSecond: 1000, ObservePerSecond: 1000})
	})

	uploads := func() int {
		GinkgoHelper()
		stored, err := w.provider.Stored(context.Background())
		Expect(err).NotTo(HaveOccurred())
		return int(stored)
	}
	rotate := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
		GinkgoHelper()
		w.pass(time.Hour)
		w.store(ctx, w.issue(0))
		return w.settle(ctx, object)
	}

	It("stay bounded over any number of rotations, with one deployment each", func(ctx context.Context) {
		const rotations = 100
		w.store(ctx, w.issue(0))
		object := w.settle(ctx, w.create(ctx))
		for range rotations {
			object = rotate(ctx, object)
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
			Expect(uploads()).To(BeNumerically("<=", 3), "two, and the one in place")
		}
		Expect(w.deployed()).To(HaveLen(rotations + 1))
		Expect(w.provider.Calls(fake.Remove)).To(HaveLen(rotations - 2))
		Expect(w.provider.Calls(fake.Uploads)).To(HaveLen(rotations+1), "once for each")
	})

	It("go when nothing is to be kept, the oldest first and a few at a time", func(ctx context.Context) {
		w.opener.connection.Keep = 100
		w.store(ctx, w.issue(0))
		object := w.settle(ctx, w.create(ctx))
		for range 7 {
			object = rotate(ctx, object)
		}
		w.opener.connection.Keep = 0
		w.provider.ForgetCalls()
		w.pass(7 * time.Hour)
		_, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		removed := w.provider.Calls(fake.Remove)
		Expect(removed).To(HaveLen(3))
		Expect(removed[0].Upload.NotBefore).To(BeTemporally("<", removed[1].Upload.NotBefore))
		Expect(result.RequeueAfter).To(Equal(time.Second))
		w.settle(ctx, object)
		Expect(uploads()).To(Equal(1))
		w.provider.ForgetCalls()
		w.settle(ctx, object)
		Expect(w.provider.Calls()).To(BeEmpty())
	})

	It("wait until the edge serves the new one", func(ctx context.Context) {
		w.opener.connection.Keep = 0
		first, second := w.issue(2), w.issue(1)
		w.store(ctx, first)
		w.edge.serves = first
		object := w.settle(ctx, w.create(ctx, verified))
		w.store(ctx, second)
		for range 6 {
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(time.Second)
		}
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Propagating"))
		Expect(w.provider.Calls(fake.Remove)).To(BeEmpty())
		w.edge.serves = second
		w.pass(time.Minute)
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.provider.Calls(fake.Remove)).To(HaveLen(1))
		Expect(uploads()).To(Equal(1))
	})

	DescribeTable("that stay are told of once, and hold nothing up",
		func(ctx context.Context, method fake.Method, failure *provider.Error, events ...string) {
			w.opener.connection.Keep = 0
			w.store(ctx, w.issue(0))
			object := w.settle(ctx, w.create(ctx))
			w.recorder.take()
			for range 2 {
				w.provider.FailNext(method, failure)
				w.pass(time.Hour)
				w.store(ctx, w.issue(0))
				object = w.settle(ctx, object)
				Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
				Expect(object).To(haveNoCondition("Reconciling"))
				Expect(object).To(haveNoCondition("Stalled"))
			}
			told := []string{"Normal Deploying Deployed", "Normal Deployed Deployed"}
			Expect(w.recorder.take()).To(Equal(append(append(append([]string{}, told...), events...), told...)))
		},
		Entry("one that is in use", fake.Remove, &provider.Error{Kind: provider.Conflict, Code: "InUse"}, "Warning UploadKept Deployed"),
		Entry("a permission is missing", fake.Uploads, &provider.Error{Kind: provider.Denied, Code: "NoPermission"}, "Warning UploadKept Deployed"),
		Entry("the store is away, which passes", fake.Uploads, &provider.Error{Kind: provider.Unavailable, Code: "timeout"}),
	)

	It("go although older ones must stay, of which each is told once", func(ctx context.Context) {
		w.opener.connection.Keep = 100
		w.store(ctx, w.issue(0))
		object := w.settle(ctx, w.create(ctx))
		var kept []string
		for range 7 {
			object = rotate(ctx, object)
		}
		listed, err := w.provider.Uploads(ctx, w.provider.Calls(fake.Deploy)[0].Target)
		Expect(err).NotTo(HaveOccurred())
		for i, upload := range listed.Items[:4] {
			other := fmt.Sprintf("other%d.example.com", i)
			w.provider.AddDomain(other)
			w.provider.Change(other, func(held *provider.Observation) { held.CertificateID = upload.ID })
			kept = append(kept, upload.ID)
		}
		w.opener.connection.Keep = 0
		w.recorder.take()
		for range 5 {
			w.pass(7 * time.Hour)
			object = w.settle(ctx, object)
		}
		Expect(uploads()).To(Equal(len(kept)+1), "those, and the one in place")
		Expect(w.recorder.take()).To(ConsistOf("Warning UploadKept Deployed"))
	})

	It("that are on their way are asked for again when the provider says so", func(ctx context.Context) {
		w.opener.connection.Keep = 0
		w.store(ctx, w.issue(0))
		object := w.settle(ctx, w.create(ctx))
		w.provider.FailNext(fake.Remove, &provider.Error{Kind: provider.Conflict, Code: "removing", RetryAfter: 40 * time.Second})
		w.pass(time.Hour)
		w.store(ctx, w.issue(0))
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		w.pass(time.Second)
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(result.RequeueAfter).To(Equal(40 * time.Second))
		w.pass(result.RequeueAfter)
		w.settle(ctx, object)
		Expect(uploads()).To(Equal(1))
		Expect(w.recorder.take()).NotTo(ContainElement(ContainSubstring("UploadKept")))
	})

	It("wait in line for the store without holding anything up", func(ctx context.Context) {
		w.opener.connection.Keep = 0
		woken := w.limitStore(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 1000})
		w.store(ctx, w.issue(0))
		object := w.settle(ctx, w.create(ctx))
		Eventually(func() error {
			return w.opener.connection.StoreBudget.Reserve(provider.OperationDeploy, provider.Turn{Object: "a/b", Namespace: "a"})
		}).Should(Succeed())

		object = rotate(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveNoCondition("Reconciling"))
		Expect(w.provider.Calls(fake.Uploads)).To(HaveLen(1), "of the first deployment")
		w.provider.ForgetCalls()
		for range 3 {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.RequeueAfter).To(BeNumerically(">", time.Hour), "it is woken")
		}
		Expect(w.provider.Calls()).To(BeEmpty(), "nothing is read while it waits")

		w.opener.connection.StoreBudget.Release(provider.OperationDeploy, "a/b")
		Eventually(woken).Should(Receive(Equal(w.namespace + "/live")))
		w.settle(ctx, object)
		Expect(w.provider.Calls(fake.Remove)).To(HaveLen(1))
		Expect(uploads()).To(Equal(1))
	})

	It("are not asked about for a certificate that lives at the provider", func(ctx context.Context) {
		w.provider.Store(stored("17", "bought", w.issue(1)))
		w.settle(ctx, w.create(ctx, fromStore("17", "")))
		Expect(w.provider.Calls(fake.Uploads)).To(BeEmpty())
	})

	It("are counted where it can be told how many there may be", func(ctx context.Context) {
		w.opener.connection.Gauged = true
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		Expect(w.recheck.uploaded).To(Equal(1))
		w.pass(7 * time.Hour)
		w.settle(ctx, object)
		Expect(w.recheck.uploaded).To(Equal(1), "a read-back uploads nothing")
	})
})

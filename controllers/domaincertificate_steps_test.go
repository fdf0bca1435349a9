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

var _ = Describe("a deployment in several steps", func() {
	var w *world
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		w.provider.TakeSteps(3)
	})

	It("takes one step in a reconcile, and each once", func(ctx context.Context) {
		pair := w.issue(1)
		w.store(ctx, pair)
		object := w.create(ctx)
		for step := 1; step <= 3; step++ {
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(time.Second)
			Expect(w.deployed()).To(HaveLen(step))
			Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
			Expect(object.Status.DeployedFingerprint).To(Equal(pair.Fingerprint), "it counts as sent from the first step on")
		}
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(3))
		for _, call := range w.provider.Calls(fake.Deploy, fake.Observe) {
			Expect(call.Target.Wanted).To(Equal(pair.Fingerprint))
		}
		Expect(w.recorder.take()).To(Equal([]string{"Normal Valid CertificateValid", "Normal Deploying Deployed", "Normal Deployed Deployed"}))
	})

	It("goes on after a restart between any two steps", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		for range 3 {
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.restart()
		}
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(3))
	})

	It("keeps the certificate before Ready meanwhile", func(ctx context.Context) {
		w.store(ctx, w.issue(60))
		object := w.settle(ctx, w.create(ctx))
		w.store(ctx, w.issue(1))
		for range 3 {
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(time.Second)
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
		}
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(6))
	})

	It("has patience with each step", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		for range 3 {
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(object).NotTo(haveCondition("Stalled", metav1.ConditionTrue, "Deploying"))
			w.pass(8 * time.Minute) // 24 minutes in all
		}
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(3))
	})

	It("that never ends is not taken for ever, changes no status meanwhile, and calls a human", func(ctx context.Context) {
		w.provider.TakeSteps(1000)
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		begin := w.clock.Now()
		for w.clock.Now().Sub(begin) < time.Hour {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(result.RequeueAfter)
		}
		Expect(w.deployed()).To(HaveLen(11), "and once more after a while")
		writes := w.statusWrites.Load()
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Deploying"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Deploying"))
		Expect(w.statusWrites.Load()).To(Equal(writes))

		w.provider.TakeSteps(20) // the provider was mended
		w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "now")
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("is followed by its task, across a restart", func(ctx context.Context) {
		w.provider.TakeSteps(1)
		w.provider.ShowAfter(2)
		w.store(ctx, w.issue(1))
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		w.provider.Change(domain, func(held *provider.Observation) {
			held.Pending, held.TaskID, held.Version = true, "task-7", 4
		})
		w.pass(time.Second)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object.Status.Provider.TaskID).To(Equal("task-7"))
		w.restart()
		w.provider.ForgetCalls()
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		known := w.provider.Calls(fake.Observe)[0].Target.Known
		Expect(known).To(And(HaveField("TaskID", "task-7"), HaveField("Version", int64(4))))

		w.provider.Change(domain, func(held *provider.Observation) { held.Pending, held.TaskID = false, "" })
		w.pass(time.Minute)
		object = w.settle(ctx, object)
		Expect(object.Status.Provider.TaskID).To(BeEmpty())
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(BeEmpty(), "since calls were forgotten")
	})

	It("is not looked at more often than the product's pace, but goes on at once where there is no task", func(ctx context.Context) {
		w.opener.connection.Pace = 10 * time.Second
		w.store(ctx, w.issue(1))
		object, result, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(250 * time.Millisecond))
		w.provider.Change(domain, func(held *provider.Observation) { held.Pending = true })
		w.pass(time.Second)
		_, result, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(10 * time.Second))
	})
})

var _ = Describe("trouble that the provider tells of", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	noCNAME := &provider.Error{Kind: provider.Rejected, Code: "cname_error", Advice: "point the domain's CNAME record to the provider"}

	It("is told beside a certificate that is in place, once, until it is over", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.recorder.take()
		w.provider.Change(domain, func(held *provider.Observation) { held.Trouble = noCNAME })
		for range 2 {
			w.pass(7 * time.Hour)
			object = w.settle(ctx, object)
			Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "ProviderTrouble"))
			Expect(messageOf(object, "Deployed")).To(ContainSubstring("CNAME record"))
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
			again, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(again).To(haveCondition("Deployed", metav1.ConditionTrue, "ProviderTrouble"), "nobody has looked since")
		}
		Expect(w.recorder.take()).To(Equal([]string{"Warning ProviderTrouble Deployed"}))
		w.provider.Change(domain, func(held *provider.Observation) { held.Trouble = nil })
		w.pass(7 * time.Hour)
		Expect(w.settle(ctx, object)).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("is why a deployment does not show, and the step before is repeated only after a while", func(ctx context.Context) {
		w.provider.TakeSteps(2)
		w.store(ctx, w.issue(1))
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		w.provider.Change(domain, func(held *provider.Observation) {
			held.Trouble = &provider.Error{Kind: provider.Unavailable, Code: "task-failed", Advice: "look at the task"}
		})
		w.pass(time.Second)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Unavailable"))
		Expect(messageOf(object, "Deployed")).To(ContainSubstring("look at the task"))
		Expect(w.deployed()).To(HaveLen(1))
		w.pass(4 * time.Minute)
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically("~", 4*time.Minute, time.Minute), "what has failed is not looked at all the time")
		w.pass(7 * time.Minute)
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(2))
	})
})

var _ = Describe("trouble with the domain during a rotation", func() {
	It("does not keep the renewed certificate from being seen", func(ctx context.Context) {
		w := newWorld(ctx)
		w.store(ctx, w.issue(60))
		object := w.settle(ctx, w.create(ctx))
		w.provider.Change(domain, func(held *provider.Observation) {
			held.Trouble = &provider.Error{Kind: provider.Rejected, Code: "cname_error", Advice: "mend the CNAME record"}
		})
		w.provider.ShowAfter(3)
		w.store(ctx, w.issue(1))
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(w.deployed()).To(HaveLen(2))
	})
})

var _ = Describe("a certificate that other domains share", func() {
	It("is told of before it is replaced, once for each certificate", func(ctx context.Context) {
		w := newWorld(ctx)
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		w.recorder.take()
		var others []string
		for i := range 9 {
			others = append(others, fmt.Sprintf("other%d.example.com", i))
		}
		w.provider.Change(domain, func(held *provider.Observation) { held.AlsoServed = others })
		w.pass(7 * time.Hour)
		object = w.settle(ctx, object)
		Expect(w.recorder.take()).To(BeEmpty(), "nothing is replaced")

		w.store(ctx, w.issue(1))
		w.provider.TakeSteps(2)
		w.provider.FailNext(fake.Deploy, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		_, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		w.settle(ctx, object)
		Expect(w.recorder.take()).To(Equal([]string{
			"Normal SharedCertificate Deployed", "Warning Unavailable Deployed", "Normal Deploying Deployed", "Normal Deployed Deployed",
		}))
	})
})

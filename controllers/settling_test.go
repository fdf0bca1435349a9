package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("a Secret that keeps changing", func() {
	const turn = 200 * time.Millisecond
	var (
		w      *world
		object *domaincertv1alpha1.DomainCertificate
		first  testcerts.Pair
	)
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		first = w.issue(60)
		w.store(ctx, first)
		object = w.settle(ctx, w.create(ctx))
	})
	change := func(ctx context.Context, pair testcerts.Pair) {
		GinkgoHelper()
		w.store(ctx, pair)
		w.pass(turn)
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
	}

	It("is deployed at the first change and when it is left alone", func(ctx context.Context) {
		var last testcerts.Pair
		for range 20 {
			last = w.issue(50)
			change(ctx, last)
		}
		Expect(w.deployed()).To(HaveLen(2), "the one before, and the first of the new ones")
		reads := w.secretReads.Load()
		object = w.settle(ctx, object)
		Expect(w.deployed()).To(HaveLen(3))
		Expect(w.deployed()[2]).To(Equal(last.Fingerprint))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.secretReads.Load()).To(Equal(reads+1), "its key is not read at every turn")
	})

	It("is deployed from time to time if it is never left alone", func(ctx context.Context) {
		for range int(time.Minute / turn) {
			change(ctx, w.issue(50))
		}
		Expect(len(w.deployed())).To(And(BeNumerically(">=", 3), BeNumerically("<=", 5)))
	})

	It("is not held up for changes that lie apart", func(ctx context.Context) {
		for days := 50; days > 45; days-- {
			renewed := w.issue(days)
			w.pass(2 * time.Second)
			change(ctx, renewed)
			Expect(w.deployed()).To(ContainElement(renewed.Fingerprint))
		}
	})

	It("has the other half waited for, if its key and certificate do not match", func(ctx context.Context) {
		renewed := w.issue(50)
		w.storeData(ctx, data(renewed.CertificatePEM, first.KeyPEM))
		torn, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(torn.Status).To(Equal(object.Status), "nothing is said yet")
		Expect(result.RequeueAfter).To(BeNumerically("~", 2*time.Second, time.Second))

		w.pass(time.Second)
		w.store(ctx, renewed)
		object = w.settle(ctx, object)
		Expect(w.deployed()).To(Equal([]string{first.Fingerprint, renewed.Fingerprint}))
		Expect(w.recorder.take()).NotTo(ContainElement(ContainSubstring("KeyMismatch")))
	})
})

var _ = Describe("a provider that shows the past and the present by turns", func() {
	It("is believed when two looks in a row agree", func(ctx context.Context) {
		w := newWorld(ctx)
		before, after := w.issue(60), w.issue(50)
		w.store(ctx, before)
		object := w.settle(ctx, w.create(ctx))
		w.store(ctx, after)
		object = w.settle(ctx, object)
		shown := []testcerts.Pair{before, after}
		looks := 0
		w.provider.Before(func(_ context.Context, call fake.Call) {
			if call.Method == fake.Observe {
				w.put(shown[looks%len(shown)])
				looks++
			}
		})
		for _, request := range []string{"in the window", "long after"} {
			w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, request)
			object = w.settle(ctx, object)
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
			w.pass(time.Hour)
		}
		Expect(looks).To(Equal(4))
		Expect(w.deployed()).To(HaveLen(2))
	})
})

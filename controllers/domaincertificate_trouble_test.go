package controllers_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("a provider in trouble", func() {
	var (
		w     *world
		woken chan string
	)
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		woken = make(chan string, 100)
		budget := provider.NewBudget(provider.Quota{DeployPerSecond: 100, ObservePerSecond: 100}, func(object string) { woken <- object })
		w.opener.connection.Provider, w.opener.connection.Budget = provider.Limit(w.provider, budget), budget
	})

	// breakDown has so many others find the account out of reach.
	breakDown := func(ctx context.Context, failures int) {
		GinkgoHelper()
		w.provider.FailFor(domain, &provider.Error{Kind: provider.Unavailable, Operation: "Describe", Code: "http-503", Advice: "the provider has a fault"})
		for i := range failures {
			turn := provider.Turn{Object: fmt.Sprintf("other/%d", i), Namespace: "other"}
			_, err := w.opener.connection.Observe(ctx, provider.Target{Domain: domain, Turn: turn})
			Expect(provider.IsKind(err, provider.Unavailable)).To(BeTrue())
		}
		w.provider.ForgetCalls()
	}

	It("has who was throttled stand in line again, without backing off", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.FailNext(fake.Deploy, &provider.Error{Kind: provider.Throttled, Code: "Throttling.User", RetryAfter: 10 * time.Millisecond})
		object, result, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(time.Minute), "in case the wake-up is lost")
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Throttled"))
		Eventually(woken).WithTimeout(10 * time.Second).Should(Receive(Equal(w.namespace + "/live")))
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(2), "the one that was refused and the one that was not")
	})

	It("is not asked by those who wait, and they call a human after ten minutes", func(ctx context.Context) {
		breakDown(ctx, 5)
		w.store(ctx, w.issue(1))
		object, result, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Unavailable"))
		Expect(messageOf(object, "Deployed")).To(Equal("Unavailable (http-503): the provider has a fault; the account is out of reach, and one object at a time asks again for all"))
		w.statusWrites.Store(0)
		waited := time.Duration(0)
		for !meta.IsStatusConditionTrue(object.Status.Conditions, "Stalled") {
			Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Unavailable"))
			Expect(waited).To(BeNumerically("<", 10*time.Minute+time.Second))
			waited += result.RequeueAfter
			w.pass(result.RequeueAfter)
			object, result, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(waited).To(BeNumerically(">=", 10*time.Minute-time.Second))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Unavailable"))
		Expect(w.statusWrites.Load()).To(BeEquivalentTo(1), "waiting is no news")
	})

	It("is asked again by one who learns, and tells, no more than the others", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		breakDown(ctx, 4)
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred(), "it stands in line")
		Expect(w.provider.Calls()).To(HaveLen(1))
		Expect(messageOf(object, "Deployed")).NotTo(ContainSubstring("Describe"))
	})

	It("does not unmake what is in place", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		breakDown(ctx, 5)
		w.pass(7 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Unavailable"))
	})
})

var _ = Describe("an account that is refused to one", func() {
	It("is asked by nobody until its credentials were checked", func(ctx context.Context) {
		w := newWorld(ctx)
		w.reconciler.Rechecker = &controllers.Rechecks{Ledger: controllers.NewLedger(), Namespaced: &controllers.Waker{}, Cluster: &controllers.Waker{}}
		w.provider.AddDomain("other.example.com")
		w.store(ctx, ca.Issue(testcerts.Options{DNSNames: []string{domain, "other.example.com"}, NotBefore: w.clock.Now().AddDate(0, 0, -1)}))
		w.provider.FailNext(fake.Observe, &provider.Error{Kind: provider.Denied, Code: "InvalidAccessKeyId.Inactive", Account: true})
		refused, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(refused).To(haveCondition("Deployed", metav1.ConditionFalse, "Denied"))
		w.provider.ForgetCalls()

		other, result, err := w.reconcile(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Name, o.Spec.DomainName = "other", "other.example.com"
		}))
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(time.Minute))
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(other).To(haveCondition("Deployed", metav1.ConditionFalse, "Unavailable"))
		Expect(messageOf(other, "Deployed")).To(ContainSubstring("were refused and are being checked"))
	})
})

var _ = Describe("a domain that something else writes to as well", func() {
	var (
		w            *world
		object       *domaincertv1alpha1.DomainCertificate
		mine, theirs testcerts.Pair
	)
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		mine, theirs = w.issue(1), w.issue(2)
		w.store(ctx, mine)
		object = w.settle(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.Interval = metav1.Duration{Duration: 15 * time.Minute}
		}))
		w.pass(2 * time.Hour)
		object = w.settle(ctx, object)
		w.provider.ForgetCalls()
		w.recorder.take()
	})

	// fight lets time pass, with the other one undoing whatever is seen in place.
	fight := func(ctx context.Context, span time.Duration) (sets []time.Time) {
		GinkgoHelper()
		for end := w.clock.Now().Add(span); w.clock.Now().Before(end); {
			before := len(w.deployed())
			after, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			if object = after; len(w.deployed()) > before {
				sets = append(sets, w.clock.Now())
			}
			if meta.IsStatusConditionTrue(object.Status.Conditions, "Deployed") {
				w.put(theirs)
			}
			w.pass(result.RequeueAfter)
		}
		return sets
	}

	It("is given back three times within an hour, and then ever more rarely", func(ctx context.Context) {
		sets := fight(ctx, 24*time.Hour)
		Expect(len(sets)).To(BeNumerically(">=", 6))
		for i := 3; i < len(sets); i++ {
			Expect(sets[i].Sub(sets[i-3])).To(BeNumerically(">", time.Hour))
			Expect(sets[i].Sub(sets[i-1])).To(BeNumerically(">=", time.Hour<<(i-3)))
		}
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Conflict"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "Conflict"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Conflict"))
		Expect(w.recorder.take()).To(ContainElement("Warning Conflict Deployed"))
		Expect(w.ledger.DriftRepairs()).To(HaveKeyWithValue("Live/1001", len(sets)))
	})

	It("is given back at once when a human asks for it", func(ctx context.Context) {
		sets := fight(ctx, 90*time.Minute)
		Expect(sets).To(HaveLen(3))
		w.annotate(ctx, object, domaincertv1alpha1.ReconcileRequestedAtAnnotation, "1")
		_, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.deployed()).To(HaveLen(4))
	})

	It("is given back at once after certificates that followed each other quickly", func(ctx context.Context) {
		for range 4 {
			w.store(ctx, w.issue(0))
			object = w.settle(ctx, object)
			w.pass(20 * time.Minute)
			object = w.settle(ctx, object)
		}
		w.provider.ForgetCalls()
		w.put(theirs)
		w.pass(17 * time.Minute)
		object = w.settle(ctx, object)
		Expect(w.deployed()).To(HaveLen(1))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("is at peace once the other one has stopped", func(ctx context.Context) {
		fight(ctx, 5*time.Hour)
		w.put(mine)
		for range 40 {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(result.RequeueAfter)
		}
		object = w.settle(ctx, object)
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveNoCondition("Stalled"))
		Expect(fight(ctx, time.Hour)).To(HaveLen(3), "what was is forgotten")
	})
})

var _ = Describe("a certificate that is sent in vain", func() {
	DescribeTable("is sent ever more rarely, and nobody else is blamed for it",
		func(ctx context.Context, reason string, edit func(*fake.Provider)) {
			w := newWorld(ctx)
			w.store(ctx, w.issue(1))
			edit(w.provider)
			object := w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
				o.Spec.Interval = metav1.Duration{Duration: 10 * time.Minute}
			})
			for end := w.clock.Now().Add(12 * time.Hour); w.clock.Now().Before(end); {
				after, result, err := w.reconcile(ctx, object)
				Expect(err).NotTo(HaveOccurred())
				object = after
				Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, reason))
				w.pass(result.RequeueAfter)
			}
			Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, reason))
			Expect(len(w.deployed())).To(BeNumerically("<=", 7))
		},
		Entry("the provider accepts it and never shows it", "Deploying", func(p *fake.Provider) { p.ShowAfter(1 << 20) }),
		Entry("the provider holds it back", "HeldBack", func(p *fake.Provider) {
			p.FailFor(domain, nil)
			for range 20 {
				p.FailNext(fake.Deploy, &provider.Error{Kind: provider.HeldBack, Code: "Certificate.SettedNotEffect"})
			}
		}),
	)
})

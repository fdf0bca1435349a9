package controllers_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = Describe("a turn in the account's line is for whoever can use it", func() {
	var (
		w      *world
		narrow *provider.Budget
		free   func() error
	)
	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		narrow = provider.NewBudget(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 100}, func(string) {})
		w.opener.connection.Provider, w.opener.connection.Budget = provider.Limit(w.provider, narrow), narrow
		free = func() error {
			return narrow.Reserve(provider.OperationDeploy, provider.Turn{Object: "other/one", Namespace: "other"})
		}
	})

	It("it goes back at once if the provider does not answer the question before", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		w.provider.RemoveDomain(domain)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "DomainNotFound"))
		Expect(free()).To(Succeed(), "others need not wait until the turn expires")
	})

	It("it goes back at once if a phase panics", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.create(ctx)
		w.provider.Before(func(context.Context, fake.Call) { panic("poison") })
		walk := func() {
			_, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(walk).To(PanicWith("poison"))
		Expect(free()).To(Succeed(), "the object panics again when it is tried again, and again")
	})

	It("whoever must not act any more leaves the line", func(ctx context.Context) {
		Expect(free()).To(Succeed())
		w.store(ctx, w.issue(1))
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls()).To(BeEmpty(), "it stands in line")
		yes := true
		object.Spec.Suspend = &yes
		Expect(kube.Update(ctx, object)).To(Succeed())
		_, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		narrow.Release(provider.OperationDeploy, "other/one")
		Expect(free()).To(Succeed(), "nobody stood before it")
	})
})

package tenancy_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

var _ = Describe("A tenant with very many objects", func() {
	const (
		crowd = 1000
		quota = 30
	)

	It("attack 61: stands in line before another one's single object, and goes after it", func(ctx context.Context) {
		woken := make(chan string, 2*crowd)
		budget := provider.NewBudget(provider.Quota{DeployPerSecond: quota, ObservePerSecond: quota}, func(object string) { woken <- object })
		cloud := fake.New()
		limited := provider.Limit(cloud, budget)
		queued := 0
		for i := range crowd {
			domain := fmt.Sprintf("d%03d.example.com", i)
			cloud.AddDomain(domain)
			turn := provider.Turn{Object: fmt.Sprintf("crowd/d%03d", i), Namespace: "crowd"}
			if err := limited.Withdraw(ctx, provider.Target{Domain: domain, Turn: turn}); err != nil {
				Expect(provider.AsError(err).Queued).To(BeTrue())
				queued++
			}
		}
		Expect(queued).To(BeNumerically(">", crowd/2), "the line is long")
		for len(woken) > 0 {
			budget.Release(provider.OperationDeploy, <-woken)
		}
		Expect(budget.Reserve(provider.OperationDeploy, provider.Turn{Object: "single/one", Namespace: "single"})).NotTo(Succeed())

		// Those who are woken use their turns up, so that the line moves on.
		for place := 1; ; place++ {
			var object string
			Eventually(woken).Should(Receive(&object))
			if object == "single/one" {
				Expect(place).To(BeNumerically("<=", 2+quota), "at most who was on the way goes before it")
				return
			}
			budget.Release(provider.OperationDeploy, object)
		}
	})

	It("attack 62: is urgent with all of them, and no more urgent than others for it", func() {
		woken := make(chan string, 2*crowd)
		budget := provider.NewBudget(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 1}, func(object string) { woken <- object })
		Expect(budget.Reserve(provider.OperationDeploy, provider.Turn{Object: "first/first", Namespace: "first"})).To(Succeed())
		for i := range crowd {
			// Nothing valid is served for them, or so their objects say.
			Expect(budget.Reserve(provider.OperationDeploy, provider.Turn{Object: fmt.Sprintf("crowd/d%03d", i), Namespace: "crowd"})).NotTo(Succeed())
		}
		Expect(budget.Reserve(provider.OperationDeploy, provider.Turn{Object: "single/one", Namespace: "single"})).NotTo(Succeed())
		budget.Release(provider.OperationDeploy, "first/first")
		var order []string
		for range 2 {
			var object string
			Eventually(woken).Should(Receive(&object))
			order = append(order, object)
			budget.Release(provider.OperationDeploy, object)
		}
		Expect(order).To(ContainElement("single/one"))
	})
})

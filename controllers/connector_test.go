package controllers_test

import (
	"context"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

// door counts the accounts that are given up.
type door struct {
	*fake.Provider
	closed *atomic.Int32
}

func (d *door) Access(string) controllers.Access         { return controllers.Access{Provider: d} }
func (d *door) Identify(context.Context) (string, error) { return "1001", nil }
func (d *door) Close()                                   { d.closed.Add(1) }

var _ = Describe("objects that open an account at the same moment", func() {
	It("share one connection, and what it knows of changes under way", func(ctx context.Context) {
		const objects = 5
		p := newChecks(ctx)
		p.store(ctx, everything)
		p.create(ctx, liveSpec())
		edge := p.check(ctx)

		var (
			closed atomic.Int32
			inside sync.WaitGroup
		)
		inside.Add(objects)
		connector := &controllers.Connector{
			Reader:           kube,
			Budgets:          provider.NewBudgets(func(string) {}),
			ClusterNamespace: p.namespace,
			Products: map[string]controllers.Product{"Live": {
				Quota: provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
				Open: func(*domaincertv1alpha1.EdgeProviderSpec, controllers.Material) (controllers.Account, error) {
					inside.Done()
					inside.Wait() // nobody has made a connection before all have begun to
					return &door{Provider: fake.New(domain), closed: &closed}, nil
				},
			}},
		}
		connections := make([]*controllers.Connection, objects)
		var all sync.WaitGroup
		for i := range objects {
			all.Go(func() {
				defer GinkgoRecover()
				var err error
				connections[i], err = connector.Connect(ctx, edge)
				Expect(err).NotTo(HaveOccurred())
			})
		}
		all.Wait()
		for _, connection := range connections {
			Expect(connection.Provider).To(BeIdenticalTo(connections[0].Provider))
		}
		Expect(closed.Load()).To(BeEquivalentTo(objects-1), "the others are given up")
	})
})

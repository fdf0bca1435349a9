package cdnpro_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// counted is an adapter none of whose operations may take more requests than are
// kept for it in the account's budget.
type counted struct {
	*cdnpro.Adapter
	w *world
}

var (
	_ provider.Provider   = counted{}
	_ provider.Repository = counted{}
)

// count counts the requests until it is told to stop.
func (c counted) count() (stop func()) {
	GinkgoHelper()
	before := c.w.calls()
	return func() {
		GinkgoHelper()
		calls := c.w.calls() - before
		Expect(calls).To(BeNumerically("<=", cdnpro.MostCalls))
		c.w.most = max(c.w.most, calls)
	}
}

func (c counted) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	defer c.count()()
	return c.Adapter.Observe(ctx, target)
}

func (c counted) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	defer c.count()()
	return c.Adapter.Deploy(ctx, target, bundle)
}

func (c counted) Withdraw(ctx context.Context, target provider.Target) error {
	defer c.count()()
	return c.Adapter.Withdraw(ctx, target)
}

func (c counted) Uploads(ctx context.Context, target provider.Target) (provider.Uploads, error) {
	defer c.count()()
	return c.Adapter.Uploads(ctx, target)
}

func (c counted) Remove(ctx context.Context, target provider.Target, upload provider.Upload) error {
	defer c.count()()
	return c.Adapter.Remove(ctx, target, upload)
}

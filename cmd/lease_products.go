package main

import (
	"context"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// guardProducts refuses changes at providers once the lease has lapsed.
func (l *lease) guardProducts(products map[string]controllers.Product) map[string]controllers.Product {
	for name, product := range products {
		open := product.Open
		product.Open = func(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
			account, err := open(spec, material)
			if err != nil {
				return nil, err
			}
			return guardedAccount{account, l}, nil
		}
		products[name] = product
	}
	return products
}

// guardedAccount changes nothing once the lease has lapsed.
type guardedAccount struct {
	controllers.Account
	lease *lease
}

// Access implements controllers.Account.
func (a guardedAccount) Access(accountID string) controllers.Access {
	access := a.Account.Access(accountID)
	access.Provider = guardedProvider{access.Provider, a.lease}
	if access.Repository != nil {
		access.Repository = guardedRepository{access.Repository, a.lease}
	}
	return access
}

type guardedProvider struct {
	provider.Provider
	lease *lease
}

// Deploy implements provider.Provider.
func (p guardedProvider) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	if p.lease.lapsed() != nil {
		return provider.Handle{}, notLeading()
	}
	return p.Provider.Deploy(ctx, target, bundle)
}

// Withdraw implements provider.Provider.
func (p guardedProvider) Withdraw(ctx context.Context, target provider.Target) error {
	if p.lease.lapsed() != nil {
		return notLeading()
	}
	return p.Provider.Withdraw(ctx, target)
}

type guardedRepository struct {
	provider.Repository
	lease *lease
}

// Remove implements provider.Repository.
func (r guardedRepository) Remove(ctx context.Context, target provider.Target, upload provider.Upload) error {
	if r.lease.lapsed() != nil {
		return notLeading()
	}
	return r.Repository.Remove(ctx, target, upload)
}

// notLeading is the error of a change that is no more this replica's to make.
func notLeading() *provider.Error {
	return &provider.Error{Kind: provider.Unavailable, Code: "lease", Advice: "another replica of the operator may lead", Cause: context.Canceled}
}

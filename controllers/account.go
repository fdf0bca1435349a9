package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// ProviderObject is an EdgeProvider or a ClusterEdgeProvider.
type ProviderObject interface {
	client.Object
	ProviderSpec() *domaincertv1alpha1.EdgeProviderSpec
	ProviderStatus() *domaincertv1alpha1.EdgeProviderStatus
}

// Connection is an account at a product, ready to be called within its budgets.
type Connection struct {
	provider.Provider
	// Budget that the provider's calls are charged to.
	Budget *provider.Budget
	// Catalog of the certificates that live at the provider; nil if the product
	// takes none of them.
	Catalog provider.Catalog
	// Repository of what was uploaded; nil if nothing piles up.
	Repository provider.Repository
	// StoreBudget is what the calls of Catalog and Repository are charged to.
	StoreBudget *provider.Budget
	// Gauged is true if it can be read how full the repository is.
	Gauged bool
	// Keep is the number of superseded uploads that stay in the repository.
	Keep int
	// Pace is the shortest time between two looks at a change that is under way.
	Pace time.Duration
}

// Access is what an account can be asked.
type Access struct {
	// Provider is the product's adapter.
	Provider provider.Provider
	// Catalog is nil if the product takes no certificates that live at the
	// provider already.
	Catalog provider.Catalog
	// Repository is nil if nothing piles up.
	Repository provider.Repository
	// Gauge is nil if the repository has no end that is known.
	Gauge provider.Gauge
}

// Account is one identity at one product.
type Account interface {
	// Access returns what the account can be asked. Its requests are counted
	// under the account's id.
	Access(accountID string) Access
	// Identify returns the account's id by one cheap read call. Errors are of
	// type *provider.Error; kind Denied means that the credentials are refused.
	Identify(ctx context.Context) (accountID string, err error)
	// Close gives up what the account keeps open. Calls in flight go on.
	Close()
}

// Product makes accounts at one product.
type Product struct {
	// Open returns an account with the material that its spec asks for. It calls
	// nothing.
	Open func(spec *domaincertv1alpha1.EdgeProviderSpec, material Material) (Account, error)
	// Quota is the product's documented one.
	Quota provider.Quota
	// Store is where the product keeps certificates, if that has quotas of its
	// own which products share; the zero value charges them to the product.
	Store Store
	// SecretKeys are the keys that a credentials Secret must have.
	SecretKeys []string
	// Pace is the shortest time between two looks at a change that is under way.
	// Zero leaves it to the operator.
	Pace time.Duration
}

// Store is a service that keeps certificates for several products.
type Store struct {
	// Name tells it from the products, "CAS".
	Name string
	// Quota is its documented one.
	Quota provider.Quota
}

// Material is what an account is opened with.
type Material struct {
	// Secret is what the credentials Secret holds; nil if the spec names none.
	Secret map[string][]byte
	// Token returns a token of the ServiceAccount that the spec names; nil if it
	// names none.
	Token func(ctx context.Context) (string, error)
}

// CredentialsError is why credentials cannot be used.
type CredentialsError struct {
	// Reason is a reason of the EdgeProvider's Ready condition.
	Reason  string
	Message string
	// Transient is true if the API server did not answer.
	Transient bool
	// Checking is true if the credentials or the spec have changed and are being
	// checked: an event tells when that is done.
	Checking bool
}

func (e *CredentialsError) Error() string { return e.Message }

// checking is the error of a provider that is being checked.
func checking(message string) *CredentialsError {
	return &CredentialsError{Reason: domaincertv1alpha1.ProviderNotReadyReason, Message: message, Transient: true, Checking: true}
}

func unsupported(message string) *CredentialsError {
	return &CredentialsError{Reason: domaincertv1alpha1.NotSupportedReason, Message: message}
}

package provider

import (
	"context"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// Limit returns p within a budget. A call that finds no room sends nothing,
// stands in line for target.Turn and returns an [*Error] with Queued set.
// Observe needs a slot of [OperationObserve], and one of [OperationLookup] that
// it gives back if it was not used; the others need one of [OperationDeploy].
func Limit(p Provider, b *Budget) Provider {
	return &limited{provider: p, budget: b}
}

type limited struct {
	provider Provider
	budget   *Budget
}

// Observe implements [Provider].
func (l *limited) Observe(ctx context.Context, target Target) (observation Observation, err error) {
	if err = l.budget.beginObservation(target.Turn); err != nil {
		return Observation{}, err
	}
	defer func() { l.budget.endObservation(observation.Calls) }()
	return l.provider.Observe(ctx, target)
}

// Deploy implements [Provider].
func (l *limited) Deploy(ctx context.Context, target Target, bundle certbundle.Bundle) (Handle, error) {
	if err := l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return Handle{}, err
	}
	calls := l.budget.most(OperationDeploy)
	defer func() { l.budget.end(OperationDeploy, calls) }()
	handle, err := l.provider.Deploy(ctx, target, bundle)
	if err == nil {
		calls = max(1, handle.Calls)
	}
	return handle, err
}

// Withdraw implements [Provider].
func (l *limited) Withdraw(ctx context.Context, target Target) error {
	if err := l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return err
	}
	defer l.budget.end(OperationDeploy, l.budget.most(OperationDeploy))
	return l.provider.Withdraw(ctx, target)
}

// LimitCatalog returns c within a budget: Find needs a slot of
// [OperationObserve].
func LimitCatalog(c Catalog, b *Budget) Catalog { return &limitedCatalog{c, b} }

type limitedCatalog struct {
	catalog Catalog
	budget  *Budget
}

// Find implements [Catalog].
func (l *limitedCatalog) Find(ctx context.Context, target Target) (stored Stored, err error) {
	if err = l.budget.beginObservation(target.Turn); err != nil {
		return Stored{}, err
	}
	defer func() { l.budget.endObservation(stored.Calls) }()
	return l.catalog.Find(ctx, target)
}

// LimitRepository returns r within a budget: Uploads needs a slot of
// [OperationObserve], Remove those of [Quota].Most requests of [OperationDeploy],
// since it may ask who is served before it removes.
func LimitRepository(r Repository, b *Budget) Repository { return &limitedRepository{r, b} }

type limitedRepository struct {
	repository Repository
	budget     *Budget
}

// Uploads implements [Repository].
func (l *limitedRepository) Uploads(ctx context.Context, target Target) (uploads Uploads, err error) {
	if err = l.budget.beginObservation(target.Turn); err != nil {
		return Uploads{}, err
	}
	defer func() {
		if err == nil && uploads.Calls == 0 {
			l.budget.endLookups(0)
			return
		}
		l.budget.endObservation(uploads.Calls)
	}()
	return l.repository.Uploads(ctx, target)
}

// Remove implements [Repository].
func (l *limitedRepository) Remove(ctx context.Context, target Target, upload Upload) error {
	if err := l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return err
	}
	defer l.budget.end(OperationDeploy, l.budget.most(OperationDeploy))
	return l.repository.Remove(ctx, target, upload)
}

package provider

import (
	"context"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// Limit returns p within a budget. A call that finds no room, or an account that is
// out of reach, sends nothing, stands in line for target.Turn and returns an
// [*Error] with Queued set. So does one that the provider refuses for its quota, and
// one that finds the account out of reach.
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
	err = cutOff()
	defer func() { err = l.budget.endObservation(target.Turn, observation.Calls, err) }()
	return l.provider.Observe(ctx, target)
}

// Deploy implements [Provider].
func (l *limited) Deploy(ctx context.Context, target Target, bundle certbundle.Bundle) (handle Handle, err error) {
	if err = l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return Handle{}, err
	}
	err = cutOff()
	defer func() {
		calls := l.budget.most(OperationDeploy)
		if err == nil {
			calls = max(1, handle.Calls)
		}
		err = l.budget.end(OperationDeploy, target.Turn, calls, err)
	}()
	return l.provider.Deploy(ctx, target, bundle)
}

// Withdraw implements [Provider].
func (l *limited) Withdraw(ctx context.Context, target Target) (err error) {
	if err = l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return err
	}
	err = cutOff()
	defer func() {
		err = l.budget.end(OperationDeploy, target.Turn, l.budget.most(OperationDeploy), err)
	}()
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
	err = cutOff()
	defer func() { err = l.budget.endObservation(target.Turn, stored.Calls, err) }()
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
	err = cutOff()
	defer func() {
		if err == nil && uploads.Calls == 0 {
			err = l.budget.endLookups(target.Turn, 0, nil)
			return
		}
		err = l.budget.endObservation(target.Turn, uploads.Calls, err)
	}()
	return l.repository.Uploads(ctx, target)
}

// Remove implements [Repository].
func (l *limitedRepository) Remove(ctx context.Context, target Target, upload Upload) (err error) {
	if err = l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return err
	}
	err = cutOff()
	defer func() {
		err = l.budget.end(OperationDeploy, target.Turn, l.budget.most(OperationDeploy), err)
	}()
	return l.repository.Remove(ctx, target, upload)
}

// cutOff is how a call ends that panics: nothing is to be concluded from it.
func cutOff() error { return &Error{Kind: Unavailable, Code: "internal", Cause: context.Canceled} }

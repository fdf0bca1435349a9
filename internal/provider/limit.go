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
	defer l.budget.end(OperationDeploy, 1)
	return l.provider.Deploy(ctx, target, bundle)
}

// Withdraw implements [Provider].
func (l *limited) Withdraw(ctx context.Context, target Target) error {
	if err := l.budget.begin(OperationDeploy, target.Turn); err != nil {
		return err
	}
	defer l.budget.end(OperationDeploy, 1)
	return l.provider.Withdraw(ctx, target)
}

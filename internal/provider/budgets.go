package provider

import (
	"math"
	"sync"
)

// Budgets holds the budgets of all accounts. It is safe for concurrent use.
type Budgets struct {
	wake Wake

	mu    sync.Mutex
	byKey map[string]*shared
}

// shared is a budget and the quotas that those who act for the account ask for.
type shared struct {
	budget *Budget
	quotas map[string]Quota
}

// NewBudgets returns an empty set of budgets that share a wake function.
func NewBudgets(wake Wake) *Budgets {
	return &Budgets{wake: wake, byKey: map[string]*shared{}}
}

// For returns the budget of one account at one product, which key names as
// "product/account". Everybody who acts for the account shares it. Owner names who
// asks: where owners name different quotas, the lowest holds, until
// [Budgets.Leave]. Who asks has new credentials or another spec, so that an account
// that was out of reach is tried at once.
func (b *Budgets) For(key, owner string, quota Quota) *Budget {
	b.mu.Lock()
	defer b.mu.Unlock()
	account, known := b.byKey[key]
	if !known {
		account = &shared{budget: NewBudget(quota, b.wake), quotas: map[string]Quota{}}
		b.byKey[key] = account
	}
	account.quotas[owner] = quota
	account.budget.SetQuota(lowest(account.quotas))
	account.budget.breaker.hasten()
	return account.budget
}

// Leave drops what an owner asked for. The budgets themselves stay: the account
// may be asked again at any moment, and its last second still counts.
func (b *Budgets) Leave(owner string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, account := range b.byKey {
		if _, present := account.quotas[owner]; !present {
			continue
		}
		delete(account.quotas, owner)
		if len(account.quotas) > 0 {
			account.budget.SetQuota(lowest(account.quotas))
		}
	}
}

// Release gives back an object's unused slots and its places in line, at
// whichever accounts it has any.
func (b *Budgets) Release(object string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, account := range b.byKey {
		for _, op := range []Operation{OperationDeploy, OperationObserve, OperationLookup} {
			account.budget.Release(op, object)
		}
	}
}

// State is how an account is at this moment.
type State struct {
	// Account is the key of [Budgets.For].
	Account string
	// OutOfReach is true while one object at a time asks for all.
	OutOfReach bool
	// Pace is how many requests each operation may make in the provider's window,
	// as far as that is limited.
	Pace map[Operation]int
}

// States are those of all accounts that somebody acts for.
func (b *Budgets) States() []State {
	b.mu.Lock()
	defer b.mu.Unlock()
	states := make([]State, 0, len(b.byKey))
	for key, account := range b.byKey {
		if len(account.quotas) > 0 {
			states = append(states, State{Account: key, OutOfReach: account.budget.breaker.open.Load(), Pace: account.budget.pace()})
		}
	}
	return states
}

// lowest is the lowest of some quotas, each operation by itself.
func lowest(quotas map[string]Quota) Quota {
	found := Quota{DeployPerSecond: math.MaxInt32, ObservePerSecond: math.MaxInt32, LookupPerSecond: math.MaxInt32, Total: math.MaxInt32}
	for _, quota := range quotas {
		found.Total, found.Window, found.Most = min(found.Total, quota.Total), quota.Window, max(found.Most, quota.Most)
		found.DeployPerSecond = min(found.DeployPerSecond, quota.DeployPerSecond)
		found.ObservePerSecond = min(found.ObservePerSecond, quota.ObservePerSecond)
		found.LookupPerSecond = min(found.LookupPerSecond, quota.LookupPerSecond)
	}
	return found
}

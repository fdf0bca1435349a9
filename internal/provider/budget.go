package provider

import (
	"math"
	"sync"
	"time"
)

// Operation is a class of requests that has a quota of its own.
type Operation string

// The operations.
const (
	// OperationDeploy is every request that changes something.
	OperationDeploy Operation = "deploy"
	// OperationObserve is every request that only reads.
	OperationObserve Operation = "observe"
	// OperationLookup is what an observation needs beyond its first request,
	// where the product counts that by itself.
	OperationLookup Operation = "lookup"
)

// Quota is what an account may ask of a product in any one second, as the
// product documents it. A budget stays at 95 % of it, and allows at least one
// request.
type Quota struct {
	DeployPerSecond, ObservePerSecond int
	// LookupPerSecond is the quota of the requests that an observation may need
	// beyond its first; zero if they count like the first.
	LookupPerSecond int

	// Total is what the account may ask in any one Window, whatever it asks, for
	// a product that counts like that; the others are then not used. Zero if
	// every operation has a quota of its own.
	Total  int
	Window time.Duration
	// Most is the number of requests that one Observe, Deploy, Withdraw or Remove
	// takes at most; zero for one. As many are kept for it while it is under way,
	// and charged to it unless it says how many it took. Where every operation has
	// a quota of its own it holds for those that change something.
	Most int
}

// Wake is told that the turn of a waiting object has come: a slot is reserved
// for it. It is called without a lock held and never from the goroutine of the
// caller that made the slot free.
type Wake func(object string)

// Budget keeps an account within its quota without ever making anybody wait in
// place: who finds no room stands in line, gives the worker back, and is woken
// when its turn has come.
//
// An operation has as many slots as its quota allows requests in a second. A
// slot is taken from the moment a request starts until one second after it has
// ended. At whichever instant between the two the provider counted it, two
// requests of one slot are therefore never counted in the same second, and no
// sliding second holds more requests than there are slots. Where a product has
// one quota for everything, all operations share the slots, and the second is
// its window; a request then takes as many slots as it may turn out to be calls,
// and gives back those that it was not.
//
// The line is fair between namespaces; within one, the object whose served
// certificate expires first goes first.
type Budget struct {
	deploy, observe, lookup *lane
}

// NewBudget returns the budget of one account. The wake function is called for
// every object that had to wait.
func NewBudget(quota Quota, wake Wake) *Budget {
	budget := &Budget{deploy: newLane(wake, window, max(1, quota.Most)), observe: newLane(wake, window, 1), lookup: newLane(wake, window, 1)}
	if quota.Total > 0 {
		budget.deploy = newLane(wake, quota.Window, max(1, quota.Most))
		budget.observe = budget.deploy
	}
	budget.SetQuota(quota)
	return budget
}

// SetQuota replaces the quota, of the same manner of counting. What is reserved
// or under way stays so.
func (b *Budget) SetQuota(quota Quota) {
	if quota.Total > 0 {
		b.deploy.resize(max(slots(quota.Total), b.requests(OperationDeploy)*quota.Most))
		b.lookup.resize(unlimited)
		return
	}
	b.deploy.resize(max(slots(quota.DeployPerSecond), quota.Most))
	b.observe.resize(slots(quota.ObservePerSecond))
	lookups := unlimited
	if quota.LookupPerSecond > 0 {
		lookups = slots(quota.LookupPerSecond)
	}
	b.lookup.resize(lookups)
}

// Reserve asks for a slot for turn.Object. It returns nil if the object has
// one, now or from before; the slot is given back if it is not used within
// 30 s. Otherwise the object stands in line, and the answer is an [*Error] of
// kind Throttled with Queued set. An object that asks again while it waits
// keeps its place and may change its urgency.
func (b *Budget) Reserve(op Operation, turn Turn) error {
	if b.lane(op).reserve(turn, b.requests(op)) {
		return nil
	}
	return queued()
}

// Release gives back an object's unused slot or its place in line, for an
// object that needs neither any more.
func (b *Budget) Release(op Operation, object string) {
	b.lane(op).release(object)
}

// begin is Reserve followed at once by the start of the request.
func (b *Budget) begin(op Operation, turn Turn) error {
	if b.lane(op).begin(turn, b.requests(op)) {
		return nil
	}
	return queued()
}

// end is the end of a request that turned out to be so many calls, maybe none.
func (b *Budget) end(op Operation, calls int) {
	b.lane(op).end(calls)
}

// requests is how many requests a turn of this operation is for. A change is
// preceded by a look: where both take of the same slots, the look would use up
// the turn, and leave the change to stand in line again, and look again.
func (b *Budget) requests(op Operation) int {
	if op == OperationDeploy && b.deploy == b.observe {
		return 2
	}
	return 1
}

func (b *Budget) lane(op Operation) *lane {
	switch op {
	case OperationObserve:
		return b.observe
	case OperationLookup:
		return b.lookup
	default:
		return b.deploy
	}
}

// beginObservation is begin for an observation, which may turn out to need
// lookups.
func (b *Budget) beginObservation(turn Turn) error {
	if err := b.begin(OperationLookup, turn); err != nil {
		return err
	}
	if err := b.begin(OperationObserve, turn); err != nil {
		b.end(OperationLookup, 0)
		return err
	}
	return nil
}

// most is what an operation may have taken that did not say.
func (b *Budget) most(op Operation) int { return b.lane(op).weight }

// endObservation is the end of an observation that took so many calls, zero if
// it did not say.
func (b *Budget) endObservation(calls int) {
	if calls < 1 {
		calls = b.most(OperationObserve)
	}
	b.endLookups(calls)
}

// endLookups is the end of an observation that took so many calls, maybe none.
func (b *Budget) endLookups(calls int) {
	first := min(1, calls)
	if b.lookup.isUnlimited() {
		first = calls
	}
	b.end(OperationObserve, first)
	b.end(OperationLookup, calls-first)
}

// slots is 95 % of a quota, at least one: clocks and networks are not perfect,
// and a refused request costs more than the room left unused.
func slots(quota int) int {
	return max(1, quota*95/100)
}

func queued() *Error {
	return &Error{Kind: Throttled, Code: "queued", Queued: true,
		Advice: "waiting for the account's budget"}
}

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

// For returns the budget of one account at one product, which key names.
// Everybody who acts for the account shares it. Owner names who asks: where
// owners name different quotas, the lowest holds, until [Budgets.Leave].
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

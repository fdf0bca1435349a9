package provider

import "time"

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
//
// What the provider refuses for its quota all the same goes to the line again, which
// is then served at the pace that the provider was seen to take. While the account
// is out of reach nobody in line is served: one object at a time asks, until there
// is an answer.
type Budget struct {
	deploy, observe, lookup *lane
	breaker                 *breaker
}

// NewBudget returns the budget of one account. The wake function is called for
// every object that had to wait.
func NewBudget(quota Quota, wake Wake) *Budget {
	most := max(1, quota.Most)
	budget := &Budget{deploy: newLane(wake, window, most, 1), observe: newLane(wake, window, 1, 1), lookup: newLane(wake, window, 1, 1)}
	if quota.Total > 0 {
		budget.deploy = newLane(wake, quota.Window, most, requestsOfAChange)
		budget.observe = budget.deploy
	} else {
		budget.deploy.before = budget.observe
	}
	budget.breaker = newBreaker(wake, budget.shut)
	budget.SetQuota(quota)
	return budget
}

// SetQuota replaces the quota, of the same manner of counting. What is reserved
// or under way stays so.
func (b *Budget) SetQuota(quota Quota) {
	if quota.Total > 0 {
		b.deploy.resize(slots(quota.Total))
		b.lookup.resize(unlimited)
		return
	}
	b.deploy.resize(slots(quota.DeployPerSecond))
	b.observe.resize(slots(quota.ObservePerSecond))
	lookups := unlimited
	if quota.LookupPerSecond > 0 {
		lookups = slots(quota.LookupPerSecond)
	}
	b.lookup.resize(lookups)
}

// Reserve asks for a slot for turn.Object. It returns nil if the object has
// one, now or from before; the slot is given back if it is not used within
// 30 s. Otherwise the object stands in line, and the answer is an [*Error] with
// Queued set, of kind Throttled, or Unavailable if the account is out of reach. An
// object that asks again while it waits keeps its place and may change its urgency.
func (b *Budget) Reserve(op Operation, turn Turn) error {
	ahead, err := b.admit(op, turn)
	if err == nil && !b.lane(op).reserve(turn, b.requests(op), ahead) {
		return queued()
	}
	return err
}

// Release gives back an object's unused slot or its place in line, for an
// object that needs neither any more.
func (b *Budget) Release(op Operation, object string) {
	b.breaker.leave(object)
	b.lane(op).release(object)
}

// begin is Reserve followed at once by the start of the request.
func (b *Budget) begin(op Operation, turn Turn) error {
	ahead, err := b.admit(op, turn)
	if err != nil {
		return err
	}
	if !b.lane(op).begin(turn, b.requests(op), ahead) {
		return queued()
	}
	b.breaker.begin(turn.Object)
	return nil
}

// beginObservation is begin for an observation, which may turn out to need
// lookups.
func (b *Budget) beginObservation(turn Turn) error {
	ahead, err := b.admit(OperationObserve, turn)
	switch {
	case err != nil:
		return err
	case !b.lookup.begin(turn, 1, ahead):
		return queued()
	case !b.observe.begin(turn, b.requests(OperationObserve), ahead):
		b.lookup.end(0, false)
		return queued()
	}
	b.breaker.begin(turn.Object)
	return nil
}

// admit reports whether an object goes ahead of the line. While its account is out
// of reach, and it is not the one to ask, it stands in line.
func (b *Budget) admit(op Operation, turn Turn) (ahead bool, err error) {
	if !b.breaker.open.Load() {
		return false, nil
	}
	return b.probe(op, turn)
}

func (b *Budget) probe(op Operation, turn Turn) (ahead bool, err error) {
	ahead, found := b.breaker.admit(turn.Object)
	if found != nil {
		b.lane(op).stand(turn, b.requests(op))
		return false, found
	}
	return ahead, nil
}

// end is the end of a request that turned out to be so many calls, maybe none. It
// returns what its error means for the caller, who may stand in line again.
func (b *Budget) end(op Operation, turn Turn, calls int, err error) error {
	b.lane(op).end(calls, isRefused(err))
	return b.verdict(op, turn, err)
}

// endObservation is the end of an observation that took so many calls, zero if
// it did not say.
func (b *Budget) endObservation(turn Turn, calls int, err error) error {
	if calls < 1 {
		calls = b.most(OperationObserve)
	}
	return b.endLookups(turn, calls, err)
}

// endLookups is the end of an observation that took so many calls, maybe none.
func (b *Budget) endLookups(turn Turn, calls int, err error) error {
	first := min(1, calls)
	if b.lookup.isUnlimited() {
		first = calls
	}
	b.observe.end(first, isRefused(err))
	b.lookup.end(calls-first, false)
	return b.verdict(OperationObserve, turn, err)
}

// verdict draws the conclusions from how a request ended.
func (b *Budget) verdict(op Operation, turn Turn, err error) error {
	failed := AsError(err)
	if found := b.breaker.end(turn.Object, failed); found != nil {
		b.lane(op).stand(turn, b.requests(op))
		return found
	}
	if !isRefused(err) {
		return err
	}
	b.lane(op).slowDown(failed.RetryAfter)
	b.lane(op).stand(turn, b.requests(op))
	again := *failed
	again.Queued = true
	return &again
}

// shut has the lines of all operations stop, or go on.
func (b *Budget) shut(shut bool) {
	for _, lane := range []*lane{b.deploy, b.observe, b.lookup} {
		lane.shutLine(shut)
	}
}

// pace is how many requests each operation may make in the provider's window.
func (b *Budget) pace() map[Operation]int {
	pace := map[Operation]int{}
	for _, op := range []Operation{OperationDeploy, OperationObserve, OperationLookup} {
		if lane := b.lane(op); !lane.isUnlimited() {
			pace[op] = lane.inUse()
		}
	}
	return pace
}

// requests is how many requests a turn of this operation is for.
func (b *Budget) requests(op Operation) int {
	if op == OperationDeploy && b.deploy == b.observe {
		return requestsOfAChange
	}
	return 1
}

// requestsOfAChange are a look and the change. Where both take of the same slots,
// the look would use up the turn, and leave the change to stand in line again, and
// look again.
const requestsOfAChange = 2

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

// most is what an operation may have taken that did not say.
func (b *Budget) most(op Operation) int { return b.lane(op).weight }

// slots is 95 % of a quota, at least one: clocks and networks are not perfect,
// and a refused request costs more than the room left unused.
func slots(quota int) int {
	return max(1, quota*95/100)
}

// isRefused reports whether the provider refused a request for its quota.
func isRefused(err error) bool {
	failed := AsError(err)
	return failed != nil && failed.Kind == Throttled && !failed.Queued
}

func queued() *Error {
	return &Error{Kind: Throttled, Code: "queued", Queued: true,
		Advice: "waiting for the account's budget"}
}

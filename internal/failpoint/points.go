// Package failpoint names the places between two steps of a reconcile, so that a
// test can end, stop or break the operator at each of them.
//
// Only a build with the tag failpoints can: there, $DOMAINCERT_FAILPOINTS says
// what happens where (see package armed). In every other build [Points] is empty
// and [Points.Reach] is nothing: the compiler leaves neither a call nor the name
// of a point in the program.
package failpoint

// Point is a place between two steps.
type Point string

// The points, in the order in which a reconcile comes to them.
const (
	// ObjectLoaded: the object was read; nothing has been decided.
	ObjectLoaded Point = "object/loaded"
	// FinalizerAdd: the finalizer is about to be added.
	FinalizerAdd Point = "finalizer/add"
	// SecretGet: the Secret's body is about to be read.
	SecretGet Point = "secret/get"
	// SecretParse: the Secret was read; its key is in memory.
	SecretParse Point = "secret/parse"
	// AccountTurn: the object is about to ask for its turn in the account's line.
	AccountTurn Point = "account/turn"
	// ProviderObserve: the provider is about to be read.
	ProviderObserve Point = "provider/observe"
	// DeployBefore: the changing call is about to be made.
	DeployBefore Point = "deploy/before"
	// DeployAfter: the changing call was answered; nobody has noted it.
	DeployAfter Point = "deploy/after"
	// EdgeVerify: the edge is about to be asked.
	EdgeVerify Point = "edge/verify"
	// StatusBefore: the status is about to be written.
	StatusBefore Point = "status/before"
	// StatusAfter: the status was written; no event was sent.
	StatusAfter Point = "status/after"
	// EventBefore: an event is about to be sent.
	EventBefore Point = "event/before"
	// WithdrawBefore: HTTPS is about to be turned off.
	WithdrawBefore Point = "withdraw/before"
	// WithdrawAfter: HTTPS was turned off; the finalizer is still there.
	WithdrawAfter Point = "withdraw/after"
	// FinalizerRemove: the finalizer is about to be removed.
	FinalizerRemove Point = "finalizer/remove"
)

// All are the points there are.
func All() []Point {
	return []Point{
		ObjectLoaded, FinalizerAdd, SecretGet, SecretParse, AccountTurn, ProviderObserve, DeployBefore, DeployAfter,
		EdgeVerify, StatusBefore, StatusAfter, EventBefore, WithdrawBefore, WithdrawAfter, FinalizerRemove,
	}
}

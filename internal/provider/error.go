package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what an error means for the object, not which vendor code it had.
type Kind string

// The kinds of errors. Each maps to one reason of the Deployed condition.
const (
	// Unavailable is the default: the provider or the way to it is broken, or
	// its answer made no sense. Repeating later may help.
	Unavailable Kind = "Unavailable"
	// Throttled means that a quota was exceeded, or would have been.
	Throttled Kind = "Throttled"
	// Denied means that the credentials or their permissions do not suffice.
	Denied Kind = "Denied"
	// NotFound means that the domain does not exist in the account, or is not
	// in a state that takes certificates.
	NotFound Kind = "NotFound"
	// Rejected means that the provider refuses this certificate, name or
	// domain, and will do so again until a human changes something.
	Rejected Kind = "Rejected"
	// HeldBack means that the provider stored the certificate but does not
	// put it into effect until its support is asked.
	HeldBack Kind = "HeldBack"
	// Conflict means that something else is in the way right now, another
	// change or an equal certificate under another name; the next attempt
	// takes it into account.
	Conflict Kind = "Conflict"
)

// Error is the only error type that leaves an adapter. It carries no URL, no
// request or response body and no text of an SDK, since any of them can hold a
// private key or a credential.
type Error struct {
	Kind Kind
	// Operation is the product's own name of the call, "DescribeLive...".
	Operation string
	// Host that was called, without path and query.
	Host string
	// Code is the vendor's error code, or a word of ours in lower case for
	// failures below the API ("timeout", "connection", "redirect", ...).
	Code string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// RequestID is the vendor's id of the request, for its support. It is
	// logged but never part of the message: it changes with every try.
	RequestID string
	// Advice tells a human what to do, in a sentence without a final stop.
	Advice string
	// RetryAfter is the provider's own hint, 0 if it gave none.
	RetryAfter time.Duration
	// Account is true if the account as a whole is refused (unknown key, bad
	// signature, expired token), not just this domain.
	Account bool
	// Queued is true if the object stands in line and is woken when its turn has
	// come. Either nothing was sent, because the budget has no room now or the
	// account is out of reach; or what was sent was refused for the quota, or found
	// the account out of reach.
	Queued bool
	// Cause is a context error or nil; nothing else is ever wrapped.
	Cause error
}

// Error returns a text that is the same for the same failure: no request ids,
// no times.
func (e *Error) Error() string {
	var text strings.Builder
	if e.Operation != "" {
		fmt.Fprintf(&text, "%s: ", e.Operation)
	}
	text.WriteString(string(e.Kind))
	if e.Code != "" {
		fmt.Fprintf(&text, " (%s)", e.Code)
	}
	if e.Advice != "" {
		fmt.Fprintf(&text, ": %s", e.Advice)
	}
	return text.String()
}

// Unwrap lets errors.Is find a cancelled or expired context.
func (e *Error) Unwrap() error { return e.Cause }

// AsError returns err as an [*Error]. A foreign error becomes kind Unavailable
// without its text, which may hold what must not be told.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	foreign := &Error{Kind: Unavailable, Code: "internal"}
	switch {
	case errors.Is(err, context.Canceled):
		foreign.Cause, foreign.Code = context.Canceled, "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		foreign.Cause, foreign.Code = context.DeadlineExceeded, "timeout"
	}
	return foreign
}

// IsKind reports whether err is an [*Error] of the given kind.
func IsKind(err error, kind Kind) bool {
	var known *Error
	return errors.As(err, &known) && known.Kind == kind
}

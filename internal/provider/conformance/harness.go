// Package conformance holds the contract of [provider.Provider] as specs that
// every adapter passes, against a simulator of its product:
//
//	var _ = conformance.Describe("aliyunlive", newHarness, conformance.WireFaults()...)
//
// The specs know the port alone. What they need beyond it, such as a provider
// that refuses or goes silent, they ask of a [Harness].
package conformance

import (
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// Harness is a provider in its surroundings, new for every spec. What it has to
// stop it stops by DeferCleanup.
type Harness interface {
	// Provider is the adapter, without decorators.
	Provider() provider.Provider
	// AddDomain makes the domain, or wildcard, exist without a certificate.
	AddDomain(domain string)
	// Put makes the provider hold the bundle for a domain that exists, as if
	// somebody else had put it there.
	Put(domain string, bundle certbundle.Bundle)
	// Changes counts the changing requests that have reached the provider,
	// whatever became of them.
	Changes() int
	// Inject makes every request meet the fault, until Heal. There is one
	// fault at a time.
	Inject(fault Fault)
	// Heal ends the fault. What was accepted by then shows from then on.
	Heal()
}

// Settler is a [Harness] whose provider's changes take time, as [provider.Observation]
// says with Pending, or as Withdraw says with Conflict. No spec sleeps.
type Settler interface {
	Harness
	// Settle lets enough time pass at the provider for what is under way to end.
	// It may be called at the same time from several goroutines.
	Settle()
}

// Fault is something that goes wrong at the provider or on the way to it.
type Fault string

// The faults that every harness can produce, or is described as being without.
const (
	// Denied refuses every request for want of permission.
	Denied Fault = "Denied"
	// Rejected refuses every certificate.
	Rejected Fault = "Rejected"
	// Throttled refuses every request for excess of a quota and asks to come
	// back after RetryAfter.
	Throttled Fault = "Throttled"
	// HeldBack answers every deployment that the certificate is stored but not
	// put into effect, and so it is.
	HeldBack Fault = "HeldBack"
	// Broken answers every request with the product's error for a fault of its
	// own, without effect.
	Broken Fault = "Broken"
	// AnswerLost lets every changing request take effect and ends the connection
	// without an answer. Whether requests that read are answered is the harness's
	// choice where a change is possible without them.
	AnswerLost Fault = "AnswerLost"
	// ReadsStale lets every change take effect while reads show what was before
	// the last change.
	ReadsStale Fault = "ReadsStale"
	// Silent takes every request, without effect, and never answers.
	Silent Fault = "Silent"
	// Skewed refuses every request because the provider's clock, or the operator's,
	// is wrong by more than the provider tolerates.
	Skewed Fault = "Skewed"
)

// The faults on the wire, for harnesses that have one. Whether the request
// takes effect is the harness's choice.
const (
	// HTML answers with a web page, as a load balancer or a proxy does.
	HTML Fault = "HTML"
	// Garbled answers with status 200 and something that is not the product's
	// format at all.
	Garbled Fault = "Garbled"
	// Empty answers with status 200 and nothing.
	Empty Fault = "Empty"
	// Truncated ends every answer in the middle, in good order.
	Truncated Fault = "Truncated"
	// Cut breaks the connection in the middle of every answer.
	Cut Fault = "Cut"
	// Oversized answers with more than 1 MiB in the product's format.
	Oversized Fault = "Oversized"
	// Redirected sends every request to another host. A harness fails the spec
	// if the adapter goes there.
	Redirected Fault = "Redirected"
)

// RetryAfter is the hint that goes with [Throttled].
const RetryAfter = 7 * time.Second

// WireFaults are all faults on the wire.
func WireFaults() []Fault {
	return []Fault{HTML, Garbled, Empty, Truncated, Cut, Oversized, Redirected}
}

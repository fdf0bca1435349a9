package provider

import (
	"strings"
	"time"
)

// Want is what the user asks for.
type Want struct {
	// Fingerprint and NotBefore of the bundle that must be served.
	Fingerprint string
	NotBefore   time.Time
	NotAfter    time.Time
	// RepairDrift is false if a change made behind the operator's back is to
	// be reported and left alone.
	RepairDrift bool
	// AllowOlder lets an older certificate replace a newer one.
	AllowOlder bool
	// Name is the one under which what is deployed for this target is stored:
	// [Target].Name. A later certificate under it is no drift.
	Name string
	// Free means that any free certificate of the provider's own is wanted. It
	// is issued and renewed there, so that Fingerprint is empty.
	Free bool
}

// History is what the operator did for this domain before. A bundle that was
// found in place and adopted counts as deployed when it was found.
type History struct {
	// Fingerprint and NotBefore of the bundle that Deploy last accepted, or
	// answered with HeldBack; empty before the first.
	Fingerprint string
	NotBefore   time.Time
	// DeployedAt is when that was.
	DeployedAt time.Time
	// Confirmed is true once that bundle was seen in effect: Plan found it
	// InSync after DeployedAt.
	Confirmed bool
	// MissingSince is when the wanted bundle was first seen not to be in
	// effect; zero while it is.
	MissingSince time.Time
	// HeldBack is true if the provider answered the last Deploy with HeldBack.
	HeldBack bool
	// Steps is how often Deploy was accepted for that bundle since it was last
	// seen in effect, as far as this process knows.
	Steps int
}

// mostSteps is how many steps of one deployment are taken as soon as they are due.
// The longest way of any product is shorter; a provider that asks for more goes in
// circles, and is taken at the pace of one that loses what it accepts.
const mostSteps = 10

// Settings are the times Plan works with.
type Settings struct {
	// Propagation is how long a provider may go on showing the previous
	// certificate after it accepted a new one.
	Propagation time.Duration
	// Interval is the object's read-back interval, the pace of further
	// attempts once two have shown no effect.
	Interval time.Duration
}

// Action is what Plan decides to do.
type Action string

// The actions, from doing nothing to refusing to do something.
const (
	// Hold: the provider holds what is wanted, or is left alone on purpose.
	Hold Action = "Hold"
	// Await: the change was accepted and has not shown yet.
	Await Action = "Await"
	// Deploy: send the bundle.
	Deploy Action = "Deploy"
	// Refuse: sending the bundle would do harm.
	Refuse Action = "Refuse"
)

// Cause says why Plan decided so.
type Cause string

// The causes of decisions.
const (
	InSync        Cause = "InSync"        // Hold: same fingerprint, HTTPS on
	Drifted       Cause = "Drifted"       // Hold or Deploy: changed behind our back
	HeldBackCause Cause = "HeldBack"      // Hold: stored but not put into effect
	Propagating   Cause = "Propagating"   // Await: accepted, not yet shown
	Missing       Cause = "Missing"       // Deploy: nothing there
	Renewed       Cause = "Renewed"       // Deploy: another bundle than the one held
	Disabled      Cause = "Disabled"      // Deploy: certificate there, HTTPS off
	Ineffective   Cause = "Ineffective"   // Deploy again: accepted, but never shown
	Unfinished    Cause = "Unfinished"    // Deploy again: its next step is due, and it was never in effect
	OlderThanHeld Cause = "OlderThanHeld" // Refuse: a newer one is in place
)

// Decision is an action and why it was taken.
type Decision struct {
	Action Action
	Cause  Cause
}

// Plan compares what is wanted with what the provider holds and with what was
// done before. It is pure: the same input gives the same decision, and it calls
// nothing.
func Plan(want Want, observed Observation, history History, settings Settings, now time.Time) Decision {
	sent := isSent(want, history)
	held := holds(observed, want, sent)
	switch {
	case held && observed.Pending:
		return Decision{Await, Propagating}
	case held && observed.HTTPS != HTTPSOff:
		return planHeld(want, history, settings, now)
	case !want.AllowOlder && older(want, observed, history, now):
		return Decision{Refuse, OlderThanHeld}
	case !sent:
		return Decision{Deploy, difference(observed, held)}
	case history.HeldBack && !overdue(history, settings.Interval, now):
		return Decision{Hold, HeldBackCause}
	case observed.Pending:
		return Decision{Await, Propagating}
	case observed.Unfinished && !history.Confirmed && history.Steps < mostSteps:
		return Decision{Deploy, Unfinished}
	case !overdue(history, settings.Propagation, now):
		return Decision{Await, Propagating}
	case history.Confirmed:
		return planDrift(want, observed, held, now)
	default:
		return planIneffective(history, settings, now)
	}
}

// isSent reports whether what is wanted was sent before. A free certificate has
// no fingerprint to tell by: there, any deployment was.
func isSent(want Want, history History) bool {
	if want.Free {
		return history.Fingerprint == "" && !history.DeployedAt.IsZero()
	}
	return history.Fingerprint == want.Fingerprint
}

// holds reports whether the provider holds the wanted bundle. Where a product
// does not return the body, a bundle that we sent is recognised by its expiry.
func holds(observed Observation, want Want, sent bool) bool {
	switch {
	case !observed.Found:
		return false
	case want.Free:
		return strings.EqualFold(observed.CertificateType, string(ExistingFree))
	case observed.Fingerprint != "":
		return observed.Fingerprint == want.Fingerprint
	default:
		return sent && !observed.NotAfter.IsZero() && observed.NotAfter.Equal(want.NotAfter.Truncate(time.Second))
	}
}

// planHeld decides for a provider that shows the wanted bundle in effect. While
// a younger bundle that it accepted is still on its way, what it shows may be the
// past: calling that in sync would let the other one take over unnoticed. A
// bundle younger than the one accepted last is no past: it was set since, by us
// if the answer was lost.
func planHeld(want Want, history History, settings Settings, now time.Time) Decision {
	if !want.Free && want.NotBefore.Before(history.NotBefore) && !overdue(history, settings.Propagation, now) {
		return Decision{Await, Propagating}
	}
	return Decision{Hold, InSync}
}

// difference names why a bundle that was never sent must be.
func difference(observed Observation, held bool) Cause {
	switch {
	case held:
		return Disabled
	case observed.Found:
		return Renewed
	default:
		return Missing
	}
}

// planDrift decides for a bundle that was seen in effect and no longer is. What
// replaced it may be a later one of our own: then it is the history that is not
// up to date, as from an API server that was restored from a backup, and a repair
// would take the domain back to an older certificate.
func planDrift(want Want, observed Observation, held bool, now time.Time) Decision {
	switch {
	case !want.RepairDrift:
		return Decision{Hold, Drifted}
	case !want.AllowOlder && isLaterOwn(want, observed, now):
		return Decision{Refuse, OlderThanHeld}
	case held:
		return Decision{Deploy, Disabled}
	default:
		return Decision{Deploy, Drifted}
	}
}

// isLaterOwn reports whether the provider holds a valid certificate that is
// younger than the wanted one and was stored for the same target.
func isLaterOwn(want Want, observed Observation, now time.Time) bool {
	return observed.Found && want.Name != "" && strings.HasPrefix(observed.CertificateName, want.Name) &&
		observed.NotAfter.After(now) && observed.NotBefore.After(want.NotBefore)
}

// planIneffective decides for a bundle that was accepted and never seen in
// effect. It is sent once more, and after that only at the pace of the
// read-back: a provider that loses writes must not cost the account its quota.
func planIneffective(history History, settings Settings, now time.Time) Decision {
	first := history.DeployedAt.Sub(history.MissingSince) < settings.Propagation
	if first || overdue(history, settings.Interval, now) {
		return Decision{Deploy, Ineffective}
	}
	return Decision{Await, Propagating}
}

// older reports whether sending the bundle would take the domain back to an
// older certificate: older than what we sent last, or than a valid one that
// the provider holds. The latter does not count once we have sent this very
// bundle, because then the change behind our back is drift.
func older(want Want, observed Observation, history History, now time.Time) bool {
	if want.Free || history.Fingerprint == want.Fingerprint {
		return false
	}
	if want.NotBefore.Before(history.NotBefore) {
		return true
	}
	return observed.Found && observed.NotAfter.After(now) && want.NotBefore.Before(observed.NotBefore)
}

// overdue reports whether the last Deploy is longer ago than d.
func overdue(history History, d time.Duration, now time.Time) bool {
	return now.Sub(history.DeployedAt) >= d
}

package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// mostSets of a domain within warWindow. Whoever undoes more than that will go
	// on doing so, and each Set takes from the quota of the others.
	mostSets  = 3
	warWindow = time.Hour
	// longestHold bounds the time between two Sets of a domain that is fought over.
	longestHold = 24 * time.Hour
)

// war is what is remembered of a domain that something else writes to as well. It
// is in memory only: after a restart the first Sets are made anew.
type war struct {
	// sets are the times of the last Sets of a certificate, mostSets at most; never
	// changed in place.
	sets []time.Time
	// holds is how often it was decided to wait.
	holds int
	// undone is true if one of them was made because somebody else had undone the
	// one before. Otherwise it may be the provider that loses them.
	undone bool
}

// begin is the war after the first Set of a certificate. Certificates that follow
// each other quickly are nobody's doing but ours.
func (w war) begin(now time.Time) war {
	return war{sets: []time.Time{now}, holds: w.holds, undone: w.undone && w.holds > 0}
}

// again is the war after another Set of the same certificate.
func (w war) again(now time.Time, undone bool) war {
	earlier := w.sets[max(len(w.sets)-mostSets+1, 0):]
	after := war{sets: append(append(make([]time.Time, 0, mostSets), earlier...), now), holds: w.holds, undone: w.undone || undone}
	if w.holds > 0 || (len(after.sets) == mostSets && now.Sub(after.sets[0]) < warWindow) {
		after.holds++
	}
	return after
}

// until is when the next Set may be made, zero if at any time. Each hold is twice
// as long as the one before.
func (w war) until() time.Time {
	if w.holds == 0 {
		return time.Time{}
	}
	hold := longestHold
	if doublings := w.holds - 1; doublings < 5 {
		hold = min(warWindow<<doublings, longestHold)
	}
	return w.sets[len(w.sets)-1].Add(hold)
}

// sends notes the first Set of a certificate.
func (l *Ledger) sends(uid types.UID, now time.Time) {
	l.update(uid, func(m *memory) { m.war = m.war.begin(now) })
}

// wages notes another Set of the same, made because somebody had undone the one
// before or because that has shown no effect.
func (l *Ledger) wages(uid types.UID, now time.Time, undone bool) {
	l.update(uid, func(m *memory) { m.war = m.war.again(now, undone) })
}

// inPeace notes that the certificate is in place, which ends a war if it was left
// alone for as long as the last hold.
func (l *Ledger) inPeace(uid types.UID, now time.Time) {
	l.update(uid, func(m *memory) {
		if m.war.holds > 0 && !now.Before(m.war.until()) {
			m.war = war{}
		}
	})
}

// repaired counts the repair of a drift at an account.
func (l *Ledger) repaired(account string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.repairs == nil {
		l.repairs = map[string]int{}
	}
	l.repairs[account]++
}

// DriftRepairs is how often a certificate was put back that somebody else had
// replaced or switched off, since the start, by "product/account".
func (l *Ledger) DriftRepairs() map[string]int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	repairs := make(map[string]int, len(l.repairs))
	for account, count := range l.repairs {
		repairs[account] = count
	}
	return repairs
}

// repeats reports whether the plan is to send once more what was sent before and is
// not there any more, or never was.
func (s *scope) repeats() bool {
	return s.decision.Action == provider.Deploy && s.isSent() && s.decision.Cause != provider.Unfinished
}

// repairs reports whether it is to undo what somebody else did.
func (s *scope) repairs() bool { return s.repeats() && s.decision.Cause != provider.Ineffective }

// yield is the stop for a domain that something else keeps writing to, or for which
// the provider loses what it accepts. A human who asks for it has the certificate
// sent all the same.
func (s *scope) yield() *stop {
	if !s.repeats() || s.resyncRequested() || !s.now.Before(s.memory.war.until()) {
		return nil
	}
	found := &stop{condition: domaincertv1alpha1.DeployedCondition, next: nextHuman}
	switch {
	case s.memory.war.undone || s.repairs():
		found.reason = domaincertv1alpha1.ConflictReason
		found.message = "something else keeps changing the certificate at the provider; find it and stop it, or set driftPolicy to Warn; the certificate is put back ever more rarely meanwhile"
	case s.history().HeldBack:
		found.reason, found.message = domaincertv1alpha1.HeldBackReason, heldBackMessage
	default:
		found.reason, found.message = domaincertv1alpha1.DeployingReason, ineffectiveMessage
	}
	return found
}

// accountKey names the account of an edge provider at its product, as the budgets
// do.
func accountKey(edge ProviderObject) string { return serviceOf(edge) + "/" + accountOf(edge) }

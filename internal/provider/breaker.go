package provider

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lastFailure in a row is the one after which an account counts as out of
	// reach.
	lastFailure = 5
	// probePace is the time between two probes of an account that is out of reach,
	// whatever they ask.
	probePace = 15 * time.Second
	// probeRest is the time between two probes of one object, so that a domain is
	// asked no more often than once in a minute.
	probeRest = time.Minute
)

// breaker keeps the objects of an account from asking it, each on its own, while
// it is out of reach: one at a time asks, for all, and the others wait. Any answer
// ends that. Who has asked goes to the end, so that an object which alone fails
// keeps nobody from asking. A timer runs only while somebody waits.
type breaker struct {
	wake Wake
	// shut stops the lines of the account, and has them go on.
	shut func(bool)
	// open is true while the account is out of reach: one that is not costs nothing.
	open atomic.Bool

	mu sync.Mutex
	// failures in a row.
	failures int
	// reason is the failure after which the account counted as out of reach, nil
	// while it does not.
	reason *Error
	// waiting are those who want to ask, who has never asked first: in place of
	// the certificate's end stands when an object asked last.
	waiting line
	// probe is the object that may ask, asking true while it does, and asked when
	// it was chosen.
	probe  string
	asking bool
	asked  time.Time
	timer  *time.Timer
}

func newBreaker(wake Wake, shut func(bool)) *breaker {
	return &breaker{wake: wake, shut: shut, waiting: newLine()}
}

// admit reports whether an object may ask, and whether it does so before all
// others. Otherwise it waits for that, and the error says why.
func (b *breaker) admit(object string) (ahead bool, found *Error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	switch {
	case b.reason == nil:
		return false, nil
	case b.probe == object:
		return true, nil
	case b.waiting.len() == 0 && !b.asking && now.Sub(b.asked) >= probePace:
		b.choose(object, now)
		return true, nil
	case !b.waiting.has(object):
		b.waiting.join(Turn{Object: object}, 1)
		b.schedule(now)
	}
	return false, b.outOfReach(nil)
}

// begin is the start of an admitted object's request.
func (b *breaker) begin(object string) {
	if !b.open.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asking = b.asking || (b.reason != nil && b.probe == object)
}

// end is the end of it. If the account is out of reach, or turns out to be, the
// object waits to ask again, and the error says so.
func (b *breaker) end(object string, failed *Error) *Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.probe == object {
		b.probe, b.asking = "", false
	}
	switch {
	case failed != nil && failed.Cause != nil: // cut off from here: no answer, and no failure to give one
		b.schedule(now)
		return nil
	case !isOutOfReach(failed):
		b.failures = 0
		b.close()
		return nil
	}
	b.failures++
	if b.reason == nil && b.failures < lastFailure {
		return nil
	}
	if b.reason == nil {
		b.reason, b.asked = failed, now
		b.open.Store(true)
		b.shut(true)
	}
	b.waiting.join(Turn{Object: object, ServedUntil: now}, 1)
	b.schedule(now)
	return b.outOfReach(failed)
}

// leave is for an object that does not want to ask any more.
func (b *breaker) leave(object string) {
	if !b.open.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting.leave(object)
	if b.probe == object && !b.asking {
		b.probe = ""
	}
}

// hasten has the next one ask at once: what was out of reach may have been mended.
func (b *breaker) hasten() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = time.Time{}
	b.schedule(time.Now())
}

// close has everybody go on, in the lines of the account.
func (b *breaker) close() {
	if b.reason == nil {
		return
	}
	b.reason, b.probe, b.asking, b.waiting = nil, "", false, newLine()
	b.open.Store(false)
	b.schedule(time.Now())
	b.shut(false)
}

func (b *breaker) choose(object string, now time.Time) {
	b.probe, b.asking, b.asked = object, false, now
}

// tick chooses who asks next. One who was chosen and has not begun since is not
// waited for.
func (b *breaker) tick() {
	if chosen := b.next(); chosen != "" {
		b.wake(chosen)
	}
}

func (b *breaker) next() (chosen string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.waiting.len() > 0 && !b.asking && !b.due().After(now) {
		chosen = b.waiting.next().turn.Object
		b.choose(chosen, now)
	}
	b.schedule(now)
	return chosen
}

// due is when the first of those who wait may ask.
func (b *breaker) due() time.Time {
	due, rested := b.asked.Add(probePace), b.waiting.first().turn.ServedUntil.Add(probeRest)
	if rested.After(due) {
		return rested
	}
	return due
}

// schedule sets the timer, if somebody waits; while one asks, its end does.
func (b *breaker) schedule(now time.Time) {
	if b.timer != nil {
		b.timer.Stop()
	}
	if b.waiting.len() == 0 || b.asking {
		return
	}
	wait := b.due().Sub(now)
	if b.timer == nil {
		b.timer = time.AfterFunc(wait, b.tick)
		return
	}
	b.timer.Reset(wait)
}

// outOfReach is what the objects of the account are told, all the same and as long
// as it lasts: a status would change with every probe otherwise. Who has asked
// learns besides what it needs for the log.
func (b *breaker) outOfReach(failed *Error) *Error {
	told := &Error{}
	if failed != nil {
		*told = *failed
	}
	told.Kind, told.Code, told.RetryAfter, told.Queued = Unavailable, b.reason.Code, 0, true
	told.Advice = "the account is out of reach, and one object at a time asks again for all"
	if b.reason.Advice != "" {
		told.Advice = b.reason.Advice + "; " + told.Advice
	}
	return told
}

// isOutOfReach reports whether a failure speaks of the account or of the way to it.
// An answer that refuses one request does not, whatever it means.
func isOutOfReach(failed *Error) bool {
	switch {
	case failed == nil, failed.Kind != Unavailable, failed.Code == CodeClockSkew:
		return false
	case failed.Account:
		return true
	default:
		return failed.Status < http.StatusBadRequest || failed.Status >= http.StatusInternalServerError
	}
}

package provider

import "time"

// tick grants what has become free and wakes whose turn has come.
func (l *lane) tick() {
	for _, object := range l.turns() {
		l.wake(object)
	}
}

func (l *lane) turns() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.due = time.Time{}
	l.grantDue(now)
	turns := l.granted
	l.granted = nil
	l.schedule(now)
	return turns
}

// schedule sets the timer to the next time at which something can be done for
// those who wait. Those who already have their turn are woken by the timer
// too, so that no foreign code runs under the lock or in a caller's time. A
// timer that is early is left alone: its tick sets the next one.
func (l *lane) schedule(now time.Time) {
	next := l.next(now)
	switch {
	case next.IsZero() && l.due.IsZero():
		return
	case next.IsZero():
		l.timer.Stop()
	case !l.due.IsZero() && !l.due.After(next):
		return
	case l.timer == nil:
		l.timer = time.AfterFunc(next.Sub(now), l.tick)
	default:
		l.timer.Reset(next.Sub(now))
	}
	l.due = next
}

// next is when the timer must fire, zero for not at all. While all slots are
// taken by requests under way the end of one of them sets the timer.
func (l *lane) next(now time.Time) time.Time {
	var next time.Time
	switch {
	case len(l.granted) > 0:
		return now
	case l.shut || l.line.len() == 0:
		return next
	case l.pace.rests(now):
		return l.pace.resume
	}
	if len(l.cooling) > 0 {
		next = l.cooling[0].free
	}
	if len(l.expiring) > 0 && (next.IsZero() || l.expiring[0].expires.Before(next)) {
		next = l.expiring[0].expires
	}
	return next
}

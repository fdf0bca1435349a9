package provider

import (
	"container/heap"
	"math"
	"sync"
	"time"
)

const (
	// window is the sliding time in which most providers count requests.
	window = time.Second
	// reservationLife is how long a slot is kept for an object that does not
	// use it. It is long against a reconcile and short against a human.
	reservationLife = 30 * time.Second
	// unlimited is the number of slots where nothing is counted.
	unlimited = math.MaxInt32
)

// lane is the budget of one operation. It holds a timer only while somebody
// waits; otherwise what has become free is found when somebody asks.
type lane struct {
	wake Wake
	// window is the sliding time in which the provider counts.
	window time.Duration
	// weight is the number of slots that one request takes until it has ended:
	// it may turn out to be so many calls.
	weight int

	mu      sync.Mutex
	slots   int
	running int
	// cooling are the times at which the slots of ended requests become free,
	// soonest first.
	cooling  []time.Time
	reserved map[string]*reservation
	expiring ranking[*reservation]
	line     line
	// granted are the objects that left the line and are yet to be woken.
	granted []string
	timer   *time.Timer
	// due is when the timer fires, zero if it does not.
	due time.Time
}

// reservation is a slot kept for an object that has not begun its request.
type reservation struct {
	object  string
	expires time.Time
	index   int
}

func (r *reservation) before(other *reservation) bool { return r.expires.Before(other.expires) }
func (r *reservation) moved(index int)                { r.index = index }

func newLane(wake Wake, window time.Duration, weight int) *lane {
	return &lane{wake: wake, window: window, weight: weight, reserved: map[string]*reservation{}, line: newLine()}
}

func (l *lane) resize(slots int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slots = slots
	l.settle(time.Now())
}

// reserve reports whether the object has a slot. If not, it stands in line.
func (l *lane) reserve(turn Turn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.admit(turn, time.Now())
}

// begin is reserve, and the use of the slot in the same step.
func (l *lane) begin(turn Turn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.admit(turn, time.Now()) {
		return false
	}
	l.drop(l.reserved[turn.Object])
	l.running++
	return true
}

// end gives the slots of a request back: after the window, as many as it turned
// out to be calls, and at once those that it did not need.
func (l *lane) end(calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.running--
	for range calls {
		l.cooling = append(l.cooling, now.Add(l.window))
	}
	l.settle(now)
}

// isUnlimited reports whether there is no quota.
func (l *lane) isUnlimited() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots == unlimited
}

// release gives up whatever the object has.
func (l *lane) release(object string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kept, ok := l.reserved[object]; ok {
		l.drop(kept)
	}
	l.line.leave(object)
	l.settle(time.Now())
}

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

// admit gives the object a slot or a place in line.
func (l *lane) admit(turn Turn, now time.Time) bool {
	l.grantDue(now)
	_, admitted := l.reserved[turn.Object]
	switch {
	case admitted:
	case l.hasRoom(): // and so nobody waits: grantDue goes first
		l.grant(turn.Object, now)
		admitted = true
	default:
		l.line.join(turn)
	}
	l.schedule(now)
	return admitted
}

// hasRoom reports whether one more request can begin.
func (l *lane) hasRoom() bool {
	return l.slots-(l.running+len(l.reserved))*l.weight-len(l.cooling) >= l.weight
}

func (l *lane) grant(object string, now time.Time) {
	kept := &reservation{object: object, expires: now.Add(reservationLife)}
	l.reserved[object] = kept
	heap.Push(&l.expiring, kept)
}

func (l *lane) drop(kept *reservation) {
	delete(l.reserved, kept.object)
	heap.Remove(&l.expiring, kept.index)
}

// settle brings the lane up to date.
func (l *lane) settle(now time.Time) {
	l.grantDue(now)
	l.schedule(now)
}

// grantDue frees what is due and hands it to the line.
func (l *lane) grantDue(now time.Time) {
	for len(l.cooling) > 0 && !l.cooling[0].After(now) {
		l.cooling = l.cooling[1:]
	}
	for len(l.expiring) > 0 && !l.expiring[0].expires.After(now) {
		l.drop(l.expiring[0])
	}
	for l.hasRoom() && l.line.len() > 0 {
		object := l.line.next()
		l.grant(object, now)
		l.granted = append(l.granted, object)
	}
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
	case l.line.len() == 0:
		return next
	}
	if len(l.cooling) > 0 {
		next = l.cooling[0]
	}
	if len(l.expiring) > 0 && (next.IsZero() || l.expiring[0].expires.Before(next)) {
		next = l.expiring[0].expires
	}
	return next
}

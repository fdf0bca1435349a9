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
	// before is the lane of what is asked once a turn in this one has come, nil for none. Who
	// kept a turn there while waiting here would keep it from those who go first.
	before *lane
	// weight is the number of slots that one request takes until it has ended:
	// it may turn out to be so many calls.
	weight int

	mu   sync.Mutex
	pace pace
	// shut is true while nobody in line is served.
	shut    bool
	running int
	// promised is the number of requests that slots are reserved for.
	promised int
	// cooling are the slots of ended requests until they become free, soonest
	// first.
	cooling  []cooling
	reserved map[string]*reservation
	expiring ranking[*reservation]
	line     line
	// granted are the objects that left the line and are yet to be woken.
	granted []string
	timer   *time.Timer
	// due is when the timer fires, zero if it does not.
	due time.Time
}

// newLane returns a lane with room for a turn of so many requests at least.
func newLane(wake Wake, window time.Duration, weight, requests int) *lane {
	return &lane{wake: wake, window: window, weight: weight, pace: newPace(window, requests*weight),
		reserved: map[string]*reservation{}, line: newLine()}
}

func (l *lane) resize(slots int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.limit(slots)
	l.settle(time.Now())
}

// shutLine has nobody in line be served, or everybody again. What was granted
// stays so.
func (l *lane) shutLine(shut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut = shut
	l.settle(time.Now())
}

// reserve reports whether the object has its turn, which is for so many requests.
// If not, it stands in line, unless it may go ahead of it.
func (l *lane) reserve(turn Turn, requests int, ahead bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.admit(turn, requests, requests, ahead, time.Now())
}

// begin begins a request that uses up a turn of so many. If nobody waits, it needs
// no more room than for itself.
func (l *lane) begin(turn Turn, requests int, ahead bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.admit(turn, 1, requests, ahead, time.Now()) {
		return false
	}
	l.use(l.reserved[turn.Object], requests)
	l.running++
	return true
}

// end gives the slots of a request back: after the window, as many as it turned
// out to be calls, and at once those that it did not need.
func (l *lane) end(calls int, refused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.running--
	for range calls {
		l.cooling = append(l.cooling, cooling{now.Add(l.window), refused})
	}
	l.settle(now)
}

// stand puts the object in line, whatever it has.
func (l *lane) stand(turn Turn, requests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kept, ok := l.reserved[turn.Object]; ok {
		l.drop(kept)
	}
	if l.line.join(turn, requests) {
		l.joined(turn.Object)
	}
	l.settle(time.Now())
}

// joined is for an object that waits here from now on.
func (l *lane) joined(object string) {
	if l.before != nil {
		l.before.forget(object)
	}
}

// slowDown is for a request that the provider has refused for its quota, and asked
// not to be repeated before some time has passed.
func (l *lane) slowDown(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.cool(now)
	taken := l.running * l.weight
	for _, slot := range l.cooling {
		if !slot.refused {
			taken++
		}
	}
	l.pace.refused(taken, l.weight, after, now)
	l.schedule(now)
}

// isUnlimited reports whether there is no quota.
func (l *lane) isUnlimited() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pace.most == unlimited
}

// inUse is the number of slots that are used at most.
func (l *lane) inUse() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pace.slots
}

// forget is release for an object that rarely has anything.
func (l *lane) forget(object string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.reserved) > 0 || l.line.len() > 0 {
		l.giveUp(object)
	}
}

// release gives up whatever the object has.
func (l *lane) release(object string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveUp(object)
}

func (l *lane) giveUp(object string) {
	if kept, ok := l.reserved[object]; ok {
		l.drop(kept)
	}
	l.line.leave(object)
	l.settle(time.Now())
}

// admit gives the object room for some requests at once, if nobody waits or it goes
// ahead, or a place in line for a whole turn.
func (l *lane) admit(turn Turn, atOnce, requests int, ahead bool, now time.Time) bool {
	l.grantDue(now)
	_, admitted := l.reserved[turn.Object]
	switch {
	case admitted:
	case (ahead || l.line.len() == 0) && l.hasRoom(atOnce, now):
		l.line.leave(turn.Object)
		l.grant(turn.Object, atOnce, now)
		admitted = true
	case l.line.join(turn, requests):
		l.joined(turn.Object)
	}
	l.schedule(now)
	return admitted
}

// hasRoom reports whether so many more requests can begin.
func (l *lane) hasRoom(requests int, now time.Time) bool {
	if l.pace.rests(now) {
		return false
	}
	needed := (l.running+l.promised+requests)*l.weight + len(l.cooling)
	return needed <= l.pace.slots || (l.pace.isCut() && l.pace.more(now) && needed <= l.pace.slots)
}

func (l *lane) grant(object string, requests int, now time.Time) {
	kept := &reservation{object: object, requests: requests, expires: now.Add(reservationLife)}
	l.reserved[object] = kept
	l.promised += requests
	heap.Push(&l.expiring, kept)
}

// use takes requests off a reservation, and drops one that is used up.
func (l *lane) use(kept *reservation, requests int) {
	if requests >= kept.requests {
		l.drop(kept)
		return
	}
	kept.requests -= requests
	l.promised -= requests
}

func (l *lane) drop(kept *reservation) {
	l.promised -= kept.requests
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
	l.cool(now)
	for len(l.expiring) > 0 && !l.expiring[0].expires.After(now) {
		l.drop(l.expiring[0])
	}
	for !l.shut && l.line.len() > 0 && l.hasRoom(l.line.first().requests, now) {
		served := l.line.next()
		l.grant(served.turn.Object, served.requests, now)
		l.granted = append(l.granted, served.turn.Object)
	}
}

// cool frees the slots that are due.
func (l *lane) cool(now time.Time) {
	for len(l.cooling) > 0 && !l.cooling[0].free.After(now) {
		l.cooling = l.cooling[1:]
	}
}

package provider

import "container/heap"

// line is who waits for a slot, in the order of service. Namespaces take turns
// (start-time fair queueing: the namespace with the smallest virtual time is
// served and its time advances by one), so a namespace with ten thousand
// objects does not delay another one's single object. Every step costs the
// logarithm of the number of those who wait.
type line struct {
	waiters    map[string]*waiter
	namespaces map[string]*namespace
	order      ranking[*namespace]
	// virtual is the time of the namespace served last: where a newcomer
	// starts.
	virtual uint64
	// arrivals breaks ties between namespaces and between objects.
	arrivals uint64
}

// waiter is one object in line.
type waiter struct {
	turn Turn
	// requests that its turn is for.
	requests int
	arrival  uint64
	from     *namespace
	index    int
}

func (w *waiter) before(other *waiter) bool {
	if !w.turn.ServedUntil.Equal(other.turn.ServedUntil) {
		return w.turn.ServedUntil.Before(other.turn.ServedUntil)
	}
	return w.arrival < other.arrival
}

func (w *waiter) moved(index int) { w.index = index }

// namespace is the waiters of one namespace. It stays in the order without
// waiters until its next turn: leaving and coming back gains nothing.
type namespace struct {
	name    string
	virtual uint64
	arrival uint64
	waiting ranking[*waiter]
	index   int
}

func (n *namespace) before(other *namespace) bool {
	if n.virtual != other.virtual {
		return n.virtual < other.virtual
	}
	return n.arrival < other.arrival
}

func (n *namespace) moved(index int) { n.index = index }

func newLine() line {
	return line{waiters: map[string]*waiter{}, namespaces: map[string]*namespace{}}
}

func (l *line) len() int { return len(l.waiters) }

// has reports whether the object is in line.
func (l *line) has(object string) bool {
	_, ok := l.waiters[object]
	return ok
}

// join gives the object a place to wait for a turn of so many requests, and reports
// that, or a new urgency if it has one.
func (l *line) join(turn Turn, requests int) (joined bool) {
	if known, ok := l.waiters[turn.Object]; ok {
		known.requests = max(known.requests, requests)
		known.turn.ServedUntil = turn.ServedUntil
		heap.Fix(&known.from.waiting, known.index)
		return false
	}
	from, ok := l.namespaces[turn.Namespace]
	if !ok {
		from = &namespace{name: turn.Namespace, virtual: l.virtual, arrival: l.arrive()}
		l.namespaces[turn.Namespace] = from
		heap.Push(&l.order, from)
	}
	added := &waiter{turn: turn, requests: requests, arrival: l.arrive(), from: from}
	l.waiters[turn.Object] = added
	heap.Push(&from.waiting, added)
	return true
}

// leave takes the object out of the line, if it is there.
func (l *line) leave(object string) {
	if known, ok := l.waiters[object]; ok {
		heap.Remove(&known.from.waiting, known.index)
		l.forget(known)
	}
}

// first is whose turn is next. The line must not be empty.
func (l *line) first() *waiter {
	for len(l.order[0].waiting) == 0 {
		gone := heap.Pop(&l.order).(*namespace)
		delete(l.namespaces, gone.name)
	}
	return l.order[0].waiting[0]
}

// next takes the object whose turn it is out of the line, which must not be
// empty.
func (l *line) next() *waiter {
	served := l.first()
	from := served.from
	l.virtual = from.virtual
	from.virtual++
	heap.Pop(&from.waiting)
	heap.Fix(&l.order, from.index)
	l.forget(served)
	return served
}

// forget ends a wait. With the last one the line starts afresh, so that a rush
// does not keep its memory.
func (l *line) forget(gone *waiter) {
	delete(l.waiters, gone.turn.Object)
	if len(l.waiters) == 0 {
		*l = newLine()
	}
}

func (l *line) arrive() uint64 {
	l.arrivals++
	return l.arrivals
}

// ranked is an element that knows its rank and is told its index.
type ranked[T any] interface {
	before(T) bool
	moved(index int)
}

// ranking is a heap for container/heap whose elements can be found again.
type ranking[T ranked[T]] []T

func (r ranking[T]) Len() int           { return len(r) }
func (r ranking[T]) Less(i, j int) bool { return r[i].before(r[j]) }

func (r ranking[T]) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	r[i].moved(i)
	r[j].moved(j)
}

// Push is called by container/heap.
func (r *ranking[T]) Push(x any) {
	added := x.(T)
	added.moved(len(*r))
	*r = append(*r, added)
}

// Pop is called by container/heap.
func (r *ranking[T]) Pop() any {
	last := len(*r) - 1
	gone := (*r)[last]
	clear((*r)[last:])
	*r = (*r)[:last]
	return gone
}

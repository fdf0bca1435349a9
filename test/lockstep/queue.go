package lockstep

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
)

// Bounds of the backoff, those of the operator.
const (
	shortestBackoff = time.Second
	longestBackoff  = 5 * time.Minute
)

// Request is an object that is to be reconciled.
type Request struct {
	Kind Kind
	types.NamespacedName
}

// queue has every request at most once, with the soonest time that was asked for.
type queue struct {
	mutex   sync.Mutex
	due     map[Request]time.Time
	order   []Request
	backoff workqueue.TypedRateLimiter[Request]
}

func newQueue() *queue {
	return &queue{
		due:     map[Request]time.Time{},
		backoff: workqueue.NewTypedItemExponentialFailureRateLimiter[Request](shortestBackoff, longestBackoff),
	}
}

// add queues a request for a time.
func (q *queue) add(request Request, at time.Time) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	known, queued := q.due[request]
	if !queued {
		q.order = append(q.order, request)
	}
	if !queued || at.Before(known) {
		q.due[request] = at
	}
}

// next is the request that is due first, the one that was added first of several.
func (q *queue) next() (request Request, at time.Time, ok bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for _, queued := range q.order {
		if due := q.due[queued]; !ok || due.Before(at) {
			request, at, ok = queued, due, true
		}
	}
	return request, at, ok
}

// take removes a request.
func (q *queue) take(request Request) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	delete(q.due, request)
	for i, queued := range q.order {
		if queued == request {
			q.order = append(q.order[:i:i], q.order[i+1:]...)
			return
		}
	}
}

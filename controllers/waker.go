package controllers

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

const (
	// turnPriority puts an object whose turn has come before the others in the
	// queue: a slot of its account's budget is kept for it, and is of no use to
	// anybody until then.
	turnPriority = 100
	// ordinaryPriority is everybody else's.
	ordinaryPriority = 0
)

// errNoPriorities is why a controller cannot start that was given another queue.
var errNoPriorities = errors.New("the controller's queue knows no priorities")

// Waker puts objects into a controller's queue from outside the API server's
// watches: objects whose turn in line has come, providers whose credentials
// were refused. Before the controller has started it does nothing, since every
// object is reconciled at the start anyway.
type Waker struct {
	mutex sync.Mutex
	queue priorityqueue.PriorityQueue[reconcile.Request]
}

// WakeAfter queues the object with this name once some time has passed.
func (w *Waker) WakeAfter(key types.NamespacedName, wait time.Duration) {
	w.wake(key, priorityqueue.AddOpts{After: wait})
}

// WakeObject queues an object whose turn has come, before others. Its name has
// the form "namespace/name", as budgets know objects.
func (w *Waker) WakeObject(object string) {
	namespace, name, _ := strings.Cut(object, "/")
	w.wake(types.NamespacedName{Namespace: namespace, Name: name}, priorityqueue.AddOpts{Priority: new(turnPriority)})
}

func (w *Waker) wake(key types.NamespacedName, options priorityqueue.AddOpts) {
	w.mutex.Lock()
	queue := w.queue
	w.mutex.Unlock()
	if queue != nil {
		queue.AddWithOpts(options, reconcile.Request{NamespacedName: key})
	}
}

// source hands the controller's queue to the waker.
func (w *Waker) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		var ok bool
		if w.queue, ok = queue.(priorityqueue.PriorityQueue[reconcile.Request]); !ok {
			return errNoPriorities
		}
		return nil
	})
}

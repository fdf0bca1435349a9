package controllers

import (
	"context"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Waker puts objects into a controller's queue from outside the API server's
// watches: objects whose turn in line has come, providers whose credentials
// were refused. Before the controller has started it does nothing, since every
// object is reconciled at the start anyway.
type Waker struct {
	mutex sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
}

// WakeAfter queues the object with this name once some time has passed.
func (w *Waker) WakeAfter(key types.NamespacedName, wait time.Duration) {
	w.mutex.Lock()
	queue := w.queue
	w.mutex.Unlock()
	if queue != nil {
		queue.AddAfter(reconcile.Request{NamespacedName: key}, wait)
	}
}

// WakeObject queues the object with a name in the form "namespace/name", as budgets know
// objects.
func (w *Waker) WakeObject(object string) {
	namespace, name, _ := strings.Cut(object, "/")
	w.WakeAfter(types.NamespacedName{Namespace: namespace, Name: name}, 0)
}

// source hands the controller's queue to the waker.
func (w *Waker) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.queue = queue
		return nil
	})
}

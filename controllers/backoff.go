package controllers

import (
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	// shortestBackoff and longestBackoff bound the time between the tries of an
	// object that fails.
	shortestBackoff = time.Second
	longestBackoff  = 5 * time.Minute
)

// NewBackoff says when an object that failed is tried again. Each backs off on its
// own. The bucket keeps the retries of ten thousand objects from coming in step
// after an outage.
func NewBackoff() workqueue.TypedRateLimiter[reconcile.Request] {
	const (
		retriesPerSecond = 50
		retriesAtOnce    = 500
	)
	return workqueue.NewTypedMaxOfRateLimiter[reconcile.Request](
		jittering{workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](shortestBackoff, longestBackoff*2/3)},
		&workqueue.TypedBucketRateLimiter[reconcile.Request]{Limiter: rate.NewLimiter(rate.Limit(retriesPerSecond), retriesAtOnce)},
	)
}

// jittering makes each wait of another limiter up to a half longer, so that objects
// which failed together do not come back together.
type jittering struct {
	workqueue.TypedRateLimiter[reconcile.Request]
}

// When implements workqueue.TypedRateLimiter.
func (j jittering) When(request reconcile.Request) time.Duration {
	wait := j.TypedRateLimiter.When(request)
	return wait + rand.N(wait/2+1) //nolint:gosec // spreads load; nothing secret hangs on it
}

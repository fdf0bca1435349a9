package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// leaseDuration is how long a standby leaves a lease alone that nobody renews.
	leaseDuration = 15 * time.Second
	// leaseDeadline is how long the elector goes on trying to renew it.
	leaseDeadline = 10 * time.Second
	// leaseRetry is how often a leader renews it, and a standby looks for it.
	leaseRetry = time.Second
	// leaseLapse is how long after it was last renewed the lease counts as lost here.
	// The elector has given up by then, and no standby has taken it yet.
	leaseLapse = leaseDeadline + leaseRetry
)

// errLapsed ends an operator that has not renewed its lease in time.
var errLapsed = errors.New("the lease could not be renewed in time, and another replica may lead; this one ends")

// lease keeps a leader from acting that may not be one any more. The elector alone
// does not: after its process was stopped, or its machine was, it goes on for as
// long as its deadline while another one leads. So what changes anything asks
// first, and what was under way is cancelled.
type lease struct {
	// end is called when the lease has lapsed.
	end context.CancelCauseFunc
	// slept is for how long the machine has been suspended so far; nil if it never is.
	slept func() time.Duration

	mutex sync.Mutex
	// renewed is when the elector last began to renew the lease and did; zero if it
	// never led.
	renewed time.Time
	// asleep is what slept said then.
	asleep time.Duration
	timer  *time.Timer
}

// hold notes that the lease was renewed by a request sent then, before which the
// machine had been suspended for so long.
func (l *lease) hold(since time.Time, asleep time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.renewed, l.asleep = since, asleep
	if l.timer == nil {
		l.timer = time.AfterFunc(leaseLapse, func() { l.end(errLapsed) })
		return
	}
	l.timer.Reset(leaseLapse)
}

// lapsed returns errLapsed once the lease may be another's. Before it was first
// held, and without an elector, there is nothing to lose.
func (l *lease) lapsed() error {
	asleep := l.sleep()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.renewed.IsZero() || time.Since(l.renewed)+asleep-l.asleep < leaseLapse {
		return nil
	}
	l.end(errLapsed) // the timer stood still as well while the machine was suspended
	return errLapsed
}

func (l *lease) sleep() time.Duration {
	if l.slept == nil {
		return 0
	}
	return l.slept()
}

// roundTripper is a function that carries out requests.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// watchElector sees the elector renew the lease, and lets it do nothing more once
// it has lapsed: releasing it then would take it from another replica.
func (l *lease) watchElector(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if err := l.lapsed(); err != nil {
			return nil, err
		}
		begin, asleep := time.Now(), l.sleep()
		answer, err := next.RoundTrip(request)
		if err == nil && answer.StatusCode/100 == 2 && request.Method != http.MethodGet && strings.Contains(request.URL.Path, "/leases") {
			l.hold(begin, asleep)
		}
		return answer, err
	})
}

// guardCluster refuses requests to the API server once the lease has lapsed.
func (l *lease) guardCluster(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if err := l.lapsed(); err != nil {
			return nil, err
		}
		return next.RoundTrip(request)
	})
}

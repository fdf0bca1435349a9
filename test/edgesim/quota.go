package edgesim

import (
	"sync"
	"time"
)

// quotaWindow is the documented window of every quota: calls "per second".
const quotaWindow = time.Second

// quotas counts calls per account and operation in a sliding second. Rejected calls
// do not count (inferred).
type quotas struct {
	mu    sync.Mutex
	calls map[quotaKey][]time.Time
}

type quotaKey struct{ account, operation string }

// admit counts a call if the quota has room for it; otherwise it says how long until
// it will have.
func (q *quotas) admit(account, operation string, limit int, now time.Time) (wait time.Duration, ok bool) {
	return q.admitWithin(quotaWindow, account, operation, limit, now)
}

// admitWithin is admit for a quota with another window.
func (q *quotas) admitWithin(window time.Duration, account, operation string, limit int, now time.Time) (wait time.Duration, ok bool) {
	if limit < 0 {
		return 0, true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.calls == nil {
		q.calls = map[quotaKey][]time.Time{}
	}
	key := quotaKey{account, operation}
	recent := q.calls[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= window {
		recent = recent[1:]
	}
	if len(recent) >= limit {
		q.calls[key] = recent
		if len(recent) == 0 {
			return window, false
		}
		return window - now.Sub(recent[len(recent)-max(limit, 1)]), false
	}
	q.calls[key] = append(recent, now)
	return 0, true
}

// reset forgets all calls.
func (q *quotas) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = nil
}

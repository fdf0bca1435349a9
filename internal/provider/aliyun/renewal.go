package aliyun

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

const (
	// renewalLead is how long before their end credentials are renewed, unless
	// a third of their life is shorter.
	renewalLead = 5 * time.Minute
	// firstPause and longestPause bound the wait after a failed renewal; it
	// doubles from one to the next.
	firstPause   = 5 * time.Second
	longestPause = time.Minute
	// forcedPause is how often a refusal by a product can force a renewal: one
	// that refuses whatever is obtained must not be answered with a loop.
	forcedPause = time.Minute
	// unknownLife is assumed of credentials that do not say when they end: the
	// shortest life that STS gives (AssumeRole, DurationSeconds).
	unknownLife = 15 * time.Minute
)

// issuer hands out identities that end.
type issuer interface {
	// issue makes one exchange. anew is true if what was issued last was
	// refused, or if the last exchange failed. Errors other than
	// [*provider.Error] are not told to anyone.
	issue(ctx context.Context, anew bool) (issued, error)
}

// issued is a new identity and its end, zero if that is not known.
type issued struct {
	identity
	expires time.Time
	// dated is when it was handed out, by the same clock as its end; zero if that
	// is not known.
	dated time.Time
}

// endsAt is the end by the local clock, which may be hours from the one that hands
// out identities.
func (i issued) endsAt(now time.Time) time.Time {
	if i.expires.IsZero() || i.dated.IsZero() {
		return i.expires
	}
	return transport.Local(i.expires, i.dated, now)
}

// session is an identity while it is used.
type session struct {
	identity
	obtained, expires time.Time
	// refused is set once a product no longer accepts it.
	refused bool
}

// left is how long the session can still be used. Both clocks count, the one
// on the wall and the one that cannot be set: whichever is later ends it.
func (s *session) left(now time.Time) time.Duration {
	if s.refused || s.accessKeyID == "" {
		return 0
	}
	return min(s.expires.Sub(now.Round(0)), s.life()-now.Sub(s.obtained))
}

func (s *session) life() time.Duration { return s.expires.Sub(s.obtained.Round(0)) }

// due reports whether the session is to be renewed.
func (s *session) due(now time.Time) bool {
	left := s.left(now)
	return left <= 0 || left < min(renewalLead, s.life()/3)
}

// renewed is a source that keeps what an issuer hands out and renews it in
// time. Renewals run one at a time and outlive the caller who caused them: only
// who has nothing else waits for one, and whoever asks next has its result.
type renewed struct {
	issuer issuer
	clock  func() time.Time

	mutex    sync.Mutex
	session  *session
	renewal  *renewal // under way, or nil
	failure  *provider.Error
	failures int
	retryAt  time.Time
	forcedAt time.Time
}

// renewal is one exchange under way; who and err are set once done is closed.
type renewal struct {
	done chan struct{}
	who  identity
	err  error
}

// renewing makes credentials of an issuer.
func renewing(issuer issuer, clock func() time.Time) Credentials {
	if clock == nil {
		clock = time.Now
	}
	return Credentials{source: &renewed{issuer: issuer, clock: clock, session: &session{}}}
}

func (r *renewed) fetch(ctx context.Context) (identity, error) {
	if err := ctx.Err(); err != nil {
		return identity{}, err
	}
	who, pending, err := r.look(ctx)
	if pending == nil {
		return who, err
	}
	select {
	case <-pending.done:
		return pending.who, pending.err
	case <-ctx.Done():
		return identity{}, ctx.Err()
	}
}

// look returns an identity that is good, or the renewal to wait for, or why
// there is neither. It starts a renewal that is due.
func (r *renewed) look(ctx context.Context) (identity, *renewal, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.clock()
	if r.renewal == nil && r.session.due(now) && !now.Before(r.retryAt) {
		r.renewal = &renewal{done: make(chan struct{})}
		go r.renew(context.WithoutCancel(ctx), r.renewal, r.session.refused || r.failures > 0)
	}
	switch {
	case r.session.left(now) > 0:
		return r.session.identity, nil, nil
	case r.renewal != nil:
		return identity{}, r.renewal, nil
	default:
		return identity{}, nil, r.failure
	}
}

// renew makes one exchange and tells who waits for it.
func (r *renewed) renew(ctx context.Context, pending *renewal, anew bool) {
	obtained := r.clock()
	got, err := r.issue(ctx, anew)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	next := &session{identity: got.identity, obtained: obtained, expires: got.endsAt(r.clock())}
	if next.expires.IsZero() {
		next.expires = obtained.Round(0).Add(unknownLife)
	}
	if err == nil && next.left(r.clock()) <= 0 {
		err = ended()
	}
	if err == nil {
		r.session, r.failure, r.failures, r.retryAt = next, nil, 0, time.Time{}
		pending.who = got.identity
	} else {
		r.fail(err)
		pending.err = r.failure
	}
	r.renewal = nil
	close(pending.done)
}

// fail takes down why there are no credentials, and when to try again.
func (r *renewed) fail(err error) {
	failure := unobtained()
	if known := new(provider.Error); errors.As(err, &known) {
		failure = ofAccount(known)
	}
	pause := longestPause
	if r.failures < 4 {
		pause = firstPause << r.failures
	}
	r.failure = failure
	r.failures++
	r.retryAt = r.clock().Add(max(pause, failure.RetryAfter))
}

// issue asks the issuer. A panic in there ends here: this runs in a goroutine
// of its own, where it would end the process.
func (r *renewed) issue(ctx context.Context, anew bool) (got issued, err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return r.issuer.issue(ctx, anew)
}

func (r *renewed) refused(who identity) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if who != r.session.identity || r.session.refused {
		return true
	}
	now := r.clock()
	if !r.forcedAt.IsZero() && now.Sub(r.forcedAt) < forcedPause {
		return false
	}
	r.session.refused, r.forcedAt = true, now
	return true
}

// ended is the error of credentials that were over when they came: used all
// the same, each call would be refused and would ask for others.
func ended() *provider.Error {
	return &provider.Error{
		Kind:    provider.Unavailable,
		Code:    "expired",
		Advice:  "the credentials that were obtained have expired already; check the clock of the operator's node and the source of the credentials",
		Account: true,
	}
}

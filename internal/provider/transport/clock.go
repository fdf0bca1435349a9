package transport

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// skewTolerance is how much two clocks differ that are taken for the same: a
	// reply's date has whole seconds, and is some seconds old when it is read.
	skewTolerance = time.Minute
	// furthestSkew is how far the provider's clock may be from the local one for
	// requests to be dated by it. Farther apart, neither side's certificates can
	// be judged, and what is signed for another day could be kept for it.
	furthestSkew = 24 * time.Hour
)

// Clock tells a provider's time, by which requests are dated: the local one, and
// how far ahead of it the provider has shown to be. It is safe for concurrent use.
type Clock struct {
	local func() time.Time
	ahead atomic.Int64 // in nanoseconds
}

// NewClock returns a clock that is the local one, time.Now if nil, until a provider
// disagrees.
func NewClock(local func() time.Time) *Clock {
	if local == nil {
		local = time.Now
	}
	return &Clock{local: local}
}

// Now is the provider's time, as far as is known.
func (c *Clock) Now() time.Time { return c.local().Add(time.Duration(c.ahead.Load())) }

// Refused is told of a failure that blames the date of a request, and of the
// reply's header. Where that shows that the clocks differ, the failure says by how
// much, and what is sent from now on is dated by the provider's clock. It reports
// whether the same request would have another date now: if so, it is worth one
// more try, since nothing of a request is carried out that is refused for its date.
func (c *Clock) Refused(failure *provider.Error, dated time.Time, header http.Header) (again bool) {
	theirs := Dated(header)
	if theirs.IsZero() {
		return false
	}
	ahead := theirs.Sub(c.local())
	if ahead.Abs() >= skewTolerance {
		failure.Kind, failure.Account = provider.Unavailable, true
		failure.Code, failure.Advice = provider.CodeClockSkew, "set the clock of the operator's node: it is "+apart(ahead)+" the provider's"
	}
	// Whatever else the provider dislikes about a date that its own reply has.
	misdated := theirs.Sub(dated).Abs() >= skewTolerance
	if !misdated || ahead.Abs() > furthestSkew {
		return false
	}
	c.ahead.Store(int64(ahead))
	return true
}

// Dated is the time of a reply by its header, zero if that has none.
func Dated(header http.Header) time.Time {
	dated, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return dated
}

// Local is a time of a clock's that said dated when it was now here. What differs
// by no more than a minute is the same.
func Local(theirs, dated, now time.Time) time.Time {
	if ahead := dated.Sub(now); ahead.Abs() >= skewTolerance {
		return theirs.Add(-ahead)
	}
	return theirs
}

// apart says how far behind or ahead of the other a clock is, so roughly that two
// tries say the same.
func apart(ahead time.Duration) string {
	const day = 24 * time.Hour
	count, unit := max(5, int64(ahead.Abs().Round(5*time.Minute)/time.Minute)), "minutes"
	switch off := ahead.Abs(); {
	case off >= 2*day:
		count, unit = int64(off.Round(day)/day), "days"
	case off >= 2*time.Hour:
		count, unit = int64(off.Round(time.Hour)/time.Hour), "hours"
	}
	direction := "behind"
	if ahead < 0 {
		direction = "ahead of"
	}
	return fmt.Sprintf("about %d %s %s", count, unit, direction)
}

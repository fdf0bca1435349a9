package edgesim

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// FaultKind is what a fault does to a call.
type FaultKind string

const (
	// FaultDelay answers as usual, after Delay.
	FaultDelay FaultKind = "delay"
	// FaultError answers with Status, Code and Message.
	FaultError FaultKind = "error"
	// FaultHang never answers; it ends when the client leaves.
	FaultHang FaultKind = "hang"
	// FaultReset resets the connection without an answer. With Bytes, only after that
	// many bytes of the request's body were read. Without Domain it strikes before the
	// body is read; with one, after, because the domain may be in the body.
	FaultReset FaultKind = "reset"
	// FaultAccept answers success, having checked everything and changed nothing.
	FaultAccept FaultKind = "accept"
	// FaultStale makes a describe call show the certificate before the present one.
	FaultStale FaultKind = "stale"
	// FaultAlternate makes every second describe call stale, as split caches do.
	FaultAlternate FaultKind = "alternate"
	// FaultHTML answers with a load balancer's HTML page, Status 502 by default.
	FaultHTML FaultKind = "html"
	// FaultRedirect answers with Status (307 by default) to Location.
	FaultRedirect FaultKind = "redirect"
	// FaultEmpty does the work, and answers with Status (200 by default) and no body.
	FaultEmpty FaultKind = "empty"
	// FaultTruncate does the work, and cuts the answer's JSON in half.
	FaultTruncate FaultKind = "truncate"
	// FaultCut does the work, and resets the connection in the middle of the answer.
	FaultCut FaultKind = "cut"
	// FaultHuge does the work, and answers with Bytes of valid JSON, 64 MiB by default.
	FaultHuge FaultKind = "huge"
	// FaultDrip does the work, and sends the answer byte by byte, one each Delay.
	FaultDrip FaultKind = "drip"
)

// Fault misleads the calls that it selects. Of several that select a call, the one
// added first strikes; each counts the calls that it selects.
type Fault struct {
	// ID names the fault for removal; given when added.
	ID string `json:"id"`
	// Kind is what happens.
	Kind FaultKind `json:"kind"`

	// Account, Operation and Domain select calls; empty selects all.
	Account   string `json:"account,omitempty"`
	Operation string `json:"operation,omitempty"`
	Domain    string `json:"domain,omitempty"`
	// Nth is the first selected call to strike, from 1. Default 1.
	Nth int `json:"nth,omitempty"`
	// Count is how many calls are struck from there on; 0 is all.
	Count int `json:"count,omitempty"`
	// For ends the fault this long after it was added; 0 is never.
	For Duration `json:"for,omitempty"`

	// Applied makes the operation take effect before the fault strikes: with reset, hang
	// or html it is "applied, but the answer lost". Kinds that do the work anyway ignore it.
	Applied bool `json:"applied,omitempty"`
	// Delay is waited for first, or between bytes with FaultDrip (default 1 s there).
	Delay Duration `json:"delay,omitempty"`
	// Status is the HTTP status of an answer, where the kind has one. Default for
	// FaultError: 500.
	Status int `json:"status,omitempty"`
	// Code is the error code of FaultError. Default InternalError.
	Code string `json:"code,omitempty"`
	// Message is the error message of FaultError.
	Message string `json:"message,omitempty"`
	// Headers are added to the answer, where there is one.
	Headers map[string]string `json:"headers,omitempty"`
	// Location is where FaultRedirect points.
	Location string `json:"location,omitempty"`
	// Bytes is a length for FaultReset and FaultHuge.
	Bytes int64 `json:"bytes,omitempty"`

	// Selected is how many calls the fault has selected, Struck how many it struck.
	Selected int `json:"selected"`
	Struck   int `json:"struck"`
}

// withDefaults fills what was left empty.
func (f Fault) withDefaults() Fault {
	fill(&f.Nth, 1)
	switch f.Kind {
	case FaultError:
		fill(&f.Status, http.StatusInternalServerError)
		fill(&f.Code, "InternalError")
		fill(&f.Message, "The request processing has failed due to some unknown error.")
	case FaultHTML:
		fill(&f.Status, http.StatusBadGateway)
	case FaultRedirect:
		fill(&f.Status, http.StatusTemporaryRedirect)
	case FaultEmpty:
		fill(&f.Status, http.StatusOK)
	case FaultHuge:
		fill(&f.Bytes, 64<<20)
	case FaultDrip:
		fill(&f.Delay, Second)
	default:
		// The other kinds have nothing to fill.
	}
	return f
}

// validate refuses faults that would silently do nothing.
func (f Fault) validate() error {
	if err := oneOf("kind", f.Kind, slices.Sorted(maps.Keys(faultAnswers()))...); err != nil {
		return err
	}
	if f.Kind == FaultRedirect && f.Location == "" {
		return errors.New("a redirect needs a location")
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d is not an HTTP status from 200 to 599", f.Status)
	}
	if f.Nth < 0 || f.Count < 0 || f.Bytes < 0 {
		return errors.New("nth, count and bytes cannot be negative")
	}
	return nil
}

// faults are the faults in force, in the order they were added.
type faults struct {
	mu   sync.Mutex
	last int
	list []*activeFault
}

type activeFault struct {
	Fault
	added time.Time
}

func (fs *faults) add(f Fault, now time.Time) (string, error) {
	if err := f.validate(); err != nil {
		return "", err
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.last++
	f = f.withDefaults()
	f.ID, f.Selected, f.Struck = strconv.Itoa(fs.last), 0, 0
	fs.list = append(fs.list, &activeFault{Fault: f, added: now})
	return f.ID, nil
}

// remove removes the fault with the id, or all faults if it is empty.
func (fs *faults) remove(id string) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	before := len(fs.list)
	fs.list = slices.DeleteFunc(fs.list, func(f *activeFault) bool { return is(id, f.ID) })
	return id == "" || len(fs.list) < before
}

func (fs *faults) all() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	list := make([]Fault, 0, len(fs.list))
	for _, f := range fs.list {
		list = append(list, f.Fault)
	}
	return list
}

// strikeEarly finds the reset that strikes the call before its body is read. A call
// whose operation only the body tells is left to strike.
func (fs *faults) strikeEarly(c *call, now time.Time) (Fault, bool) {
	if c.action == "" {
		return Fault{}, false
	}
	return fs.first(c, now, (*activeFault).early)
}

// strike finds the fault that strikes the call once it is read and admitted.
func (fs *faults) strike(c *call, headTold bool, now time.Time) (Fault, bool) {
	return fs.first(c, now, func(f *activeFault) bool { return !headTold || !f.early() })
}

// early reports whether the fault can strike on what the head of a request tells.
func (f *activeFault) early() bool {
	return f.Kind == FaultReset && f.Domain == "" && f.Account == "" && !f.Applied
}

func (fs *faults) first(c *call, now time.Time, eligible func(*activeFault) bool) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var struck *activeFault
	for _, f := range fs.list {
		if eligible(f) && f.selects(c, now) && f.due() && struck == nil {
			struck = f
		}
	}
	if struck == nil {
		return Fault{}, false
	}
	struck.Struck++
	return struck.Fault, true
}

// selects reports whether the fault is meant for the call, and counts it if so.
func (f *activeFault) selects(c *call, now time.Time) bool {
	if f.For > 0 && now.Sub(f.added) >= time.Duration(f.For) {
		return false
	}
	if !is(f.Account, c.entry.Account) || !is(f.Operation, c.action) || !is(f.Domain, c.entry.Domain) {
		return false
	}
	f.Selected++
	return true
}

// due reports whether the call counted last is among those to strike.
func (f *activeFault) due() bool {
	return f.Selected >= f.Nth && (f.Count == 0 || f.Selected < f.Nth+f.Count)
}

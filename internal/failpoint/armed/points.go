package armed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// pollInterval between two looks for the file that a block waits for.
const pollInterval = 5 * time.Millisecond

// Points that something happens at, by name. It is safe for concurrent use.
type Points map[string][]*trap

// action is what happens.
type action string

const (
	kill   action = "kill"
	block  action = "block"
	panics action = "panic"
)

// trap is an action and for whom it is.
type trap struct {
	action action
	// file that a block waits for.
	file string
	// domain of the objects it is for; empty for all.
	domain string
	// once is true if it happens only the first time.
	once   bool
	sprung atomic.Bool
}

// Reach does what is to be done at a point, for an object with this domain.
func (p Points) Reach(point, domain string) {
	for _, set := range p[point] {
		if set.isFor(domain) {
			set.spring(point)
		}
	}
}

func (t *trap) isFor(domain string) bool {
	if t.domain != "" && t.domain != domain {
		return false
	}
	return !t.once || t.sprung.CompareAndSwap(false, true)
}

func (t *trap) spring(point string) {
	switch t.action {
	case kill:
		die()
	case block:
		t.await()
	default:
		panic("failpoint " + point)
	}
}

// await waits for the file. A file system that does not answer is no reason to go
// on as if nothing had been asked.
func (t *trap) await() {
	if err := os.WriteFile(t.file+".reached", nil, 0o600); err != nil {
		panic(fmt.Sprintf("failpoint: %v", err))
	}
	look := time.NewTicker(pollInterval)
	defer look.Stop()
	for ; ; <-look.C {
		if _, err := os.Stat(t.file); !errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
}

// die ends the program as kill -9 does: nothing is flushed, closed or told.
func die() {
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGKILL); err != nil {
		panic(fmt.Sprintf("failpoint: %v", err))
	}
	select {} // until the signal arrives
}

package edgesim

import (
	"sync"
	"time"
)

// nonces remembers which nonces were used for as long as a request with one could
// still be within the signature window. Two generations bound the memory.
type nonces struct {
	mu       sync.Mutex
	current  map[nonce]struct{}
	previous map[nonce]struct{}
	since    time.Time
}

type nonce struct{ keyID, value string }

// first reports whether the key uses the nonce for the first time, and remembers it.
func (n *nonces) first(keyID, value string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.current == nil || now.Sub(n.since) > 2*signatureWindow {
		n.previous, n.current, n.since = n.current, map[nonce]struct{}{}, now
	}
	used := nonce{keyID, value}
	if _, seen := n.current[used]; seen {
		return false
	}
	if _, seen := n.previous[used]; seen {
		return false
	}
	n.current[used] = struct{}{}
	return true
}

// reset forgets all nonces.
func (n *nonces) reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.current, n.previous = nil, nil
}

package cdnpro

import (
	"sync"

	"github.com/domaincert/domaincert/internal/provider"
)

// maxClaims bounds the memory of an adapter. Past it any claim goes that nobody
// holds: what was done under it is then only found in what the product shows.
const maxClaims = 256

// claims keep two deployments from changing the same certificate or property on the
// strength of what both have read before. A renewal wakes all hostnames that share a
// certificate at the same moment: each would make a version of its own.
type claims struct {
	mutex sync.Mutex
	// changes counts the claims that were given up.
	changes uint64
	byID    map[string]claim
}

// claim is on one certificate or property.
type claim struct {
	held bool
	// changed is what changes was when it was last given up.
	changed uint64
}

func newClaims() *claims { return &claims{byID: map[string]claim{}} }

// now is the moment from which on what is read counts.
func (c *claims) now() uint64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.changes
}

// take claims an id for who has read since, unless somebody else holds it or has
// changed it meanwhile.
func (c *claims) take(id string, since uint64) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if found := c.byID[id]; found.held || found.changed > since {
		return false
	}
	for other, idle := range c.byID {
		if len(c.byID) < maxClaims {
			break
		}
		if !idle.held {
			delete(c.byID, other)
		}
	}
	c.byID[id] = claim{held: true, changed: c.byID[id].changed}
	return true
}

// give gives a claim up. Whether anything has changed under it is not always known.
func (c *claims) give(id string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.changes++
	c.byID[id] = claim{changed: c.changes}
}

// claimed is what the next step to the target changes: the certificate, until it has
// the wanted version and the property names it.
func (s survey) claimed() string {
	if s.certificate != nil && (s.bound || s.wanted == nil) {
		return string(s.certificate.ID)
	}
	return string(s.at.PropertyID)
}

// busy is the error of who comes too late for a claim.
func busy(host string) *provider.Error {
	return &provider.Error{Kind: provider.Conflict, Host: host, Code: "busy", Advice: meanwhileAdvice, RetryAfter: shortPause}
}

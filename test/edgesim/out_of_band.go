package edgesim

import (
	"fmt"
	"strings"
	"time"
)

// setOutOfBand changes a domain's certificate as somebody at the console would:
// unseen by the journal and bound by no quota. Without certificate HTTPS is switched off.
func (w *world) setOutOfBand(domainName string, set *certificate, now time.Time, settings Settings) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	held, known := w.domains[strings.ToLower(domainName)]
	if !known {
		return fmt.Errorf("no account has domain %q", domainName)
	}
	switch {
	case set == nil:
	case held.Product == ProductLive:
		w.store(held.account, set, now)
	default:
		if taken := held.account.inRepository(set.name); taken == nil {
			w.deposit(held.account, set, now, settings)
		} else if taken.leaf.Equal(set.leaf) {
			set = taken.as("upload")
		} else {
			return fmt.Errorf("certificate %q is stored already with other content, which is never replaced", set.name)
		}
	}
	held.deploy(set, now, settings)
	return nil
}

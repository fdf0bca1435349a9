package edgesim

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// cdnproWorld is everything that exists at CDN Pro. The lock of world guards it.
type cdnproWorld struct {
	// accounts are by account id, users the same ones by the name that they call with.
	accounts map[string]*cdnproAccount
	users    map[string]*cdnproAccount
	// hostnames are the properties that a hostname was ever in, in the notation of
	// properties. They all belong to one account.
	hostnames map[string][]*cdnproProperty
	// revision counts changes, so that a stale read can leave out the last one.
	revision uint64
}

// cdnproAccount is what an account has at CDN Pro.
type cdnproAccount struct {
	CDNPro
	id           string
	certificates map[string]*cdnproCertificate
	properties   map[string]*cdnproProperty
	deployments  []*cdnproTask
	validations  []*cdnproTask
	// pending are the tasks that have not taken effect.
	pending []*cdnproTask
	// failures are the tasks to come that are to fail.
	failures []CDNProFailure
}

func newCDNProWorld() *cdnproWorld {
	return &cdnproWorld{accounts: map[string]*cdnproAccount{}, users: map[string]*cdnproAccount{},
		hostnames: map[string][]*cdnproProperty{}}
}

// put adds the user to an account, or replaces its key, and adds certificates and
// properties to those it has. The caller holds the lock and found no conflict.
func (w *cdnproWorld) put(accountID string, c *CDNPro, now time.Time) error {
	if c == nil {
		return nil
	}
	held, known := w.accounts[accountID]
	if !known {
		held = &cdnproAccount{id: accountID, certificates: map[string]*cdnproCertificate{}, properties: map[string]*cdnproProperty{}}
		w.accounts[accountID] = held
	}
	delete(w.users, held.User)
	held.User, held.APIKey, held.DeniedOperations = c.User, c.APIKey, slices.Clone(c.DeniedOperations)
	w.users[held.User] = held
	for _, certificate := range c.Certificates {
		if _, _, err := w.putCertificate(held, certificate, now); err != nil {
			return err
		}
	}
	for _, p := range c.Properties {
		if err := w.putProperty(held, p, now); err != nil {
			return err
		}
	}
	return nil
}

// conflict finds a user or hostnames that belong to another account already.
func (w *cdnproWorld) conflict(accountID string, c *CDNPro) error {
	if c == nil {
		return nil
	}
	if other, taken := w.users[c.User]; taken && other.id != accountID {
		return fmt.Errorf("cdnpro: user %s belongs to account %s", c.User, other.id)
	}
	for _, p := range c.Properties {
		for _, hostname := range p.withDefaults().Hostnames {
			if owner := w.owner(hostname); owner != "" && owner != accountID {
				return fmt.Errorf("hostname %s belongs to account %s", hostname, owner)
			}
		}
	}
	return nil
}

// owner is the id of the account that a hostname belongs to; empty if to none.
func (w *cdnproWorld) owner(hostname string) string {
	for _, p := range w.hostnames[hostname] {
		return p.account.id
	}
	return ""
}

// remove forgets an account.
func (w *cdnproWorld) remove(accountID string) {
	held, known := w.accounts[accountID]
	if !known {
		return
	}
	delete(w.users, held.User)
	delete(w.accounts, accountID)
	maps.DeleteFunc(w.hostnames, func(_ string, list []*cdnproProperty) bool { return list[0].account == held })
}

// settle lets every task that has ended by now take effect, in the order of the ends.
func (w *cdnproWorld) settle(now time.Time) {
	for _, held := range w.accounts {
		w.settleAccount(held, now)
	}
}

func (w *cdnproWorld) settleAccount(held *cdnproAccount, now time.Time) {
	slices.SortStableFunc(held.pending, func(a, b *cdnproTask) int { return a.finish().Compare(b.finish()) })
	for len(held.pending) > 0 && held.pending[0].ended(now) {
		w.apply(held.pending[0])
		held.pending = held.pending[1:]
	}
}

// due reports whether settle would do anything.
func (w *cdnproWorld) due(now time.Time) bool {
	for _, held := range w.accounts {
		if slices.ContainsFunc(held.pending, func(task *cdnproTask) bool { return task.ended(now) }) {
			return true
		}
	}
	return false
}

// change counts a change and returns its number.
func (w *cdnproWorld) change() uint64 {
	w.revision++
	return w.revision
}

// cdnproHistory is what was deployed to one environment, oldest first.
type cdnproHistory []cdnproDeployed

// cdnproDeployed is one deployment that took effect.
type cdnproDeployed struct {
	// version is what was deployed; 0 when it was removed.
	version  int
	revision uint64
	// servedAt is when the edge begins to serve it.
	servedAt time.Time
}

// current is the version in force before the revision; 0 for none.
func (h cdnproHistory) current(before uint64) int {
	return h.at(lastIndex(h, func(d cdnproDeployed) bool { return d.revision < before }))
}

// served is the version that the edge serves; 0 for none.
func (h cdnproHistory) served(now time.Time) int {
	return h.at(lastIndex(h, func(d cdnproDeployed) bool { return !d.servedAt.After(now) }))
}

func (h cdnproHistory) at(i int) int {
	if i < 0 {
		return 0
	}
	return h[i].version
}

// newest is the revision of the last deployment; 0 when there was none.
func (h cdnproHistory) newest() uint64 {
	if len(h) == 0 {
		return 0
	}
	return h[len(h)-1].revision
}

// cdnproID is an id in the form of the vendor's samples: 24 hexadecimal digits.
func cdnproID() string {
	var b [12]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand never fails on the systems Go supports
	}
	return hex.EncodeToString(b[:])
}

// cdnproConflict finds what an account cannot have at CDN Pro because somebody else has
// it: a user, a hostname, or a name that is a hostname there and a domain elsewhere,
// which the one edge could not tell apart.
func (w *world) cdnproConflict(a Account) error {
	if err := w.cdnpro.conflict(a.ID, a.CDNPro); err != nil {
		return err
	}
	domains := map[string]bool{}
	for _, d := range a.Domains {
		name := d.withDefaults().Name
		if w.cdnpro.owner(hostnameNotation(name)) != "" {
			return fmt.Errorf("domain %s is a hostname of CDN Pro", name)
		}
		domains[name] = true
	}
	if a.CDNPro == nil {
		return nil
	}
	for _, p := range a.CDNPro.Properties {
		for _, hostname := range p.Hostnames {
			if _, taken := w.domains[domainNotation(hostname)]; taken || domains[domainNotation(hostname)] {
				return fmt.Errorf("hostname %s is a domain of another product", hostname)
			}
		}
	}
	return nil
}

// cdnproQuota is the account's own quota for CDN Pro, if it has one.
func (w *world) cdnproQuota(accountID string) (int, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	held, known := w.accounts[accountID]
	if !known {
		return 0, false
	}
	own, set := held.quotas[cdnproQuotaKey]
	return own, set
}

// list describes what an account has at CDN Pro, without keys; nil if it has nothing.
// Certificates are listed by Server.CDNProCertificates.
func (w *cdnproWorld) list(accountID string) *CDNPro {
	held, known := w.accounts[accountID]
	if !known {
		return nil
	}
	return &CDNPro{User: held.User, APIKey: held.APIKey, DeniedOperations: slices.Clone(held.DeniedOperations), Properties: held.listProperties()}
}

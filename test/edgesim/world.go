package edgesim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// world is everything that exists at the simulated provider.
type world struct {
	mu       sync.RWMutex
	accounts map[string]*account
	keys     map[string]*accessKey
	domains  map[string]*domain
	cdnpro   *cdnproWorld
	lastID   int64
}

// account is an account with what it holds.
type account struct {
	id      string
	quotas  map[string]int
	keys    []string
	roles   []Role
	domains map[string]*domain
	// certificates are what Live stores, by name: uploads and free certificates.
	certificates map[string]*certificate
	// repository is Certificate Management Service, by id: its own uploads, those of
	// CDN, DCDN and VOD, and cas certificates.
	repository map[int64]*certificate
}

// accessKey is a credential and the account that it acts for.
type accessKey struct {
	AccessKey
	account *account
}

// firstCertificateID keeps ids in the seven-digit range of the vendor's samples.
const firstCertificateID = 1_000_000

func newWorld(accounts []Account, now time.Time, settings Settings) (*world, error) {
	w := &world{
		accounts: map[string]*account{},
		keys:     map[string]*accessKey{},
		domains:  map[string]*domain{},
		cdnpro:   newCDNProWorld(),
		lastID:   firstCertificateID,
	}
	for _, a := range accounts {
		if err := w.putAccount(a, now, settings); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// replace takes over everything from another world.
func (w *world) replace(from *world) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accounts, w.keys, w.domains, w.lastID = from.accounts, from.keys, from.domains, from.lastID
	w.cdnpro = from.cdnpro
}

// putAccount adds the account, or replaces its keys and quotas and adds its domains
// and certificates to those it has.
func (w *world) putAccount(a Account, now time.Time, settings Settings) error {
	if err := a.validate(); err != nil {
		return err
	}
	provided := make([]*certificate, 0, len(a.Certificates))
	for _, p := range a.Certificates {
		parsed, err := parseProvided(p)
		if err != nil {
			return err
		}
		provided = append(provided, parsed)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.conflict(a); err != nil {
		return err
	}
	held, known := w.accounts[a.ID]
	if !known {
		held = &account{id: a.ID, domains: map[string]*domain{}, certificates: map[string]*certificate{},
			repository: map[int64]*certificate{}}
		w.accounts[a.ID] = held
	}
	for _, id := range held.keys {
		delete(w.keys, id)
	}
	held.keys, held.quotas, held.roles = nil, maps.Clone(a.Quotas), slices.Clone(a.Roles)
	for _, key := range a.Keys {
		w.keys[key.ID] = &accessKey{AccessKey: key, account: held}
		held.keys = append(held.keys, key.ID)
	}
	for _, d := range a.Domains {
		w.putDomainLocked(held, d, now, settings)
	}
	for _, c := range provided {
		w.provide(held, c, now, settings)
	}
	return w.cdnpro.put(a.ID, a.CDNPro, now)
}

// conflict finds keys and domains that belong to another account already, and domains
// that belong to another product.
func (w *world) conflict(a Account) error {
	for _, key := range a.Keys {
		if other, taken := w.keys[key.ID]; taken && other.account.id != a.ID {
			return fmt.Errorf("access key %s belongs to account %s", key.ID, other.account.id)
		}
	}
	products := map[string]Product{}
	for _, d := range a.Domains {
		d = d.withDefaults()
		other, taken := w.domains[d.Name]
		if taken && other.account.id != a.ID {
			return fmt.Errorf("domain %s belongs to account %s", d.Name, other.account.id)
		}
		if taken {
			products[d.Name] = other.Product
		}
		if product, known := products[d.Name]; known && product != d.Product {
			return fmt.Errorf("domain %s belongs to product %s", d.Name, product)
		}
		products[d.Name] = d.Product
	}
	return w.cdnproConflict(a)
}

// putDomain adds a domain to an account or changes its attributes; what is deployed
// on it stays.
func (w *world) putDomain(accountID string, d Domain, now time.Time, settings Settings) error {
	if err := d.validate(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	held, known := w.accounts[accountID]
	if !known {
		return fmt.Errorf("no account %q", accountID)
	}
	if err := w.conflict(Account{ID: accountID, Domains: []Domain{d}}); err != nil {
		return err
	}
	w.putDomainLocked(held, d, now, settings)
	return nil
}

func (w *world) putDomainLocked(a *account, d Domain, now time.Time, settings Settings) {
	d = d.withDefaults()
	held, known := a.domains[d.Name]
	if !known {
		held = &domain{account: a, created: now, changed: now}
		a.domains[d.Name], w.domains[d.Name] = held, held
	}
	held.Domain = d
	if held.heldBack != nil && !held.restricted(RestrictionSettedNotEffect) {
		held.deploy(held.heldBack, now, settings)
	}
}

// removeAccount forgets an account and everything that belongs to it.
func (w *world) removeAccount(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	held, known := w.accounts[id]
	if !known {
		return false
	}
	for _, key := range held.keys {
		delete(w.keys, key)
	}
	for name := range held.domains {
		delete(w.domains, name)
	}
	w.cdnpro.remove(id)
	delete(w.accounts, id)
	return true
}

// removeDomain forgets a domain; its certificates stay stored in the account.
func (w *world) removeDomain(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	held, known := w.domains[strings.ToLower(name)]
	if !known {
		return false
	}
	delete(held.account.domains, held.Name)
	delete(w.domains, held.Name)
	return true
}

// store keeps the certificate in Live's store under its name, replacing what had it.
// A replaced certificate's id stays with the name (inferred).
func (w *world) store(a *account, c *certificate, now time.Time) {
	if previous, taken := a.certificates[c.name]; taken {
		c.id = previous.id
	} else {
		w.lastID++
		c.id = w.lastID
	}
	c.storedAt = now
	a.certificates[c.name] = c
}

// key finds a credential.
func (w *world) key(id string) (accessKey, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	held, known := w.keys[id]
	if !known {
		return accessKey{}, false
	}
	return *held, true
}

// listAccounts copies all accounts, sorted by id, without their keys' secrets being
// printable. Provided certificates are not listed: their keys stay here.
func (w *world) listAccounts() []Account {
	w.mu.RLock()
	defer w.mu.RUnlock()
	list := make([]Account, 0, len(w.accounts))
	for _, id := range slices.Sorted(maps.Keys(w.accounts)) {
		held := w.accounts[id]
		a := Account{ID: id, Quotas: maps.Clone(held.quotas), Roles: slices.Clone(held.roles), Domains: held.listDomains(), CDNPro: w.cdnpro.list(id)}
		for _, key := range held.keys {
			a.Keys = append(a.Keys, w.keys[key].AccessKey)
		}
		list = append(list, a)
	}
	return list
}

// listDomains copies the account's domains, sorted by name.
func (a *account) listDomains() []Domain {
	list := make([]Domain, 0, len(a.domains))
	for _, name := range slices.Sorted(maps.Keys(a.domains)) {
		list = append(list, a.domains[name].Domain)
	}
	return list
}

// quota is the account's own quota of an operation, if it has one.
func (w *world) quota(a *account, operation string) (int, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	own, set := a.quotas[operation]
	return own, set
}

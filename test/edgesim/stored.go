package edgesim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// StoredCertificate is a certificate that an account has at the provider, without its
// key and body.
type StoredCertificate struct {
	// ID and Name are those it is stored under.
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// Kind is upload, cas or free.
	Kind string `json:"kind"`
	// Store is live (ApsaraVideo Live's own) or cas (Certificate Management Service).
	Store string `json:"store"`
	// Status is a provided certificate's; empty for an upload.
	Status string `json:"status,omitempty"`
	// Fingerprint is the SHA-256 of the leaf's DER, lower hex.
	Fingerprint string `json:"fingerprint"`
	// Domains are those last set to it, by name.
	Domains []string `json:"domains"`
}

// Stored lists what an account has stored, by id; nothing for an unknown account.
func (s *Server) Stored(accountID string) []StoredCertificate {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	list := []StoredCertificate{}
	held, known := s.world.accounts[accountID]
	if !known {
		return list
	}
	for _, c := range held.certificates {
		list = append(list, held.storedCertificate(c, "live"))
	}
	for _, c := range held.repository {
		list = append(list, held.storedCertificate(c, "cas"))
	}
	slices.SortFunc(list, func(a, b StoredCertificate) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (a *account) storedCertificate(c *certificate, store string) StoredCertificate {
	listed := StoredCertificate{ID: c.id, Name: c.name, Kind: c.kind, Store: store, Status: c.status,
		Fingerprint: c.fingerprint(), Domains: []string{}}
	for _, d := range a.users(c.id) {
		listed.Domains = append(listed.Domains, d.Name)
	}
	return listed
}

// SetCertificateStatus changes the status of an account's provided certificate, as time
// does: a free certificate is applied for and issued, a bought one is revoked. Domains
// that wait for a free certificate are served with it once it is success.
func (s *Server) SetCertificateStatus(accountID, name, status string) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, known := s.world.accounts[accountID]
	if !known {
		return fmt.Errorf("no account %q", accountID)
	}
	candidates := slices.AppendSeq(slices.Collect(maps.Values(held.certificates)), maps.Values(held.repository))
	for _, c := range candidates {
		if c.name == name && c.kind != "upload" {
			if err := oneOf("status", status, providedStatuses(c.kind)...); err != nil {
				return fmt.Errorf("provided certificate %s: %w", name, err)
			}
			c.become(status)
			return nil
		}
	}
	return fmt.Errorf("account %s has no provided certificate %q", accountID, name)
}

package edgesim

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// certificateRegions are where Certificate Management Service stores certificates
// (SetCdnDomainSSLCertificate, CertRegion), the default first.
func certificateRegions() []string { return []string{"cn-hangzhou", "ap-southeast-1"} }

// provide puts a certificate in place that lives at the provider from the start. Provided
// again, it only changes its status.
func (w *world) provide(a *account, c *certificate, now time.Time, settings Settings) {
	previous := a.inRepository(c.name)
	if c.kind == "free" {
		previous = a.certificates[c.name]
	}
	switch {
	case previous != nil && previous.kind == c.kind && previous.leaf.Equal(c.leaf):
		previous.become(c.status)
	case c.kind == "free":
		w.store(a, c, now)
	default:
		if previous != nil {
			delete(a.repository, previous.id)
		}
		w.deposit(a, c, now, settings)
	}
}

// deposit keeps the certificate in the repository under an id of its own: what is there
// is never replaced.
func (w *world) deposit(a *account, c *certificate, now time.Time, settings Settings) {
	w.lastID++
	c.id, c.storedAt = w.lastID, now
	fill(&c.region, settings.CertificateRegion)
	a.repository[c.id] = c
}

// inRepository finds a certificate in the repository by its name, which is unique there.
func (a *account) inRepository(name string) *certificate {
	for _, held := range a.repository {
		if held.name == name {
			return held
		}
	}
	return nil
}

// repositoryByID finds a certificate in the repository by the id that a client sent.
func (a *account) repositoryByID(sent string) *certificate {
	id, err := strconv.ParseInt(sent, 10, 64)
	if err != nil {
		return nil
	}
	return a.repository[id]
}

// bought reports whether a cas certificate has the name.
func (a *account) bought(name string) bool {
	held := a.inRepository(name)
	return held != nil && held.kind == "cas"
}

// repositoryList is the repository, newest first (inferred).
func (a *account) repositoryList() []*certificate {
	list := make([]*certificate, 0, len(a.repository))
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(a.repository))) {
		list = append(list, a.repository[id])
	}
	return list
}

// uploads counts what fills the repository's quota. That bought certificates do not is
// inferred.
func (a *account) uploads() int {
	count := 0
	for _, held := range a.repository {
		if held.kind == "upload" {
			count++
		}
	}
	return count
}

// users are the domains that were last set to the certificate with the id, by name.
func (a *account) users(id int64) []*domain {
	var users []*domain
	for _, name := range slices.Sorted(maps.Keys(a.domains)) {
		d := a.domains[name]
		set := d.stored()
		if set != nil && set.id == id || d.heldBack != nil && d.heldBack.id == id {
			users = append(users, d)
		}
	}
	return users
}

// admitUpload decides about an upload through CDN, DCDN or VOD: it is new, it is a
// certificate that is stored already, or it is refused. The same certificate is the
// same leaf. That names must be unique is Certificate Management Service's rule
// (UploadUserCertificate, Name); which of two codes says so here is a setting, and that a
// full repository shows as CertStorage.failed is inferred.
func (a *account) admitUpload(c *certificate, settings Settings) (*certificate, error) {
	if taken := a.inRepository(c.name); taken != nil {
		repeated := taken.kind == "upload" && taken.leaf.Equal(c.leaf)
		if repeated && settings.RepeatedUpload == RepeatedAccept {
			return taken, nil
		}
		if settings.TakenName == TakenNameExists {
			return nil, cdnRefusal("CertNameAlreadyExists")
		}
		return nil, liveRefusal("Certificate.Duplicated", 1)
	}
	if settings.DuplicateContent == DuplicateReject && a.contains(c) {
		return nil, liveRefusal("CertificateContent.Duplicated", 1).because("the same certificate is stored under another name")
	}
	if a.uploads() >= settings.CertificateQuota {
		return nil, liveRefusal("CertStorage.failed", 1).because("the repository is full")
	}
	return c, nil
}

// contains reports whether the repository has the same leaf.
func (a *account) contains(c *certificate) bool {
	for _, held := range a.repository {
		if held.leaf.Equal(c.leaf) {
			return true
		}
	}
	return false
}

// fromRepository makes a certificate in the repository one that a Set with CertType cas
// brings; nil is one that is not there.
func (s *Server) fromRepository(c *call, held *certificate) (*certificate, error) {
	switch {
	case held == nil:
		return nil, liveRefusal("Certificate.NotFind", 1)
	case s.now().After(held.leaf.NotAfter):
		return nil, liveRefusal("Certificate.Expired", 1)
	case held.kind == "cas" && !held.usable():
		return nil, liveRefusal("Certificate.StatusError", 1)
	}
	c.saw(held)
	return held.as("cas"), nil
}

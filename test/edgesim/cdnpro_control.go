package edgesim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// CDNProCertificateState is a certificate at CDN Pro with its versions, without keys.
type CDNProCertificateState struct {
	Account   string `json:"account"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	AutoRenew string `json:"autoRenew"`
	// InProduction and InStaging are the versions deployed there; 0 for none.
	InProduction int `json:"inProduction,omitempty"`
	InStaging    int `json:"inStaging,omitempty"`
	// Versions are in the order of their numbers.
	Versions []CDNProVersionState `json:"versions"`
}

// CDNProVersionState is a version of a certificate.
type CDNProVersionState struct {
	Number int `json:"number"`
	// Type is uploaded or selfsigned.
	Type string `json:"type"`
	// Fingerprint is the SHA-256 of the leaf's DER, lower hex; the API itself shows a SHA-1.
	Fingerprint string    `json:"fingerprint"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
	Created     time.Time `json:"created"`
}

// PutCDNProProperty adds a property to an account's CDN Pro, or a version to the one of
// its id, and deploys it, as somebody at the console would: no call, no quota, no task.
func (s *Server) PutCDNProProperty(accountID string, p CDNProProperty) error {
	if err := p.validate(); err != nil {
		return err
	}
	return s.changeCDNPro(accountID, func(w *world, held *cdnproAccount, now time.Time) error {
		if err := w.cdnproConflict(Account{ID: accountID, CDNPro: &CDNPro{User: held.User, Properties: []CDNProProperty{p}}}); err != nil {
			return err
		}
		return w.cdnpro.putProperty(held, p, now)
	})
}

// PutCDNProCertificate makes a certificate or a version of one, and deploys it, as
// somebody at the console would. It returns the certificate's id and the version.
func (s *Server) PutCDNProCertificate(accountID string, p CDNProCertificate) (id string, version int, err error) {
	if err := p.validate(); err != nil {
		return "", 0, err
	}
	err = s.changeCDNPro(accountID, func(w *world, held *cdnproAccount, now time.Time) error {
		id, version, err = w.cdnpro.putCertificate(held, p, now)
		return err
	})
	return id, version, err
}

// FailCDNProTasks makes tasks to come fail.
func (s *Server) FailCDNProTasks(f CDNProFailure) error {
	f = f.withDefaults()
	if err := f.validate(); err != nil {
		return err
	}
	return s.changeCDNPro(f.Account, func(_ *world, held *cdnproAccount, _ time.Time) error {
		held.failures = append(held.failures, f)
		return nil
	})
}

// changeCDNPro makes a change to what an account has at CDN Pro.
func (s *Server) changeCDNPro(accountID string, change func(*world, *cdnproAccount, time.Time) error) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	now := s.now()
	s.world.cdnpro.settle(now)
	held, known := s.world.cdnpro.accounts[accountID]
	if !known {
		return fmt.Errorf("account %q has no CDN Pro", accountID)
	}
	return change(s.world, held, now)
}

// CDNProCertificates lists the certificates of an account, or of all if it is empty, by
// account and id.
func (s *Server) CDNProCertificates(accountID string) []CDNProCertificateState {
	list := []CDNProCertificateState{}
	s.eachCDNPro(accountID, func(held *cdnproAccount, _ time.Time) {
		for _, id := range slices.Sorted(maps.Keys(held.certificates)) {
			list = append(list, held.certificates[id].state(held.id))
		}
	})
	return list
}

func (c *cdnproCertificate) state(accountID string) CDNProCertificateState {
	state := CDNProCertificateState{Account: accountID, ID: c.id, Name: printable(c.name), AutoRenew: c.autoRenew,
		InProduction: c.deployed[CDNProProduction].current(anyRevision), InStaging: c.deployed[CDNProStaging].current(anyRevision)}
	for _, v := range c.versions {
		state.Versions = append(state.Versions, CDNProVersionState{Number: v.number, Type: v.kind, Fingerprint: v.certificate.fingerprint(),
			NotBefore: v.certificate.leaf.NotBefore, NotAfter: v.certificate.leaf.NotAfter, Created: v.created})
	}
	return state
}

// CDNProTasks lists the tasks of an account, or of all if it is empty, by account;
// deployments before validations, each in the order they were made.
func (s *Server) CDNProTasks(accountID string) []CDNProTask {
	list := []CDNProTask{}
	s.eachCDNPro(accountID, func(held *cdnproAccount, now time.Time) {
		for _, task := range slices.Concat(held.deployments, held.validations) {
			list = append(list, task.at(now, false))
		}
	})
	return list
}

// eachCDNPro visits the account, or all accounts by id if it is empty.
func (s *Server) eachCDNPro(accountID string, visit func(*cdnproAccount, time.Time)) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	now := s.now()
	s.world.cdnpro.settle(now)
	for _, id := range slices.Sorted(maps.Keys(s.world.cdnpro.accounts)) {
		if is(accountID, id) {
			visit(s.world.cdnpro.accounts[id], now)
		}
	}
}

package edgesim

import "fmt"

// PutAccount adds an account, or replaces its keys, roles and quotas; domains and provided
// certificates listed are added or changed, others stay.
func (s *Server) PutAccount(a Account) error {
	return s.world.putAccount(a, s.now(), s.Settings())
}

// RemoveAccount removes an account with all that is its own, and reports whether it
// existed.
func (s *Server) RemoveAccount(id string) bool { return s.world.removeAccount(id) }

// Accounts lists the accounts by id, with their domains. Secrets do not print; provided
// certificates are not listed.
func (s *Server) Accounts() []Account { return s.world.listAccounts() }

// PutDomain adds a domain to an account or changes its attributes; the certificate on
// it stays.
func (s *Server) PutDomain(accountID string, d Domain) error {
	return s.world.putDomain(accountID, d, s.now(), s.Settings())
}

// RemoveDomain removes a domain, and reports whether it existed.
func (s *Server) RemoveDomain(name string) bool { return s.world.removeDomain(name) }

// AddFault adds a fault and returns its id.
func (s *Server) AddFault(f Fault) (string, error) { return s.faults.add(f, s.now()) }

// RemoveFault removes a fault, and reports whether it was there.
func (s *Server) RemoveFault(id string) bool { return id != "" && s.faults.remove(id) }

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.faults.remove("") }

// Faults lists the faults in the order they were added, with how often each struck.
func (s *Server) Faults() []Fault { return s.faults.all() }

// Journal lists the calls that the query selects, oldest first. A call is listed
// before its answer is sent.
func (s *Server) Journal(q Query) []Entry { return s.journal.list(q) }

// ClearJournal forgets all calls.
func (s *Server) ClearJournal() { s.journal.reset() }

// Settings returns the settings in force.
func (s *Server) Settings() Settings { return s.settings.Load().clone() }

// SetSettings replaces the settings; empty fields mean their defaults. Certificates
// on their way keep the delays they were set with.
func (s *Server) SetSettings(settings Settings) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.setSettings(settings)
}

func (s *Server) setSettings(settings Settings) error {
	settings = settings.withDefaults().clone()
	if err := settings.validate(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	s.settings.Store(&settings)
	return nil
}

// SetOutOfBand puts a certificate on a domain as somebody at the console would: no
// call, no quota, no entry in the journal. Empty PEM switches HTTPS off.
func (s *Server) SetOutOfBand(domainName, certificateName string, chainPEM, keyPEM []byte) error {
	var set *certificate
	if len(chainPEM) > 0 {
		parsed, err := parseCertificate(string(chainPEM), string(keyPEM))
		if err != nil {
			return err
		}
		parsed.name = certificateName
		set = parsed
	}
	return s.world.setOutOfBand(domainName, set, s.now(), s.Settings())
}

// Reset goes back to the state at start: accounts and settings of the Config, no
// faults, no journal, no calls counted. Addresses and authority stay.
func (s *Server) Reset() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	fresh, err := newWorld(s.config.Accounts, s.now(), s.config.Settings.withDefaults())
	if err != nil {
		return err
	}
	if err := s.setSettings(s.config.Settings); err != nil {
		return err
	}
	s.world.replace(fresh)
	s.faults.remove("")
	s.quotas.reset()
	s.nonces.reset()
	s.sessions.revoke(false, s.now())
	s.imds.reset()
	s.journal.reset()
	return nil
}

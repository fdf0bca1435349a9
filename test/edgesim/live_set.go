package edgesim

import "slices"

// setLiveDomainCertificate is SetLiveDomainCertificate: switch a domain's HTTPS on
// with a certificate, or off. The order of its checks is inferred.
func (s *Server) setLiveDomainCertificate(c *call, settings Settings) (document, error) {
	if err := s.checkTarget(c, ProductLive); err != nil {
		return nil, err
	}
	switch c.param("SSLProtocol") {
	case "on":
		set, err := s.readLiveCertificate(c, settings)
		if err != nil {
			return nil, err
		}
		return document{}, s.liveOn(c, set, settings)
	case "off":
		return document{}, s.liveOff(c, settings)
	}
	return nil, liveRefusal("InvalidSSLProtocol.ValueNotSupported", 1)
}

// readLiveCertificate reads the certificate that the call brings or names.
func (s *Server) readLiveCertificate(c *call, settings Settings) (*certificate, error) {
	kind, name := c.param("CertType"), c.param("CertName")
	switch {
	case !slices.Contains([]string{"", "upload", "cas", "free"}, kind):
		return nil, liveRefusal("SetDomainCertificate.ParameterError", 1).because("CertType is not upload, cas or free")
	case !slices.Contains([]string{"", "1"}, c.param("ForceSet")):
		return nil, liveRefusal("SetDomainCertificate.ParameterError", 1).because("ForceSet is not 1")
	case name == "":
		return nil, liveRefusal("CertName.MissingParameter", 1)
	case len(name) > 128:
		return nil, liveRefusal("InvalidCertName.TooLong", 1)
	}
	if kind == "cas" || kind == "free" {
		return s.provided(c, name, kind, settings)
	}
	read, err := readUpload(c.param("SSLPub"), c.param("SSLPri"), settings, s.now())
	if err != nil {
		return nil, err
	}
	read.name = name
	c.saw(read)
	return read, nil
}

// provided finds a certificate that already lives at the provider. That cas means
// everything in Certificate Management Service, uploads too, is inferred.
func (s *Server) provided(c *call, name, kind string, settings Settings) (*certificate, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if kind == "cas" {
		return s.fromRepository(c, c.account.inRepository(name))
	}
	held, known := c.account.certificates[name]
	switch {
	case !known || held.kind != "free":
		return nil, liveRefusal("Certificate.NotFind", 1)
	case s.now().After(held.leaf.NotAfter):
		return nil, liveRefusal("Certificate.Expired", 1)
	case !held.usable() && settings.FreePending == FreePendingReject:
		return nil, liveRefusal("Certificate.StatusError", 2)
	}
	c.saw(held)
	return held, nil
}

// liveOn stores the certificate and puts it on the domain.
func (s *Server) liveOn(c *call, set *certificate, settings Settings) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, err := ownedDomain(c, ProductLive)
	if err != nil {
		return err
	}
	now := s.now()
	if set.kind == "upload" {
		if err := duplicate(c, set, settings); err != nil {
			return err
		}
		if !c.withoutEffect {
			s.world.store(c.account, set, now)
			c.saw(set)
		}
	}
	if c.withoutEffect {
		return nil
	}
	c.entry.Applied = true
	if held.restricted(RestrictionSettedNotEffect) {
		held.heldBack = set
		return liveRefusal("Certificate.SettedNotEffect", 1)
	}
	held.deploy(set, now, settings)
	return nil
}

// duplicate refuses an upload whose name, or by setting whose content, is taken. A
// name is taken even by the same domain's own certificate (inferred); ForceSet=1
// skips that check, except over certificates that were not uploaded (inferred).
func duplicate(c *call, set *certificate, settings Settings) error {
	previous, taken := c.account.certificates[set.name]
	taken = taken || c.account.bought(set.name)
	if taken && (c.param("ForceSet") != "1" || previous == nil || previous.kind != "upload") {
		return liveRefusal("Certificate.Duplicated", 1)
	}
	if settings.DuplicateContent != DuplicateReject {
		return nil
	}
	for name, other := range c.account.certificates {
		if name != set.name && other.leaf.Equal(set.leaf) {
			return liveRefusal("CertificateContent.Duplicated", 1).because("the same certificate is stored under another name")
		}
	}
	return nil
}

// liveOff switches HTTPS off and destroys the certificate: it must be uploaded again
// (DescribeLiveDomainCertificateInfo's product documentation). One that another
// domain still uses, or that was not uploaded, stays (inferred). Switching off twice
// succeeds (inferred).
func (s *Server) liveOff(c *call, settings Settings) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, err := ownedDomain(c, ProductLive)
	if err != nil || c.withoutEffect {
		return err
	}
	if previous := held.stored(); previous != nil {
		held.deploy(nil, s.now(), settings)
		c.account.destroy(previous)
		c.entry.Applied = true
	}
	return nil
}

// destroy forgets an uploaded certificate that no domain of the account uses.
func (a *account) destroy(c *certificate) {
	for _, d := range a.domains {
		if d.stored() == c {
			return
		}
	}
	if c.kind == "upload" && a.certificates[c.name] == c {
		delete(a.certificates, c.name)
	}
}

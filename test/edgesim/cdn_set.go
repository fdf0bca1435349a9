package edgesim

import (
	"slices"
	"strings"
)

// setOn makes the Set of CDN, DCDN or VOD: switch a domain's HTTPS on with a certificate,
// or off. The order of its checks is inferred.
func setOn(product Product) func(*Server, *call, Settings) (document, error) {
	return func(s *Server, c *call, settings Settings) (document, error) {
		err := s.checkTarget(c, product)
		if err == nil {
			err = s.switchHTTPS(c, product, settings)
		}
		if err != nil {
			return nil, inWordsOf(product, err)
		}
		return document{}, nil
	}
}

func (s *Server) switchHTTPS(c *call, product Product, settings Settings) error {
	switch c.param("SSLProtocol") {
	case "on":
		return s.switchOn(c, product, settings)
	case "off":
		return s.switchOff(c, product, settings)
	}
	return liveRefusal("InvalidSSLProtocol.ValueNotSupported", 1)
}

// switchOn puts the certificate that the call brings, or names, on the domain.
func (s *Server) switchOn(c *call, product Product, settings Settings) error {
	brought, err := s.broughtCertificate(c, settings)
	if err != nil {
		return err
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, err := ownedDomain(c, product)
	if err != nil {
		return err
	}
	now := s.now()
	var set *certificate
	if brought == nil {
		set, err = s.namedCertificate(c)
	} else {
		set, err = c.account.admitUpload(brought, settings)
	}
	if err != nil || c.withoutEffect {
		return err
	}
	if set == brought {
		s.world.deposit(c.account, set, now, settings)
		if set.name == "" {
			set.name = unnamed(set.id)
		}
	}
	c.saw(set)
	c.entry.Applied = true
	if held.restricted(RestrictionSettedNotEffect) {
		held.heldBack = set
		return liveRefusal("Certificate.SettedNotEffect", 1)
	}
	held.deploy(set, now, settings)
	return nil
}

// broughtCertificate reads the certificate that an upload brings; nil if the call names
// one by CertId.
func (s *Server) broughtCertificate(c *call, settings Settings) (*certificate, error) {
	kind, name := c.param("CertType"), c.param("CertName")
	if !slices.Contains([]string{"", "upload", "cas"}, kind) {
		return nil, liveRefusal("SetDomainCertificate.ParameterError", 1).because("CertType is not upload or cas")
	}
	if region := c.param("CertRegion"); region != "" && !slices.Contains(certificateRegions(), region) {
		return nil, cdnRefusal("Abs.CertRegion.ValueNotSupported")
	}
	switch {
	case kind == "cas":
		return nil, nil
	case name == "" && c.sent("CertName"):
		// CertName may be left out, but not be empty; when the code is met is inferred.
		return nil, liveRefusal("CertName.MissingParameter", 1).because("CertName is empty; leave it out to have one made")
	case len(name) > 128:
		return nil, liveRefusal("InvalidCertName.TooLong", 1)
	}
	read, err := readUpload(c.param("SSLPub"), c.param("SSLPri"), settings, s.now())
	if err != nil {
		return nil, err
	}
	read.name = name
	c.saw(read)
	return read, nil
}

// namedCertificate finds the certificate in the repository that CertId names, in the
// region that CertRegion names. Which code is met when is inferred. The lock of the world is held.
func (s *Server) namedCertificate(c *call) (*certificate, error) {
	sent := c.param("CertId")
	if sent == "" || strings.Trim(sent, "0123456789") != "" {
		return nil, liveRefusal("SetDomainCertificate.ParameterError", 1).because("CertType cas needs a CertId, an integer")
	}
	held := c.account.repositoryByID(sent)
	if held != nil && held.region != firstOf(c.param("CertRegion"), certificateRegions()[0]) {
		return nil, liveRefusal("Certificate.NotFind", 1).because("the certificate lives in another region than CertRegion")
	}
	return s.fromRepository(c, held)
}

// switchOff switches HTTPS off. The certificate stays in the repository (inferred: a
// domain's certificate is deleted there, by DeleteUserCertificate), and switching off
// twice succeeds (inferred).
func (s *Server) switchOff(c *call, product Product, settings Settings) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, err := ownedDomain(c, product)
	if err != nil || c.withoutEffect {
		return err
	}
	if previous := held.stored(); previous != nil {
		held.deploy(nil, s.now(), settings)
		c.entry.Applied = true
	}
	return nil
}

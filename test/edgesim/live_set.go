package edgesim

import (
	"slices"
	"strings"
	"time"
)

// setLiveDomainCertificate is SetLiveDomainCertificate: switch a domain's HTTPS on
// with a certificate, or off. The order of its checks is inferred.
func (s *Server) setLiveDomainCertificate(c *call, settings Settings) (document, error) {
	if err := s.checkLiveTarget(c); err != nil {
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

// checkLiveTarget refuses domains that cannot be set at all.
func (s *Server) checkLiveTarget(c *call) error {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := liveDomain(c)
	if err != nil {
		return err
	}
	if held.restricted(RestrictionDenied) {
		return denied("live:SetLiveDomainCertificate", c.key.User)
	}
	switch held.Status {
	case "offline":
		return liveRefusal("InvalidDomain.notOnline", 1)
	case "configuring":
		return serviceBusy()
	}
	for _, row := range liveRestrictions() {
		if held.restricted(row.restriction) && is(row.protocol, c.param("SSLProtocol")) {
			return liveRefusal(row.code, 1)
		}
	}
	return nil
}

// liveRestriction says which error a restriction answers, and to which SSLProtocol;
// empty is both.
type liveRestriction struct {
	restriction Restriction
	protocol    string
	code        string
}

func liveRestrictions() []liveRestriction {
	return []liveRestriction{
		{RestrictionNotOwned, "", "IllegalOperationDomain"},
		{RestrictionIllegalOperation, "", "IllegalOperation"},
		{RestrictionAuthentication, "", "AuthenticationFailed"},
		{RestrictionSafeMode, "", "DomainInSafeMode"},
		{RestrictionProtectedMode, "", "DomainInProtectedMode"},
		{RestrictionFunctionMutex, "", "FunctionMutex"},
		{RestrictionStorageFailed, "on", "CertStorage.failed"},
		{RestrictionDeleteFailed, "off", "DeleteFailed"},
		{RestrictionNotPermittedOff, "off", "Certificate.NotPermittedOff"},
	}
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
		return s.provided(c, name, kind)
	}
	read, err := readLiveUpload(c.param("SSLPub"), c.param("SSLPri"), settings, s.now())
	if err != nil {
		return nil, err
	}
	read.name = name
	c.entry.Fingerprint = read.fingerprint()
	return read, nil
}

// provided finds a certificate that already lives at the provider.
func (s *Server) provided(c *call, name, kind string) (*certificate, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, known := c.account.certificates[name]
	switch {
	case !known || held.kind != kind:
		return nil, liveRefusal("Certificate.NotFind", 1)
	case s.now().After(held.leaf.NotAfter):
		return nil, liveRefusal("Certificate.Expired", 1)
	case held.status != "success" && kind == "cas":
		return nil, liveRefusal("Certificate.StatusError", 1)
	case held.status != "success":
		return nil, liveRefusal("Certificate.StatusError", 2)
	}
	c.entry.Fingerprint = held.fingerprint()
	return held, nil
}

// liveOn stores the certificate and puts it on the domain.
func (s *Server) liveOn(c *call, set *certificate, settings Settings) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, err := liveDomain(c)
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
	if taken && (c.param("ForceSet") != "1" || previous.kind != "upload") {
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
	held, err := liveDomain(c)
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

// setOutOfBand changes a domain's certificate as somebody at the console would:
// unseen by the journal. Without certificate HTTPS is switched off.
func (w *world) setOutOfBand(domainName string, set *certificate, now time.Time, settings Settings) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	held, known := w.domains[strings.ToLower(domainName)]
	if !known {
		return false
	}
	if set != nil {
		w.store(held.account, set, now)
	}
	held.deploy(set, now, settings)
	return true
}

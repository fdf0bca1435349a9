package edgesim

// ownedDomain finds the caller's domain. The lock of the world is held.
func ownedDomain(c *call, product Product) (*domain, error) {
	if c.param("DomainName") == "" {
		return nil, missing("DomainName")
	}
	held, owned := c.account.domains[c.entry.Domain]
	if !owned || held.Product != product {
		return nil, liveRefusal("InvalidDomain.NotFound", 1)
	}
	return held, nil
}

// checkTarget refuses domains that cannot be set at all. Where a product's page lacks a
// code of Live's, that it has it nevertheless is inferred.
func (s *Server) checkTarget(c *call, product Product) error {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := ownedDomain(c, product)
	if err != nil {
		return err
	}
	if held.restricted(RestrictionDenied) {
		return denied(string(product)+":"+c.action, c.key.User)
	}
	if err := product.refusesStatus(held.Status); err != nil {
		return err
	}
	if product != ProductLive && held.restricted(RestrictionCreateFailed) && c.param("SSLProtocol") == "on" {
		return cdnRefusal("CreateCertificateFailed")
	}
	for _, row := range setRestrictions() {
		if held.restricted(row.restriction) && is(row.protocol, c.param("SSLProtocol")) {
			return liveRefusal(row.code, 1)
		}
	}
	return nil
}

// setRestriction says which error a restriction answers, and to which SSLProtocol;
// empty is both.
type setRestriction struct {
	restriction Restriction
	protocol    string
	code        string
}

func setRestrictions() []setRestriction {
	return []setRestriction{
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

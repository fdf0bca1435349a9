package edgesim

import (
	"maps"
	"slices"
	"strings"
)

// describeLiveCertificateDetail is DescribeLiveCertificateDetail: a stored certificate
// by name, without its key. CertId is a number here.
func (s *Server) describeLiveCertificateDetail(c *call, settings Settings) (document, error) {
	name := c.param("CertName")
	if name == "" {
		return nil, missing("CertName")
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, known := c.account.certificates[name]
	if !known {
		// The page lists no error of its own; inferred from Set's.
		return nil, liveRefusal("Certificate.NotFind", 1)
	}
	c.entry.Fingerprint = held.fingerprint()
	pem := held.chain
	if settings.SSLPub == SSLPubLeaf {
		pem = held.leafPEM()
	}
	return document{"CertId": held.id, "CertName": held.name, "Cert": pem}, nil
}

// describeLiveCertificateList is DescribeLiveCertificateList: the account's stored
// certificates, or those good for the domains named (comma separated). That "good
// for" is the filter is inferred. There is no paging.
func (s *Server) describeLiveCertificateList(c *call, _ Settings) (document, error) {
	var domains []string
	if named := c.param("DomainName"); named != "" {
		domains = strings.Split(strings.ToLower(named), ",")
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	for _, name := range domains {
		if _, owned := c.account.domains[name]; !owned {
			return nil, liveRefusal("InvalidDomain.NotFound", 1)
		}
	}
	list := []document{}
	for _, name := range slices.Sorted(maps.Keys(c.account.certificates)) {
		held := c.account.certificates[name]
		if len(domains) > 0 && !slices.ContainsFunc(domains, held.covers) {
			continue
		}
		list = append(list, document{
			"CertId": held.id, "CertName": held.name, "Common": held.commonName(),
			"Fingerprint": held.listFingerprint(), "Issuer": held.issuer(), "LastTime": held.storedAt.Unix(),
		})
	}
	return document{"CertificateListModel": document{
		"Count": len(list), "CertList": document{"Cert": list},
	}}, nil
}

package edgesim

import (
	"cmp"
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
	held := c.account.liveCertificate(name)
	if held == nil {
		// The page lists no error of its own; inferred from Set's.
		return nil, liveRefusal("Certificate.NotFind", 1)
	}
	c.saw(held)
	return document{"CertId": held.id, "CertName": held.name, "Cert": held.body(settings)}, nil
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
		if held, owned := c.account.domains[name]; !owned || held.Product != ProductLive {
			return nil, liveRefusal("InvalidDomain.NotFound", 1)
		}
	}
	list := []document{}
	for _, held := range c.account.liveCertificates() {
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

// liveCertificates are those that Live's calls show, by name: its own, and what is in
// Certificate Management Service, which CertType cas refers to (inferred).
func (a *account) liveCertificates() []*certificate {
	list := slices.AppendSeq(slices.Collect(maps.Values(a.certificates)), maps.Values(a.repository))
	slices.SortFunc(list, func(x, y *certificate) int { return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.id, y.id)) })
	return list
}

// liveCertificate finds one of them; of two with a name, Live's own.
func (a *account) liveCertificate(name string) *certificate {
	if held, known := a.certificates[name]; known {
		return held
	}
	return a.inRepository(name)
}

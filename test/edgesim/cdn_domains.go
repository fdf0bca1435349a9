package edgesim

import (
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Page limits of DescribeUserDomains and DescribeDcdnHttpsDomainList, request parameters.
// DescribeCdnHttpsDomainList names no highest page size.
const cdnPageSize, cdnPageSizeMax, cdnPageMax = 20, 500, 100_000

// describeUserDomains is DescribeUserDomains: the account's CDN domains, page by page.
func (s *Server) describeUserDomains(c *call, _ Settings) (document, error) {
	number, err := pageParameter(c, "PageNumber", 1, cdnPageMax)
	if err != nil {
		return nil, err
	}
	size, err := pageParameter(c, "PageSize", cdnPageSize, cdnPageSizeMax)
	if err != nil {
		return nil, err
	}
	matches, err := domainSearch(c)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	found := slices.DeleteFunc(c.account.domainsOf(ProductCDN), func(d *domain) bool {
		return !matches(d.Name) || !is(c.param("DomainStatus"), d.Status) || !is(c.param("CdnType"), d.Type)
	})
	rows := []document{}
	for _, d := range page(found, number, size) {
		rows = append(rows, document{
			"DomainName": d.Name, "DomainId": d.number(), "CdnType": d.Type, "Cname": d.cname(), "Coverage": "domestic",
			"DomainStatus": d.Status, "SslProtocol": onOff(d.described(s.now(), c.stale) != nil), "Sandbox": "normal",
			"Description": "", "ResourceGroupId": "", "GmtCreated": d.created.UTC().Format(liveTime),
			"GmtModified": d.changed.UTC().Format(liveTime),
		})
	}
	return document{"PageNumber": number, "PageSize": size, "TotalCount": len(found), "Domains": document{"PageData": rows}}, nil
}

// describeCdnDomainDetail is DescribeCdnDomainDetail.
func (s *Server) describeCdnDomainDetail(c *call, _ Settings) (document, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := ownedDomain(c, ProductCDN)
	if err != nil {
		return nil, err
	}
	shown := held.described(s.now(), c.stale)
	c.saw(shown)
	detail := document{
		"DomainName": held.Name, "DomainStatus": held.Status, "CdnType": held.Type, "Cname": held.cname(), "HttpsCname": "",
		"Scope": "domestic", "Description": "", "ResourceGroupId": "", "ServerCertificateStatus": onOff(shown != nil),
		"GmtCreated": held.created.UTC().Format(liveTime), "GmtModified": held.changed.UTC().Format(liveTime),
	}
	if shown != nil {
		detail["HttpsCname"] = held.cname()
	}
	return document{"GetDomainDetailModel": detail}, nil
}

// httpsListTime is the form of times in DescribeCdnHttpsDomainList, without a zone; that
// it is UTC is inferred.
const httpsListTime = "2006-01-02 15:04:05"

// httpsDomainListOf makes DescribeCdnHttpsDomainList and DescribeDcdnHttpsDomainList: the
// product's domains with a certificate, page by page. An account that has none is refused
// (error codes). Keyword searches the names (inferred).
func httpsDomainListOf(product Product, pageSizeMax int) func(*Server, *call, Settings) (document, error) {
	return func(s *Server, c *call, _ Settings) (document, error) {
		number, err := pageParameter(c, "PageNumber", 1, cdnPageMax)
		if err != nil {
			return nil, err
		}
		size, err := pageParameter(c, "PageSize", cdnPageSize, pageSizeMax)
		if err != nil {
			return nil, err
		}
		now := s.now()
		s.world.mu.RLock()
		defer s.world.mu.RUnlock()
		secured := slices.DeleteFunc(c.account.domainsOf(product), func(d *domain) bool { return d.described(now, c.stale) == nil })
		if len(secured) == 0 {
			return nil, &refusalError{status: http.StatusBadRequest, code: "NoHttpsDomain", message: "Your account doesn't have https domain."}
		}
		found := slices.DeleteFunc(secured, func(d *domain) bool { return !strings.Contains(d.Name, strings.ToLower(c.param("Keyword"))) })
		rows := []document{}
		for _, d := range page(found, number, size) {
			rows = append(rows, httpsDomain(d, d.describedDeployment(now, c.stale), now))
		}
		return document{"TotalCount": len(found), "CertInfos": document{"CertInfo": rows}}, nil
	}
}

// httpsDomain is one CertInfo of the list. DCDN shows a wildcard as users write it, as in
// its sample; for CDN nothing is documented.
func httpsDomain(d *domain, shown deployment, now time.Time) document {
	set, name := shown.certificate, d.Name
	if d.Product == ProductDCDN && strings.HasPrefix(name, ".") {
		name = "*" + name
	}
	return document{
		"DomainName": name, "CertName": set.name, "CertType": set.kind, "CertCommonName": set.commonName(),
		"CertStartTime": set.leaf.NotBefore.UTC().Format(httpsListTime), "CertExpireTime": set.leaf.NotAfter.UTC().Format(httpsListTime),
		"CertUpdateTime": shown.at.UTC().Format(httpsListTime), "CertStatus": set.fitness(d.Name, now),
	}
}

// expiresSoon is when a certificate is about to expire; the figure is inferred.
const expiresSoon = 30 * 24 * time.Hour

// fitness is CertStatus of DescribeCdnHttpsDomainList.
func (c *certificate) fitness(domainName string, now time.Time) string {
	switch {
	case now.After(c.leaf.NotAfter):
		return "expired"
	case !c.covers(domainName):
		return "mismatch"
	case now.Add(expiresSoon).After(c.leaf.NotAfter):
		return "expire_soon"
	}
	return "ok"
}

// domainsOf are the account's domains of a product, by name.
func (a *account) domainsOf(product Product) []*domain {
	var list []*domain
	for _, name := range slices.Sorted(maps.Keys(a.domains)) {
		if d := a.domains[name]; d.Product == product {
			list = append(list, d)
		}
	}
	return list
}

// number is DomainId: any number that stays the domain's.
func (d *domain) number() int64 {
	sum := fnv.New32a()
	if _, err := sum.Write([]byte(d.Name)); err != nil {
		return 0 // hash.Hash never fails
	}
	return int64(sum.Sum32())
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

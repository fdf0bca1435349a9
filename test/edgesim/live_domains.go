package edgesim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// describeLiveDomainDetail is DescribeLiveDomainDetail.
func (s *Server) describeLiveDomainDetail(c *call, settings Settings) (document, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := ownedDomain(c, ProductLive)
	if err != nil {
		return nil, err
	}
	detail := document{
		"DomainName": held.Name, "DomainStatus": held.Status, "LiveDomainType": held.Type,
		"Cname": held.cname(), "Region": liveRegion, "Scope": "domestic", "Description": "", "ResourceGroupId": "",
		"SSLProtocol": "off", "SSLPub": "", "CertName": "",
		"GmtCreated": held.created.UTC().Format(liveTime), "GmtModified": held.changed.UTC().Format(liveTime),
	}
	if shown := held.described(s.now(), c.stale); shown != nil {
		c.saw(shown)
		detail["SSLProtocol"], detail["CertName"], detail["SSLPub"] = "on", shown.name, shown.body(settings)
	}
	return document{"DomainDetail": detail}, nil
}

const (
	liveRegion = "cn-shanghai"
	// Page limits of DescribeLiveUserDomains, request parameters.
	livePageSize, livePageSizeMax, livePageMax = 20, 50, 100_000
)

// describeLiveUserDomains is DescribeLiveUserDomains: the account's domains, page by
// page.
func (s *Server) describeLiveUserDomains(c *call, _ Settings) (document, error) {
	number, err := pageParameter(c, "PageNumber", 1, livePageMax)
	if err != nil {
		return nil, err
	}
	size, err := pageParameter(c, "PageSize", livePageSize, livePageSizeMax)
	if err != nil {
		return nil, err
	}
	matches, err := domainSearch(c)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	found := slices.DeleteFunc(slices.Sorted(maps.Keys(c.account.domains)), func(name string) bool {
		held := c.account.domains[name]
		return held.Product != ProductLive || !matches(name) || !is(c.param("DomainStatus"), held.Status) || !is(c.param("LiveDomainType"), held.Type) ||
			!is(c.param("RegionName"), liveRegion)
	})
	page := []document{}
	for _, name := range found[min(len(found), (number-1)*size):min(len(found), number*size)] {
		held := c.account.domains[name]
		page = append(page, document{
			"DomainName": name, "LiveDomainStatus": held.Status, "LiveDomainType": held.Type, "Cname": held.cname(),
			"RegionName": liveRegion, "ResourceGroupId": "", "Description": "",
			"GmtCreated": held.created.UTC().Format(liveTime), "GmtModified": held.changed.UTC().Format(liveTime),
		})
	}
	return document{"PageNumber": number, "PageSize": size, "TotalCount": len(found),
		"Domains": document{"PageData": page}}, nil
}

// domainSearch is the filter on names; fuzzy_match is the default.
func domainSearch(c *call) (func(string) bool, error) {
	wanted := c.entry.Domain
	if wanted == "" {
		return func(string) bool { return true }, nil
	}
	switch c.param("DomainSearchType") {
	case "", "fuzzy_match":
		return func(name string) bool { return strings.Contains(name, wanted) }, nil
	case "pre_match":
		return func(name string) bool { return strings.HasPrefix(name, wanted) }, nil
	case "suf_match":
		return func(name string) bool { return strings.HasSuffix(name, wanted) }, nil
	case "full_match":
		return func(name string) bool { return name == wanted }, nil
	}
	return nil, invalidParameter("DomainSearchType")
}

// pageParameter reads a number within the page's limits.
func pageParameter(c *call, name string, value, highest int) (int, error) {
	sent := c.param(name)
	if sent == "" {
		return value, nil
	}
	number, err := strconv.Atoi(sent)
	if err != nil || number < 1 || number > highest {
		return 0, invalidParameter(name)
	}
	return number, nil
}

package edgesim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// listCDNProCertificates answers GET /cdn/certificates.
func listCDNProCertificates(c *cdnproCall) (cdnproAnswer, error) {
	page, err := c.page()
	if err != nil {
		return cdnproAnswer{}, err
	}
	list := []*cdnproCertificate{}
	for _, held := range c.account.certificates {
		if strings.Contains(held.name, c.query.Get("search")) && is(c.query.Get("autoRenew"), held.autoRenew) &&
			page.wants(held.in(CDNProProduction) != nil, held.in(CDNProStaging) != nil) {
			list = append(list, held)
		}
	}
	slices.SortFunc(list, func(a, b *cdnproCertificate) int {
		order := a.sortTime(c.query.Get("sortBy")).Compare(b.sortTime(c.query.Get("sortBy")))
		if c.query.Get("sortOrder") != "asc" {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.id, b.id))
	})
	shown := []document{}
	for _, held := range paged(list, page) {
		shown = append(shown, held.listed())
	}
	return cdnproAnswer{status: http.StatusOK, body: document{"count": len(list), "certificates": shown}}, nil
}

// in is the version in an environment; nil if there is none.
func (c *cdnproCertificate) in(target CDNProTarget) *cdnproVersion {
	version, deployed := c.version(c.deployed[target].current(anyRevision))
	if !deployed {
		return nil
	}
	return version
}

// sortTime is what the list is sorted by; the default is lastUpdateTime.
func (c *cdnproCertificate) sortTime(by string) time.Time {
	switch by {
	case "creationTime":
		return c.created
	case "expirationTime":
		return c.latest().certificate.leaf.NotAfter
	case "productionExpirationTime":
		if version := c.in(CDNProProduction); version != nil {
			return version.certificate.leaf.NotAfter
		}
		return time.Time{}
	default:
		return c.updated
	}
}

// listed is the certificate as GET /cdn/certificates lists it.
func (c *cdnproCertificate) listed() document {
	listed := document{"certificateId": c.id, "name": c.name, "latestVersion": c.latest().number, "autoRenew": c.autoRenew,
		"forceRenew": c.forceRenew, "creationTime": cdnproTime(c.created), "lastUpdateTime": cdnproTime(c.updated),
		"expirationTime": cdnproTime(c.latest().certificate.leaf.NotAfter)}
	if version := c.in(CDNProProduction); version != nil {
		listed["versionInProduction"], listed["productionExpirationTime"] = version.number, cdnproTime(version.certificate.leaf.NotAfter)
	}
	if version := c.in(CDNProStaging); version != nil {
		listed["versionInStaging"], listed["stagingExpirationTime"] = version.number, cdnproTime(version.certificate.leaf.NotAfter)
	}
	return listed
}

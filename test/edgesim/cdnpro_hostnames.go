package edgesim

import (
	"maps"
	"math"
	"net/http"
	"slices"
)

// anyRevision is after every revision: the present state.
const anyRevision = math.MaxUint64

// getCDNProHostname answers GET /cdn/hostnames/{hostname}. The official SDK types both
// properties as text, all others know them as objects.
func getCDNProHostname(c *cdnproCall) (cdnproAnswer, error) {
	hostname := c.entry.Domain
	answer, known := c.hostname(hostname)
	if !known {
		return cdnproAnswer{}, unknownCDNProHostname()
	}
	return cdnproAnswer{status: http.StatusOK, body: answer}, nil
}

// hostname is what the interface says about a hostname that is deployed anywhere.
func (c *cdnproCall) hostname(hostname string) (document, bool) {
	candidates := c.world.hostnames[hostname]
	if len(candidates) == 0 || candidates[0].account != c.account {
		return nil, false
	}
	newest := uint64(0)
	for _, property := range candidates {
		for _, history := range property.deployed {
			newest = max(newest, history.newest())
		}
	}
	production, inProduction := deployedProperty(candidates, hostname, CDNProProduction, c.before(newest))
	staging, inStaging := deployedProperty(candidates, hostname, CDNProStaging, c.before(newest))
	return document{"hostname": hostname, "propertyInProduction": production, "propertyInStaging": staging}, inProduction || inStaging
}

// deployedProperty is the property that has the hostname in an environment, or null.
func deployedProperty(candidates []*cdnproProperty, hostname string, target CDNProTarget, before uint64) (any, bool) {
	for _, property := range candidates {
		version, deployed := property.inForce(target, before)
		if !deployed || !version.serves(hostname) {
			continue
		}
		shown := document{"propertyId": property.id, "version": version.number}
		if id := firstOf(version.TLSCertificateID, version.TLSCertificateID1); id != "" {
			shown["certificateId"] = id
		}
		return shown, true
	}
	return nil, false
}

// listCDNProHostnames answers GET /cdn/hostnames.
func listCDNProHostnames(c *cdnproCall) (cdnproAnswer, error) {
	page, err := c.page()
	if err != nil {
		return cdnproAnswer{}, err
	}
	list := []document{}
	for _, hostname := range slices.Sorted(maps.Keys(c.world.hostnames)) {
		shown, known := c.hostname(hostname)
		if known && page.wants(shown["propertyInProduction"] != nil, shown["propertyInStaging"] != nil) {
			list = append(list, shown)
		}
	}
	return cdnproAnswer{status: http.StatusOK, body: document{"count": len(list), "hostnames": paged(list, page)}}, nil
}

package edgesim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// property finds the property of the path.
func (c *cdnproCall) property() (*cdnproProperty, error) {
	held, known := c.account.properties[c.http.PathValue("id")]
	if !known {
		return nil, unknownCDNProProperty()
	}
	return held, nil
}

// getCDNProProperty answers GET /cdn/properties/{id}.
func getCDNProProperty(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.property()
	if err != nil {
		return cdnproAnswer{}, err
	}
	answer := document{"name": held.id, "versions": len(held.versions), "creationTime": cdnproTime(held.versions[0].created),
		"lastUpdateTime": cdnproTime(held.versions[len(held.versions)-1].created)}
	for target, name := range map[CDNProTarget]string{CDNProProduction: "versionInProduction", CDNProStaging: "versionInStaging"} {
		if number := held.deployed[target].current(anyRevision); number > 0 {
			answer[name] = number
		}
	}
	return cdnproAnswer{status: http.StatusOK, body: answer}, nil
}

// listCDNProPropertyVersions answers GET /cdn/properties/{id}/versions.
func listCDNProPropertyVersions(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.property()
	if err != nil {
		return cdnproAnswer{}, err
	}
	page, err := c.page()
	if err != nil {
		return cdnproAnswer{}, err
	}
	list := []document{}
	for _, v := range slices.Backward(held.versions) {
		list = append(list, document{"version": v.number, "hostnames": v.Hostnames, "frozen": held.frozen(v.number),
			"creationTime": cdnproTime(v.created), "lastUpdateTime": cdnproTime(v.created), "lastValidationStatus": held.validation(v, c)})
	}
	return cdnproAnswer{status: http.StatusOK, body: document{"count": len(list), "propertyVersions": paged(list, page)}}, nil
}

// validation is how far the validation of a version has come.
func (p *cdnproProperty) validation(v *cdnproPropertyVersion, c *cdnproCall) string {
	for _, task := range c.account.pending {
		if task.Kind == CDNProValidation && task.Actions[0].PropertyID == p.id && task.Actions[0].Version.Number == v.number {
			return "InProgress"
		}
	}
	return v.validation
}

// getCDNProPropertyVersion answers GET /cdn/properties/{id}/versions/{version}, where the
// version may be "latest".
func getCDNProPropertyVersion(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.property()
	if err != nil {
		return cdnproAnswer{}, err
	}
	number := len(held.versions)
	if text := c.http.PathValue("version"); text != "latest" {
		if number, err = strconv.Atoi(text); err != nil {
			return cdnproAnswer{}, unknownCDNProPropertyVersion()
		}
	}
	version, known := held.version(number)
	if !known {
		return cdnproAnswer{}, unknownCDNProPropertyVersion()
	}
	c.noted.Version = number
	status := document{"lastValidationStatus": held.validation(version, c), "frozen": held.frozen(number),
		"creationTime": cdnproTime(version.created), "lastUpdateTime": cdnproTime(version.created),
		"inProduction": held.deployed[CDNProProduction].current(anyRevision) == number,
		"inStaging":    held.deployed[CDNProStaging].current(anyRevision) == number}
	return cdnproAnswer{status: http.StatusOK, body: document{"version": number, "configs": version.configs, "status": status}}, nil
}

// createCDNProPropertyVersion answers POST /cdn/properties/{id}/versions. Of the fields
// only those that certificates have to do with are looked into.
func createCDNProPropertyVersion(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.property()
	if err != nil {
		return cdnproAnswer{}, err
	}
	configs := map[string]json.RawMessage{}
	var known cdnproConfigs
	if err := c.decode(&configs); err != nil {
		return cdnproAnswer{}, err
	}
	if err := c.decode(&known); err != nil {
		return cdnproAnswer{}, err
	}
	if err := c.checkConfigs(&known); err != nil {
		return cdnproAnswer{}, err
	}
	c.entry.CertID, c.noted.Version = printable(known.TLSCertificateID), len(held.versions)+1
	if !c.withoutEffect {
		c.world.addVersion(held, configs, known, c.now)
		c.entry.Applied = true
	}
	return cdnproAnswer{status: http.StatusCreated, location: "/cdn/properties/" + held.id + "/versions/" + strconv.Itoa(c.noted.Version)}, nil
}

// checkConfigs refuses a configuration that could never be deployed, and lowers the
// case of its hostnames.
func (c *cdnproCall) checkConfigs(known *cdnproConfigs) error {
	if len(known.Hostnames) == 0 {
		return badCDNProRequest("hostnames is empty")
	}
	for i, hostname := range known.Hostnames {
		hostname = strings.ToLower(hostname)
		known.Hostnames[i] = hostname
		if !validHostname(hostname) {
			return badCDNProRequest("hostnames holds something that is no hostname")
		}
		_, elsewhere := c.server.world.domains[domainNotation(hostname)]
		if owner := c.world.owner(hostname); elsewhere || owner != "" && owner != c.user.id {
			return contestedCDNProHostname(hostname)
		}
	}
	if len(known.Hostnames) == 1 {
		c.entry.Domain = known.Hostnames[0]
	}
	for _, id := range []string{known.TLSCertificateID, known.TLSCertificateID1} {
		if _, exists := c.account.certificates[id]; id != "" && !exists {
			return unknownCDNProCertificate()
		}
	}
	return nil
}

// listProperties describes the properties by id, as they were put or deployed last.
func (a *cdnproAccount) listProperties() []CDNProProperty {
	list := make([]CDNProProperty, 0, len(a.properties))
	for _, id := range slices.Sorted(maps.Keys(a.properties)) {
		list = append(list, a.properties[id].describe())
	}
	return list
}

// describe describes what is in production; if nothing is, in staging; if nothing is
// there either, the latest version.
func (p *cdnproProperty) describe() CDNProProperty {
	shown := p.versions[len(p.versions)-1]
	targets := []CDNProTarget{}
	for _, target := range cdnproTargets() {
		if version, deployed := p.inForce(target, anyRevision); deployed {
			targets = append(targets, target)
			if len(targets) == 1 {
				shown = version
			}
		}
	}
	described := CDNProProperty{ID: p.id, Hostnames: slices.Clone(shown.Hostnames), CertificateID: shown.TLSCertificateID, Targets: targets}
	for _, origin := range shown.Origins {
		described.Origins = append(described.Origins, origin.Servers...)
	}
	return described
}

package edgesim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// certificate finds the certificate of the path.
func (c *cdnproCall) certificate() (*cdnproCertificate, error) {
	held, known := c.account.certificates[c.http.PathValue("id")]
	if !known {
		return nil, unknownCDNProCertificate()
	}
	c.entry.CertificateName = printable(held.name)
	return held, nil
}

// hostnamesWith are the hostnames that production serves with the certificate; with no
// certificate, none.
func (a *cdnproAccount) hostnamesWith(id string) []string {
	if id == "" {
		return nil
	}
	var hostnames []string
	for _, property := range a.properties {
		if version, deployed := property.inForce(CDNProProduction, anyRevision); deployed && version.refers(id) {
			hostnames = append(hostnames, version.Hostnames...)
		}
	}
	return hostnames
}

// getCDNProCertificate answers GET /cdn/certificates/{id}.
func getCDNProCertificate(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.certificate()
	if err != nil {
		return cdnproAnswer{}, err
	}
	before := c.before(max(held.newest(), c.account.newestUse(held.id)))
	versions := []document{}
	for _, v := range held.versions {
		if v.revision < before {
			versions = append(versions, v.summary())
		}
	}
	if len(versions) == 0 {
		return cdnproAnswer{}, unknownCDNProCertificate()
	}
	answer := document{"certificateId": held.id, "name": held.name, "versions": versions, "autoRenew": held.autoRenew}
	if held.description != "" {
		answer["description"] = held.description
	}
	if held.forceRenew {
		answer["forceRenew"] = true
	}
	for target, suffix := range map[CDNProTarget]string{CDNProProduction: "InProduction", CDNProStaging: "InStaging"} {
		if number := held.deployed[target].current(before); number > 0 {
			answer["version"+suffix] = number
			c.show(held, number, target)
		}
		if usage := c.account.usage(held.id, target, before); len(usage) > 0 {
			answer["usage"+suffix] = usage
		}
	}
	return cdnproAnswer{status: http.StatusOK, body: answer}, nil
}

// show notes what is in production as what the call showed.
func (c *cdnproCall) show(held *cdnproCertificate, number int, target CDNProTarget) {
	if v, known := held.version(number); known && target == CDNProProduction {
		c.noted.Version, c.entry.Fingerprint = number, v.certificate.fingerprint()
	}
}

// summary is the version as GET /cdn/certificates/{id} lists it.
func (v *cdnproVersion) summary() document {
	summary := document{"version": v.number, "type": v.kind, "expirationTime": cdnproTime(v.certificate.leaf.NotAfter),
		"creationTime": cdnproTime(v.created), "fingerprint": v.fingerprint()}
	if v.comments != "" {
		summary["comments"] = v.comments
	}
	return summary
}

// cdnproTime writes a time as RFC 3339, in UTC and whole seconds, like the samples.
func cdnproTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// usage lists the properties that use a certificate in an environment.
func (a *cdnproAccount) usage(id string, target CDNProTarget, before uint64) []document {
	var usage []document
	for _, propertyID := range slices.Sorted(maps.Keys(a.properties)) {
		version, deployed := a.properties[propertyID].inForce(target, before)
		if !deployed {
			continue
		}
		use := document{"propertyId": propertyID}
		if version.refers(id) {
			use["hostnames"] = version.Hostnames
		}
		if origins := version.originsWith(id); len(origins) > 0 {
			use["origins"] = origins
		}
		if len(use) > 1 {
			usage = append(usage, use)
		}
	}
	return usage
}

// newestUse is the revision of the last deployment of a property that uses, or used,
// the certificate.
func (a *cdnproAccount) newestUse(id string) uint64 {
	newest := uint64(0)
	for _, property := range a.properties {
		if slices.ContainsFunc(property.versions, func(v *cdnproPropertyVersion) bool { return slices.Contains(v.certificates(), id) }) {
			for _, history := range property.deployed {
				newest = max(newest, history.newest())
			}
		}
	}
	return newest
}

// cdnproCertificateForm is the body of POST and PATCH /cdn/certificates.
type cdnproCertificateForm struct {
	Name        *string       `json:"name"`
	Description *string       `json:"description"`
	AutoRenew   *string       `json:"autoRenew"`
	ForceRenew  *bool         `json:"forceRenew"`
	NewVersion  *cdnproUpload `json:"newVersion"`
}

// check refuses what neither of the two calls takes.
func (f cdnproCertificateForm) check() error {
	if f.Name != nil && strings.TrimSpace(*f.Name) == "" {
		return badCDNProRequest("name is empty")
	}
	if f.AutoRenew != nil && *f.AutoRenew != "Off" && *f.AutoRenew != "LE" {
		return badCDNProRequest("autoRenew is neither Off nor LE")
	}
	return nil
}

// fill takes over what the form has.
func (f cdnproCertificateForm) fill(held *cdnproCertificate) {
	override(&held.name, f.Name)
	override(&held.description, f.Description)
	override(&held.autoRenew, f.AutoRenew)
	override(&held.forceRenew, f.ForceRenew)
}

func override[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// createCDNProCertificate answers POST /cdn/certificates.
func createCDNProCertificate(c *cdnproCall) (cdnproAnswer, error) {
	var form cdnproCertificateForm
	if err := c.decode(&form); err != nil {
		return cdnproAnswer{}, err
	}
	if form.Name == nil || form.NewVersion == nil {
		return cdnproAnswer{}, badCDNProRequest("name and newVersion are mandatory")
	}
	if err := form.check(); err != nil {
		return cdnproAnswer{}, err
	}
	c.entry.CertificateName = printable(*form.Name)
	read, err := form.NewVersion.read(c, nil)
	if err != nil {
		return cdnproAnswer{}, err
	}
	made := newCDNProCertificate(cdnproID(), *form.Name, c.now)
	form.fill(made)
	c.entry.CertID, c.noted.Version, c.entry.Fingerprint = made.id, 1, read.certificate.fingerprint()
	if !c.withoutEffect {
		read.certificate.name = printable(made.name)
		c.world.add(made, read, c.now)
		c.account.certificates[made.id] = made
		c.entry.Applied = true
	}
	return cdnproAnswer{status: http.StatusCreated, location: "/cdn/certificates/" + made.id}, nil
}

// updateCDNProCertificate answers PATCH /cdn/certificates/{id}. A version whose content
// is there already is made all the same.
func updateCDNProCertificate(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.certificate()
	if err != nil {
		return cdnproAnswer{}, err
	}
	var form cdnproCertificateForm
	if err := c.decode(&form); err != nil {
		return cdnproAnswer{}, err
	}
	if err := form.check(); err != nil {
		return cdnproAnswer{}, err
	}
	if form.NewVersion == nil {
		if !c.withoutEffect {
			form.fill(held)
			held.updated, held.revision, c.entry.Applied = c.now, c.world.change(), true
		}
		return cdnproAnswer{status: http.StatusOK}, nil
	}
	if limit := c.settings.CDNPro.MaxVersions; limit >= 0 && len(held.versions) >= limit {
		return cdnproAnswer{}, tooManyCDNProVersions(limit)
	}
	read, err := form.NewVersion.read(c, held.latest())
	if err != nil {
		return cdnproAnswer{}, err
	}
	c.noted.Version, c.entry.Fingerprint = held.last+1, read.certificate.fingerprint()
	if !c.withoutEffect {
		form.fill(held)
		read.certificate.name = printable(held.name)
		c.world.add(held, read, c.now)
		c.entry.Applied = true
	}
	return cdnproAnswer{status: http.StatusCreated, location: "/cdn/certificates/" + held.id + "/versions/" + strconv.Itoa(c.noted.Version)}, nil
}

// deleteCDNProCertificate answers DELETE /cdn/certificates/{id}. A certificate is in use
// while it is deployed or a deployed property refers to it (inferred).
func deleteCDNProCertificate(c *cdnproCall) (cdnproAnswer, error) {
	held, err := c.certificate()
	if err != nil {
		return cdnproAnswer{}, err
	}
	for _, target := range cdnproTargets() {
		if held.in(target) != nil || len(c.account.usage(held.id, target, anyRevision)) > 0 {
			return cdnproAnswer{}, cdnproCertificateInUse()
		}
	}
	if !c.withoutEffect {
		delete(c.account.certificates, held.id)
		c.entry.Applied = true
	}
	return cdnproAnswer{status: http.StatusNoContent}, nil
}

package edgesim

import (
	"slices"
	"strings"
)

// checkAction refuses an action that could not succeed.
func (c *cdnproCall) checkAction(form cdnproDeploymentForm, action CDNProAction) error {
	switch action.Action {
	case actionDeployCert, actionRemoveCert:
		return c.checkCertificateAction(form, action)
	case actionDeployProperty, actionRemoveProperty:
		return c.checkPropertyAction(form, action)
	default:
		return badCDNProRequest("an action is not one of deploy_cert, remove_cert, deploy_property and remove_property")
	}
}

func (c *cdnproCall) checkCertificateAction(form cdnproDeploymentForm, action CDNProAction) error {
	c.entry.CertID, c.noted.Version = printable(action.CertificateID), action.Version.Number
	held, known := c.account.certificates[action.CertificateID]
	if !known {
		return unknownCDNProCertificate()
	}
	c.entry.CertificateName = printable(held.name)
	if action.Action == actionRemoveCert {
		if c.usedAfter(form, held.id) {
			return cdnproCertificateInUse()
		}
		return nil
	}
	if action.Version.Number == 0 {
		return badCDNProRequest("deploy_cert needs a version")
	}
	version, known := held.version(action.Version.Number)
	if !known {
		return unknownCDNProVersion(held.id, action.Version.text())
	}
	c.entry.Fingerprint = version.certificate.fingerprint()
	for _, property := range c.account.properties {
		if used, deployed := form.after(property); deployed && used.refers(held.id) {
			if err := c.checkFit(version, used); err != nil {
				return err
			}
		}
	}
	return nil
}

// usedAfter reports whether the certificate is in use in the environment once the task
// is done.
func (c *cdnproCall) usedAfter(form cdnproDeploymentForm, id string) bool {
	for _, property := range c.account.properties {
		if version, deployed := form.after(property); deployed && slices.Contains(version.certificates(), id) {
			return true
		}
	}
	return false
}

// after is the configuration that a property has in the environment once the task is
// done.
func (f cdnproDeploymentForm) after(property *cdnproProperty) (*cdnproPropertyVersion, bool) {
	number := property.deployed[f.Target].current(anyRevision)
	for _, action := range f.Actions {
		switch {
		case action.PropertyID != property.id:
		case action.Action == actionDeployProperty:
			number = action.Version.Number
		case action.Action == actionRemoveProperty:
			number = 0
		}
	}
	return property.version(number)
}

// checkFit checks what the header Check-Certificate is about: that the certificate has
// not expired and covers the hostnames (POST /cdn/deploymentTasks, request headers).
func (c *cdnproCall) checkFit(version *cdnproVersion, property *cdnproPropertyVersion) error {
	if strings.EqualFold(c.http.Header.Get("Check-Certificate"), "no") {
		return nil
	}
	leaf := version.certificate.leaf
	if c.now.After(leaf.NotAfter) {
		return unfitCDNProCertificate("the certificate has expired")
	}
	for _, hostname := range property.Hostnames {
		if !coversHostname(leaf, hostname) {
			return unfitCDNProCertificate("the certificate does not cover " + hostname)
		}
	}
	return nil
}

func (c *cdnproCall) checkPropertyAction(form cdnproDeploymentForm, action CDNProAction) error {
	c.noted.PropertyID = printable(action.PropertyID)
	held, known := c.account.properties[action.PropertyID]
	if !known {
		return unknownCDNProProperty()
	}
	if action.Action == actionRemoveProperty {
		return c.checkIdle(form, held)
	}
	if action.Version.Number == 0 {
		return badCDNProRequest("deploy_property needs a version")
	}
	version, known := held.version(action.Version.Number)
	if !known {
		return unknownCDNProPropertyVersion()
	}
	if version.validation != "Validated" {
		return unvalidatedCDNProProperty()
	}
	for _, hostname := range version.Hostnames {
		if c.contested(form, held, hostname) {
			return contestedCDNProHostname(hostname)
		}
	}
	for _, id := range version.certificates() {
		deployed, err := c.deployedAfter(form, id)
		if err != nil {
			return err
		}
		if version.refers(id) {
			if err := c.checkFit(deployed, version); err != nil {
				return err
			}
		}
	}
	return nil
}

// contested reports whether another property has the hostname in the environment once
// the task is done: it can only be in one deployed property at a time (POST
// /cdn/properties, hostnames).
func (c *cdnproCall) contested(form cdnproDeploymentForm, held *cdnproProperty, hostname string) bool {
	for _, other := range c.world.hostnames[hostname] {
		if version, deployed := form.after(other); other != held && deployed && version.serves(hostname) {
			return true
		}
	}
	return false
}

// deployedAfter is the version of a certificate that the environment has once the task
// is done.
func (c *cdnproCall) deployedAfter(form cdnproDeploymentForm, id string) (*cdnproVersion, error) {
	held, known := c.account.certificates[id]
	if !known {
		return nil, unknownCDNProCertificate()
	}
	number := held.deployed[form.Target].current(anyRevision)
	for _, action := range form.Actions {
		if action.Action == actionDeployCert && action.CertificateID == id {
			number = action.Version.Number
		}
	}
	version, deployed := held.version(number)
	if !deployed {
		return nil, absentCDNProCertificate(id)
	}
	return version, nil
}

// checkIdle checks what the header Check-Usage is about: that no hostname was asked for
// in the past 24 hours (POST /cdn/deploymentTasks, request headers).
func (c *cdnproCall) checkIdle(form cdnproDeploymentForm, held *cdnproProperty) error {
	skipped := strings.EqualFold(c.http.Header.Get("Check-Usage"), "no")
	if skipped || form.Target != CDNProProduction || held.idle(c.now) {
		return nil
	}
	return cdnproPropertyInUse()
}

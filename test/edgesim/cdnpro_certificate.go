package edgesim

import (
	"crypto/sha1" //nolint:gosec // the product's own fingerprint is of that length; nothing is secured by it
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// cdnproCertificate is a certificate with its versions.
type cdnproCertificate struct {
	id, name, description string
	autoRenew             string // Off or LE
	forceRenew            bool
	created, updated      time.Time
	// versions are in the order of their numbers.
	versions []*cdnproVersion
	// last is the number given last; deleting a version does not free its number
	// (inferred).
	last     int
	deployed map[CDNProTarget]cdnproHistory
	revision uint64
}

// cdnproVersion is one version of a certificate; it never changes.
type cdnproVersion struct {
	number      int
	kind        string // uploaded or selfsigned
	comments    string
	created     time.Time
	revision    uint64
	certificate *certificate
}

// fingerprint has 40 hexadecimal digits in the page's sample, as SHA-1 has (inferred).
func (v *cdnproVersion) fingerprint() string {
	sum := sha1.Sum(v.certificate.leaf.Raw) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// version finds a version by its number.
func (c *cdnproCertificate) version(number int) (*cdnproVersion, bool) {
	i := slices.IndexFunc(c.versions, func(v *cdnproVersion) bool { return v.number == number })
	if i < 0 {
		return nil, false
	}
	return c.versions[i], true
}

// latest is the version made last.
func (c *cdnproCertificate) latest() *cdnproVersion { return c.versions[len(c.versions)-1] }

// newest is the revision of the last change.
func (c *cdnproCertificate) newest() uint64 {
	newest := c.revision
	for _, history := range c.deployed {
		newest = max(newest, history.newest())
	}
	return newest
}

// everDeployed reports whether the version was in any environment at any time.
func (c *cdnproCertificate) everDeployed(number int) bool {
	for _, history := range c.deployed {
		if slices.ContainsFunc(history, func(d cdnproDeployed) bool { return d.version == number }) {
			return true
		}
	}
	return false
}

// add makes a version, which gets the next number.
func (w *cdnproWorld) add(c *cdnproCertificate, v cdnproVersion, now time.Time) *cdnproVersion {
	c.last++
	v.number, v.created, v.revision = c.last, now, w.change()
	c.versions = append(c.versions, &v)
	c.updated, c.revision = now, v.revision
	return &v
}

// deploy puts a version (0: none) in force in an environment.
func (w *cdnproWorld) deploy(c *cdnproCertificate, target CDNProTarget, version int, servedAt time.Time) {
	c.deployed[target] = append(c.deployed[target], cdnproDeployed{version: version, revision: w.change(), servedAt: servedAt})
}

// newCDNProCertificate makes a certificate without versions; it is not yet anybody's.
func newCDNProCertificate(id, name string, now time.Time) *cdnproCertificate {
	return &cdnproCertificate{id: id, name: name, autoRenew: "Off", created: now, updated: now,
		deployed: map[CDNProTarget]cdnproHistory{}}
}

// putCertificate does what somebody at the console does.
func (w *cdnproWorld) putCertificate(a *cdnproAccount, p CDNProCertificate, now time.Time) (id string, version int, err error) {
	parsed, err := parseCertificate(p.Certificate, string(p.PrivateKey))
	if err != nil {
		return "", 0, fmt.Errorf("cdnpro: certificate %s: %w", p.ID, err)
	}
	held, known := a.certificates[p.ID]
	if !known {
		fill(&p.ID, cdnproID())
		fill(&p.Name, "console-"+p.ID)
		held = newCDNProCertificate(p.ID, p.Name, now)
		a.certificates[p.ID] = held
	}
	fill(&p.Name, held.name)
	fill(&p.AutoRenew, held.autoRenew)
	held.name, held.autoRenew, parsed.name = p.Name, p.AutoRenew, p.Name
	added := w.add(held, cdnproVersion{kind: "uploaded", certificate: parsed}, now)
	for _, target := range chosen(p.Targets) {
		w.deploy(held, target, added.number, now)
	}
	return held.id, added.number, nil
}

// coversHostname reports whether the leaf is good for a hostname, wildcard or not.
func coversHostname(leaf *x509.Certificate, hostname string) bool {
	if len(hostname) > 2 && hostname[0] == '*' {
		hostname = "any" + hostname[1:]
	}
	return leaf.VerifyHostname(hostname) == nil
}

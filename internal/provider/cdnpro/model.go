package cdnpro

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// environment is where something is deployed, as the product writes it.
type environment string

const (
	staging    environment = "staging"
	production environment = "production"
)

// environments are those that a target has, in the order in which they are
// deployed to. The last is the one that counts.
func (t Target) environments() []environment {
	switch t {
	case Staging:
		return []environment{staging}
	case StagingThenProduction:
		return []environment{staging, production}
	default:
		return []environment{production}
	}
}

// counts is the environment whose clients are served.
func (t Target) counts() environment {
	all := t.environments()
	return all[len(all)-1]
}

// hostname is the reply of GET /cdn/hostnames/{hostname}.
type hostname struct {
	InProduction placed `json:"propertyInProduction"`
	InStaging    placed `json:"propertyInStaging"`
}

// in is the property that has the hostname in an environment; its id is empty if
// none has.
func (h hostname) in(at environment) placed {
	if at == staging {
		return h.InStaging
	}
	return h.InProduction
}

// certificateList is the reply of GET /cdn/certificates.
type certificateList struct {
	Certificates list[struct {
		ID   text `json:"certificateId"`
		Name text `json:"name"`
	}] `json:"certificates"`
}

// certificate is the reply of GET /cdn/certificates/{certificateId}, with the
// fields of its page (query certificate details, response parameters).
type certificate struct {
	ID                  text          `json:"certificateId"`
	Name                text          `json:"name"`
	Description         text          `json:"description"`
	Versions            list[version] `json:"versions"`
	AutoRenew           text          `json:"autoRenew"`
	ForceRenew          flag          `json:"forceRenew"`
	VersionInProduction number        `json:"versionInProduction"`
	VersionInStaging    number        `json:"versionInStaging"`
	UsageInProduction   list[usage]   `json:"usageInProduction"`
	UsageInStaging      list[usage]   `json:"usageInStaging"`
}

// version is what a certificate tells of one of its versions.
type version struct {
	Number      number `json:"version"`
	Type        text   `json:"type"`
	Expiration  text   `json:"expirationTime"`
	Creation    text   `json:"creationTime"`
	Fingerprint text   `json:"fingerprint"`
	Comments    text   `json:"comments"`
}

// usage is a property that uses a certificate.
type usage struct {
	PropertyID text       `json:"propertyId"`
	Hostnames  list[text] `json:"hostnames"`
	Origins    list[text] `json:"origins"`
}

// deployed is the number of the version in effect in an environment, 0 for none.
func (c *certificate) deployed(at environment) number {
	if at == staging {
		return c.VersionInStaging
	}
	return c.VersionInProduction
}

func (c *certificate) usage(at environment) []usage {
	if at == staging {
		return c.UsageInStaging
	}
	return c.UsageInProduction
}

// serves reports whether the certificate says that it serves a hostname.
func (c *certificate) serves(domain string, at environment) bool {
	for _, use := range c.usage(at) {
		for _, served := range use.Hostnames {
			if strings.EqualFold(string(served), domain) {
				return true
			}
		}
	}
	return false
}

// version finds a version by its number, nil if there is none.
func (c *certificate) version(wanted number) *version {
	for i := range c.Versions {
		if c.Versions[i].Number == wanted && wanted > 0 {
			return &c.Versions[i]
		}
	}
	return nil
}

// latest is the version with the highest number, nil if there is none.
func (c *certificate) latest() *version {
	var latest *version
	for i := range c.Versions {
		if latest == nil || c.Versions[i].Number > latest.Number {
			latest = &c.Versions[i]
		}
	}
	return latest
}

// commentPrefix is before the SHA-256 of the leaf in the comments of versions that
// Deploy has made.
const commentPrefix = "domaincert sha256:"

// comments are what Deploy leaves with a version.
func comments(fingerprint string) string { return commentPrefix + fingerprint }

// commented is the SHA-256 in the comments of a version, empty if there is none.
func (v *version) commented() string {
	rest, found := strings.CutPrefix(strings.TrimSpace(string(v.Comments)), commentPrefix)
	if digest, err := hex.DecodeString(rest); !found || err != nil || len(digest) != sha256.Size {
		return ""
	}
	return strings.ToLower(rest)
}

// fingerprint is the SHA-256 of a version's leaf, empty if it is not known. A
// comment that an older version with another leaf has too is not believed: somebody
// has copied it.
func (c *certificate) fingerprint(v *version) string {
	claimed := v.commented()
	for i := range c.Versions {
		older := &c.Versions[i]
		if older.Number < v.Number && claimed != "" && older.commented() == claimed && older.thumbprint() != v.thumbprint() {
			return ""
		}
	}
	return claimed
}

// thumbprint is the product's own fingerprint of a version, in lower case without
// separators: SHA-1 of the leaf (query certificate details, sample; inferred).
func (v *version) thumbprint() string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(string(v.Fingerprint)))
}

// find is the version of a leaf, known by its fingerprint, or by its thumbprint
// unless that is empty. If there are several it is one in effect, or the oldest.
// Nil if there is none.
func (c *certificate) find(fingerprint, thumbprint string, at environment) *version {
	var found *version
	for i := range c.Versions {
		v := &c.Versions[i]
		is := fingerprint != "" && c.fingerprint(v) == fingerprint || thumbprint != "" && v.thumbprint() == thumbprint
		switch {
		case !is || v.Number == 0:
		case v.Number == c.deployed(at):
			return v
		case found == nil || v.Number < found.Number:
			found = v
		}
	}
	return found
}

// versionDetails is the reply of GET /cdn/certificates/{id}/versions/{version}, as
// far as it is used.
type versionDetails struct {
	Algorithm text `json:"algorithm"`
	Deletable flag `json:"deletable"`
}

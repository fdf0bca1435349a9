package edgesim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// CDNPro is what an account has at CDN Pro (Wangsu, CDNetworks): a user of its API,
// certificates, and properties with hostnames.
type CDNPro struct {
	// User is the name in the Authorization header.
	User string `json:"user"`
	// APIKey is what calls are signed, and private keys encrypted, with.
	APIKey Secret `json:"apiKey"`
	// DeniedOperations are refused with 403 AccessDenied, named as in the journal:
	// "PATCH /cdn/certificates/{id}".
	DeniedOperations []string `json:"deniedOperations,omitempty"`
	// Certificates exist from the start.
	Certificates []CDNProCertificate `json:"certificates,omitempty"`
	// Properties exist from the start.
	Properties []CDNProProperty `json:"properties,omitempty"`
}

// CDNProTarget is one of the two environments that certificates and properties are
// deployed to.
type CDNProTarget string

// Every deployment names its environment (POST /cdn/deploymentTasks, target).
const (
	// CDNProProduction serves everybody, on the edge at Server.EdgeAddress.
	CDNProProduction CDNProTarget = "production"
	// CDNProStaging serves whoever tests, on the edge at Server.EdgeStagingAddress.
	CDNProStaging CDNProTarget = "staging"
)

// CDNProProperty is a property: the configuration of one or more hostnames.
type CDNProProperty struct {
	// ID is 24 hexadecimal digits with the real product; any text without slash will do.
	ID string `json:"id"`
	// Hostnames are those it accelerates; a wildcard is written *.example.com.
	Hostnames []string `json:"hostnames"`
	// Origins are the addresses of its origin servers.
	Origins []string `json:"origins,omitempty"`
	// CertificateID is the certificate that its hostnames are served with; empty for none.
	CertificateID string `json:"certificateID,omitempty"`
	// Targets are where it is deployed. Default production and staging; an empty list
	// is nowhere.
	Targets []CDNProTarget `json:"targets"`
	// Configs are further fields of its configuration, which the simulator keeps and
	// returns but does not look into.
	Configs map[string]json.RawMessage `json:"configs,omitempty"`
}

// CDNProCertificate is a version of a certificate that somebody puts in place at the
// console.
type CDNProCertificate struct {
	// ID is the certificate that gets a further version; empty makes a new certificate
	// with a new id, an unknown id one of that id.
	ID string `json:"id,omitempty"`
	// Name is the certificate's name; empty keeps the one it has.
	Name string `json:"name,omitempty"`
	// AutoRenew is Off or LE; empty keeps what it has, which is Off with a new one.
	AutoRenew string `json:"autoRenew,omitempty"`
	// Certificate is the chain in PEM, leaf first.
	Certificate string `json:"certificate"`
	// PrivateKey is its key in PEM, not encrypted.
	PrivateKey Secret `json:"privateKey"`
	// Targets are where the version is deployed at once. Default production and
	// staging; an empty list is nowhere.
	Targets []CDNProTarget `json:"targets"`
}

// cdnproTargets are all environments.
func cdnproTargets() []CDNProTarget { return []CDNProTarget{CDNProProduction, CDNProStaging} }

// chosen is the list, or all environments if there is none.
func chosen(targets []CDNProTarget) []CDNProTarget {
	if targets == nil {
		return cdnproTargets()
	}
	return targets
}

// validate refuses what could not mean what it says.
func (c *CDNPro) validate() error {
	if c == nil {
		return nil
	}
	if c.User == "" || strings.Contains(c.User, ":") || c.APIKey == "" {
		return errors.New("cdnpro: a user without colon and an apiKey are needed")
	}
	if c.APIKey == withheld {
		return errors.New("cdnpro: the apiKey is a placeholder; listings withhold it")
	}
	for _, p := range c.Properties {
		if err := p.validate(); err != nil {
			return err
		}
	}
	for _, p := range c.Certificates {
		if err := p.validate(); err != nil {
			return err
		}
	}
	return nil
}

// validate refuses what is no certificate with its key, before anything is changed.
func (p CDNProCertificate) validate() error {
	_, err := parseCertificate(p.Certificate, string(p.PrivateKey))
	if err == nil && p.AutoRenew != "" {
		err = oneOf("autoRenew", p.AutoRenew, "Off", "LE")
	}
	if err == nil {
		err = validTargets(p.Targets)
	}
	if err != nil {
		return fmt.Errorf("cdnpro: certificate %s: %w", p.ID, err)
	}
	return nil
}

// withDefaults lowers the hostnames' case and fills what was left empty.
func (p CDNProProperty) withDefaults() CDNProProperty {
	hostnames := make([]string, 0, len(p.Hostnames))
	for _, hostname := range p.Hostnames {
		hostnames = append(hostnames, strings.ToLower(hostname))
	}
	p.Hostnames, p.Targets = hostnames, chosen(p.Targets)
	return p
}

// validate refuses names that no call could use.
func (p CDNProProperty) validate() error {
	if p.ID == "" || strings.ContainsAny(p.ID, "/ ") {
		return fmt.Errorf("property %q: an id without slash is needed", p.ID)
	}
	if len(p.Hostnames) == 0 {
		return fmt.Errorf("property %s: a hostname is needed", p.ID)
	}
	for _, hostname := range p.Hostnames {
		if !validHostname(hostname) {
			return fmt.Errorf("property %s: %q is not a hostname; a wildcard is written *.example.com", p.ID, hostname)
		}
	}
	return validTargets(p.Targets)
}

// validHostname takes names as the page of POST /cdn/properties describes them: fully
// qualified, or a wildcard with an asterisk as its first label.
func validHostname(hostname string) bool {
	name := strings.TrimPrefix(hostname, "*.")
	return strings.Contains(name, ".") && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, "* /:")
}

func validTargets(targets []CDNProTarget) error {
	for _, target := range targets {
		if err := oneOf("target", target, cdnproTargets()...); err != nil {
			return err
		}
	}
	return nil
}

// domainNotation is the hostname as the other products write it, for the one name
// space that all products share.
func domainNotation(hostname string) string {
	return strings.TrimPrefix(strings.ToLower(hostname), "*")
}

// hostnameNotation is the domain as CDN Pro writes it.
func hostnameNotation(domain string) string {
	if strings.HasPrefix(domain, ".") {
		return "*" + domain
	}
	return domain
}

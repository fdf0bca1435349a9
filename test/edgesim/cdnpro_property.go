package edgesim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// cdnproProperty is a property with its versions.
type cdnproProperty struct {
	id       string
	account  *cdnproAccount
	versions []*cdnproPropertyVersion
	deployed map[CDNProTarget]cdnproHistory
	// lastAsked is when the production edge was last asked for a hostname, in Unix
	// nanoseconds; edges only hold the world's lock for reading.
	lastAsked atomic.Int64
}

// cdnproPropertyVersion is one configuration of a property.
type cdnproPropertyVersion struct {
	number int
	// configs are all fields as they were sent: those that the simulator does not know
	// must survive being read and written again.
	configs map[string]json.RawMessage
	// cdnproConfigs are those that it looks into.
	cdnproConfigs
	created time.Time
	// validation is the status of the last validation: NotValidated, InProgress,
	// Validated or Failed (property version, status.lastValidationStatus).
	validation string
}

// cdnproConfigs are the fields of a configuration that certificates have to do with
// (POST /cdn/properties/{id}/versions).
type cdnproConfigs struct {
	Hostnames []string `json:"hostnames"`
	// TLSCertificateID and TLSCertificateID1 are certificates of different key types.
	TLSCertificateID  string         `json:"tlsCertificateId,omitempty"`
	TLSCertificateID1 string         `json:"tlsCertificateId1,omitempty"`
	Origins           []cdnproOrigin `json:"origins,omitempty"`
}

// cdnproOrigin is an origin; its certificate is for the origin to know CDN Pro by, and
// must be deployed too.
type cdnproOrigin struct {
	Name             string   `json:"name"`
	Servers          []string `json:"servers,omitempty"`
	TLSCertificateID string   `json:"tlsCertificateId,omitempty"`
}

// version finds a version by its number.
func (p *cdnproProperty) version(number int) (*cdnproPropertyVersion, bool) {
	if number < 1 || number > len(p.versions) {
		return nil, false
	}
	return p.versions[number-1], true
}

// inForce is the configuration that was in force in an environment before a revision.
func (p *cdnproProperty) inForce(target CDNProTarget, before uint64) (*cdnproPropertyVersion, bool) {
	return p.version(p.deployed[target].current(before))
}

// frozen reports whether a version was ever deployed, and so cannot change.
func (p *cdnproProperty) frozen(number int) bool {
	for _, history := range p.deployed {
		if slices.ContainsFunc(history, func(d cdnproDeployed) bool { return d.version == number }) {
			return true
		}
	}
	return false
}

// serves reports whether the configuration has the hostname.
func (k cdnproConfigs) serves(hostname string) bool {
	return slices.Contains(k.Hostnames, hostname)
}

// refers reports whether the hostnames are served with the certificate.
func (k cdnproConfigs) refers(certificateID string) bool {
	return certificateID == k.TLSCertificateID || certificateID == k.TLSCertificateID1
}

// originsWith names the origins that know CDN Pro by the certificate.
func (k cdnproConfigs) originsWith(certificateID string) []string {
	var names []string
	for _, origin := range k.Origins {
		if origin.TLSCertificateID == certificateID {
			names = append(names, origin.Name)
		}
	}
	return names
}

// certificates are the ids of all certificates that the configuration needs.
func (k cdnproConfigs) certificates() []string {
	ids := []string{k.TLSCertificateID, k.TLSCertificateID1}
	for _, origin := range k.Origins {
		ids = append(ids, origin.TLSCertificateID)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// addVersion adds a configuration, and notes the hostnames as the account's.
func (w *cdnproWorld) addVersion(p *cdnproProperty, configs map[string]json.RawMessage, known cdnproConfigs, now time.Time) *cdnproPropertyVersion {
	added := &cdnproPropertyVersion{number: len(p.versions) + 1, configs: configs, cdnproConfigs: known, created: now, validation: "NotValidated"}
	p.versions = append(p.versions, added)
	for _, hostname := range known.Hostnames {
		if !slices.Contains(w.hostnames[hostname], p) {
			w.hostnames[hostname] = append(w.hostnames[hostname], p)
		}
	}
	return added
}

// deployProperty puts a version (0: none) in force in an environment.
func (w *cdnproWorld) deployProperty(p *cdnproProperty, target CDNProTarget, version int, servedAt time.Time) {
	p.deployed[target] = append(p.deployed[target], cdnproDeployed{version: version, revision: w.change(), servedAt: servedAt})
}

// putProperty adds a property, or a version to the one that has the id, and deploys it
// as somebody at the console would.
func (w *cdnproWorld) putProperty(a *cdnproAccount, p CDNProProperty, now time.Time) error {
	p = p.withDefaults()
	configs, known, err := p.configuration()
	if err != nil {
		return fmt.Errorf("property %s: %w", p.ID, err)
	}
	for _, id := range known.certificates() {
		if _, exists := a.certificates[id]; !exists {
			return fmt.Errorf("property %s: account %s has no certificate %q", p.ID, a.id, id)
		}
	}
	held, exists := a.properties[p.ID]
	if !exists {
		held = &cdnproProperty{id: p.ID, account: a, deployed: map[CDNProTarget]cdnproHistory{}}
		a.properties[p.ID] = held
	}
	added := w.addVersion(held, configs, known, now)
	added.validation = "Validated"
	for _, target := range p.Targets {
		w.deployProperty(held, target, added.number, now)
	}
	return nil
}

// configuration is the property's configuration: all fields, and those that are known.
func (p CDNProProperty) configuration() (map[string]json.RawMessage, cdnproConfigs, error) {
	known := cdnproConfigs{Hostnames: p.Hostnames, TLSCertificateID: p.CertificateID}
	if len(p.Origins) > 0 {
		known.Origins = []cdnproOrigin{{Name: "origin", Servers: p.Origins}}
	}
	fields := map[string]json.RawMessage{}
	encoded, err := json.Marshal(known)
	if err == nil {
		err = json.Unmarshal(encoded, &fields)
	}
	maps.Copy(fields, p.Configs)
	if err == nil {
		encoded, err = json.Marshal(fields)
	}
	if err == nil {
		known = cdnproConfigs{}
		err = json.Unmarshal(encoded, &known)
	}
	if err != nil {
		return nil, known, fmt.Errorf("configs: %w", err)
	}
	return fields, known, nil
}

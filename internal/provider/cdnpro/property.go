package cdnpro

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

// The fields of a property's configuration that name its certificates: two of
// different kinds of keys, or only the first (create a property version).
const (
	firstCertificate  = "tlsCertificateId"
	secondCertificate = "tlsCertificateId1"
)

// draftPatience is how long a version of a property that somebody else has made is
// waited for. Validation and deployment take minutes.
const draftPatience = 15 * time.Minute

// The states of a property version's last validation (query a property version,
// status.lastValidationStatus).
const (
	validating = "InProgress"
	validated  = "Validated"
	invalid    = "Failed"
)

// propertyVersion is the reply of GET /cdn/properties/{id}/versions/{version}.
type propertyVersion struct {
	Version number `json:"version"`
	// Configs are kept as they are: what this program does not know must survive.
	Configs map[string]json.RawMessage `json:"configs"`
	Status  struct {
		Validation text `json:"lastValidationStatus"`
		Updated    text `json:"lastUpdateTime"`
	} `json:"status"`
}

// propertyVersion reads a version of a property; "latest" is one too.
func (s *session) propertyVersion(ctx context.Context, id, of string) (propertyVersion, error) {
	return read[propertyVersion](ctx, s, request{
		operation: "GET /cdn/properties/{id}/versions/{version}",
		path:      []string{"properties", id, "versions", of},
	})
}

// deployedVersion reads the version of a property that a hostname is in.
func (s *session) deployedVersion(ctx context.Context, at placed) (propertyVersion, error) {
	return s.propertyVersion(ctx, string(at.PropertyID), strconv.FormatInt(int64(at.Version), 10))
}

// certificate is the id in one of the two fields, empty if there is none.
func (v propertyVersion) certificate(field string) string {
	var id text
	if raw, set := v.Configs[field]; !set || json.Unmarshal(raw, &id) != nil {
		return ""
	}
	return identifier(string(id))
}

// named are the certificates in both fields.
func (v propertyVersion) named() map[string]string {
	return map[string]string{firstCertificate: v.certificate(firstCertificate), secondCertificate: v.certificate(secondCertificate)}
}

// hostnames are all that the property serves.
func (v propertyVersion) hostnames() []text {
	var names list[text]
	if raw, set := v.Configs["hostnames"]; !set || json.Unmarshal(raw, &names) != nil {
		return nil
	}
	return names
}

// change is a change of a certificate that a property names, and of nothing else.
type change struct {
	property string
	// base is the version that is deployed.
	base propertyVersion
	// certificate is the id to name; empty for none.
	certificate string
	// replaces is the id of the one to name it in place of; empty for all that there
	// are.
	replaces string
}

// naming is the change that names the certificate of a survey.
func (s *session) naming(ctx context.Context, found survey) (change, error) {
	made := change{property: string(found.at.PropertyID), certificate: string(found.certificate.ID)}
	if found.full != nil {
		made.replaces = string(found.full.ID)
	}
	if found.property != nil {
		made.base = *found.property
		return made, nil
	}
	base, err := s.deployedVersion(ctx, found.at)
	made.base = base
	return made, err
}

// named are the certificates in both fields, with the change.
func (c change) named() map[string]string {
	if c.replaces == "" {
		return map[string]string{firstCertificate: c.certificate, secondCertificate: ""}
	}
	named := c.base.named()
	for field, id := range named {
		if id == c.replaces {
			named[field] = c.certificate
		}
	}
	return named
}

// configs are those of the base, with the change.
func (c change) configs() (map[string]json.RawMessage, error) {
	configs := maps.Clone(c.base.Configs)
	for field, certificate := range c.named() {
		delete(configs, field)
		if certificate == "" {
			continue
		}
		id, err := json.Marshal(certificate)
		if err != nil {
			return nil, err
		}
		configs[field] = id
	}
	return configs, nil
}

// isMade reports whether a version is the base with the change.
func (c change) isMade(in propertyVersion) bool {
	return c.isLikeBase(in) && maps.Equal(in.named(), c.named())
}

// isContested reports whether somebody else is about to do the like with another
// certificate, such as the object of another hostname of the property: the two would
// go on replacing each other's latest version. What has lain there for longer is
// nobody's any more.
func (c change) isContested(latest propertyVersion, now time.Time) bool {
	return c.isLikeBase(latest) && latest.certificate(firstCertificate) != "" && !maps.Equal(latest.named(), c.base.named()) &&
		now.Sub(parseTime(latest.Status.Updated)) < draftPatience
}

// isLikeBase reports whether a version differs from the base in its certificates
// alone. Fields that the product has added by itself do not matter, or none would.
func (c change) isLikeBase(in propertyVersion) bool {
	if in.Version <= c.base.Version {
		return false
	}
	for field, value := range c.base.Configs {
		if field != firstCertificate && field != secondCertificate && !sameJSON(value, in.Configs[field]) {
			return false
		}
	}
	return true
}

// sameJSON reports whether two texts mean the same.
func sameJSON(a, b json.RawMessage) bool {
	values := [2]any{}
	for i, raw := range []json.RawMessage{a, b} {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if decoder.Decode(&values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// made is the version of the property with the change, and whether there is one. A
// property's versions are numbered, and only the latest can be the one that is on
// its way.
func (c change) made(ctx context.Context, s *session) (propertyVersion, bool, error) {
	latest, err := s.propertyVersion(ctx, c.property, "latest")
	return latest, err == nil && c.isMade(latest), err
}

// make makes the version of the property with the change.
func (c change) make(ctx context.Context, s *session) (requestID string, err error) {
	_, requestID, err = create(ctx, s, request{
		operation: createProperty,
		path:      []string{"properties", c.property, "versions"},
		body:      func(stamp) (any, error) { return c.configs() },
	}, "properties", 3)
	return requestID, err
}

// validate asks the product to validate a version, without which it is not
// deployed.
func (c change) validate(ctx context.Context, s *session, of number) (requestID string, err error) {
	_, requestID, err = create(ctx, s, request{
		operation: createValidation,
		path:      []string{"validations"},
		body: func(stamp) (any, error) {
			return map[string]any{"propertyId": c.property, "version": of, "name": "domaincert-" + c.property + "-v" + strconv.FormatInt(int64(of), 10)}, nil
		},
	}, "validations", 1)
	return requestID, err
}

// is reports whether the last validation of a version ended like this.
func (v propertyVersion) is(validation string) bool {
	return strings.EqualFold(string(v.Status.Validation), validation)
}

// invalidProperty is the error of a property that the product would not deploy.
func invalidProperty(host string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Operation: createValidation, Host: host, Code: "validation-failed",
		Advice: "the provider does not validate the property's latest version, which differs from the deployed one in its certificate alone; look at it in the console"}
}

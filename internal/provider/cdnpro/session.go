package cdnpro

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// The names of the calls that the adapter has something to say about itself.
const (
	getHostname       = "GET /cdn/hostnames/{hostname}"
	updateCertificate = "PATCH /cdn/certificates/{id}"
	createTask        = "POST /cdn/deploymentTasks"
	createValidation  = "POST /cdn/validations"
	createProperty    = "POST /cdn/properties/{id}/versions"
)

// taskPause is how soon to look again after a task or a validation that takes
// minutes: requests are few, and programs in the field ask every 10 s.
const taskPause = 15 * time.Second

// crowdPause is how soon to try again what somebody else's change is in the way of.
// That takes minutes, and a try takes a dozen of the account's requests.
const crowdPause = time.Minute

// session is what one operation asks, and counts, of the API.
type session struct {
	client *Client
	calls  int
}

func (s *session) call(ctx context.Context, r request) (response, error) {
	s.calls++
	return s.client.call(ctx, r)
}

// hostname reads where a hostname is.
func (s *session) hostname(ctx context.Context, domain string) (hostname, error) {
	return read[hostname](ctx, s, request{operation: getHostname, path: []string{"hostnames", domain}, aboutDomain: true})
}

// certificate reads a certificate.
func (s *session) certificate(ctx context.Context, id string) (*certificate, error) {
	found, err := read[certificate](ctx, s, request{operation: "GET /cdn/certificates/{id}", path: []string{"certificates", id}})
	found.ID = text(id)
	return &found, err
}

// youngest reads the certificate of the last generation that goes by this name, nil
// if there is none from the given one on. Of two with the same name it is the older.
func (s *session) youngest(ctx context.Context, base string, from int) (*certificate, error) {
	all, err := s.generations(ctx, base)
	if err != nil {
		return nil, err
	}
	var youngest *generation
	for i := range all {
		if all[i].number >= from && (youngest == nil || all[i].number > youngest.number) {
			youngest = &all[i]
		}
	}
	if youngest == nil {
		return nil, nil //nolint:nilnil // there may be none
	}
	return s.certificate(ctx, youngest.id)
}

// generation is a certificate that goes by a target's name.
type generation struct {
	id     string
	number int
}

// generations lists the certificates that go by a name, those made first at the head.
func (s *session) generations(ctx context.Context, base string) ([]generation, error) {
	listed, err := read[certificateList](ctx, s, request{
		operation: "GET /cdn/certificates",
		path:      []string{"certificates"},
		query:     url.Values{"search": {base}, "sortBy": {"creationTime"}, "sortOrder": {"asc"}, "limit": {"200"}},
	})
	if err != nil {
		return nil, err
	}
	var all []generation
	for _, candidate := range listed.Certificates {
		of, number := parseGeneration(string(candidate.Name))
		if id := identifier(string(candidate.ID)); id != "" && of == base {
			all = append(all, generation{id, number})
		}
	}
	return all, nil
}

// details reads more about a version of a certificate.
func (s *session) details(ctx context.Context, id string, of number) (versionDetails, error) {
	return read[versionDetails](ctx, s, request{
		operation: "GET /cdn/certificates/{id}/versions/{version}",
		path:      []string{"certificates", id, "versions", strconv.FormatInt(int64(of), 10)},
	})
}

// task reads a deployment task.
func (s *session) task(ctx context.Context, id string) (task, error) {
	return read[task](ctx, s, request{operation: "GET /cdn/deploymentTasks/{id}", path: []string{"deploymentTasks", id}})
}

// tasks lists the tasks that have to do with a rollout, the youngest first.
func (s *session) tasks(ctx context.Context, r rollout) ([]task, error) {
	name, id := r.filter()
	listed, err := read[taskList](ctx, s, request{
		operation: "GET /cdn/deploymentTasks",
		path:      []string{"deploymentTasks"},
		query:     url.Values{name: {id}, "target": {string(r.at)}, "sortBy": {"submissionTime"}, "sortOrder": {"desc"}, "limit": {"50"}},
	})
	return listed.Tasks, err
}

// newVersion is the part of a request that brings a certificate. The chain is sent
// in one piece with the leaf, as programs in the field do.
func newVersion(dated stamp, bundle certbundle.Bundle) (map[string]any, error) {
	sealed, err := dated.seal(bundle.PrivateKey().Bytes())
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"privateKey":  sealed,
		"certificate": string(bundle.CertificatePEM()),
		"comments":    comments(bundle.Fingerprint()),
	}, nil
}

// create makes a certificate, whose first version is the bundle.
func (s *session) create(ctx context.Context, name string, bundle certbundle.Bundle) (id, requestID string, err error) {
	made, requestID, err := create(ctx, s, request{
		operation: "POST /cdn/certificates",
		path:      []string{"certificates"},
		body: func(dated stamp) (any, error) {
			first, err := newVersion(dated, bundle)
			return map[string]any{"name": name, "autoRenew": "Off", "newVersion": first}, err
		},
	}, "certificates", 1)
	if err != nil {
		return "", "", err
	}
	return made[0], requestID, nil
}

// add makes the bundle the next version of a certificate.
func (s *session) add(ctx context.Context, id string, bundle certbundle.Bundle) (made number, requestID string, err error) {
	// The location is /cdn/certificates/{id}/versions/{version}; the English page
	// misspells the third part.
	parts, requestID, err := create(ctx, s, request{
		operation: updateCertificate,
		path:      []string{"certificates", id},
		body: func(dated stamp) (any, error) {
			next, err := newVersion(dated, bundle)
			return map[string]any{"newVersion": next}, err
		},
	}, "certificates", 3)
	if err != nil {
		return 0, "", err
	}
	counted, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return 0, requestID, nil //nolint:nilerr // it was made; which number it has, the next look tells
	}
	return number(counted), requestID, nil
}

// remove deletes a version of a certificate. Pages only tell that some versions are
// deletable; the call is inferred from the one that deletes a property's version.
func (s *session) remove(ctx context.Context, id string, of number) error {
	_, err := s.call(ctx, request{
		operation: "DELETE /cdn/certificates/{id}/versions/{version}",
		path:      []string{"certificates", id, "versions", strconv.FormatInt(int64(of), 10)},
	})
	return err
}

// removeWhole deletes a certificate with all its versions.
func (s *session) removeWhole(ctx context.Context, id string) error {
	_, err := s.call(ctx, request{operation: "DELETE /cdn/certificates/{id}", path: []string{"certificates", id}})
	return err
}

// keyKind is the kind of a key by the name of its algorithm, whoever wrote it:
// "RSA", "EC", or empty.
func keyKind(algorithm string) string {
	algorithm = strings.ToUpper(algorithm)
	switch {
	case strings.HasPrefix(algorithm, "EC"), strings.Contains(algorithm, "ECDSA"), strings.Contains(algorithm, "ECPUBLICKEY"):
		return "EC"
	case strings.Contains(algorithm, "RSA"):
		return "RSA"
	default:
		return ""
	}
}

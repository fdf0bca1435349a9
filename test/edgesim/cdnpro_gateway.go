package edgesim

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// cdnproRoot is where the REST API of CDN Pro begins; all other paths are the RPC API's.
const cdnproRoot = "/cdn/"

// cdnproCall is a request to CDN Pro on its way.
type cdnproCall struct {
	*call
	server   *Server
	world    *cdnproWorld
	account  *cdnproAccount
	settings Settings
	now      time.Time
	// date is the very text of the header that signature and cipher are made with.
	date string
	// user is the caller as it was when the call came in.
	user cdnproAccount
	// noted is what the journal will keep of the call beside its entry.
	noted *CDNProEntry
}

// CDNProEntry is what the journal keeps of a call to CDN Pro beside what it keeps of
// all calls.
type CDNProEntry struct {
	// PropertyID, TaskID and Version are those of the request or, where the call made
	// one, of what it made; a certificate's id is Entry.CertID.
	PropertyID string `json:"propertyID,omitempty"`
	TaskID     string `json:"taskID,omitempty"`
	Version    int    `json:"version,omitempty"`
	// Target is the environment of a deployment task.
	Target CDNProTarget `json:"target,omitempty"`
	// OnBehalfOf, CheckCertificate and CheckUsage are the headers of those names.
	OnBehalfOf       string `json:"onBehalfOf,omitempty"`
	CheckCertificate string `json:"checkCertificate,omitempty"`
	CheckUsage       string `json:"checkUsage,omitempty"`
}

// cdnproAnswer is what an operation answers with; without body it has only a location.
type cdnproAnswer struct {
	status   int
	location string // path below the host
	body     any
}

// cdnproOperation does the work of one interface, under the lock of the world. It
// returns an answer or a *refusalError.
type cdnproOperation func(c *cdnproCall) (cdnproAnswer, error)

// cdnproOperations is the table of all interfaces; the key is the name of the operation
// in journal, faults and DeniedOperations.
func cdnproOperations() map[string]cdnproOperation {
	return map[string]cdnproOperation{
		"GET /cdn/certificates":                            listCDNProCertificates,
		"POST /cdn/certificates":                           createCDNProCertificate,
		"GET /cdn/certificates/{id}":                       getCDNProCertificate,
		"PATCH /cdn/certificates/{id}":                     updateCDNProCertificate,
		"DELETE /cdn/certificates/{id}":                    deleteCDNProCertificate,
		"GET /cdn/certificates/{id}/versions/{version}":    getCDNProVersion,
		"DELETE /cdn/certificates/{id}/versions/{version}": deleteCDNProVersion,
		"GET /cdn/hostnames":                               listCDNProHostnames,
		"GET /cdn/hostnames/{hostname}":                    getCDNProHostname,
		"GET /cdn/deploymentTasks":                         listCDNProDeployments,
		"POST /cdn/deploymentTasks":                        createCDNProDeployment,
		"GET /cdn/deploymentTasks/{id}":                    getCDNProDeployment,
		"GET /cdn/properties/{id}":                         getCDNProProperty,
		"GET /cdn/properties/{id}/versions":                listCDNProPropertyVersions,
		"POST /cdn/properties/{id}/versions":               createCDNProPropertyVersion,
		"GET /cdn/properties/{id}/versions/{version}":      getCDNProPropertyVersion,
		"POST /cdn/validations":                            createCDNProValidation,
		"GET /cdn/validations/{id}":                        getCDNProValidation,
	}
}

// apiRoutes answers everything below cdnproRoot as CDN Pro, and the rest as the RPC API.
func (s *Server) apiRoutes() http.Handler {
	routes := http.NewServeMux()
	for name, op := range cdnproOperations() {
		routes.HandleFunc(name, func(w http.ResponseWriter, r *http.Request) { s.serveCDNPro(w, r, name, op) })
	}
	unknown := func(*cdnproCall) (cdnproAnswer, error) { return cdnproAnswer{}, unknownCDNProPath() }
	routes.HandleFunc(cdnproRoot, func(w http.ResponseWriter, r *http.Request) {
		s.serveCDNPro(w, r, printable(r.Method+" "+r.URL.Path), unknown)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, cdnproRoot):
			s.serveAPI(w, r)
		case path.Clean(r.URL.Path) != r.URL.Path:
			// A ServeMux would redirect to the clean path, which is no answer of the API.
			s.serveCDNPro(w, r, printable(r.Method+" "+r.URL.Path), unknown)
		default:
			routes.ServeHTTP(w, r)
		}
	})
}

// serveCDNPro answers one request to CDN Pro.
func (s *Server) serveCDNPro(w http.ResponseWriter, r *http.Request, name string, op cdnproOperation) {
	c := s.newCDNProCall(r, name)
	w.Header().Set("X-Cnc-Request-Id", c.entry.RequestID)
	if f, struck := s.faults.strikeEarly(c.call, c.now); struck {
		s.resetEarly(r.Context(), w, c.call, f)
		return
	}
	if err := c.read(w); err != nil {
		s.write(w, c.call, s.refuse(c.call, err))
		return
	}
	if err := s.admitCDNPro(c); err != nil {
		s.write(w, c.call, s.refuse(c.call, err))
		return
	}
	run := func() reply { return s.runCDNPro(c, op) }
	if f, struck := s.faults.strike(c.call, true, c.now); struck {
		s.answerWithFault(r.Context(), &strike{w: w, call: c.call, fault: f, run: run})
		return
	}
	s.write(w, c.call, run())
}

// newCDNProCall reads what can be known before the body.
func (s *Server) newCDNProCall(r *http.Request, name string) *cdnproCall {
	c := &cdnproCall{call: &call{http: r, query: r.URL.Query(), action: name, format: formatJSON, refusal: cdnproRefusal},
		server: s, settings: s.Settings(), now: s.now()}
	c.noted = &CDNProEntry{OnBehalfOf: printable(r.Header.Get("On-Behalf-Of")),
		CheckCertificate: printable(r.Header.Get("Check-Certificate")), CheckUsage: printable(r.Header.Get("Check-Usage"))}
	c.entry = Entry{RequestID: strings.ToLower(requestID()), Operation: name, Signature: "BASIC", CDNPro: c.noted,
		Domain: printable(strings.ToLower(r.PathValue("hostname"))), KeyInURL: carriesKey(c.query)}
	switch id := printable(r.PathValue("id")); {
	case strings.Contains(name, "/certificates/"):
		c.entry.CertID = id
	case strings.Contains(name, "/properties/"):
		c.noted.PropertyID = id
	default:
		c.noted.TaskID = id
	}
	return c
}

// read reads the body.
func (c *cdnproCall) read(w http.ResponseWriter) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, c.http.Body, maxRequestBody))
	if err != nil {
		return badCDNProRequest("the body ended early or exceeds 1 MiB")
	}
	c.body, c.entry.RequestBytes = body, len(body)
	return nil
}

// cdnproQuotaKey is the key of the quota that all interfaces of CDN Pro share, in
// Settings.Quotas and Account.Quotas; its unit is calls in five minutes.
const (
	cdnproQuotaKey    = "cdnpro"
	cdnproQuota       = 300
	cdnproQuotaWindow = 5 * time.Minute
)

// admitCDNPro decides whether the call may run: caller, quota, permission, in that
// order (inferred).
func (s *Server) admitCDNPro(c *cdnproCall) error {
	if err := s.authenticateCDNPro(c); err != nil {
		return err
	}
	limit := cdnproQuota
	if own, set := c.settings.Quotas[cdnproQuotaKey]; set {
		limit = own
	}
	if own, set := s.world.cdnproQuota(c.user.id); set {
		limit = own
	}
	if _, ok := s.quotas.admitWithin(cdnproQuotaWindow, c.user.id, cdnproQuotaKey, limit, c.now); !ok {
		answer := c.settings.CDNPro.Throttle
		return &quotaError{&refusalError{status: answer.Status, code: answer.Code, message: "Too many requests in five minutes."}}
	}
	if slices.Contains(c.user.DeniedOperations, c.action) {
		return cdnproDenied()
	}
	return nil
}

// runCDNPro runs the operation and encodes its answer.
func (s *Server) runCDNPro(c *cdnproCall, op cdnproOperation) reply {
	s.world.mu.Lock()
	c.world = s.world.cdnpro
	c.world.settle(c.now)
	answer, err := op(c)
	s.world.mu.Unlock()
	if err != nil {
		return s.refuse(c.call, err)
	}
	r := reply{status: answer.status, outcome: OutcomeOK}
	if answer.location != "" {
		r.location = c.base() + answer.location
	}
	if answer.body != nil {
		if r.body, err = json.Marshal(answer.body); err != nil {
			return s.refuse(c.call, internalError(err.Error()))
		}
		r.contentType = "application/json"
	}
	return r
}

// base is the scheme and host that the client called.
func (c *cdnproCall) base() string {
	scheme := "http://"
	if c.http.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.http.Host
}

// cdnproRefusal is an error answer in the product's form.
func cdnproRefusal(refused *refusalError) ([]byte, string, error) {
	body, err := json.Marshal(document{"code": refused.code, "message": refused.message})
	return body, "application/json", err
}

// decode reads the body.
func (c *cdnproCall) decode(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return badCDNProRequest("the body is not the JSON that this interface takes")
	}
	return nil
}

// before is the revision that reads show the state before: everything, unless a fault
// makes the read stale, which leaves out the last change.
func (c *cdnproCall) before(newest uint64) uint64 {
	if c.stale {
		return newest
	}
	return newest + 1
}

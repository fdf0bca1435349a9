package scale_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"time"

	. "github.com/onsi/gomega"
)

// auditedRequest is what is needed of an event in the API server's audit log
// (audit.k8s.io/v1, Event).
type auditedRequest struct {
	Verb       string    `json:"verb"`
	RequestURI string    `json:"requestURI"`
	Received   time.Time `json:"requestReceivedTimestamp"`
	User       struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
}

func (r auditedRequest) String() string { return r.Verb + " " + r.RequestURI }

// isWatch reports whether the request watches the DomainCertificates.
func (r auditedRequest) isWatch() bool {
	return r.Verb == "watch" && r.ObjectRef.Resource == "domaincertificates"
}

// isStatusWrite reports whether the request writes a status.
func (r auditedRequest) isStatusWrite() bool {
	return r.isWrite() && r.ObjectRef.Subresource == "status"
}

// isWrite reports whether the request changes anything.
func (r auditedRequest) isWrite() bool {
	return !slices.Contains([]string{"get", "list", "watch"}, r.Verb)
}

// isSecretRead reports whether the request reads one Secret. The operator's
// watch on the metadata of all Secrets is none.
func (r auditedRequest) isSecretRead() bool {
	return r.Verb == "get" && r.ObjectRef.Resource == "secrets"
}

// operatorRequests are the operator's requests that the API server received in
// a time and that are selected, as in the audit log.
func (s *scene) operatorRequests(from, to time.Time, selected func(auditedRequest) bool) []auditedRequest {
	s.Helper()
	g := NewWithT(s)
	log, err := os.Open(s.control.AuditLog)
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(log.Close()).To(Succeed()) }()

	var found []auditedRequest
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var request auditedRequest
		g.Expect(json.Unmarshal(lines.Bytes(), &request)).To(Succeed())
		if request.User.Username == operatorUser && request.Received.After(from) && request.Received.Before(to) && selected(request) {
			found = append(found, request)
		}
	}
	g.Expect(lines.Err()).NotTo(HaveOccurred())
	return found
}

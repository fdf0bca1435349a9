package edgesim

import (
	"sync"
	"time"
)

// journalSize is how many calls are remembered; older ones are forgotten.
const journalSize = 100_000

// Outcomes of a call that are not an error code.
const (
	// OutcomeOK is a call that was answered with success.
	OutcomeOK = "ok"
	// OutcomeThrottled is a call beyond the quota; Status and Code of the answer are
	// those of Settings.Throttle.
	OutcomeThrottled = "throttled"
	// OutcomeLost is a call that took place, but whose answer a fault withheld or spoiled.
	OutcomeLost = "lost"
	// OutcomeUnanswered is a call that did not take place, and to which a fault gave no
	// answer of the API.
	OutcomeUnanswered = "unanswered"
)

// Entry is what the journal keeps of a call: never a key, never a certificate.
type Entry struct {
	// Sequence counts calls from 1 and never repeats, not even after a reset.
	Sequence uint64 `json:"sequence"`
	// Time is the simulator's when the outcome was known.
	Time time.Time `json:"time"`
	// RequestID is the id in the answer.
	RequestID string `json:"requestID"`
	// Account is the caller's, once its access key was recognised.
	Account string `json:"account,omitempty"`
	// AccessKeyID is the caller's, if there is such a key.
	AccessKeyID string `json:"accessKeyID,omitempty"`
	// Signature is V3, V1 or, with CDN Pro, BASIC.
	Signature string `json:"signature,omitempty"`
	// Operation is the API operation asked for; with CDN Pro its method and path, as in
	// "PATCH /cdn/certificates/{id}".
	Operation string `json:"operation"`
	// Domain is the DomainName parameter, lower case.
	Domain string `json:"domain,omitempty"`
	// CertificateName is the CertName or Name parameter, or the name found stored.
	CertificateName string `json:"certificateName,omitempty"`
	// CertID is the CertId parameter, or the id found or given.
	CertID string `json:"certID,omitempty"`
	// Fingerprint is the SHA-256 of the leaf (DER, lower hex) that was set or shown.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Role is the role and session that the call handed out, as "role/session".
	Role string `json:"role,omitempty"`
	// Outcome is ok, throttled, lost, unanswered, or the error code of the answer.
	Outcome string `json:"outcome"`
	// Reason explains a refusal in the simulator's words.
	Reason string `json:"reason,omitempty"`
	// Status is the HTTP status of the answer; 0 when there was none.
	Status int `json:"status,omitempty"`
	// Applied tells whether the call changed what is stored.
	Applied bool `json:"applied"`
	// Fault is the kind of fault that struck the call.
	Fault FaultKind `json:"fault,omitempty"`
	// KeyInURL tells that a private key or an OIDC token arrived in the URL, where
	// proxies log it.
	KeyInURL bool `json:"keyInURL"`
	// KeyInAnswer tells that the answer had a private key in it, as that of
	// GetUserCertificateDetail without CertFilter has.
	KeyInAnswer bool `json:"keyInAnswer"`
	// RequestBytes is the length of the request's body.
	RequestBytes int `json:"requestBytes"`
	// CDNPro is what a call to CDN Pro has beside; nil with all others.
	CDNPro *CDNProEntry `json:"cdnpro,omitempty"`
}

// Query selects entries of the journal; empty fields select all.
type Query struct {
	Account, Operation, Domain, Outcome, CertificateName, CertID, Fingerprint string
	// After selects entries with a greater Sequence.
	After uint64
}

func (q Query) selects(e Entry) bool {
	return is(q.Account, e.Account) && is(q.Operation, e.Operation) && is(q.Domain, e.Domain) &&
		is(q.Outcome, e.Outcome) && is(q.CertificateName, e.CertificateName) && is(q.CertID, e.CertID) &&
		is(q.Fingerprint, e.Fingerprint) && e.Sequence > q.After
}

// is compares with a selector, whose empty value stands for anything.
func is(selector, value string) bool { return selector == "" || selector == value }

// journal remembers calls in the order of their outcomes.
type journal struct {
	mu      sync.Mutex
	last    uint64
	entries []Entry
}

func (j *journal) add(e Entry) Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.Sequence = j.last
	if len(j.entries) == 2*journalSize {
		j.entries = append(j.entries[:0], j.entries[journalSize:]...)
	}
	j.entries = append(j.entries, e)
	return e
}

func (j *journal) list(q Query) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	selected := []Entry{}
	for _, e := range j.entries[max(0, len(j.entries)-journalSize):] {
		if q.selects(e) {
			selected = append(selected, e)
		}
	}
	return selected
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

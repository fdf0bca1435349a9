package cdnpro

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

// Stamped is what a request made at a time is signed with, and the private key that
// goes with it.
func Stamped(user, key string, now time.Time, privateKey string) (header http.Header, sealed string, err error) {
	dated := newIdentity(user, NewAPIKey(key), "").stamp(now)
	request := &http.Request{Header: http.Header{}}
	dated.sign(request)
	sealed, err = dated.seal([]byte(privateKey))
	return request.Header, sealed, err
}

// Meaning is a row of the table of codes.
type Meaning struct {
	Code       string
	Kind       provider.Kind
	Account    bool
	Advice     string
	Documented bool
}

// Meanings is the table of codes.
func Meanings() []Meaning {
	var rows []Meaning
	for code, row := range meanings() {
		rows = append(rows, Meaning{code, row.kind, row.account, row.advice, row.documented})
	}
	return rows
}

// Decode reads the two replies that an observation is made of.
func Decode(target Target, domain string, hostnameBody, certificateBody []byte) (provider.Observation, error) {
	var host hostname
	if err := json.Unmarshal(hostnameBody, &host); err != nil {
		return provider.Observation{}, err
	}
	var held certificate
	if err := json.Unmarshal(certificateBody, &held); err != nil {
		return provider.Observation{}, err
	}
	at := host.in(target.counts())
	adapter := &Adapter{client: &Client{target: target}}
	return adapter.observation(domain, survey{host: host, at: at, certificate: &held, bound: at.CertificateID != ""}), nil
}

// KeyKind is the kind of a key by the name of its algorithm.
func KeyKind(algorithm string) string { return keyKind(algorithm) }

// TaskName is what the task is called that deploys a version of a certificate.
func TaskName(certificateID string, version int64) string {
	return rollout{actions: []action{{CertificateID: text(certificateID), Version: number(version)}}}.name()
}

// SuccessorName is what the certificate is called that follows a full one.
func SuccessorName(name string) string { return successorName(name) }

// MaxClaims bounds the claims that an adapter remembers.
const MaxClaims = maxClaims

// Claims are an adapter's claims by themselves.
type Claims struct{ *claims }

// NewClaims returns none.
func NewClaims() Claims { return Claims{newClaims()} }

// Now is the moment from which on what is read counts.
func (c Claims) Now() uint64 { return c.now() }

// Take claims an id.
func (c Claims) Take(id string, since uint64) bool { return c.take(id, since) }

// Give gives a claim up.
func (c Claims) Give(id string) { c.give(id) }

// Len is how many are remembered.
func (c Claims) Len() int { return len(c.byID) }

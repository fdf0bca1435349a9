package edgesim

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	formatJSON = "JSON"
	formatXML  = "XML"
	// maxRequestBody bounds what is read of a request; the longest real one, a Set with
	// an RSA-4096 key and a long chain, is under 64 KiB.
	maxRequestBody = 1 << 20
)

// call is one API request on its way through the gateway.
type call struct {
	http    *http.Request
	query   url.Values
	form    url.Values
	body    []byte
	action  string
	version string
	format  string
	account *account
	key     accessKey
	// entry is what the journal will keep of the call.
	entry Entry
	// wrapper is a key that the answer is put under; most answers have none.
	wrapper string
	// withoutEffect makes the operation check everything and change nothing.
	withoutEffect bool
	// stale makes describe calls show what was there before.
	stale bool
	// refusal encodes an error answer; nil is the RPC API's form.
	refusal func(*refusalError) ([]byte, string, error)
}

// newCall reads what can be known before the body.
func newCall(r *http.Request) (*call, error) {
	c := &call{http: r, query: url.Values{}, form: url.Values{}, format: formatJSON}
	c.entry.RequestID = requestID()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return c, unreadable("the query is not valid URL encoding")
	}
	c.query = query
	c.entry.KeyInURL = carriesKey(query)
	c.identify()
	return c, nil
}

// readBody reads the body and completes what the head left open.
func (c *call) readBody(w http.ResponseWriter) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, c.http.Body, maxRequestBody))
	if err != nil {
		tooLarge := new(http.MaxBytesError)
		if errors.As(err, &tooLarge) {
			return unreadable("the body exceeds 1 MiB")
		}
		return unreadable("the body ended early")
	}
	c.body = body
	if strings.HasPrefix(c.http.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return unreadable("the form is not valid URL encoding")
		}
		c.form = form
	}
	c.identify()
	return nil
}

// identify finds the action, version, format and domain: signature V3 names the
// first two in headers, V1 in parameters.
func (c *call) identify() {
	c.action = firstOf(c.http.Header.Get("X-Acs-Action"), c.param("Action"))
	c.version = firstOf(c.http.Header.Get("X-Acs-Version"), c.param("Version"))
	c.entry.Operation = printable(c.action)
	c.entry.Domain = printable(strings.ToLower(c.param("DomainName")))
	c.entry.CertificateName = printable(firstOf(c.param("CertName"), c.param("Name")))
	c.entry.CertID = c.param("CertId")
	if strings.Trim(c.entry.CertID, "0123456789") != "" {
		c.entry.CertID = withheld
	}
	c.format = formatJSON
	// V1 answers XML unless asked otherwise (RPC common parameters, Format).
	if asked := strings.ToUpper(c.param("Format")); asked == formatXML || (asked == "" && !c.signedV3()) {
		c.format = formatXML
	}
}

// signedV3 reports which of the two signature versions the request is to be read by.
// The headers alone do not tell: the vendor's client sends x-acs-action with V1 too.
func (c *call) signedV3() bool {
	if c.param("Signature") != "" {
		return false
	}
	return c.http.Header.Get("Authorization") != "" || c.http.Header.Get("X-Acs-Action") != ""
}

// param is a parameter, from the form or the query alike.
func (c *call) param(name string) string {
	if values, sent := c.form[name]; sent {
		return values[0]
	}
	return c.query.Get(name)
}

// sent reports whether the client sent a parameter, be it empty.
func (c *call) sent(name string) bool { return c.form.Has(name) || c.query.Has(name) }

// saw notes in the journal which certificate the call was about.
func (c *call) saw(held *certificate) {
	if held == nil {
		return
	}
	c.entry.CertificateName, c.entry.Fingerprint = held.name, held.fingerprint()
	if held.id != 0 {
		c.entry.CertID = strconv.FormatInt(held.id, 10)
	}
}

// carriesKey reports whether a query holds something that must never be in a URL.
func carriesKey(query url.Values) bool {
	// SetLiveDomainCertificate and its like; UploadUserCertificate; AssumeRoleWithOIDC.
	keys := []string{"SSLPri", "Key", "EncryptPrivateKey", "SignPrivateKey", "PrivateKey", "OIDCToken"}
	for name, values := range query {
		for _, value := range values {
			if (slices.Contains(keys, name) && value != "") || strings.Contains(value, "PRIVATE KEY") {
				return true
			}
		}
	}
	return false
}

// printable makes text of a client fit for the journal: bounded, and withheld when
// it looks like a key or certificate in the wrong parameter.
func printable(text string) string {
	const longest = 256
	if strings.Contains(text, "-----") || len(text) > longest {
		return withheld
	}
	return text
}

// requestID is a random UUID in upper case, as the vendor writes them.
func requestID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand never fails on the systems Go supports
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

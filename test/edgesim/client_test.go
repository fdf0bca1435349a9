package edgesim_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// client is an API client written for these tests from the vendor's signature pages,
// sharing no code with the simulator.
type client struct {
	url              string
	keyID, secret    string
	token            string
	now              func() time.Time
	http             *http.Client
	version          string
	viaQuery, viaV1  bool
	get, chunked     bool
	format           string
	changeBeforeSend func(*http.Request)
	nonce            string
}

func newClient(address string) *client {
	return &client{url: "http://" + address, keyID: keyID, secret: keySecret, version: "2016-11-01",
		now: time.Now, http: &http.Client{Transport: &http.Transport{}}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (a answer) code() string {
	code, isText := a.body["Code"].(string)
	if !isText {
		return ""
	}
	return code
}

// at follows keys and takes the first item of lists.
func (a answer) at(path ...string) any {
	var value any = a.body
	for _, key := range path {
		if list, isList := value.([]any); isList && len(list) > 0 {
			value = list[0]
		}
		object, isObject := value.(map[string]any)
		if !isObject {
			return nil
		}
		value = object[key]
	}
	if list, isList := value.([]any); isList && len(list) > 0 {
		return list[0]
	}
	return value
}

// params are the parameters of an operation.
type params map[string]string

// with copies the parameters, changing some; an empty value drops one.
func (p params) with(changes params) params {
	changed := params{}
	for name, value := range p {
		changed[name] = value
	}
	for name, value := range changes {
		changed[name] = value
		if value == "" {
			delete(changed, name)
		}
	}
	return changed
}

// call makes a call that must be answered.
func (c *client) call(action string, p params) answer {
	GinkgoHelper()
	got, err := c.try(context.Background(), action, p)
	Expect(err).NotTo(HaveOccurred())
	return got
}

// try makes a call that may go unanswered.
func (c *client) try(ctx context.Context, action string, p params) (answer, error) {
	GinkgoHelper()
	request := c.request(ctx, action, p)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(response.Body)
	if closing := response.Body.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return answer{}, err
	}
	got := answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && len(raw) > 0 {
		err = json.Unmarshal(raw, &got.body)
	}
	return got, err
}

// request makes a signed request.
func (c *client) request(ctx context.Context, action string, p params) *http.Request {
	GinkgoHelper()
	values := url.Values{}
	for name, value := range p {
		values.Set(name, value)
	}
	if c.format != "" {
		values.Set("Format", c.format)
	}
	var request *http.Request
	if c.viaV1 {
		request = c.requestV1(ctx, action, values)
	} else {
		request = c.requestV3(ctx, action, values)
	}
	if c.changeBeforeSend != nil {
		c.changeBeforeSend(request)
	}
	return request
}

func (c *client) requestV3(ctx context.Context, action string, values url.Values) *http.Request {
	GinkgoHelper()
	method, query, body := http.MethodPost, "", ""
	if c.get {
		method = http.MethodGet
	}
	if c.viaQuery || c.get {
		query = encodeSorted(values)
	} else {
		body = values.Encode()
	}
	request := c.plain(ctx, method, query, body)
	headers := map[string]string{
		"host":                  request.URL.Host,
		"x-acs-action":          action,
		"x-acs-version":         c.version,
		"x-acs-date":            c.now().UTC().Format("2006-01-02T15:04:05Z"),
		"x-acs-signature-nonce": c.newNonce(),
		"x-acs-content-sha256":  sha256Hex(body),
	}
	if body != "" {
		headers["content-type"] = "application/x-www-form-urlencoded"
	}
	if c.token != "" {
		headers["x-acs-security-token"], headers["x-acs-accesskey-id"] = c.token, c.keyID
	}
	for name, value := range headers {
		if name != "host" {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("Authorization", signV3(method, query, headers, sha256Hex(body), c.keyID, c.secret))
	return request
}

// signV3 makes the Authorization header of ACS3-HMAC-SHA256.
func signV3(method, query string, headers map[string]string, payload, keyID, secret string) string {
	var names []string
	for name := range headers {
		names = append(names, name)
	}
	sort.Strings(names)
	canonical := method + "\n/\n" + query + "\n"
	for _, name := range names {
		canonical += name + ":" + strings.TrimSpace(headers[name]) + "\n"
	}
	signed := strings.Join(names, ";")
	canonical += "\n" + signed + "\n" + payload
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + sha256Hex(canonical)))
	return "ACS3-HMAC-SHA256 Credential=" + keyID + ",SignedHeaders=" + signed + ",Signature=" + hex.EncodeToString(mac.Sum(nil))
}

func (c *client) requestV1(ctx context.Context, action string, values url.Values) *http.Request {
	GinkgoHelper()
	method := http.MethodPost
	if c.get {
		method = http.MethodGet
	}
	for name, value := range map[string]string{
		"Action": action, "Version": c.version, "AccessKeyId": c.keyID, "SignatureMethod": "HMAC-SHA1",
		"SignatureVersion": "1.0", "SignatureNonce": c.newNonce(), "Timestamp": c.now().UTC().Format("2006-01-02T15:04:05Z"),
	} {
		values.Set(name, value)
	}
	if c.token != "" {
		values.Set("SecurityToken", c.token)
	}
	mac := hmac.New(sha1.New, []byte(c.secret+"&"))
	mac.Write([]byte(method + "&%2F&" + rfc3986(encodeSorted(values))))
	values.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if c.viaQuery || c.get {
		return c.plain(ctx, method, values.Encode(), "")
	}
	request := c.plain(ctx, method, "", values.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request
}

// plain makes an unsigned request; chunked hides the body's length from net/http.
func (c *client) plain(ctx context.Context, method, query, body string) *http.Request {
	GinkgoHelper()
	var reader io.Reader = strings.NewReader(body)
	if c.chunked {
		reader = struct{ io.Reader }{reader}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+"/?"+query, reader)
	if err != nil {
		panic(err) // benchmarks and fuzz targets have no Gomega to tell
	}
	return request
}

func (c *client) newNonce() string {
	if c.nonce != "" {
		return c.nonce
	}
	return rand.Text()
}

func encodeSorted(values url.Values) string {
	var names []string
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, rfc3986(name)+"="+rfc3986(values.Get(name)))
	}
	return strings.Join(pairs, "&")
}

// rfc3986 repairs what url.QueryEscape does otherwise.
func rfc3986(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

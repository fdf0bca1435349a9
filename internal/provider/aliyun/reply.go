package aliyun

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// Response is the reply to a call that succeeded.
type Response struct {
	// RequestID of the call, for the vendor's support.
	RequestID string

	fields json.RawMessage
	from   transport.Origin
	status int
	header http.Header
}

// Decode stores the reply's fields in the value that into points to. A reply
// of another shape is an error of kind Unavailable.
func (r Response) Decode(into any) error {
	if err := json.Unmarshal(r.fields, into); err != nil {
		return r.failure("malformed", "the reply is not what the product documents; check what answers at the endpoint")
	}
	return nil
}

// failure is an error about a reply that cannot be used.
func (r Response) failure(code, advice string) *provider.Error {
	failure := r.from.Unavailable(code, advice)
	failure.Status, failure.RequestID = r.status, r.RequestID
	return failure
}

// envelope is what all replies have in common. The message is left out on
// purpose: it may repeat what was sent.
type envelope struct {
	RequestID Text
	Code      Text
}

// judge decides whether a reply is a success. Only a JSON object with a
// request id is: proxies and captive portals answer 200 too.
func (c *Client) judge(from transport.Origin, codes Codes, got reply) (Response, error) {
	response := Response{from: from, status: got.status, header: got.header}
	fields, common, ok := openEnvelope(got.body)
	response.RequestID, response.fields = identifier(string(common.RequestID)), fields
	code := identifier(string(common.Code))
	switch {
	case got.status >= 300 && got.status < 400 && got.header.Get("Location") != "":
		return Response{}, response.failure("redirect", "the endpoint redirects, which is not followed; set the endpoint to the product's own host")
	case got.status >= 300 && ok && code != "":
		return Response{}, c.refusal(response, codes, code, got)
	case got.status >= 300 || got.status < 200:
		return Response{}, c.foreign(response, got)
	case !ok:
		return Response{}, response.failure("malformed", "the reply is not a JSON object; check what answers at the endpoint")
	case strings.TrimSpace(string(common.RequestID)) == "":
		return Response{}, response.failure("incomplete", "the reply has no request id; check what answers at the endpoint")
	}
	return response, nil
}

// openEnvelope returns the fields of a reply, and what is common to all. Some
// pages show them inside a single "...Response" member, others do not
// (DescribeLiveDomainCertificateInfo, sample response); both are accepted.
func openEnvelope(body []byte) (fields json.RawMessage, common envelope, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members == nil {
		return nil, envelope{}, false
	}
	fields = body
	if len(members) == 1 {
		for name, inner := range members {
			if strings.HasSuffix(name, "Response") {
				fields = inner
			}
		}
	}
	if json.Unmarshal(fields, &common) != nil {
		return nil, envelope{}, false
	}
	return fields, common, true
}

// refusal is the error of a reply that names a code.
func (c *Client) refusal(response Response, codes Codes, code string, got reply) *provider.Error {
	meaning, known := codes.find(code)
	if !known {
		meaning, known = c.gateway.find(code)
	}
	if !known {
		meaning = byStatus(got.status)
	}
	failure := response.failure(code, meaning.Advice)
	failure.Kind, failure.Account = meaning.Kind, meaning.Account
	failure.RetryAfter = retryAfter(got.header)
	return failure
}

// foreign is the error of a reply that is not the API's own. Its status says
// little, with one exception.
func (c *Client) foreign(response Response, got reply) *provider.Error {
	failure := response.failure(statusCode(got.status), "something between the operator and the product answered, or the product is down; check the endpoint and any proxy")
	if got.status == http.StatusTooManyRequests {
		failure.Kind, failure.Advice = provider.Throttled, throttledAdvice
	}
	failure.RetryAfter = retryAfter(got.header)
	return failure
}

// identifier returns text if it can be a code or an id, else "". What a server
// sends goes into events and logs only in this form, so that it can smuggle
// neither lines nor the echo of a request into them.
func identifier(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return ""
	}
	for _, c := range []byte(text) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' {
			return ""
		}
	}
	return text
}

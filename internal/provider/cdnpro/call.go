package cdnpro

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// request is a call of the API.
type request struct {
	// operation is the product's own name of the call, with the names of the path's
	// parts in place of what they are: it appears in errors.
	operation string
	// path has the parts of the path below /cdn/.
	path  []string
	query url.Values
	// body makes what is sent as JSON, with the stamp of this very request; nil for
	// a request without body.
	body func(stamp) (any, error)
	// aboutDomain is true if it is the domain that is missing when nothing is found.
	aboutDomain bool
}

// method is the first word of the operation.
func (r request) method() string {
	method, _, _ := strings.Cut(r.operation, " ")
	return method
}

// reply is an answer as it came off the wire.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call makes one request and returns the reply of a success. Errors are of type
// [*provider.Error]. A second request follows one that was refused for its date,
// which is the product's then.
func (c *Client) call(ctx context.Context, r request) (response, error) {
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, again, err := c.try(ctx, bounded, r)
	if again {
		answer, _, err = c.try(ctx, bounded, r)
	}
	return answer, err
}

// try makes one request, and reports whether the same would have another date now.
// bounded is the caller's context with the time limit of the call.
func (c *Client) try(caller, bounded context.Context, r request) (_ response, again bool, _ error) {
	from := transport.Origin{Operation: r.operation, Host: c.endpoint.Host}
	now := c.clock.Now()
	dated := c.who.stamp(now)
	built, err := c.build(bounded, r, dated)
	if err != nil {
		return response{}, false, from.Failure(caller, bounded, transport.ErrUnsent)
	}
	got, err := c.send(built)
	if err != nil {
		return response{}, false, from.Failure(caller, bounded, err)
	}
	answer, err := judge(from, r, dated, got)
	if refusal := new(provider.Error); errors.As(err, &refusal) && isAboutDate(refusal.Code) {
		again = c.clock.Refused(refusal, now, got.header)
	}
	return answer, again, err
}

// build makes a request, with the one stamp that it has.
func (c *Client) build(ctx context.Context, r request, dated stamp) (*http.Request, error) {
	escaped := make([]string, 0, len(r.path))
	for _, part := range r.path {
		escaped = append(escaped, url.PathEscape(part))
	}
	address := c.endpoint.Scheme + "://" + c.endpoint.Host + "/cdn/" + strings.Join(escaped, "/")
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.body != nil {
		content, err := r.body(dated)
		if err != nil {
			return nil, err
		}
		encoded, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	built, err := http.NewRequestWithContext(ctx, r.method(), address, body)
	if err != nil {
		return nil, err
	}
	built.Header.Set("Accept", "application/json")
	built.Header.Set("User-Agent", "domaincert")
	if body != nil {
		built.Header.Set("Content-Type", "application/json")
	}
	dated.sign(built)
	return built, nil
}

// send sends a request and reads its reply.
func (c *Client) send(built *http.Request) (reply, error) {
	status, header, body, err := transport.Send(c.http, built)
	return reply{status: status, header: header, body: body}, err
}

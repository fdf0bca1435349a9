package cdnpro

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

const (
	// maxRetryAfter bounds what a reply can make an object wait.
	maxRetryAfter = 10 * time.Minute
	// clockTolerance is how far a refused request's date may be from the server's
	// before the date is taken for the reason. The API overview has 5 minutes for
	// requests that are signed with an access key; for this kind it is inferred.
	clockTolerance = 4 * time.Minute
	// requestIDHeader is on every reply (API overview).
	requestIDHeader = "X-Cnc-Request-Id"
)

// response is the reply to a call that succeeded.
type response struct {
	requestID string
	reply
	from transport.Origin
}

// failure is an error about a reply that cannot be used.
func (r response) failure(code, advice string) *provider.Error {
	failure := r.from.Unavailable(code, advice)
	failure.Status, failure.RequestID = r.status, r.requestID
	return failure
}

// read makes a call and decodes its reply.
func read[Reply any](ctx context.Context, s *session, r request) (Reply, error) {
	var into Reply
	got, err := s.call(ctx, r)
	if err != nil {
		return into, err
	}
	kind, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return into, got.failure("malformed", "the reply is not JSON; check what answers at the endpoint")
	}
	if !isObject(got.body) || json.Unmarshal(got.body, &into) != nil {
		return into, got.failure("malformed", "the reply is not what the product documents; check what answers at the endpoint")
	}
	return into, nil
}

// create makes a call that makes something, and returns the parts of the path that
// its Location has after the given one. The body of such a reply may be empty.
func create(ctx context.Context, s *session, r request, after string, parts int) (made []string, requestID string, err error) {
	got, err := s.call(ctx, r)
	if err != nil {
		return nil, "", err
	}
	location, err := url.Parse(got.header.Get("Location"))
	if err == nil {
		_, rest, found := strings.Cut(location.Path, "/"+after+"/")
		made = strings.Split(strings.TrimSuffix(rest, "/"), "/")
		for _, part := range made {
			found = found && identifier(part) != ""
		}
		if found && len(made) == parts {
			return made, got.requestID, nil
		}
	}
	return nil, "", got.failure("incomplete", "the reply does not say what was made; the operator looks for it by itself")
}

// judge decides whether a reply is a success. One without a request id is not:
// proxies and captive portals answer 200 too.
func judge(from transport.Origin, r request, dated stamp, got reply) (response, error) {
	answer := response{requestID: identifier(got.header.Get(requestIDHeader)), reply: got, from: from}
	switch {
	case got.status >= 300 && got.status < 400 && got.header.Get("Location") != "":
		return response{}, answer.failure("redirect", "the endpoint redirects, which is not followed; set the endpoint to the product's own host")
	case got.status < 200 || got.status >= 300:
		return response{}, answer.refusal(r, dated)
	case answer.requestID == "":
		return response{}, answer.failure("incomplete", "the reply has no request id; check what answers at the endpoint")
	}
	return answer, nil
}

// refusal is the error of a reply that is no success. The message is left out on
// purpose: it may repeat what was sent.
func (r response) refusal(of request, dated stamp) *provider.Error {
	var told struct{ Code text }
	isAPI := isObject(r.body) && json.Unmarshal(r.body, &told) == nil
	code := identifier(string(told.Code))
	var failure *provider.Error
	switch {
	case r.status == http.StatusUnauthorized && r.skewed(dated):
		// Whatever the code: there is no telling a wrong date from a wrong key.
		failure = r.failure(codeInvalidDate, dateAdvice)
		failure.Account = true
	case isAPI && code != "":
		found := meaningOf(of, code, r.status)
		failure = r.failure(code, found.advice)
		failure.Kind, failure.Account = found.kind, found.account
	case r.status == http.StatusTooManyRequests:
		failure = r.failure(statusCode(r.status), throttledAdvice)
		failure.Kind = provider.Throttled
	case isAPI && r.status == http.StatusUnauthorized:
		failure = r.failure(statusCode(r.status), keyAdvice)
		failure.Kind, failure.Account = provider.Denied, true
	default:
		failure = r.failure(statusCode(r.status), "something between the operator and the product answered, or the product is down; check the endpoint and any proxy")
	}
	failure.RetryAfter = retryAfter(r.header, dated)
	return failure
}

// skewed reports whether the server's clock tells another time than the request.
func (r response) skewed(dated stamp) bool {
	theirs, err := http.ParseTime(r.header.Get("Date"))
	if err != nil {
		return false
	}
	ours, err := http.ParseTime(dated.date)
	return err == nil && theirs.Sub(ours).Abs() > clockTolerance
}

// retryAfter is the wait that a reply asks for, in seconds or until a date.
func retryAfter(header http.Header, dated stamp) time.Duration {
	asked := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(asked, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(asked)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(dated.date)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}

// statusCode is our own code for a reply that brought none.
func statusCode(status int) string { return "http-" + strconv.Itoa(status) }

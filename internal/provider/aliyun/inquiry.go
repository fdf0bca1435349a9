package aliyun

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// inquiry asks a service that hands out credentials to whoever reaches it.
type inquiry struct {
	http    *http.Client
	timeout time.Duration
	from    transport.Origin
}

// ask makes one request. The error is about the way to the service; what the
// service says is for the caller to judge.
func (q inquiry) ask(ctx context.Context, method, url string, header http.Header) (reply, error) {
	bounded, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, method, url, http.NoBody)
	if err != nil {
		return reply{}, q.from.Failure(ctx, bounded, transport.ErrUnsent)
	}
	request.Header = header
	answer, err := roundTrip(q.http, request)
	if err != nil {
		return reply{}, q.from.Failure(ctx, bounded, err)
	}
	return answer, nil
}

// refusal is the error of an answer that is not 200. denied is the advice for
// one that blames the request.
func (q inquiry) refusal(answer reply, denied string) *provider.Error {
	failure := q.from.Unavailable(statusCode(answer.status), "the service that hands out the credentials is out of order; check what answers there")
	failure.Status, failure.RetryAfter = answer.status, retryAfter(answer.header)
	switch {
	case answer.status >= 300 && answer.status < 400:
		failure.Code, failure.Advice = "redirect", "the service that hands out the credentials redirects, which is not followed; set its address to the one that answers"
	case answer.status == http.StatusTooManyRequests:
	case answer.status >= 400 && answer.status < 500:
		failure.Kind, failure.Advice = provider.Denied, denied
	}
	return failure
}

// grant reads the credentials in an answer.
func (q inquiry) grant(answer reply) (issued, error) {
	const advice = "the answer holds no credentials; check what answers at the address"
	var given grant
	if json.Unmarshal(answer.body, &given) != nil {
		return issued{}, q.from.Unavailable("malformed", advice)
	}
	if code := identifier(string(given.Code)); given.Code != "" && code != "Success" {
		failure := q.from.Unavailable(orDefault(code, "malformed"), "the service hands out no credentials now; look into its own log")
		failure.Kind = provider.Denied
		return issued{}, failure
	}
	got, complete := given.issued()
	if !complete {
		return issued{}, q.from.Unavailable("incomplete", advice)
	}
	got.dated = transport.Dated(answer.header)
	return got, nil
}

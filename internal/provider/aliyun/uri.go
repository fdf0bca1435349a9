package aliyun

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/domaincert/domaincert/internal/provider/transport"
)

// FromURI returns credentials that an HTTP GET of the URI answers, as the SDKs
// expect it of a credentials URI: AccessKeyId, AccessKeySecret, SecurityToken and
// Expiration in a JSON object. The URI may have a path, but neither user
// information nor a query, which would end up in logs.
func FromURI(uri string, at Exchange) (Credentials, error) {
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" ||
		parsed.User != nil || strings.ContainsAny(uri, "?#") {
		return Credentials{}, transport.Misconfigured("set credentialsURI to an http or https address without user, query and fragment")
	}
	asking := inquiry{transport.NewClient(at.transport()), at.timeout(), transport.Origin{Operation: "credentials URI", Host: parsed.Host}}
	return renewing(&handout{asking, parsed.String()}, at.Clock), nil
}

// handout issues what a URI answers.
type handout struct {
	inquiry
	uri string
}

func (h *handout) issue(ctx context.Context, _ bool) (issued, error) {
	answer, err := h.ask(ctx, http.MethodGet, h.uri, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return issued{}, err
	}
	if answer.status != http.StatusOK {
		return issued{}, h.refusal(answer, "the credentials URI refuses; check its path, and whether it hands out credentials to the operator")
	}
	return h.grant(answer)
}

package transport

import (
	"net/url"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// Endpoint is a host to call and how.
type Endpoint struct {
	// Scheme is http or https.
	Scheme string
	// Host with its port if there is one.
	Host string
}

// ParseEndpoint accepts "host", "host:port", and both behind http:// or https://.
// Anything more is refused: what follows a host could redirect a request or, as
// user information, end up in a log.
func ParseEndpoint(text string) (Endpoint, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	// What is escaped reads otherwise than it is called, or means something on this
	// machine only.
	if err != nil || parsed.Hostname() == "" || strings.HasSuffix(parsed.Host, ":") || strings.Contains(text, "%") {
		return Endpoint{}, Misconfigured("set the endpoint to a host name, with a port if needed")
	}
	if parsed.Scheme != "http" && parsed.Scheme != "https" {
		return Endpoint{}, Misconfigured("begin the endpoint with https:// or with the host name itself")
	}
	rest := *parsed
	rest.Scheme, rest.Host, rest.Path = "", "", strings.TrimPrefix(rest.Path, "/")
	if rest != (url.URL{}) {
		return Endpoint{}, Misconfigured("set the endpoint to a host name only, without user, path or query")
	}
	return Endpoint{Scheme: parsed.Scheme, Host: parsed.Host}, nil
}

// Misconfigured is the error of a configuration that cannot work.
func Misconfigured(advice string) *provider.Error {
	return &provider.Error{Kind: provider.Rejected, Code: "configuration", Advice: advice, Account: true}
}

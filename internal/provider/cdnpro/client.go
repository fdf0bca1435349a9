package cdnpro

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// Target is where certificates are deployed.
type Target string

// The targets. Each environment is deployed to by itself (create a deployment
// task, target).
const (
	Production Target = "Production"
	Staging    Target = "Staging"
	// StagingThenProduction deploys to production what staging has taken.
	StagingThenProduction Target = "StagingThenProduction"
)

// Defaults of [Config].
const (
	DefaultEndpoint       = "https://open.chinanetcenter.com"
	DefaultConnectTimeout = 5 * time.Second
	DefaultCallTimeout    = 15 * time.Second
)

// maxConnections bounds the connections of one client.
const maxConnections = 16

// Config says where and as whom to call.
type Config struct {
	// Endpoint is the host of the API, with or without port. HTTPS is used unless
	// it begins with "http://", which is meant for a simulator. [DefaultEndpoint]
	// (Wangsu) if empty; CDNetworks has https://api.cdnetworks.com.
	Endpoint string
	// User and APIKey are an API user's. Space around the name is dropped. Required.
	User   string
	APIKey APIKey
	// OnBehalfOf is the customer that a reseller acts for, if any.
	OnBehalfOf string
	// Target is where certificates are deployed; Production if empty.
	Target Target
	// ConnectTimeout bounds dialling and, apart from it, the TLS handshake;
	// DefaultConnectTimeout if zero.
	ConnectTimeout time.Duration
	// CallTimeout bounds one request, to the last byte of its reply;
	// DefaultCallTimeout if zero.
	CallTimeout time.Duration
	// RootCAs are trusted instead of the system's, if set.
	RootCAs *x509.CertPool
	// Clock dates requests; time.Now if nil.
	Clock func() time.Time
}

// Client calls the API as one user. It is safe for concurrent use.
type Client struct {
	endpoint transport.Endpoint
	who      *identity
	target   Target
	timeout  time.Duration
	clock    *transport.Clock
	http     *http.Client
}

// New returns a client, or an error of kind Denied or Rejected that says what is
// wrong with the configuration. It calls nothing.
func New(config Config) (*Client, error) {
	at, err := transport.ParseEndpoint(orDefault(config.Endpoint, DefaultEndpoint))
	if err != nil {
		return nil, err
	}
	who := newIdentity(strings.TrimSpace(config.User), config.APIKey, strings.TrimSpace(config.OnBehalfOf))
	target := orDefault(config.Target, Production)
	switch {
	case who.user == "" || config.APIKey.isEmpty():
		return nil, &provider.Error{Kind: provider.Denied, Code: "credentials", Account: true,
			Advice: "put a user name and an API key into the credentials"}
	case strings.Contains(who.user, ":") || !printable(who.user):
		return nil, transport.Misconfigured("put the user name alone into the credentials: it has no colon and one line")
	case !printable(who.onBehalfOf):
		return nil, transport.Misconfigured("set onBehalfOf to the name of a customer")
	case target != Production && target != Staging && target != StagingThenProduction:
		return nil, transport.Misconfigured("set the target to Production, Staging or StagingThenProduction")
	}
	return &Client{
		endpoint: at,
		who:      who,
		target:   target,
		timeout:  orDefault(config.CallTimeout, DefaultCallTimeout),
		clock:    transport.NewClock(config.Clock),
		http:     transport.NewClient(transport.New(orDefault(config.ConnectTimeout, DefaultConnectTimeout), config.RootCAs, maxConnections)),
	}, nil
}

// Identify returns the id of the account, which is the user's name, once one
// cheap request has shown that the user is let in.
func (c *Client) Identify(ctx context.Context) (accountID string, err error) {
	if _, err := read[certificateList](ctx, &session{client: c}, request{
		operation: "GET /cdn/certificates",
		path:      []string{"certificates"},
		query:     url.Values{"limit": {"1"}},
	}); err != nil {
		return "", err
	}
	return c.who.user, nil
}

// Close gives up idle connections. Calls in flight are not disturbed.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// orDefault returns value, or fallback if it is zero.
func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Package aliyun calls Alibaba Cloud's RPC-style APIs for the adapters of its
// products.
//
// The SDK (darabonba-openapi) is used for what it is good at: it builds and
// signs a request. Everything that can hurt is taken out of its hands: the
// request is sent by an HTTP client of our own, and the reply is read and
// judged here, so that neither a hang, a redirect, a flood, a page of HTML nor
// a panic gets further than a [provider.Error] without a URL, a body or a word
// of the SDK's in it.
//
// [Credentials] of every kind come from here, too. Those that end are renewed
// before they do; nobody waits for that who still has some.
package aliyun

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// The versions of the signature.
const (
	// SignatureV3 is ACS3-HMAC-SHA256, in headers. The default.
	SignatureV3 = "V3"
	// SignatureV1 is the older HMAC-SHA1 over the parameters, all of which
	// then travel in the form body, the signature among them.
	SignatureV1 = "V1"
)

// Defaults of [Config].
const (
	DefaultConnectTimeout = 5 * time.Second
	DefaultCallTimeout    = 15 * time.Second
)

// maxConnections bounds the connections of one client.
const maxConnections = 32

// Config says where and as whom to call.
type Config struct {
	// Endpoint is the product's host, with or without port:
	// "live.aliyuncs.com". HTTPS is used unless it begins with "http://",
	// which sends private keys in the clear and is meant for a simulator.
	Endpoint string
	// STSEndpoint is where Identify asks, in the same form. By default the
	// host of Region, or sts.aliyuncs.com without one.
	STSEndpoint string
	// Region chooses the default STSEndpoint, for example "cn-shanghai".
	Region string
	// SignatureVersion is SignatureV3 (default) or SignatureV1.
	SignatureVersion string
	// Credentials sign the requests. Required.
	Credentials Credentials
	// ConnectTimeout bounds dialling and, apart from it, the TLS handshake;
	// DefaultConnectTimeout if zero.
	ConnectTimeout time.Duration
	// CallTimeout bounds a whole call, from fetching credentials to the last
	// byte of the reply, a repetition included; DefaultCallTimeout if zero.
	CallTimeout time.Duration
	// RootCAs are trusted instead of the system's, if set.
	RootCAs *x509.CertPool
	// Clock dates requests; time.Now if nil.
	Clock func() time.Time `json:"-"`
}

// Operation is a call of a product's API.
type Operation struct {
	// Action and Version as the product writes them, for example
	// "SetLiveDomainCertificate" and "2016-11-01".
	Action, Version string
	// Codes is what this operation's own error codes mean; the gateway's,
	// which are the same for every product, are known here and come second.
	Codes Codes
	// Get sends the parameters in the URL of a GET request, for calls that take
	// nothing else (DescribeCertificateInfoByID). Never for a secret. With
	// signature V1 it is a POST all the same: signature and session token are
	// parameters there, and would end up in the logs of proxies. That such a
	// call takes it is inferred from the gateway, which is one for all products.
	Get bool
	// unsigned calls prove themselves by what they carry.
	unsigned bool
}

// Client calls one product as one identity. It is safe for concurrent use.
type Client struct {
	endpoint, sts transport.Endpoint
	signature     string
	credentials   Credentials
	timeout       time.Duration
	clock         *transport.Clock
	http          *http.Client
	gateway       Codes
}

// New returns a client, or an error of kind Denied or Rejected that says what
// is wrong with the configuration. It calls nothing.
func New(config Config) (*Client, error) {
	if config.Credentials.source == nil {
		return nil, missingCredentials()
	}
	return newClient(config, transport.New(orDefault(config.ConnectTimeout, DefaultConnectTimeout), config.RootCAs, maxConnections))
}

// newClient returns a client that sends through the transport. Without
// credentials it is good for unsigned calls.
func newClient(config Config, through *http.Transport) (*Client, error) {
	if err := refuseDebug(); err != nil {
		return nil, err
	}
	at, err := transport.ParseEndpoint(config.Endpoint)
	if err != nil {
		return nil, err
	}
	sts, err := transport.ParseEndpoint(stsEndpoint(config))
	if err != nil {
		return nil, err
	}
	signature := orDefault(config.SignatureVersion, SignatureV3)
	if signature != SignatureV3 && signature != SignatureV1 {
		return nil, transport.Misconfigured("set the signature version to V3 or V1")
	}
	return &Client{
		endpoint:    at,
		sts:         sts,
		signature:   signature,
		credentials: config.Credentials,
		timeout:     orDefault(config.CallTimeout, DefaultCallTimeout),
		clock:       transport.NewClock(config.Clock),
		http:        transport.NewClient(through),
		gateway:     gatewayCodes(),
	}, nil
}

// Call makes one request and returns the reply of a success. The parameters
// travel in the form body, never in the URL unless operation.Get says so. Errors
// are of type [*provider.Error].
//
// A second request follows where the first was refused for its temporary
// credentials alone, and others are to be had: such a refusal would look like
// one of the account, though it only met the end of a session. Another follows
// one that was refused for its date, which is the provider's then.
func (c *Client) Call(ctx context.Context, operation Operation, parameters map[string]string) (Response, error) {
	return c.call(ctx, c.endpoint, operation, parameters)
}

// Identify returns the id of the account that the credentials belong to. It
// needs no permission (STS 2015-04-01, GetCallerIdentity).
func (c *Client) Identify(ctx context.Context) (accountID string, err error) {
	response, err := c.call(ctx, c.sts, Operation{Action: "GetCallerIdentity", Version: "2015-04-01"}, nil)
	if err != nil {
		return "", err
	}
	var caller struct{ AccountID Text }
	if err := response.Decode(&caller); err != nil {
		return "", err
	}
	if accountID = identifier(string(caller.AccountID)); accountID == "" {
		return "", response.failure("incomplete", "the reply names no account; check that the STS endpoint is right")
	}
	return accountID, nil
}

// Close gives up idle connections. Calls in flight are not disturbed.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) call(ctx context.Context, at transport.Endpoint, operation Operation, parameters map[string]string) (Response, error) {
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	attempt := attempt{client: c, at: at, operation: operation, parameters: parameters}
	response, err := attempt.make(ctx, bounded)
	if attempt.redated || refusedToken(attempt.who, err) && c.credentials.source.refused(attempt.who) {
		return attempt.make(ctx, bounded)
	}
	return response, err
}

// attempt is a call on its way, once or twice.
type attempt struct {
	client     *Client
	at         transport.Endpoint
	operation  Operation
	parameters map[string]string
	// who signed last.
	who identity
	// redated is true if the next request would have another date.
	redated bool
}

// make makes one request with the identity of the moment. bounded is the
// caller's context with the time limit of the call.
func (a *attempt) make(caller, bounded context.Context) (Response, error) {
	from := transport.Origin{Operation: a.operation.Action, Host: a.at.Host}
	a.who = identity{}
	if !a.operation.unsigned {
		who, err := a.client.credentials.source.fetch(bounded)
		if err != nil {
			return Response{}, credentialsFailure(caller, from, err)
		}
		a.who = who
	}
	through := &wire{client: a.client.http, formOnly: a.client.signature == SignatureV1}
	dated := a.client.clock.Now()
	if err := signAndSend(bounded, through, a, dated); err != nil {
		return Response{}, callFailure(caller, bounded, from, err)
	}
	response, err := a.client.judge(from, a.operation.Codes, through.reply)
	if refusal := new(provider.Error); errors.As(err, &refusal) && isAboutDate(refusal.Code) {
		a.redated = a.client.clock.Refused(refusal, dated, through.reply.header)
	}
	return response, err
}

// orDefault returns value, or fallback if it is zero.
func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

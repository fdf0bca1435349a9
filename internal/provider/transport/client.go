package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// maxReply bounds what is read of a reply, in bytes. The largest that are
	// expected, lists of certificates, are far below.
	maxReply = 1 << 20
	// maxHeader bounds the headers of a reply, in bytes.
	maxHeader = 64 << 10
	// idleTimeout closes connections that the other side is about to close
	// itself: a request written into a closing connection cannot be told from one
	// that was carried out.
	idleTimeout = 30 * time.Second
)

var (
	// ErrUnsent means that a request could not be built.
	ErrUnsent = errors.New("the request was not sent")
	// ErrOversize means that a reply is larger than 1 MiB.
	ErrOversize = errors.New("reply too large")
)

// NewClient returns a client that follows no redirect, since a 307 would carry
// the private key to another host.
func NewClient(through *http.Transport) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     through,
	}
}

// New returns a pool of its own of so many connections to a host. Calls
// beyond them wait within their own deadline. Connect bounds dialling and, apart
// from it, the TLS handshake; roots are trusted instead of the system's, if set.
func New(connect time.Duration, roots *x509.CertPool, connections int) *http.Transport {
	return &http.Transport{
		Proxy:                  tunnel,
		DialContext:            (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout:    connect,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           connections,
		MaxIdleConnsPerHost:    connections,
		MaxConnsPerHost:        connections,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
	}
}

// tunnel returns the proxy of the environment (HTTPS_PROXY, NO_PROXY), which leads
// https to the host itself: it sees who is called and not a word more. What is sent in
// the clear goes past it, since a proxy would be handed private keys or, by a
// metadata service's answer, credentials.
func tunnel(request *http.Request) (*url.URL, error) {
	if request.URL.Scheme != "https" {
		return nil, nil //nolint:nilnil // no proxy
	}
	return http.ProxyFromEnvironment(request)
}

// Send sends a request and reads the whole reply, up to 1 MiB.
func Send(client *http.Client, request *http.Request) (status int, header http.Header, body []byte, err error) {
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err == nil && len(body) > maxReply {
		err = ErrOversize
	}
	return response.StatusCode, response.Header, body, err
}

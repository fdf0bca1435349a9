package cdnpro

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	// maxReply bounds what is read of a reply, in bytes. The largest that is
	// expected, a certificate with all its versions, is far below.
	maxReply = 1 << 20
	// maxHeader bounds the headers of a reply, in bytes.
	maxHeader = 64 << 10
	// maxConnections bounds the connections of one client. Calls beyond it wait
	// within their own deadline.
	maxConnections = 16
	// idleTimeout closes connections that the other side is about to close itself:
	// a request written into a closing connection cannot be told from one that was
	// carried out.
	idleTimeout = 30 * time.Second
)

// newHTTPClient returns a client that follows no redirect, since a 307 would
// carry the private key to another host.
func newHTTPClient(connect time.Duration, roots *x509.CertPool) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: connect}).DialContext,
			TLSHandshakeTimeout:    connect,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           maxConnections,
			MaxIdleConnsPerHost:    maxConnections,
			MaxConnsPerHost:        maxConnections,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
		},
	}
}

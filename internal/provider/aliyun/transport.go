package aliyun

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	// maxReply bounds what is read of a reply, in bytes. The largest that is
	// expected, the list of an account's certificates, is far below.
	maxReply = 1 << 20
	// maxHeader bounds the headers of a reply, in bytes.
	maxHeader = 64 << 10
	// maxConnections bounds the connections to the host of one client. Calls
	// beyond it wait within their own deadline.
	maxConnections = 32
	// idleTimeout closes connections that the gateway is about to close
	// itself: a request written into a closing connection cannot be told from
	// one that was carried out.
	idleTimeout = 30 * time.Second
)

// newHTTPClient returns a client that follows no redirect, since a 307 would
// carry the private key to another host.
func newHTTPClient(through *http.Transport) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     through,
	}
}

// newTransport returns a bounded pool of connections of its own.
func newTransport(connect time.Duration, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
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
	}
}

// Package edgeprobe asks an edge, by a TLS handshake with SNI, which
// certificate it serves.
package edgeprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// Timeout of one probe: name lookup, connection and handshake together.
const Timeout = 5 * time.Second

// defaultPort is where edges serve TLS.
const defaultPort = "443"

// Request says whom to ask.
type Request struct {
	// ServerName sent in the handshake.
	ServerName string
	// Address to connect to, "host" or "host:port"; ServerName if empty.
	Address string
}

// Result is what the edge served.
type Result struct {
	// Fingerprint of the leaf, lower hex SHA-256 of its DER.
	Fingerprint string
	NotAfter    time.Time
	// Address that was asked, as in the request, with its port.
	Address string
}

// Failure is why a probe saw no certificate.
type Failure string

// The failures of a probe.
const (
	// Unresolvable: the name has no address.
	Unresolvable Failure = "the name cannot be resolved"
	// Refused: the address lies in a private network.
	Refused Failure = "the address is not public"
	// RefusedPort: the port is not the one that edges serve TLS at.
	RefusedPort Failure = "the port is not 443"
	// Unreachable: no connection.
	Unreachable Failure = "no connection could be made"
	// NoHandshake: a connection, but no TLS for this name.
	NoHandshake Failure = "the TLS handshake failed"
)

// Error is the only error of a probe. It has no text of the network's: that
// differs from try to try.
type Error struct {
	Failure Failure
	Address string
}

func (e *Error) Error() string { return e.Address + ": " + string(e.Failure) }

// Prober asks edges. Its zero value refuses private addresses, and ports other
// than 443.
type Prober struct {
	// AllowPrivate lets it connect to loopback, private and link-local
	// addresses, by names of the cluster too, and to any port. Without it a
	// DomainCertificate could be used to look around inside the operator's
	// network, or from it.
	AllowPrivate bool

	// resolver looks names up; the system's if nil.
	resolver *net.Resolver
	// public judges addresses; Public if nil.
	public func(netip.Addr) bool
	// anyPort is AllowPrivate for ports alone.
	anyPort bool
}

// Probe makes one handshake and returns the leaf that was served. The chain is
// not verified: the question is which certificate is served, not whether
// everyone trusts it. Nothing is sent after the handshake.
func (p Prober) Probe(ctx context.Context, request Request) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()

	address := withPort(request.Address, request.ServerName)
	if !p.AllowPrivate && !p.anyPort && !isUsualPort(address) {
		return Result{}, &Error{Failure: RefusedPort, Address: address}
	}
	connection, err := p.dial(ctx, address)
	if err != nil {
		return Result{}, &Error{Failure: classify(err), Address: address}
	}
	defer connection.Close() //nolint:errcheck // nothing was written that could be lost

	handshake := tls.Client(connection, &tls.Config{
		ServerName:         request.ServerName,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // the fingerprint is compared, and nothing is sent
	})
	if err := handshake.HandshakeContext(ctx); err != nil {
		return Result{}, &Error{Failure: NoHandshake, Address: address}
	}
	served := handshake.ConnectionState().PeerCertificates
	if len(served) == 0 {
		return Result{}, &Error{Failure: NoHandshake, Address: address}
	}
	return Result{
		Fingerprint: certbundle.Fingerprint(served[0].Raw),
		NotAfter:    served[0].NotAfter,
		Address:     address,
	}, nil
}

func (p Prober) dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Resolver: p.resolver}
	if !p.AllowPrivate {
		dialer.ControlContext, address = p.refusePrivate, absolute(address)
	}
	return dialer.DialContext(ctx, "tcp", address)
}

func classify(err error) Failure {
	var lookup *net.DNSError
	switch {
	case errors.Is(err, errNotPublic):
		return Refused
	case errors.As(err, &lookup):
		return Unresolvable
	default:
		return Unreachable
	}
}

// withPort returns address, or host where that is empty, with a port. An IPv6
// address may stand in brackets or, without a port, alone.
func withPort(address, host string) string {
	if address == "" {
		address = host
	}
	if name, port, err := net.SplitHostPort(address); err == nil {
		if port == "" {
			port = defaultPort
		}
		return net.JoinHostPort(name, port)
	}
	if len(address) > 2 && address[0] == '[' && address[len(address)-1] == ']' {
		address = address[1 : len(address)-1]
	}
	return net.JoinHostPort(address, defaultPort)
}

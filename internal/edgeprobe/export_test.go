package edgeprobe

import (
	"net"
	"net/netip"
)

// Resolving is a Prober like its zero value, with another resolver.
func Resolving(resolver *net.Resolver) Prober { return Prober{resolver: resolver} }

// Judging is a Prober that asks a resolver, takes any port, and has addresses judged
// by public: a spec can listen neither on public addresses nor on port 443.
func Judging(resolver *net.Resolver, public func(netip.Addr) bool) Prober {
	return Prober{resolver: resolver, public: public, anyPort: true}
}

// WithPort is the address that a probe of address, or else of host, connects
// to.
func WithPort(address, host string) string { return withPort(address, host) }

package edgeprobe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// errNotPublic refuses an address.
var errNotPublic = errors.New("address is not public")

// reserved are the networks that no public edge lies in, besides those that
// netip itself knows as loopback, private, link-local, multicast and
// unspecified (IANA special-purpose address registries). Of IPv6 only what
// lies inside unicast need be named.
func reserved() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"), // shared address space; Alibaba Cloud's metadata service lies in it
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.88.99.0/24"), // relays of 6to4
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("2001::/23"), // Teredo among it, which embeds IPv4
		netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), // 6to4 embeds IPv4
		netip.MustParsePrefix("3fff::/20"),
	}
}

// unicast is all that is assigned to the public IPv6 Internet (IANA IPv6
// address space). What embeds IPv4 by translation or compatibility (64:ff9b::,
// ::ffff:0:0:0, ::) lies outside: the address inside could be private.
func unicast() netip.Prefix { return netip.MustParsePrefix("2000::/3") }

// Public reports whether an address may lie on the public Internet. One with a
// zone does not: it means something on this machine only.
func Public(address netip.Addr) bool {
	if address.Zone() != "" {
		return false
	}
	address = address.Unmap()
	if !address.IsGlobalUnicast() || address.IsPrivate() || (address.Is6() && !unicast().Contains(address)) {
		return false
	}
	for _, network := range reserved() {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// refusePrivate runs after the name was resolved and before the connection is
// made, for every address that is tried: a name that resolves to a public
// address first and to a private one later is refused like any other.
func (p Prober) refusePrivate(_ context.Context, _, address string, _ syscall.RawConn) error {
	public := Public
	if p.public != nil {
		public = p.public
	}
	resolved, err := netip.ParseAddrPort(address)
	if err != nil || !public(resolved.Addr()) {
		return errNotPublic
	}
	return nil
}

// absolute is a name and port whose name is looked up as it is: with the search
// list of a Pod, "kubernetes.default" would be a Service of the cluster, whose
// address is private in most clusters and not in all.
func absolute(address string) string {
	name, port, err := net.SplitHostPort(address)
	if err != nil || name == "" || strings.HasSuffix(name, ".") {
		return address
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return address
	}
	return net.JoinHostPort(name+".", port)
}

// isUsualPort reports whether an address has the port that edges serve TLS at, with
// or without leading zeros.
func isUsualPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && strings.TrimLeft(port, "0") == defaultPort
}

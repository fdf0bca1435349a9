package edgeprobe

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
)

// errNotPublic refuses an address.
var errNotPublic = errors.New("address is not public")

// reserved are the networks that no public edge lies in, besides those that
// netip itself knows as loopback, private, link-local, multicast and
// unspecified (IANA special-purpose address registries).
func reserved() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"), // shared address space; Alibaba Cloud's metadata service lies in it
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("64:ff9b::/96"), // translated IPv4 could be private
		netip.MustParsePrefix("64:ff9b:1::/48"),
		netip.MustParsePrefix("100::/64"),
		netip.MustParsePrefix("2001::/23"),
		netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), // 6to4 embeds IPv4
		netip.MustParsePrefix("fec0::/10"),
	}
}

// Public reports whether an address may lie on the public Internet.
func Public(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if !address.IsGlobalUnicast() || address.IsPrivate() {
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
func refusePrivate(_ context.Context, _, address string, _ syscall.RawConn) error {
	resolved, err := netip.ParseAddrPort(address)
	if err != nil || !Public(resolved.Addr()) {
		return errNotPublic
	}
	return nil
}

package edgeprobe_test

import (
	"net/netip"
	"testing"

	"github.com/domaincert/domaincert/internal/edgeprobe"
)

// embedded are the manners in which an IPv6 address holds one of IPv4: where it
// begins in the 16 bytes, and what those before it are.
var embedded = []struct {
	prefix netip.Prefix
	at     int
	// inverted is true if its bits are.
	inverted bool
}{
	{prefix: netip.MustParsePrefix("::ffff:0:0/96"), at: 12},
	{prefix: netip.MustParsePrefix("::/96"), at: 12},
	{prefix: netip.MustParsePrefix("::ffff:0:0:0/96"), at: 12},
	{prefix: netip.MustParsePrefix("64:ff9b::/96"), at: 12},
	{prefix: netip.MustParsePrefix("64:ff9b:1::/48"), at: 12},
	{prefix: netip.MustParsePrefix("2002::/16"), at: 2},
	{prefix: netip.MustParsePrefix("2001::/32"), at: 12, inverted: true},
}

// FuzzPublic checks that no address is public that is not, or that holds one which is
// not.
func FuzzPublic(f *testing.F) {
	for _, seed := range []string{
		"127.0.0.1", "10.0.0.1", "169.254.169.254", "100.100.100.200", "8.8.8.8", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
		"2001:0:4136:e378:8000:63bf:f5ff:fffe", "fd00:ec2::254", "fe80::1", "ff02::1", "2400:3200::1", "5f00::1", "4000::",
	} {
		address := netip.MustParseAddr(seed)
		f.Add(address.AsSlice(), "")
		f.Add(address.AsSlice(), "eth0")
	}
	f.Fuzz(func(t *testing.T, raw []byte, zone string) {
		address, ok := netip.AddrFromSlice(raw)
		if !ok || !edgeprobe.Public(address.WithZone(zone)) {
			return
		}
		if zone != "" && address.Is6() {
			t.Fatalf("%s means something on this machine only", address.WithZone(zone))
		}
		plain := address.Unmap()
		if plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified() || !plain.IsGlobalUnicast() {
			t.Fatalf("%s is inside", address)
		}
		for _, manner := range embedded {
			if !address.Is6() || !manner.prefix.Contains(address) {
				continue
			}
			inside := [4]byte(raw[manner.at : manner.at+4])
			if manner.inverted {
				inside = [4]byte{^inside[0], ^inside[1], ^inside[2], ^inside[3]}
			}
			if held := netip.AddrFrom4(inside); !edgeprobe.Public(held) {
				t.Fatalf("%s holds %s", address, held)
			}
		}
		// However it is written, it is judged alike.
		if again := netip.MustParseAddr(address.String()); !edgeprobe.Public(again) || !edgeprobe.Public(netip.MustParseAddr(address.StringExpanded())) {
			t.Fatalf("%s is public in one notation only", address)
		}
	})
}

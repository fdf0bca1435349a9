package edgeprobe_test

import (
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/edgeprobe"
)

var _ = DescribeTable("Public",
	func(address string, public bool) {
		Expect(edgeprobe.Public(netip.MustParseAddr(address))).To(Equal(public))
	},
	Entry("an edge", "47.246.50.1", true),
	Entry("one over IPv6", "2400:3200::1", true),
	Entry("one as IPv4-mapped IPv6", "::ffff:47.246.50.1", true),
	Entry("the first address of unicast", "2000::", true),
	Entry("the last address before loopback", "126.255.255.255", true),
	Entry("the first address after loopback", "128.0.0.0", true),
	Entry("beside 10.0.0.0/8, below", "9.255.255.255", true),
	Entry("beside 10.0.0.0/8, above", "11.0.0.0", true),
	Entry("beside 172.16.0.0/12, below", "172.15.255.255", true),
	Entry("beside 172.16.0.0/12, above", "172.32.0.0", true),
	Entry("beside 192.168.0.0/16, below", "192.167.255.255", true),
	Entry("beside 192.168.0.0/16, above", "192.169.0.0", true),
	Entry("beside 100.64.0.0/10, below", "100.63.255.255", true),
	Entry("beside 100.64.0.0/10, above", "100.128.0.0", true),
	Entry("beside 169.254.0.0/16, below", "169.253.255.255", true),
	Entry("beside 169.254.0.0/16, above", "169.255.0.0", true),
	Entry("the last unicast address", "223.255.255.255", true),
	Entry("beside 2002::/16, above", "2003::1", true),
	Entry("beside 2001:db8::/32, below", "2001:db7:ffff::1", true),

	Entry("nothing: this host", "0.0.0.0", false),
	Entry("this network", "0.1.2.3", false),
	Entry("loopback", "127.0.0.1", false),
	Entry("the end of loopback", "127.255.255.254", false),
	Entry("private, a", "10.0.0.1", false),
	Entry("private, b", "172.16.0.1", false),
	Entry("the end of private, b", "172.31.255.255", false),
	Entry("private, c", "192.168.1.1", false),
	Entry("link-local", "169.254.0.1", false),
	Entry("the metadata service of most clouds", "169.254.169.254", false),
	Entry("carrier-grade NAT", "100.64.0.1", false),
	Entry("the metadata service of Alibaba Cloud", "100.100.100.200", false),
	Entry("the DNS servers of Alibaba Cloud", "100.100.2.136", false),
	Entry("protocol assignments", "192.0.0.192", false),
	Entry("documentation 1", "192.0.2.1", false),
	Entry("documentation 2", "198.51.100.1", false),
	Entry("documentation 3", "203.0.113.1", false),
	Entry("a relay of 6to4", "192.88.99.1", false),
	Entry("benchmarks", "198.18.0.1", false),
	Entry("multicast", "224.0.0.1", false),
	Entry("multicast of a site", "239.255.255.250", false),
	Entry("reserved", "240.0.0.1", false),
	Entry("broadcast", "255.255.255.255", false),

	Entry("nothing: this host over IPv6", "::", false),
	Entry("loopback over IPv6", "::1", false),
	Entry("mapped loopback", "::ffff:127.0.0.1", false),
	Entry("mapped loopback in hexadecimal", "::ffff:7f00:1", false),
	Entry("mapped private", "::ffff:10.0.0.1", false),
	Entry("mapped metadata service", "::ffff:169.254.169.254", false),
	Entry("mapped and written out", "0:0:0:0:0:ffff:6464:64c8", false),
	Entry("compatible loopback", "::127.0.0.1", false),
	Entry("compatible, even of an edge", "::47.246.50.1", false),
	Entry("translated loopback (SIIT)", "::ffff:0:127.0.0.1", false),
	Entry("NAT64 of a private address", "64:ff9b::10.0.0.1", false),
	Entry("NAT64 of an edge: one cannot know who translates", "64:ff9b::47.246.50.1", false),
	Entry("local NAT64", "64:ff9b:1::10.0.0.1", false),
	Entry("discarded", "100::1", false),
	Entry("Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2", false),
	Entry("benchmarks over IPv6", "2001:2::1", false),
	Entry("ORCHID", "2001:20::1", false),
	Entry("documentation over IPv6", "2001:db8::1", false),
	Entry("the newer documentation over IPv6", "3fff::1", false),
	Entry("6to4 of a private address", "2002:a00:1::1", false),
	Entry("6to4 of the metadata service", "2002:a9fe:a9fe::", false),
	Entry("segment routing", "5f00::1", false),
	Entry("unique local", "fc00::1", false),
	Entry("unique local, as assigned", "fd12:3456:789a::1", false),
	Entry("the metadata service of AWS over IPv6", "fd00:ec2::254", false),
	Entry("link-local over IPv6", "fe80::1", false),
	Entry("link-local with a zone", "fe80::1%eth0", false),
	Entry("an edge with a zone", "2400:3200::1%eth0", false),
	Entry("a mapped edge with a zone", "::ffff:47.246.50.1%eth0", false),
	Entry("site-local", "fec0::1", false),
	Entry("multicast over IPv6", "ff02::1", false),
	Entry("global multicast over IPv6", "ff0e::1", false),
	Entry("unassigned", "4000::1", false),
)

var _ = It("takes no address at all for private", func() {
	Expect(edgeprobe.Public(netip.Addr{})).To(BeFalse())
})

var _ = DescribeTable("The address that is asked",
	func(address, connected string) {
		Expect(edgeprobe.WithPort(address, "live.example.com")).To(Equal(connected))
	},
	Entry("none: the domain itself", "", "live.example.com:443"),
	Entry("a name", "edge.example.net", "edge.example.net:443"),
	Entry("a name of one label", "edge", "edge:443"),
	Entry("a name with a port", "edge.example.net:8443", "edge.example.net:8443"),
	Entry("a name in capitals", "EDGE.example.net", "EDGE.example.net:443"),
	Entry("a port with leading zeros", "edge.example.net:00443", "edge.example.net:00443"),
	Entry("an IPv4 address", "47.246.50.1", "47.246.50.1:443"),
	Entry("an IPv4 address with a port", "47.246.50.1:8443", "47.246.50.1:8443"),
	Entry("an IPv6 address in brackets", "[2400:3200::1]", "[2400:3200::1]:443"),
	Entry("an IPv6 address with a port", "[2400:3200::1]:8443", "[2400:3200::1]:8443"),
	Entry("an IPv6 address that ends in a group of digits", "[2400:3200::443]", "[2400:3200::443]:443"),
	Entry("the shortest IPv6 address", "[::]", "[::]:443"),
	Entry("an IPv6 address without brackets", "2400:3200::1", "[2400:3200::1]:443"),
	Entry("a port that was forgotten", "edge.example.net:", "edge.example.net:443"),
)

// FuzzWithPort checks, for every address that the CRD lets through, that
// nothing but a missing port is added.
func FuzzWithPort(f *testing.F) {
	definition, err := os.ReadFile("../../config/crd/bases/domaincert.io_domaincertificates.yaml")
	if err != nil {
		f.Fatal(err)
	}
	allowed := addressPattern(f, string(definition))
	addresses := []string{"edge", "edge.example.net:1", "EDGE.example.net", "1.2.3.4", "1.2.3.4:65535", "[::]", "[::1]:443",
		"[2400:3200::1]", "[1:2:3:4:5:6:7:8]:00443", "2130706433", "0x7f000001", "127.1", "a:1:2", "[::1", "::1", ":443", "a:", "[]:1", "[fe80::1%eth0]:1"}
	for _, address := range addresses {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		g := NewWithT(t)
		connected := edgeprobe.WithPort(address, "live.example.com")
		if !allowed.MatchString(address) {
			return
		}
		host, port, err := net.SplitHostPort(connected)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(connected).To(BeElementOf(address, address+":443"))
		g.Expect(edgeprobe.WithPort(connected, "")).To(Equal(connected))
		_, err = strconv.ParseUint(port, 10, 32)
		g.Expect(err).NotTo(HaveOccurred())
		if literal, err := netip.ParseAddr(host); err == nil {
			g.Expect(literal.Zone()).To(BeEmpty())
			return
		}
		// What is not an address must not be taken for one by a resolver that
		// knows the old notations: 127.1, 2130706433, 0x7f000001.
		g.Expect(host).To(Or(ContainSubstring(":"), MatchRegexp(`(?i)(^|\.)[a-z][-a-z0-9]*$`)))
	})
}

// addressPattern is what the API server checks spec.verification.address with.
func addressPattern(f *testing.F, definition string) *regexp.Regexp {
	f.Helper()
	found := regexp.MustCompile(`message: verification\.address must be[^:]*rule: self\.matches\('(.*)'\)\n`).FindStringSubmatch(definition)
	if found == nil {
		f.Fatal("the CRD has no pattern for spec.verification.address")
	}
	return regexp.MustCompile(found[1])
}

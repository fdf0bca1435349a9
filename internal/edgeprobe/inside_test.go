package edgeprobe_test

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/test/testcerts"
)

// ask is a probe of an address.
func ask(address string) edgeprobe.Request {
	return edgeprobe.Request{ServerName: "live.example.com", Address: address}
}

var _ = DescribeTable("An address inside, however it is written, is refused without a connection",
	func(ctx SpecContext, address, connected string) {
		_, err := edgeprobe.Resolving(serveNames(nil).Resolver).Probe(ctx, ask(address))
		Expect(err).To(haveFailed(edgeprobe.Refused, connected))
	},
	Entry("loopback", "127.0.0.1", "127.0.0.1:443"),
	Entry("loopback with the port that is taken anyway", "127.0.0.1:443", "127.0.0.1:443"),
	Entry("loopback with leading zeros in its port", "127.0.0.1:00443", "127.0.0.1:00443"),
	Entry("another address of loopback", "127.255.255.254", "127.255.255.254:443"),
	Entry("the address that stands for all, which connects to this host", "0.0.0.0", "0.0.0.0:443"),
	Entry("this network", "0.1.2.3", "0.1.2.3:443"),
	Entry("private, a", "10.0.0.1", "10.0.0.1:443"),
	Entry("private, a: where many clusters have their Services", "10.96.0.1", "10.96.0.1:443"),
	Entry("private, b", "172.31.255.254", "172.31.255.254:443"),
	Entry("private, c", "192.168.0.1", "192.168.0.1:443"),
	Entry("the metadata service of most clouds", "169.254.169.254", "169.254.169.254:443"),
	Entry("the credentials of a task at AWS", "169.254.170.2", "169.254.170.2:443"),
	Entry("the metadata service of Alibaba Cloud", "100.100.100.200", "100.100.100.200:443"),
	Entry("carrier-grade NAT", "100.64.0.1", "100.64.0.1:443"),
	Entry("the metadata service of Oracle Cloud", "192.0.0.192", "192.0.0.192:443"),
	Entry("benchmarks, which some clusters number their Pods with", "198.18.0.1", "198.18.0.1:443"),
	Entry("multicast", "224.0.0.251", "224.0.0.251:443"),
	Entry("reserved", "240.0.0.1", "240.0.0.1:443"),
	Entry("broadcast", "255.255.255.255", "255.255.255.255:443"),
	Entry("loopback over IPv6", "[::1]", "[::1]:443"),
	Entry("loopback over IPv6, written out", "[0:0:0:0:0:0:0:1]", "[0:0:0:0:0:0:0:1]:443"),
	Entry("the IPv6 address that stands for all", "[::]", "[::]:443"),
	Entry("mapped loopback", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]:443"),
	Entry("mapped loopback in hexadecimal", "[::ffff:7f00:1]", "[::ffff:7f00:1]:443"),
	Entry("mapped and written out", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:a9fe:a9fe]:443"),
	Entry("mapped in capitals", "[::FFFF:A00:1]", "[::FFFF:A00:1]:443"),
	Entry("compatible loopback", "[::127.0.0.1]", "[::127.0.0.1]:443"),
	Entry("translated loopback (SIIT)", "[::ffff:0:127.0.0.1]", "[::ffff:0:127.0.0.1]:443"),
	Entry("NAT64 of the metadata service", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]:443"),
	Entry("local NAT64 of a private address", "[64:ff9b:1::a00:1]", "[64:ff9b:1::a00:1]:443"),
	Entry("6to4 of loopback", "[2002:7f00:1::]", "[2002:7f00:1::]:443"),
	Entry("6to4 of a private address", "[2002:c0a8:1::1]", "[2002:c0a8:1::1]:443"),
	Entry("Teredo to a private client", "[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "[2001:0:4136:e378:8000:63bf:f5ff:fffe]:443"),
	Entry("ISATAP of a private address, in a unique local network", "[fd00::5efe:a00:1]", "[fd00::5efe:a00:1]:443"),
	Entry("the metadata service of AWS over IPv6", "[fd00:ec2::254]", "[fd00:ec2::254]:443"),
	Entry("the metadata service of Google Cloud over IPv6", "[fd20:ce::254]", "[fd20:ce::254]:443"),
	Entry("unique local", "[fc00::1]", "[fc00::1]:443"),
	Entry("link-local over IPv6", "[fe80::1]", "[fe80::1]:443"),
	Entry("link-local with a zone", "[fe80::1%lo]", "[fe80::1%lo]:443"),
	Entry("an edge with a zone", "[2400:3200::1%lo]", "[2400:3200::1%lo]:443"),
	Entry("site-local", "[fec0::1]", "[fec0::1]:443"),
	Entry("all nodes of the link", "[ff02::1]", "[ff02::1]:443"),
	Entry("discarded", "[100::1]", "[100::1]:443"),
	Entry("segment routing", "[5f00::1]", "[5f00::1]:443"),
	Entry("documentation over IPv6", "[2001:db8::1]", "[2001:db8::1]:443"),
	Entry("no host at all, which is this one", ":443", ":443"),
)

var _ = DescribeTable("A name for an address inside is refused once it is resolved",
	func(ctx SpecContext, name string, addresses ...string) {
		names := serveNames(zone{strings.TrimSuffix(strings.TrimPrefix(name, "cname-cname-"), "."): {addresses}})
		_, err := edgeprobe.Resolving(names.Resolver).Probe(ctx, ask(name))
		Expect(err).To(haveFailed(edgeprobe.Refused, name+":443"))
	},
	Entry("in hexadecimal, by a resolver that knows it", "0x7f000001", "127.0.0.1"),
	Entry("in hexadecimal, by parts", "0x7f.0x0.0x0.0x1", "127.0.0.1"),
	Entry("a name of a public zone", "internal.example.com", "10.0.0.1"),
	Entry("a name with a dot behind it", "internal.example.com.", "192.168.0.1"),
	Entry("a name that holds its address, as services for that do", "169.254.169.254.nip.example", "169.254.169.254"),
	Entry("a name with several addresses, all of them inside", "many.example.com", "10.0.0.1", "172.16.0.1", "fd00::1", "127.0.0.1"),
	Entry("a name with an IPv6 address only", "six.example.com", "fe80::1"),
	Entry("a name with a mapped address", "mapped.example.com", "::ffff:10.0.0.1"),
	Entry("a name with a NAT64 address", "translated.example.com", "64:ff9b::7f00:1"),
	Entry("a name that leads to another, and that to a third", "cname-cname-internal.example.com", "127.0.0.1"),
	Entry("a metadata service by its name", "metadata.google.internal", "169.254.169.254"),
	Entry("a Service by its full name", "kubernetes.default.svc.cluster.local", "10.96.0.1"),
)

// A resolver of the C library's would take these for addresses; what it made of them
// would be judged like any other.
var _ = DescribeTable("A notation of old is no name, and nobody is asked for it",
	func(ctx SpecContext, name string) {
		names := serveNames(zone{name: {{"127.0.0.1"}}})
		_, err := edgeprobe.Resolving(names.Resolver).Probe(ctx, ask(name))
		Expect(err).To(haveFailed(edgeprobe.Unresolvable, name+":443"))
		Expect(names.names()).To(BeEmpty())
	},
	Entry("decimal", "2130706433"),
	Entry("the metadata service in decimal", "2852039166"),
	Entry("octal", "0177.0.0.1"),
	Entry("octal, the whole of it", "017700000001"),
	Entry("short", "127.1"),
	Entry("shorter", "0"),
	Entry("leading zeros", "127.000.000.001"),
	Entry("a dot behind it", "127.0.0.1."),
	Entry("five parts", "127.0.0.0.1"),
	Entry("parts that overflow", "383.0.0.1"),
)

var _ = Describe("A name server of an attacker's", func() {
	live := testcerts.NewCA("Edge").Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	serve := func() *edge { return serveEdge(map[string]testcerts.Pair{"live.example.com": live}, nil) }
	// outside is the one address of loopback that a spec takes for public.
	const outside = "127.0.0.2"
	onlyOutside := func(address netip.Addr) bool { return address == netip.MustParseAddr(outside) }

	It("that leads outside first and inside later gains nothing by it", func(ctx SpecContext) {
		server, names := serve(), serveNames(zone{"rebound.example.com": {{outside}, {"127.0.0.1"}}})
		prober, address := edgeprobe.Judging(names.Resolver, onlyOutside), net.JoinHostPort("rebound.example.com", server.port)
		_, err := prober.Probe(ctx, ask(address))
		Expect(err).To(haveFailed(edgeprobe.Unreachable, address), "nobody listens outside")
		for range 3 {
			_, err = prober.Probe(ctx, ask(address))
			Expect(err).To(haveFailed(edgeprobe.Refused, address))
		}
		Expect(server.accepted.Load()).To(BeZero())
	})

	DescribeTable("that mixes what is inside with what is outside leads outside only",
		func(ctx SpecContext, addresses ...string) {
			inside := serve()
			socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(outside, inside.port))
			Expect(err).NotTo(HaveOccurred())
			public := serveOn(socket, map[string]testcerts.Pair{"live.example.com": live}, nil)
			names := serveNames(zone{"mixed.example.com": {addresses}})
			result, err := edgeprobe.Judging(names.Resolver, onlyOutside).Probe(ctx, ask(net.JoinHostPort("mixed.example.com", inside.port)))
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Fingerprint).To(Equal(live.Fingerprint))
			Expect(public.accepted.Load()).To(BeEquivalentTo(1))
			Expect(inside.accepted.Load()).To(BeZero())
		},
		Entry("at the end", "127.0.0.1", outside),
		Entry("at the head", outside, "127.0.0.1"),
		Entry("in the middle, with IPv6 around", "::1", outside, "fd00::1", "127.0.0.1"),
	)

	It("is asked for the name alone, whatever the search list of the Pod", func(ctx SpecContext) {
		names := serveNames(nil)
		_, err := edgeprobe.Resolving(names.Resolver).Probe(ctx, ask("kubernetes.default"))
		Expect(err).To(haveFailed(edgeprobe.Unresolvable, "kubernetes.default:443"))
		Expect(slices.Compact(names.names())).To(Equal([]string{"kubernetes.default."}))
	})
})

var _ = DescribeTable("A port that is not 443 is refused before the name is looked up",
	func(ctx SpecContext, address string) {
		names := serveNames(nil)
		_, err := edgeprobe.Resolving(names.Resolver).Probe(ctx, ask(address))
		Expect(err).To(haveFailed(edgeprobe.RefusedPort, address))
		Expect(names.names()).To(BeEmpty())
	},
	Entry("SSH", "edge.example.net:22"),
	Entry("mail, which is looked up by who sends it", "edge.example.net:25"),
	Entry("the API server's", "edge.example.net:6443"),
	Entry("another that TLS is served at", "47.246.50.1:8443"),
	Entry("one that ends in it", "edge.example.net:1443"),
	Entry("one that begins with it", "[2400:3200::1]:4430"),
	Entry("a service by its name", "edge.example.net:https"),
	Entry("none", "edge.example.net:0"),
)

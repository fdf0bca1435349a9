package integration_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// domainCertificate is the smallest valid one.
func domainCertificate() *unstructured.Unstructured {
	return newObject("DomainCertificate", "default", fields{
		"domainName":  "live.example.com",
		"secretRef":   fields{"name": "live-tls"},
		"providerRef": fields{"name": "live"},
	})
}

// wildcard is a valid one for *.example.com that is verified at a name below.
var wildcard = all(
	set("spec.domainName", "*.example.com"),
	set("spec.verification", fields{"mode": "Edge", "host": "probe.example.com"}),
)

var (
	label63   = strings.Repeat("a", 63)
	label64   = strings.Repeat("a", 64)
	length253 = strings.Repeat(label63+".", 3) + strings.Repeat("b", 57) + ".com"
)

var _ = Describe("A DomainCertificate", func() {
	DescribeTable("is refused", func(ctx SpecContext, change change, field, words string) {
		object := domainCertificate()
		change(object)
		expectRefused(k8s.Create(ctx, object, client.DryRunAll), field, words)
	},
		Entry("without a spec", unset("spec"), "spec", "Required value"),
		Entry("without a domain", unset("spec.domainName"), "spec.domainName", "Required value"),
		Entry("with an empty domain", set("spec.domainName", ""), "spec.domainName", "should be at least 4 chars long"),
		Entry("with a domain of one label", set("spec.domainName", "localhost"), "spec.domainName", "at least two labels"),
		Entry("with a trailing dot", set("spec.domainName", "live.example.com."), "spec.domainName", "lower-case DNS name"),
		Entry("with a leading dot", set("spec.domainName", ".example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with an empty label", set("spec.domainName", "live..example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with upper case", set("spec.domainName", "Live.example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with an underscore", set("spec.domainName", "my_live.example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with a label that begins with a hyphen", set("spec.domainName", "-live.example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with a label that ends with a hyphen", set("spec.domainName", "live-.example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with a label of 64 characters", set("spec.domainName", label64+".example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with a domain of 254 characters", set("spec.domainName", "x"+length253), "spec.domainName", "may not be more than 253"),
		Entry("with a U-label", set("spec.domainName", "直播.example.com"), "spec.domainName", "A-labels (xn--)"),
		Entry("with an IPv4 address as its domain", set("spec.domainName", "192.0.2.10"), "spec.domainName", "lower-case DNS name"),
		Entry("with an IPv6 address as its domain", set("spec.domainName", "2001:db8::1"), "spec.domainName", "lower-case DNS name"),
		Entry("with a URL as its domain", set("spec.domainName", "https://live.example.com"), "spec.domainName", "lower-case DNS name"),
		Entry("with a port in its domain", set("spec.domainName", "live.example.com:443"), "spec.domainName", "lower-case DNS name"),
		Entry("with a blank after the domain", set("spec.domainName", "live.example.com "), "spec.domainName", "lower-case DNS name"),
		Entry("with a line break after the domain", set("spec.domainName", "live.example.com\n"), "spec.domainName", "lower-case DNS name"),
		Entry("with a wildcard alone", set("spec.domainName", "*"), "spec.domainName", "should be at least 4 chars long"),
		Entry("with a wildcard of a top-level domain", set("spec.domainName", "*.com"), "spec.domainName", "a wildcard such as *.example.com"),
		Entry("with two wildcard labels", set("spec.domainName", "*.*.example.com"), "spec.domainName", "a wildcard such as *.example.com"),
		Entry("with a wildcard within a label", set("spec.domainName", "live*.example.com"), "spec.domainName", "a wildcard such as *.example.com"),
		Entry("with a wildcard that is not the first label", set("spec.domainName", "live.*.example.com"), "spec.domainName", "a wildcard such as *.example.com"),
		Entry("with a domain that is a number", set("spec.domainName", int64(42)), "spec.domainName", "must be of type string"),

		Entry("without any certificate", unset("spec.secretRef"), "spec", "exactly one of the fields in [secretRef certificateRef providerCertificate]"),
		Entry("with a Secret and a Certificate", set("spec.certificateRef", fields{"name": "live"}), "spec", "exactly one of the fields in [secretRef certificateRef providerCertificate]"),
		Entry("with a Secret and a provider's certificate", set("spec.providerCertificate", fields{"type": "CAS", "id": "1"}), "spec", "exactly one of the fields in [secretRef certificateRef providerCertificate]"),
		Entry("with a Secret that has no name", set("spec.secretRef", fields{}), "spec.secretRef.name", "Required value"),
		Entry("with a Secret whose name is empty", set("spec.secretRef.name", ""), "spec.secretRef.name", "should be at least 1 chars long"),
		Entry("with a Secret of another namespace", set("spec.secretRef.name", "other/live-tls"), "spec.secretRef.name", "should match"),
		Entry("with a Secret's name in upper case", set("spec.secretRef.name", "Live-TLS"), "spec.secretRef.name", "should match"),
		Entry("with a Secret's name that is too long", set("spec.secretRef.name", strings.Repeat("a", 254)), "spec.secretRef.name", "may not be more than 253"),
		Entry("with a Certificate that has no name", all(unset("spec.secretRef"), set("spec.certificateRef", fields{})), "spec.certificateRef.name", "Required value"),
		Entry("with a Certificate's name that none can have", all(unset("spec.secretRef"), set("spec.certificateRef", fields{"name": "live_tls"})), "spec.certificateRef.name", "should match"),
		Entry("with a provider's certificate without a type", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"id": "1"})), "spec.providerCertificate.type", "Required value"),
		Entry("with a provider's certificate of an unknown type", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "cas", "id": "1"})), "spec.providerCertificate.type", `supported values: "CAS", "Free"`),
		Entry("with a provider's certificate that nothing names", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "CAS"})), "spec.providerCertificate", "at least one of the fields in [name id]"),
		Entry("with a provider's certificate whose id is no number", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "CAS", "id": "abc"})), "spec.providerCertificate.id", "should match"),
		Entry("with a provider's certificate whose id exceeds 64 bits", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "CAS", "id": strings.Repeat("9", 20)})), "spec.providerCertificate.id", "may not be more than 19"),
		Entry("with a provider's certificate whose name is blank", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "Free", "name": " "})), "spec.providerCertificate.name", "should match"),

		Entry("without a provider", unset("spec.providerRef"), "spec.providerRef", "Required value"),
		Entry("with a provider that has no name", set("spec.providerRef", fields{"kind": "EdgeProvider"}), "spec.providerRef.name", "Required value"),
		Entry("with a provider's name that none can have", set("spec.providerRef.name", "live provider"), "spec.providerRef.name", "should match"),
		Entry("with a provider of another kind", set("spec.providerRef.kind", "Issuer"), "spec.providerRef.kind", `supported values: "EdgeProvider", "ClusterEdgeProvider"`),

		Entry("with an interval without a unit", set("spec.interval", "60"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an interval of an unknown unit", set("spec.interval", "1x"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an interval in days", set("spec.interval", "1d"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an interval that is too short", set("spec.interval", "59s"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an interval that is too long", set("spec.interval", "721h"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with a negative interval", set("spec.interval", "-6h"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an interval that no duration can hold", set("spec.interval", "9999999999999h"), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an empty interval", set("spec.interval", ""), "spec.interval", "must be a duration between 1m and 720h"),
		Entry("with an interval that is a number", set("spec.interval", int64(3600)), "spec.interval", "must be of type string"),
		Entry("with an unknown drift policy", set("spec.driftPolicy", "repair"), "spec.driftPolicy", `supported values: "Repair", "Warn"`),
		Entry("with an unknown deletion policy", set("spec.deletionPolicy", "Delete"), "spec.deletionPolicy", `supported values: "Retain", "DisableHTTPS"`),
		Entry("with suspend as a word", set("spec.suspend", "yes"), "spec.suspend", "must be of type boolean"),
	)

	DescribeTable("is refused with a verification", func(ctx SpecContext, change change, field, words string) {
		object := domainCertificate()
		change(object)
		expectRefused(k8s.Create(ctx, object, client.DryRunAll), field, words)
	},
		Entry("of an unknown mode", set("spec.verification.mode", "Handshake"), "spec.verification.mode", `supported values: "None", "Edge"`),
		Entry("at another name than the domain", set("spec.verification.host", "other.example.com"), "spec.verification.host", "only for wildcard domains"),
		Entry("of a wildcard at no name", all(wildcard, unset("spec.verification.host")), "spec.verification", "needs verification.host"),
		Entry("of a wildcard at its parent", all(wildcard, set("spec.verification.host", "example.com")), "spec.verification.host", "exactly one label below"),
		Entry("of a wildcard two labels below", all(wildcard, set("spec.verification.host", "a.b.example.com")), "spec.verification.host", "exactly one label below"),
		Entry("of a wildcard at another domain", all(wildcard, set("spec.verification.host", "probe.example.net")), "spec.verification.host", "exactly one label below"),
		Entry("of a wildcard at a name with the same ending", all(wildcard, set("spec.verification.host", "probe.badexample.com")), "spec.verification.host", "exactly one label below"),
		Entry("of a wildcard at a host in upper case", all(wildcard, set("spec.verification.host", "Probe.example.com")), "spec.verification.host", "lower-case DNS name"),
		Entry("at an empty address", set("spec.verification.address", ""), "spec.verification.address", "at least 1 chars long"),
		Entry("at a URL", set("spec.verification.address", "https://edge.example.net"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at an address with a path", set("spec.verification.address", "edge.example.net/x"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at an address with user information", set("spec.verification.address", "me@edge.example.net"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at port 0", set("spec.verification.address", "edge.example.net:0"), "spec.verification.address", "between 1 and 65535"),
		Entry("at port 65536", set("spec.verification.address", "edge.example.net:65536"), "spec.verification.address", "between 1 and 65535"),
		Entry("at a port of six digits", set("spec.verification.address", "edge.example.net:100443"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at a port that is a word", set("spec.verification.address", "edge.example.net:https"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at an empty port", set("spec.verification.address", "edge.example.net:"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at an IPv4 address that is out of range", set("spec.verification.address", "192.0.2.256"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at an IPv4 address that is cut off", set("spec.verification.address", "192.0.2"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at an IPv6 address without brackets", set("spec.verification.address", "2001:db8::1"), "spec.verification.address", "IPv6 in brackets"),
		Entry("at an IPv6 address of colons", set("spec.verification.address", "[::::]"), "spec.verification.address", "IPv6 in brackets"),
		Entry("at a name with an empty label", set("spec.verification.address", "edge..example.net"), "spec.verification.address", "must be a host name or IP address"),
		Entry("at a name with a label of 64 characters", set("spec.verification.address", label64+".example.net"), "spec.verification.address", "must be a host name or IP address"),
	)
})

package certbundle_test

import (
	"crypto/x509"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = DescribeTable("Covers",
	func(names []string, domain string, expected bool) {
		leaf := &x509.Certificate{DNSNames: names}
		leaf.Subject.CommonName = domain
		Expect(certbundle.Covers(leaf, domain)).To(Equal(expected))
	},
	Entry("the identical name", []string{"live.example.com"}, "live.example.com", true),
	Entry("one name among several", []string{"a.example.com", "live.example.com"}, "live.example.com", true),
	Entry("another case", []string{"Live.EXAMPLE.com"}, "lIVE.example.COM", true),
	Entry("another name", []string{"vod.example.com"}, "live.example.com", false),
	Entry("the parent", []string{"example.com"}, "live.example.com", false),
	Entry("a child", []string{"live.example.com"}, "example.com", false),
	Entry("a longer name with the same end", []string{"example.com"}, "badexample.com", false),
	Entry("the common name alone", nil, "live.example.com", false),
	Entry("a wildcard for one label", []string{"*.example.com"}, "live.example.com", true),
	Entry("a wildcard in another case", []string{"*.EXAMPLE.com"}, "live.example.com", true),
	Entry("a wildcard for two labels", []string{"*.example.com"}, "a.live.example.com", false),
	Entry("a wildcard for no label", []string{"*.example.com"}, "example.com", false),
	Entry("a wildcard in the middle", []string{"live.*.com"}, "live.example.com", false),
	Entry("a partial wildcard", []string{"li*.example.com"}, "live.example.com", false),
	Entry("two wildcards", []string{"*.*.com"}, "live.example.com", false),
	Entry("a wildcard alone", []string{"*"}, "localhost", false),
	Entry("a wildcard domain by the same wildcard", []string{"*.example.com"}, "*.example.com", true),
	Entry("a wildcard domain by a name under it", []string{"live.example.com"}, "*.example.com", false),
	Entry("a wildcard domain by a wider wildcard", []string{"*.com"}, "*.example.com", false),
	Entry("a name under a wildcard by a wildcard one level down", []string{"*.live.example.com"}, "live.example.com", false),
	Entry("an A-label by itself", []string{"xn--bcher-kva.example.com"}, "xn--bcher-kva.example.com", true),
	Entry("an A-label by a wildcard", []string{"*.example.com"}, "xn--bcher-kva.example.com", true),
	Entry("a wildcard within an A-label", []string{"xn--*.example.com"}, "xn--bcher-kva.example.com", false),
	Entry("a U-label", []string{"bücher.example.com"}, "bücher.example.com", false),
	Entry("a letter that only Unicode folds", []string{"\u212Aex.example.com"}, "kex.example.com", false),
	Entry("an underscore", []string{"_live.example.com"}, "_live.example.com", true),
	Entry("an IPv4 address", []string{"192.0.2.1"}, "192.0.2.1", false),
	Entry("an IPv4 address by a wildcard", []string{"*.0.2.1"}, "192.0.2.1", false),
	Entry("an IPv6 address", []string{"2001:db8::1"}, "2001:db8::1", false),
	Entry("a trailing dot", []string{"live.example.com."}, "live.example.com.", false),
	Entry("an empty label", []string{"live..com"}, "live..com", false),
	Entry("a leading hyphen", []string{"-live.example.com"}, "-live.example.com", false),
	Entry("nothing", []string{""}, "", false),
	Entry("a bare wildcard domain", []string{"*."}, "*.", false),
	Entry("a label that is too long", []string{strings.Repeat("a", 64) + ".com"}, strings.Repeat("a", 64)+".com", false),
	Entry("a name that is too long", []string{strings.Repeat("a.", 127)}, strings.Repeat("a.", 127)+"a", false),
)

var _ = Describe("Check", func() {
	notBefore := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	notAfter := notBefore.AddDate(0, 3, 0)
	ca := testcerts.NewCA("Example")
	parse := func(names ...string) certbundle.Bundle {
		pair := ca.Issue(testcerts.Options{CommonName: "live.example.com", DNSNames: names, NotBefore: notBefore, NotAfter: notAfter})
		return mustParse(pair.CertificatePEM, pair.KeyPEM)
	}

	DescribeTable("accepts from notBefore on, and until notAfter", func(now time.Time) {
		Expect(parse("live.example.com").Check("live.example.com", now)).To(Succeed())
	},
		Entry("the first second", notBefore),
		Entry("the last second", notAfter.Add(-time.Second)),
		Entry("in another zone", notBefore.In(time.FixedZone("east", 8*3600))),
	)

	DescribeTable("says what to do",
		func(domain string, now time.Time, reason certbundle.Reason, message string) {
			Expect(parse("live.example.com").Check(domain, now)).To(MatchError(&certbundle.Error{Reason: reason, Message: message}))
		},
		Entry("before notBefore", "live.example.com", notBefore.Add(-time.Nanosecond), certbundle.NotYetValid,
			`the certificate for "live.example.com" is not valid before 2026-01-02T03:04:05Z; wait until then, or issue one that is valid now`),
		Entry("at notAfter", "live.example.com", notAfter, certbundle.Expired,
			`the certificate for "live.example.com" expired at 2026-04-02T03:04:05Z; renew it`),
		Entry("another domain, whatever the time", "vod.example.com", notAfter, certbundle.DomainNotCovered,
			`no DNS name of the certificate (see status.source.dnsNames) covers "vod.example.com"; issue it for this name`),
	)

	It("explains that the common name does not count", func() {
		Expect(parse().Check("live.example.com", notBefore)).To(BeRefused(certbundle.DomainNotCovered, "common name does not count"))
	})

	It("keeps its message short and printable for any domain", func() {
		Expect(parse().Check(strings.Repeat("\u0000\u212A", 500), notBefore)).To(BeRefused(certbundle.DomainNotCovered, "no DNS name"))
	})
})

var _ = DescribeTable("CheckLeaf asks the same of a certificate without its key",
	func(names []string, at time.Duration, reason certbundle.Reason) {
		notBefore := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		leaf := &x509.Certificate{DNSNames: names, NotBefore: notBefore, NotAfter: notBefore.Add(time.Hour)}
		err := certbundle.CheckLeaf(leaf, "live.example.com", notBefore.Add(at))
		if reason == "" {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(err).To(MatchError(HavePrefix(string(reason))))
	},
	Entry("one that can serve", []string{"*.example.com"}, time.Minute, certbundle.Reason("")),
	Entry("one for another name", []string{"vod.example.com"}, time.Minute, certbundle.DomainNotCovered),
	Entry("one of tomorrow", []string{"*.example.com"}, -time.Minute, certbundle.NotYetValid),
	Entry("one of yesterday", []string{"*.example.com"}, time.Hour, certbundle.Expired),
)

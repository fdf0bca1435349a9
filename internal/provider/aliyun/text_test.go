package aliyun_test

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = DescribeTable("A text that is made plain",
	func(text, plain string) { Expect(aliyun.Plain(aliyun.Text(text))).To(Equal(plain)) },
	Entry("is kept", "Let's Encrypt", "Let's Encrypt"),
	Entry("loses its lines", "R-1\n", "R-1"),
	Entry("loses what moves a terminal", "a\x1b[31mb\x00", "a[31mb"),
	Entry("loses what is no text", "a\xffb", "ab"),
	Entry("loses what cannot be seen", "a\u202eb\u200b", "ab"),
	Entry("loses its margins", "  证书1  ", "证书1"),
	Entry("may be nothing", "", ""),
)

var _ = It("A text that is made plain is cut between characters", func() {
	plain := aliyun.Plain(aliyun.Text("a" + strings.Repeat("é", 400)))
	Expect(plain).To(HaveLen(255))
	Expect(utf8.ValidString(plain)).To(BeTrue())
})

var _ = DescribeTable("A domain's notation",
	func(user, wire string) {
		Expect(aliyun.WireDomain(user)).To(Equal(wire))
		Expect(aliyun.UserDomain(aliyun.Text(wire))).To(Equal(user))
	},
	Entry("is the same for one domain", "www.example.com", "www.example.com"),
	Entry("begins with the dot for a wildcard", "*.example.com", ".example.com"),
	Entry("of nothing is nothing", "", ""),
)

var _ = DescribeTable("A domain that a product shows",
	func(shown, user string) { Expect(aliyun.UserDomain(aliyun.Text(shown))).To(Equal(user)) },
	Entry("as DCDN's list does", "*.com", "*.com"),
	Entry("in capitals", "WWW.Example.COM", "www.example.com"),
	Entry("with a line feed", "a.example.com\n", "a.example.com"),
)

var _ = Describe("A fingerprint on a list", func() {
	pair := testcerts.SelfSigned(testcerts.Options{DNSNames: []string{"www.example.com"}})
	sha := sha1.Sum(pair.Leaf.Raw)
	short := md5.Sum(pair.Leaf.Raw)
	full := hex.EncodeToString(sha[:])
	other := testcerts.SelfSigned(testcerts.Options{DNSNames: []string{"www.example.com"}}).Fingerprint

	DescribeTable("is compared",
		func(shown string, same bool) {
			Expect(aliyun.IsFingerprint(aliyun.Text(shown), pair.Leaf)).To(Equal(same))
		},
		Entry("SHA-1", full, true),
		Entry("SHA-1 in capitals", strings.ToUpper(full), true),
		Entry("SHA-1 with colons", full[:2]+":"+full[2:4]+":"+full[4:], true),
		Entry("SHA-256", pair.Fingerprint, true),
		Entry("MD5", hex.EncodeToString(short[:]), true),
		Entry("another's", other, false),
		Entry("another's, cut", other[:40], false),
		Entry("the beginning of the right one", full[:8], false),
		Entry("none", "", false),
		Entry("a masked one", "****", false),
	)
})

var _ = DescribeTable("A refusal's code",
	func(err error, known bool) {
		Expect(aliyun.IsCode(err, aliyun.CodeCertificateNotFound, aliyun.CodeCertificateStatus)).To(Equal(known))
	},
	Entry("is found", &provider.Error{Code: "Certificate.StatusError"}, true),
	Entry("is found in another spelling", &provider.Error{Code: "certificate.notfind"}, true),
	Entry("is another", &provider.Error{Code: "Certificate"}, false),
	Entry("is none", nil, false),
	Entry("is no refusal's", errors.New("Certificate.NotFind"), false),
)

var _ = DescribeTable("A time",
	func(text string, year int) {
		Expect(aliyun.TimeOf(aliyun.Text(text))).To(BeTemporally("==", time.Date(year, 2, 8, 8, 2, 7, 0, time.UTC)))
	},
	Entry("of the domain's description", "2098-02-08T08:02:07Z", 2098),
	Entry("of the certificate's description", "2098-02-08 08:02:07 +0000 UTC", 2098),
	Entry("with a line feed", "2098-02-08T08:02:07Z\n", 2098),
)

var _ = It("A time that cannot be read is none", func() {
	Expect(aliyun.TimeOf("tomorrow").IsZero()).To(BeTrue())
	Expect(aliyun.TimeOf("").IsZero()).To(BeTrue())
})

package cdnpro_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// sample has the fields, ids and times of the sample on the page of query
// certificate details, with all fields of its table of response parameters.
const sample = `{
	"certificateId": "b23dce5954b2e1a639aa0a45",
	"name": "testCertificate2019101202146",
	"versionInProduction": 2,
	"versionInStaging": 1,
	"description": "certificate description",
	"versions": [
		{"version": 1, "type": "selfsigned", "expirationTime": "2019-11-21T22:21:41Z", "creationTime": "2019-11-11T22:21:41Z",
		 "fingerprint": "6d38d08f70e3a04ad2c2bff11fb394e8ed29f878", "comments": "a self-signed version"},
		{"version": 2, "type": "uploaded", "expirationTime": "2029-12-30T09:33:38Z", "creationTime": "2019-11-11T22:21:47Z",
		 "fingerprint": "03a6feea219b6dfd3e54b41174393d56387cbebf", "comments": "certificate comments 2"}
	],
	"usageInProduction": [
		{"propertyId": "2e88917f24ede37603837a43", "hostnames": ["testdomain-t1573511384256.domain.info"], "origins": ["origin"]},
		{"propertyId": "75e8d78b973a4aadc3fcc185", "hostnames": ["testdomain-t1573511634898.domain.info"]}
	],
	"usageInStaging": [{"propertyId": "2e88917f24ede37603837a43", "hostnames": ["staged.domain.info"]}],
	"autoRenew": "Off",
	"forceRenew": false
}`

const sampleDomain = "testdomain-t1573511384256.domain.info"

// at is a hostname's reply with the certificate in production.
const at = `{"hostname": "x", "propertyInProduction": {"propertyId": "2e88917f24ede37603837a43", "version": 3, "certificateId": "b23dce5954b2e1a639aa0a45"}, "propertyInStaging": null}`

func mustDecode(to cdnpro.Target, domain, hostname, certificate string) provider.Observation {
	GinkgoHelper()
	observation, err := cdnpro.Decode(to, domain, []byte(hostname), []byte(certificate))
	Expect(err).NotTo(HaveOccurred())
	return observation
}

var _ = Describe("What the product shows", func() {
	It("of its own sample is all translated", func() {
		Expect(mustDecode(cdnpro.Production, sampleDomain, at, sample)).To(Equal(provider.Observation{
			Found:           true,
			NotAfter:        time.Date(2029, time.December, 30, 9, 33, 38, 0, time.UTC),
			AlsoServed:      []string{"testdomain-t1573511634898.domain.info"},
			HTTPS:           provider.HTTPSOn,
			CertificateID:   "b23dce5954b2e1a639aa0a45",
			CertificateName: "testCertificate2019101202146",
			CertificateType: "uploaded",
			Status:          "uploaded",
			UpdateTime:      time.Date(2019, time.November, 11, 22, 21, 47, 0, time.UTC),
			Version:         2,
			StagingVersion:  1,
		}))
	})

	It("names those in staging too where that is a target", func() {
		Expect(mustDecode(cdnpro.StagingThenProduction, sampleDomain, at, sample).AlsoServed).To(
			Equal([]string{"staged.domain.info", "testdomain-t1573511634898.domain.info"}))
	})

	It("is not held if the usage does not list the hostname", func() {
		observation := mustDecode(cdnpro.Production, "another.domain.info", at, sample)
		Expect(observation.Found).To(BeFalse())
		Expect(observation.HTTPS).To(BeEmpty())
		Expect(observation.Version).To(BeEquivalentTo(2))
	})

	DescribeTable("may have other forms",
		func(hostname, certificate string) {
			Expect(mustDecode(cdnpro.Production, sampleDomain, hostname, certificate)).To(
				Equal(mustDecode(cdnpro.Production, sampleDomain, at, sample)))
		},
		Entry("versions as text", strings.ReplaceAll(at, `"version": 3`, `"version": "3"`),
			strings.NewReplacer(`"versionInProduction": 2`, `"versionInProduction": "2"`, `"version": 2`, `"version": "2"`).Replace(sample)),
		Entry("the property as text", `{"propertyInProduction": "{\"propertyId\": \"2e88917f24ede37603837a43\", \"version\": 3, \"certificateId\": \"b23dce5954b2e1a639aa0a45\"}", "propertyInStaging": "null"}`, sample),
		Entry("hostnames as a single one", at, strings.ReplaceAll(sample, `["testdomain-t1573511384256.domain.info"]`, `"TESTDOMAIN-t1573511384256.domain.info"`)),
		Entry("a flag as text", at, strings.ReplaceAll(sample, `"forceRenew": false`, `"forceRenew": "true"`)),
		Entry("fields that nobody knows", at, strings.ReplaceAll(sample, `"autoRenew": "Off"`, `"autoRenew": "Off", "new": {"a": [1]}`)),
	)

	DescribeTable("of a property without certificate is no certificate",
		func(hostname string) {
			Expect(mustDecode(cdnpro.Production, sampleDomain, hostname, `{}`)).To(Equal(provider.Observation{HTTPS: provider.HTTPSOff}))
		},
		Entry("without the field", `{"propertyInProduction": {"propertyId": "p", "version": 1}}`),
		Entry("with null", `{"propertyInProduction": {"propertyId": "p", "version": 1, "certificateId": null}}`),
		Entry("with nothing", `{"propertyInProduction": {"propertyId": "p", "version": 1, "certificateId": ""}}`),
	)

	DescribeTable("of a fingerprint is believed from a comment of ours only",
		func(comment, other string, believed bool) {
			const ours = "5f3a6f6f2d0b7a1c5f3a6f6f2d0b7a1c5f3a6f6f2d0b7a1c5f3a6f6f2d0b7a1c"
			certificate := strings.NewReplacer("certificate comments 2", fmt.Sprintf(comment, ours), "a self-signed version", fmt.Sprintf(other, ours)).Replace(sample)
			expected := ""
			if believed {
				expected = ours
			}
			certificate, _, _ = strings.Cut(certificate, "%!(EXTRA")
			Expect(mustDecode(cdnpro.Production, sampleDomain, at, certificate).Fingerprint).To(Equal(expected))
		},
		Entry("as Deploy leaves it", "domaincert sha256:%s", "%.0sx", true),
		Entry("with space around it", " domaincert sha256:%s ", "%.0sx", true),
		Entry("of another program", "sha256:%s", "%.0sx", false),
		Entry("cut short", "domaincert sha256:%.63s", "%.0sx", false),
		Entry("with more to it", "domaincert sha256:%s and more", "%.0sx", false),
		Entry("that is not hex", "domaincert sha256:zz%.62s", "%.0sx", false),
		Entry("copied from an older version with another leaf", "domaincert sha256:%s", "domaincert sha256:%s", false),
	)

	It("is bounded and on one line before it becomes status", func() {
		hostnames := make([]string, 0, 200)
		for i := range 200 {
			hostnames = append(hostnames, fmt.Sprintf(`"h%03d.example.com"`, i))
		}
		long := strings.Repeat("ü", 1000)
		certificate := strings.NewReplacer(
			`"testCertificate2019101202146"`, `"a\nb\u0000`+long+`"`,
			`["testdomain-t1573511634898.domain.info"]`, "["+strings.Join(hostnames, ",")+"]").Replace(sample)
		observation := mustDecode(cdnpro.Production, sampleDomain, at, certificate)
		Expect(observation.AlsoServed).To(HaveLen(64))
		Expect(len(observation.CertificateName)).To(BeNumerically("<=", 256))
		Expect(observation.CertificateName).To(HavePrefix("abü"))
	})

	DescribeTable("of an algorithm is a kind of key",
		func(algorithm, kind string) { Expect(cdnpro.KeyKind(algorithm)).To(Equal(kind)) },
		Entry("RSA", "RSA", "RSA"),
		Entry("as OpenSSL writes RSA", "rsaEncryption", "RSA"),
		Entry("as the operator writes RSA", "RSA-2048", "RSA"),
		Entry("EC", "EC", "EC"),
		Entry("as the operator writes EC", "ECDSA-P256", "EC"),
		Entry("as OpenSSL writes EC", "id-ecPublicKey", "EC"),
		Entry("as the product names a self-signed one", "ECC256", "EC"),
		Entry("something new", "ML-DSA-44", ""),
	)
})

func FuzzDecode(f *testing.F) {
	f.Add([]byte(at), []byte(sample))
	f.Add([]byte(`{"propertyInProduction":"null"}`), []byte(`{"versions":{"version":"1"},"usageInProduction":{"hostnames":"a"}}`))
	f.Add([]byte(`null`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, hostname, certificate []byte) {
		observation, err := cdnpro.Decode(cdnpro.StagingThenProduction, sampleDomain, hostname, certificate)
		if err != nil {
			return
		}
		if len(observation.AlsoServed) > 64 || len(observation.CertificateName) > 256 || len(observation.Status) > 256 {
			t.Fatalf("unbounded: %+v", observation)
		}
		if fingerprint := observation.Fingerprint; fingerprint != "" && (len(fingerprint) != 64 || strings.Trim(fingerprint, "0123456789abcdef") != "") {
			t.Fatalf("fingerprint %q", fingerprint)
		}
		if observation.Found && observation.HTTPS != provider.HTTPSOn || observation.Version < 0 || observation.StagingVersion < 0 {
			t.Fatalf("contradiction: %+v", observation)
		}
		if strings.ContainsAny(observation.CertificateName+observation.CertificateType, "\n\r\x00") {
			t.Fatalf("more than one line: %+v", observation)
		}
	})
}

package edgesim_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

// The vendor's worked examples are calls that the simulator does not offer: a right
// signature is answered with InvalidVersion, a wrong one with SignatureDoesNotMatch.
var _ = Describe("the vendor's worked examples", func() {
	at := func(text string) func() time.Time {
		return func() time.Time {
			instant, err := time.Parse(time.RFC3339, text)
			Expect(err).NotTo(HaveOccurred())
			return instant
		}
	}
	started := func(id, secret, now string) *client {
		sim := start(func(c *edgesim.Config) {
			c.Clock = at(now)
			c.Accounts[0].Keys = []edgesim.AccessKey{{ID: id, Secret: edgesim.Secret(secret)}}
		})
		return newClient(sim.APIAddress())
	}
	send := func(c *client, request *http.Request) string {
		response, err := c.http.Do(request)
		Expect(err).NotTo(HaveOccurred())
		body, err := io.ReadAll(response.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		return string(body)
	}

	DescribeTable("signature V3, RunInstances",
		func(image, expected string) {
			c := started("YourAccessKeyId", "YourAccessKeySecret", "2023-10-26T10:22:32Z")
			request := c.plain(GinkgoT().Context(), http.MethodPost, "RegionId=cn-shanghai&ImageId="+image, "")
			request.Host = "ecs.cn-shanghai.aliyuncs.com"
			for name, value := range map[string]string{
				"x-acs-action": "RunInstances", "x-acs-version": "2014-05-26", "x-acs-date": "2023-10-26T10:22:32Z",
				"x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
				"x-acs-content-sha256":  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			} {
				request.Header.Set(name, value)
			}
			request.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders="+
				"host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"+
				"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")
			Expect(send(c, request)).To(ContainSubstring(`"Code":"` + expected + `"`))
		},
		Entry("as printed", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "InvalidVersion"),
		Entry("with another image", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230812.vhd", "SignatureDoesNotMatch"),
	)

	DescribeTable("signature V1, DescribeRegions",
		func(format, expected string) {
			c := started("testid", "testsecret", "2016-02-23T12:46:24Z")
			query := url.Values{"Timestamp": {"2016-02-23T12:46:24Z"}, "Format": {format}, "AccessKeyId": {"testid"},
				"Action": {"DescribeRegions"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
				"SignatureNonce": {"3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"}, "Version": {"2014-05-26"},
				"Signature": {"OLeaidS1JvxuMvnyHOwuJ+uX5qY="}}
			request := c.plain(GinkgoT().Context(), http.MethodGet, query.Encode(), "")
			Expect(send(c, request)).To(ContainSubstring(expected))
		},
		Entry("as printed", "XML", "<Code>InvalidVersion</Code>"),
		Entry("with another format", "JSON", `"Code":"SignatureDoesNotMatch"`),
	)
})

var _ = Describe("ways to send a call", func() {
	DescribeTable("that are all accepted",
		func(change func(*client), keyInURL bool) {
			sim := start()
			c := newClient(sim.APIAddress())
			change(c)
			cert := issueFor(domainName)
			got := c.call(setOperation, cert.on())
			Expect(got.status).To(Equal(http.StatusOK), got.raw)
			entries := sim.Journal(edgesim.Query{Operation: setOperation})
			Expect(entries).To(HaveLen(1))
			Expect(entries[0].Outcome).To(Equal(edgesim.OutcomeOK))
			Expect(entries[0].Fingerprint).To(Equal(cert.fingerprint))
			Expect(entries[0].KeyInURL).To(Equal(keyInURL))
		},
		Entry("V3, form", func(*client) {}, false),
		Entry("V3, form, chunked", func(c *client) { c.chunked = true }, false),
		Entry("V3, query, as the typed SDKs do", func(c *client) { c.viaQuery = true }, true),
		Entry("V3, GET", func(c *client) { c.get = true }, true),
		Entry("V1, form", func(c *client) { c.viaV1 = true }, false),
		Entry("V1, form, chunked", func(c *client) { c.viaV1, c.chunked = true, true }, false),
		Entry("V1, query", func(c *client) { c.viaV1, c.viaQuery = true, true }, true),
		Entry("V1, GET", func(c *client) { c.viaV1, c.get = true, true }, true),
		Entry("V3 with characters that encodings disagree on in the query, raw", func(c *client) {
			c.changeBeforeSend = func(r *http.Request) { r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "%2A", "*") }
			c.viaQuery = true
		}, true),
	)

	It("answers V1 in XML unless JSON is asked for", func() {
		c := newClient(start().APIAddress())
		c.viaV1 = true
		Expect(c.call(describe, params{"DomainName": domainName}).raw).
			To(ContainSubstring("<DescribeLiveDomainCertificateInfoResponse><CertInfos><CertInfo>"))
		c.format = "JSON"
		Expect(c.call(describe, params{"DomainName": domainName}).at("CertInfos", "CertInfo", "SSLProtocol")).To(Equal("off"))
	})
})

var _ = Describe("who may call", func() {
	const token = "test-token"
	clockAt := newClock()

	DescribeTable("refusals", Label("codes"),
		func(change func(*client), status int, code string) {
			sim := start(func(c *edgesim.Config) {
				c.Clock = clockAt.Now
				c.Accounts[0].Keys = append(c.Accounts[0].Keys,
					edgesim.AccessKey{ID: "disabled", Secret: keySecret, Disabled: true},
					edgesim.AccessKey{ID: "sts", Secret: keySecret, SecurityToken: token, User: "role/session"},
					edgesim.AccessKey{ID: "sts-expired", Secret: keySecret, SecurityToken: token, Expires: clockAt.Now()},
					edgesim.AccessKey{ID: "ram", Secret: keySecret, User: "reader", DeniedOperations: []string{describe}})
			})
			for _, viaV1 := range []bool{false, true} {
				c := newClient(sim.APIAddress())
				c.viaV1, c.format, c.now = viaV1, "JSON", clockAt.Now
				change(c)
				got := c.call(describe, params{"DomainName": domainName})
				Expect(got.code()).To(Equal(code), got.raw)
				Expect(got.status).To(Equal(status))
				Expect(got.body).To(And(HaveKey("Message"), HaveKey("RequestId"), HaveKey("HostId"), HaveKey("Recommend")))
			}
		},
		Entry("unknown key", func(c *client) { c.keyID = "stranger" }, 404, "InvalidAccessKeyId.NotFound"),
		Entry("disabled key", func(c *client) { c.keyID = "disabled" }, 400, "InvalidAccessKeyId.Inactive"),
		Entry("wrong secret", func(c *client) { c.secret = "wrong" }, 403, "SignatureDoesNotMatch"),
		Entry("a clock 16 minutes slow", func(c *client) {
			c.now = func() time.Time { return clockAt.Now().Add(-16 * time.Minute) }
		}, 400, "InvalidTimeStamp.Expired"),
		Entry("a clock 16 minutes fast", func(c *client) {
			c.now = func() time.Time { return clockAt.Now().Add(16 * time.Minute) }
		}, 400, "InvalidTimeStamp.Expired"),
		Entry("temporary key without token", func(c *client) { c.keyID = "sts" }, 400, "MissingSecurityToken"),
		Entry("temporary key with another's token", func(c *client) { c.keyID, c.token = "sts", "other" },
			400, "InvalidSecurityToken.MismatchWithAccessKey"),
		Entry("token expired", func(c *client) { c.keyID, c.token = "sts-expired", token }, 403, "InvalidSecurityToken.Expired"),
		Entry("operation denied by RAM", func(c *client) { c.keyID = "ram" }, 403, "NoPermission"),
		Entry("unknown version", func(c *client) { c.version = "1999-01-01" }, 400, "InvalidVersion"),
	)

	It("accepts a temporary key with its token, in both versions", func() {
		sim := start(func(c *edgesim.Config) {
			c.Accounts[0].Keys = []edgesim.AccessKey{{ID: "sts", Secret: keySecret, SecurityToken: token}}
		})
		for _, viaV1 := range []bool{false, true} {
			c := newClient(sim.APIAddress())
			c.keyID, c.token, c.viaV1 = "sts", token, viaV1
			Expect(c.call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
		}
	})

	It("refuses a nonce used before, and only for the key that used it", func() {
		sim := start(func(c *edgesim.Config) {
			c.Accounts[0].Keys = append(c.Accounts[0].Keys, edgesim.AccessKey{ID: "second", Secret: keySecret})
		})
		c := newClient(sim.APIAddress())
		c.nonce = "once"
		Expect(c.call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
		Expect(c.call(describe, params{"DomainName": domainName}).code()).To(Equal("SignatureNonceUsed"))
		c.keyID = "second"
		Expect(c.call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
	})

	DescribeTable("requests whose signature is incomplete or contradicts them",
		func(change func(*http.Request), code string) {
			c := newClient(start().APIAddress())
			c.changeBeforeSend = change
			Expect(c.call(describe, params{"DomainName": domainName}).code()).To(Equal(code))
		},
		Entry("no Authorization", func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAccessKeyId"),
		Entry("another algorithm", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SHA256", "SM3", 1))
		}, "IncompleteSignature"),
		Entry("no signature in it", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Split(r.Header.Get("Authorization"), ",Signature=")[0])
		}, "IncompleteSignature"),
		Entry("no date", func(r *http.Request) { r.Header.Del("X-Acs-Date") }, "IncompleteSignature"),
		Entry("an x-acs header that is not signed", func(r *http.Request) { r.Header.Set("X-Acs-Extra", "1") }, "SignatureDoesNotMatch"),
		Entry("another host than signed", func(r *http.Request) { r.Host = "live.aliyuncs.com" }, "SignatureDoesNotMatch"),
		Entry("a query parameter that is not signed", func(r *http.Request) { r.URL.RawQuery = "DomainName=" + domainName }, "SignatureDoesNotMatch"),
		Entry("another body than hashed", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("DomainName=other")), -1
		}, "SignatureDoesNotMatch"),
		Entry("another method than signed", func(r *http.Request) { r.Method = http.MethodGet }, "SignatureDoesNotMatch"),
		Entry("a method that the API does not have", func(r *http.Request) { r.Method = http.MethodPut }, "UnsupportedHTTPMethod"),
	)

	It("repeats the string to sign as the real gateway does, unless told not to", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		c.secret = "wrong"
		message := func() any { return c.call(describe, params{"DomainName": domainName}).body["Message"] }
		Expect(message()).To(ContainSubstring("server StringToSign is [ACS3-HMAC-SHA256\n"))
		mustSet(sim, func(s *edgesim.Settings) { s.OmitStringToSign = true })
		Expect(message()).To(Equal("Specified signature is not matched with our calculation."))
	})

	It("shows the skew of its clock in the Date header", func() {
		sim := start()
		mustSet(sim, func(s *edgesim.Settings) { s.ClockSkew = 60 * edgesim.Minute })
		got := newClient(sim.APIAddress()).call(describe, params{"DomainName": domainName})
		Expect(got.code()).To(Equal("InvalidTimeStamp.Expired"))
		date, err := http.ParseTime(got.header.Get("Date"))
		Expect(err).NotTo(HaveOccurred())
		Expect(date).To(BeTemporally(">", time.Now().Add(50*time.Minute)))
	})

	It("tells who calls", func() {
		sim := start(func(c *edgesim.Config) {
			c.Accounts[0].Keys = append(c.Accounts[0].Keys, edgesim.AccessKey{ID: "ram", Secret: keySecret, User: "deployer"},
				edgesim.AccessKey{ID: "sts", Secret: keySecret, SecurityToken: token, User: "role/session"})
		})
		c := newClient(sim.APIAddress())
		c.version = "2015-04-01"
		for id, expected := range map[string][2]string{
			keyID: {"acs:ram::" + accountID + ":root", "Account"},
			"ram": {"acs:ram::" + accountID + ":user/deployer", "RAMUser"},
			"sts": {"acs:ram::" + accountID + ":assumed-role/role/session", "AssumedRoleUser"},
		} {
			c.keyID, c.token = id, ""
			if id == "sts" {
				c.token = token
			}
			got := c.call("GetCallerIdentity", nil)
			Expect(got.body).To(And(HaveKeyWithValue("AccountId", accountID), HaveKeyWithValue("Arn", expected[0]),
				HaveKeyWithValue("IdentityType", expected[1]), HaveKey("PrincipalId"), HaveKey("RequestId")), got.raw)
		}
	})
})

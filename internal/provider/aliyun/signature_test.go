package aliyun_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// The SDK signs; these are the vendor's worked examples, with the keys that its
// pages print.
var _ = Describe("The SDK's signature", func() {
	It("V3 is that of the page's RunInstances", func() {
		const payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		request := &dara.Request{
			Method:   dara.String(http.MethodPost),
			Pathname: dara.String("/"),
			Query: map[string]*string{
				"ImageId":  dara.String("win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
				"RegionId": dara.String("cn-shanghai"),
			},
			Headers: map[string]*string{
				"host":                  dara.String("ecs.cn-shanghai.aliyuncs.com"),
				"x-acs-action":          dara.String("RunInstances"),
				"x-acs-version":         dara.String("2014-05-26"),
				"x-acs-date":            dara.String("2023-10-26T10:22:32Z"),
				"x-acs-signature-nonce": dara.String("3156853299f313e23d1673dc12e1703d"),
				"x-acs-content-sha256":  dara.String(payload),
			},
		}
		signed := openapiutil.GetAuthorization(request, dara.String("ACS3-HMAC-SHA256"), dara.String(payload),
			dara.String("YourAccessKeyId"), dara.String("YourAccessKeySecret"))
		Expect(dara.StringValue(signed)).To(Equal("ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=" +
			"host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
			"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"))
	})

	It("V1 is that of the page's DescribeRegions", func() {
		parameters := map[string]*string{}
		for name, value := range map[string]string{
			"Timestamp": "2016-02-23T12:46:24Z", "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions",
			"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "Version": "2014-05-26",
			"SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
		} {
			parameters[name] = &value
		}
		signed := openapiutil.GetRPCSignature(parameters, dara.String(http.MethodGet), dara.String("testsecret"))
		Expect(dara.StringValue(signed)).To(Equal("OLeaidS1JvxuMvnyHOwuJ+uX5qY="))
	})
})

// What arrives is signed again from the pages' rules, without the SDK.
var _ = Describe("A signature on the wire", func() {
	send := func(ctx SpecContext, version string) recorded {
		GinkgoHelper()
		server := serve(answering(http.StatusOK, accepted))
		operation, parameters := set()
		parameters["Odd"] = "a+b *~/ü&=" // what encodings disagree on
		_, err := newClient(server.URL, signature(version)).Call(ctx, operation, parameters)
		Expect(err).NotTo(HaveOccurred())
		return server.seen()[0]
	}

	It("V3 covers host, type, body and every x-acs header", func(ctx SpecContext) {
		request := send(ctx, aliyun.SignatureV3)
		fields := strings.SplitN(request.header.Get("Authorization"), ",", 3)
		signed := strings.Split(strings.TrimPrefix(fields[1], "SignedHeaders="), ";")
		Expect(slices.IsSorted(signed)).To(BeTrue())
		Expect(signed).To(ContainElements("host", "content-type", "x-acs-content-sha256", "x-acs-security-token"))
		canonical := "POST\n/\n\n"
		for _, name := range signed {
			value := request.header.Get(name)
			if name == "host" {
				value = request.host
			}
			canonical += name + ":" + strings.TrimSpace(value) + "\n"
		}
		for name := range request.header {
			if strings.HasPrefix(name, "X-Acs-") {
				Expect(signed).To(ContainElement(strings.ToLower(name)))
			}
		}
		canonical += "\n" + strings.Join(signed, ";") + "\n" + request.header.Get("x-acs-content-sha256")
		hash := sha256.Sum256([]byte(canonical))
		mac := hmac.New(sha256.New, []byte(accessSecret))
		mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(hash[:])))
		Expect(fields[2]).To(Equal("Signature=" + hex.EncodeToString(mac.Sum(nil))))
	})

	It("V1 covers every parameter", func(ctx SpecContext) {
		form := send(ctx, aliyun.SignatureV1).form
		got := form.Get("Signature")
		form.Del("Signature")
		encode := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
		var pairs []string
		for name, values := range form {
			pairs = append(pairs, encode(name)+"="+encode(values[0]))
		}
		slices.Sort(pairs)
		mac := hmac.New(sha1.New, []byte(accessSecret+"&"))
		mac.Write([]byte("POST&%2F&" + encode(strings.Join(pairs, "&"))))
		Expect(got).To(Equal(base64.StdEncoding.EncodeToString(mac.Sum(nil))))
	})
})

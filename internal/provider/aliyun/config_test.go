package aliyun_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = Describe("A configuration", func() {
	DescribeTable("whose endpoint is good",
		func(endpoint string) {
			_, err := aliyun.New(aliyun.Config{Endpoint: endpoint, Credentials: keys()})
			Expect(err).NotTo(HaveOccurred())
		},
		Entry("host", "live.aliyuncs.com"),
		Entry("host and port", "127.0.0.1:1234"),
		Entry("IPv6", "[::1]:1234"),
		Entry("https", "https://live.aliyuncs.com"),
		Entry("https with a slash", "https://live.aliyuncs.com/"),
		Entry("http", "http://127.0.0.1:1234"),
	)

	DescribeTable("whose endpoint is not",
		func(endpoint string) {
			_, err := aliyun.New(aliyun.Config{Endpoint: endpoint, Credentials: keys()})
			failure := expectError(err)
			Expect(failure.Kind).To(Equal(provider.Rejected))
			Expect(failure.Advice).NotTo(BeEmpty())
		},
		Entry("empty", ""),
		Entry("a user and a password", "https://user:"+accessSecret+"@live.aliyuncs.com"),
		Entry("a path", "live.aliyuncs.com/path"),
		Entry("a query", "live.aliyuncs.com/?SSLPri=x"),
		Entry("a fragment", "live.aliyuncs.com#x"),
		Entry("another scheme", "ftp://live.aliyuncs.com"),
		Entry("no host", "https://:443"),
		Entry("no port after the colon", "live.aliyuncs.com:"),
		Entry("a line end", "live.aliyuncs.com\r\nX-Evil: 1"),
		Entry("a space", "live aliyuncs.com"),
	)

	It("with an unknown signature version is refused", func() {
		_, err := aliyun.New(aliyun.Config{Endpoint: "h", Credentials: keys(), SignatureVersion: "V2"})
		Expect(expectError(err).Kind).To(Equal(provider.Rejected))
	})

	It("without credentials is refused", func() {
		_, err := aliyun.New(aliyun.Config{Endpoint: "h"})
		Expect(expectError(err).Kind).To(Equal(provider.Denied))
	})

	DescribeTable("is refused where the environment makes the SDK print credentials",
		func(value string, refused bool) {
			GinkgoT().Setenv("DEBUG", value)
			_, err := aliyun.New(aliyun.Config{Endpoint: "h", Credentials: keys()})
			Expect(err != nil).To(Equal(refused))
		},
		Entry("requests and headers", "dara", true),
		Entry("the same of the older layer", "tea", true),
		Entry("credentials", "credential", true),
		Entry("among others", "x,dara,y", true),
		Entry("something else", "express:*", false),
	)
})

var _ = Describe("An access key", func() {
	It("does not borrow the operator's own from the environment", func() {
		GinkgoT().Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "operator-id")
		GinkgoT().Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "operator-secret")
		for _, parts := range [][2]string{{"", ""}, {"id", ""}, {"", "secret"}, {"id", " \n"}} {
			_, err := aliyun.AccessKey(parts[0], parts[1], "")
			failure := expectError(err)
			Expect(failure.Kind).To(Equal(provider.Denied))
			Expect(failure.Account).To(BeTrue())
		}
	})

	It("loses the line end that a file gave it", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, accepted))
		credentials, err := aliyun.AccessKey(accessKeyID+"\n", accessSecret+"\n", "")
		Expect(err).NotTo(HaveOccurred())
		client := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = credentials })
		_, err = client.Call(ctx, aliyun.Operation{Action: "GetThing", Version: "1"}, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(server.seen()[0].header.Get("Authorization")).To(ContainSubstring("Credential=" + accessKeyID + ","))
		Expect(server.seen()[0].header).NotTo(HaveKey("X-Acs-Security-Token"))
	})

	It("prints itself nowhere", func() {
		config := aliyun.Config{Endpoint: "h", Credentials: keys()}
		client, err := aliyun.New(config)
		Expect(err).NotTo(HaveOccurred())
		document, err := json.Marshal(config)
		Expect(err).NotTo(HaveOccurred())
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("", "credentials", config.Credentials, "config", config)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("", "credentials", config.Credentials, "config", config)
		var printed strings.Builder
		for _, value := range []any{config.Credentials, &config.Credentials, config, &config, client} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				fmt.Fprintf(&printed, verb+"\n", value)
			}
		}
		everything := printed.String() + log.String() + string(document)
		Expect(everything).To(ContainSubstring("REDACTED"))
		for _, secret := range []string{accessKeyID, accessSecret, securityToken} {
			Expect(everything).NotTo(ContainSubstring(secret))
			Expect(everything).NotTo(ContainSubstring(fmt.Sprintf("%x", secret)))
		}
	})
})

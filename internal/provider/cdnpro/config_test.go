package cdnpro_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("A configuration", func() {
	DescribeTable("that cannot work is refused before anything is called",
		func(change func(*cdnpro.Config), kind provider.Kind) {
			config := cdnpro.Config{User: user, APIKey: cdnpro.NewAPIKey(apiKey)}
			change(&config)
			client, err := cdnpro.New(config)
			Expect(client).To(BeNil())
			failure := expectFailure(err, kind)
			Expect(failure.Account).To(BeTrue())
			Expect(failure.Advice).NotTo(BeEmpty())
		},
		Entry("no user", func(c *cdnpro.Config) { c.User = " \n" }, provider.Denied),
		Entry("no key at all", func(c *cdnpro.Config) { c.APIKey = cdnpro.APIKey{} }, provider.Denied),
		Entry("an empty key", func(c *cdnpro.Config) { c.APIKey = cdnpro.NewAPIKey("\n") }, provider.Denied),
		Entry("a user that Basic authentication would cut", func(c *cdnpro.Config) { c.User = "a:b" }, provider.Rejected),
		Entry("a user of two lines", func(c *cdnpro.Config) { c.User = "a\nb" }, provider.Rejected),
		Entry("a customer of two lines", func(c *cdnpro.Config) { c.OnBehalfOf = "a\r\nHost: b" }, provider.Rejected),
		Entry("an unknown target", func(c *cdnpro.Config) { c.Target = "production" }, provider.Rejected),
		Entry("an endpoint with a path", func(c *cdnpro.Config) { c.Endpoint = "https://host/cdn" }, provider.Rejected),
		Entry("an endpoint with a user", func(c *cdnpro.Config) { c.Endpoint = "https://user@host" }, provider.Rejected),
		Entry("an endpoint of another kind", func(c *cdnpro.Config) { c.Endpoint = "ftp://host" }, provider.Rejected),
		Entry("an endpoint without host", func(c *cdnpro.Config) { c.Endpoint = "https://:443" }, provider.Rejected),
	)

	It("needs a user and a key, and may end in newlines", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{})
		client := w.client(func(c *cdnpro.Config) {
			c.User, c.APIKey, c.OnBehalfOf = user+"\n", cdnpro.NewAPIKey(apiKey+"\n"), "customer"
		})
		account, err := client.Identify(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(account).To(Equal(user))
		journal := w.Journal(edgesim.Query{})
		Expect(journal).To(HaveLen(1))
		Expect(journal[0].Operation).To(Equal("GET /cdn/certificates"))
		Expect(journal[0].CDNPro.OnBehalfOf).To(Equal("customer"))
	})

	It("of another key is denied as an account", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{})
		_, err := w.client(func(c *cdnpro.Config) { c.APIKey = cdnpro.NewAPIKey("another") }).Identify(ctx)
		Expect(expectFailure(err, provider.Denied).Account).To(BeTrue())
	})

	It("does not print its key, and neither does what is made of it", func() {
		const secret = "canary-7f3a"
		config := cdnpro.Config{User: user, APIKey: cdnpro.NewAPIKey(secret)}
		client, err := cdnpro.New(config)
		Expect(err).NotTo(HaveOccurred())
		var told strings.Builder
		slog.New(slog.NewJSONHandler(&told, nil)).Info("key", "key", config.APIKey, "config", config)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
			fmt.Fprintf(&told, verb+verb+verb+verb, config.APIKey, config, client, cdnpro.NewAdapter(client))
			fmt.Fprintf(&told, verb, *client)
		}
		encoded, err := json.Marshal(map[string]any{"key": config.APIKey, "keys": []cdnpro.APIKey{config.APIKey}})
		Expect(err).NotTo(HaveOccurred())
		told.Write(encoded)
		told.WriteString(config.APIKey.String())
		Expect(told.String()).To(ContainSubstring("REDACTED"))
		Expect(told.String()).NotTo(ContainSubstring(secret))
		Expect(strings.ToLower(told.String())).NotTo(ContainSubstring(fmt.Sprintf("%x", secret)))
	})
})

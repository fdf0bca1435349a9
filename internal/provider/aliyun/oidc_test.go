package aliyun_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The exchange of an OIDC token", func() {
	DescribeTable("is not signed, and has the token in the form body",
		func(ctx SpecContext, version string) {
			server := serve(answering(http.StatusForbidden, `{"Code":"NoPermission","RequestId":"R","Message":"`+oidcToken+`"}`))
			own := must(aliyun.FromOIDC(federated(), aliyun.Exchange{STSEndpoint: server.URL, SignatureVersion: version}))
			_, err := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = own }).Identify(ctx)
			Expect(refused(err).Kind).To(Equal(provider.Denied))
			request := server.seen()[0]
			Expect(request.uri).To(Equal("/"))
			Expect(request.form.Get("OIDCToken")).To(Equal(oidcToken))
			Expect(request.form.Get("RoleSessionName")).To(Equal("domaincert"))
			Expect(request.header).NotTo(Or(HaveKey("Authorization"), HaveKey("X-Acs-Security-Token"), HaveKey("Proxy-Authorization")))
			Expect(request.form).NotTo(Or(HaveKey("Signature"), HaveKey("AccessKeyId")))
		},
		Entry("V3", aliyun.SignatureV3),
		Entry("V1", aliyun.SignatureV1),
	)

	It("reads a token file anew each time", func(ctx SpecContext) {
		at := newCloud()
		path := filepath.Join(GinkgoT().TempDir(), "token")
		Expect(os.WriteFile(path, []byte(oidcToken), 0o600)).To(Succeed())
		role := federated()
		role.Token = aliyun.TokenFile(path)
		client := at.client(must(aliyun.FromOIDC(role, at.exchange())))
		Expect(client.Identify(ctx)).To(Equal(roleAccount))

		at.change("federated", func(r *edgesim.Role) { r.OIDC.Tokens = []edgesim.Secret{"rotated-token"} })
		Expect(os.WriteFile(path, []byte("rotated-token"), 0o600)).To(Succeed())
		at.clock.advance(time.Minute)
		Expect(client.Identify(ctx)).To(Equal(roleAccount))
	})

	DescribeTable("does not begin without a token",
		func(ctx SpecContext, source aliyun.TokenSource, code string) {
			at := newCloud()
			role := federated()
			role.Token = source
			exchange := at.exchange()
			exchange.CallTimeout = 100 * time.Millisecond
			_, err := at.client(must(aliyun.FromOIDC(role, exchange))).Identify(ctx)
			failure := refused(err)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Kind).To(Equal(provider.Unavailable))
			Expect(at.count(assumeOIDC, "")).To(BeZero())
		},
		Entry("no file", aliyun.TokenFile("/nonexistent/token"), "token"),
		Entry("a directory", aliyun.TokenFile("/"), "token"),
		Entry("an empty one", token(" \n"), "token"),
		Entry("one too long", token(strings.Repeat("x", 20_001)), "token"),
		Entry("a source that fails", aliyun.TokenSource(func(context.Context) (string, error) { return "", errors.New(canary) }), "token"),
		Entry("a source that hangs", aliyun.TokenSource(func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}), "token"),
		Entry("a source that panics", aliyun.TokenSource(func(context.Context) (string, error) { panic(canary) }), "credentials"),
		Entry("a source that says why itself", aliyun.TokenSource(func(context.Context) (string, error) {
			return "", &provider.Error{Kind: provider.Unavailable, Code: "forbidden", Advice: "let the operator create tokens"}
		}), "forbidden"),
	)
})

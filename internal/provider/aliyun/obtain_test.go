package aliyun_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

// secrets are what errors and printed values must not hold.
func secrets() []string {
	return []string{accessSecret, securityToken, oidcToken, externalID, canary, "proxy-password"}
}

// refused checks what all errors about credentials have in common.
func refused(err error) *provider.Error {
	GinkgoHelper()
	failure := expectError(err)
	Expect(failure.Account).To(BeTrue())
	Expect(failure.Advice).NotTo(BeEmpty())
	Expect(len(failure.Advice)).To(BeNumerically("<=", 300))
	for _, secret := range secrets() {
		Expect(fmt.Sprintf("%v %+v %#v", failure, *failure, *failure)).NotTo(ContainSubstring(secret))
	}
	return failure
}

var _ = Describe("An exchange that STS refuses", func() {
	var at *cloud
	BeforeEach(func() { at = newCloud() })
	try := func(ctx context.Context, own aliyun.Credentials) *provider.Error {
		GinkgoHelper()
		_, err := at.client(own).Identify(ctx)
		failure := refused(err)
		Expect(failure.Kind).To(Equal(provider.Denied))
		Expect(at.count(identify, "")).To(BeZero())
		return failure
	}

	DescribeTable("of an OIDC token",
		func(ctx SpecContext, change func(*aliyun.OIDC), code, advice string) {
			role := federated()
			change(&role)
			failure := try(ctx, must(aliyun.FromOIDC(role, at.exchange())))
			Expect(failure.Operation).To(Equal(assumeOIDC))
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Advice).To(ContainSubstring(advice))
		},
		Entry("no such role", func(o *aliyun.OIDC) { o.RoleARN = rolePrefix + "none" }, "EntityNotExist.Role", "roleARN"),
		Entry("not an ARN", func(o *aliyun.OIDC) { o.RoleARN = "federated" }, "InvalidParameter.RoleArn", "roleARN"),
		Entry("no such provider", func(o *aliyun.OIDC) { o.ProviderARN += "2" }, "AuthenticationFail.NoPermission", "oidcProviderARN"),
		Entry("a role that trusts others", func(o *aliyun.OIDC) { o.RoleARN = targetARN }, "AuthenticationFail.NoPermission", "trust policy"),
		Entry("another token", func(o *aliyun.OIDC) { o.Token = token("other" + canary) }, "AuthenticationFail.OIDCToken.Invalid", "token"),
		Entry("a session name with a space", func(o *aliyun.OIDC) { o.SessionName = "a b" }, "InvalidParameter.RoleSessionName", "sessionName"),
	)

	DescribeTable("of other credentials",
		func(ctx SpecContext, keyID string, role aliyun.Role, code, advice string) {
			own := must(aliyun.AccessKey(keyID, accessSecret, ""))
			failure := try(ctx, must(own.AssumeRole(role, at.exchange())))
			Expect(failure.Operation).To(Equal(assume))
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Advice).To(ContainSubstring(advice))
		},
		Entry("without external id", accessKeyID, aliyun.Role{ARN: targetARN}, "NoPermission", "external id"),
		Entry("with another external id", accessKeyID, aliyun.Role{ARN: targetARN, ExternalID: "other"}, "NoPermission", "external id"),
		Entry("an account's own key", "root", target(), "NoPermission", "own key"),
		Entry("no such role", accessKeyID, aliyun.Role{ARN: targetARN + "2"}, "EntityNotExist.Role", "roleARN"),
		Entry("an unknown key", "none", target(), "InvalidAccessKeyId.NotFound", "access key"),
	)

	It("says so of the credentials underneath", func(ctx SpecContext) {
		role := federated()
		role.ProviderARN += "2"
		own := must(aliyun.FromOIDC(role, at.exchange()))
		assumed := must(must(own.AssumeRole(target(), at.exchange())).AssumeRole(aliyun.Role{ARN: lastARN}, at.exchange()))
		failure := try(ctx, assumed)
		Expect(failure.Operation).To(Equal(assumeOIDC))
		Expect(at.count(assume, "")).To(BeZero())
	})
})

var _ = Describe("A service that hands out credentials, but is out of order", func() {
	// sources are the arms that ask a service, with the operation that faults strike.
	sources := map[string]func(aliyun.Exchange, string) (aliyun.Credentials, error){
		"STS": func(at aliyun.Exchange, _ string) (aliyun.Credentials, error) {
			return aliyun.FromOIDC(federated(), at)
		},
		"STS with a key": func(at aliyun.Exchange, _ string) (aliyun.Credentials, error) {
			return must(aliyun.AccessKey(accessKeyID, accessSecret, "")).AssumeRole(target(), at)
		},
		"metadata": func(at aliyun.Exchange, _ string) (aliyun.Credentials, error) { return aliyun.FromECSRAMRole("", at) },
		"URI":      func(at aliyun.Exchange, uri string) (aliyun.Credentials, error) { return aliyun.FromURI(uri, at) },
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		source := sources[name]
		DescribeTable("does not stop anything else: "+name,
			func(ctx SpecContext, fault edgesim.Fault, code string) {
				at := newCloud()
				at.fault(fault)
				exchange := at.exchange()
				if code == "timeout" {
					exchange.CallTimeout = 100 * time.Millisecond
				}
				_, err := at.client(must(source(exchange, at.uri))).Identify(ctx)
				failure := refused(err)
				Expect(failure.Kind).To(Equal(provider.Unavailable))
				Expect(failure.Code).To(Equal(code))
				Expect(at.count(identify, "")).To(BeZero())
			},
			Entry("hangs", edgesim.Fault{Kind: edgesim.FaultHang}, "timeout"),
			Entry("drips", edgesim.Fault{Kind: edgesim.FaultDrip, Delay: 50 * edgesim.Millisecond}, "timeout"),
			Entry("resets", edgesim.Fault{Kind: edgesim.FaultReset}, "connection"),
			Entry("redirects", edgesim.Fault{Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:1/"}, "redirect"),
			Entry("floods", edgesim.Fault{Kind: edgesim.FaultHuge, Bytes: 8 << 20}, "oversized"),
			Entry("answers a page", edgesim.Fault{Kind: edgesim.FaultHTML}, "http-502"),
		)
	}

	It("is named where credentials rest on it", func(ctx SpecContext) {
		at := newCloud()
		at.fault(edgesim.Fault{Kind: edgesim.FaultHang, Operation: assumeOIDC})
		exchange := at.exchange()
		exchange.CallTimeout = 100 * time.Millisecond
		own := must(aliyun.FromOIDC(federated(), exchange))
		_, err := at.client(must(own.AssumeRole(target(), exchange))).Identify(ctx)
		failure := refused(err)
		Expect(failure.Operation).To(Equal(assumeOIDC))
		Expect(failure.Code).To(Equal("timeout"))
	})

	It("is the account's trouble if a call runs out of its own time", func(ctx SpecContext) {
		at := newCloud()
		at.fault(edgesim.Fault{Kind: edgesim.FaultHang, Operation: assumeOIDC})
		own := must(aliyun.FromOIDC(federated(), at.exchange()))
		client := newClient(at.endpoint, timeout(50*time.Millisecond), func(c *aliyun.Config) { c.Credentials = own })
		_, err := client.Identify(ctx)
		Expect(refused(err).Advice).To(ContainSubstring("no credentials came in time"))
	})

	DescribeTable("speaks of the account, not of a domain",
		func(ctx SpecContext, status int, kind provider.Kind) {
			at := newCloud()
			at.fault(edgesim.Fault{Kind: edgesim.FaultError, Operation: assumeOIDC, Status: status, Code: "Brandnew"})
			_, err := at.client(must(aliyun.FromOIDC(federated(), at.exchange()))).Identify(ctx)
			failure := refused(err)
			Expect(failure.Code).To(Equal("Brandnew"))
			Expect(failure.Kind).To(Equal(kind))
		},
		Entry("404 is no missing domain", 404, provider.Denied),
		Entry("400 is no bad certificate", 400, provider.Denied),
		Entry("429 is not the product's quota", 429, provider.Unavailable),
		Entry("500", 500, provider.Unavailable),
	)

	DescribeTable("or answers something else",
		func(ctx SpecContext, status int, body, code string, kind provider.Kind) {
			server := serve(answering(status, body))
			at := aliyun.Exchange{STSEndpoint: server.URL, MetadataEndpoint: server.URL}
			for name, source := range sources {
				if name == "metadata" {
					continue // its first answer is a token
				}
				_, err := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = must(source(at, server.URL)) }).Identify(ctx)
				failure := refused(err)
				Expect(failure.Code).To(HavePrefix(code), name)
				Expect(failure.Kind).To(Equal(kind), name)
			}
		},
		Entry("nothing", 200, ``, "malformed", provider.Unavailable),
		Entry("no object", 200, `["`+oidcToken+`"]`, "malformed", provider.Unavailable),
		Entry("no credentials", 200, accepted, "incomplete", provider.Unavailable),
		Entry("half of them", 200, `{"RequestId":"R","AccessKeyId":"`+canary+`","Credentials":{"AccessKeyId":"x"}}`, "incomplete", provider.Unavailable),
		Entry("a refusal without code", 503, `{"Message":"`+canary+`"}`, "http-503", provider.Unavailable),
	)

	It("is not trusted with a certificate of an unknown authority", func(ctx SpecContext) {
		at := newCloud().overTLS()
		exchange := at.exchange()
		exchange.RootCAs = x509.NewCertPool()
		for _, source := range sources {
			_, err := at.client(must(source(exchange, at.uri))).Identify(ctx)
			Expect(refused(err).Code).To(Equal("tls"))
		}
		Expect(at.Journal(edgesim.Query{})).To(BeEmpty())
	})
})

var _ = Describe("The default chain", func() {
	It("is built anew after a failure, and after a refusal", func(ctx SpecContext) {
		at := newCloud()
		id, secret := accessKeyID, accessSecret
		built := 0
		own := aliyun.ChainOf(func() (credentials.Credential, error) {
			built++
			broken := built == 1
			return scriptedSource{get: func() (*credentials.CredentialModel, error) {
				if broken {
					return nil, errors.New("stuck with " + canary)
				}
				return &credentials.CredentialModel{AccessKeyId: &id, AccessKeySecret: &secret}, nil
			}}, nil
		}, at.clock.Now)
		client := at.client(own)
		_, err := client.Identify(ctx)
		Expect(refused(err).Code).To(Equal("credentials"))
		at.clock.advance(5 * time.Second)
		Expect(client.Identify(ctx)).To(Equal(userAccount))
		Expect(built).To(Equal(2))
		Expect(client.Identify(ctx)).To(Equal(userAccount))
		Expect(built).To(Equal(2))
	})

	It("is refused where the environment makes the SDK print credentials", func() {
		GinkgoT().Setenv("DEBUG", "credential")
		_, err := aliyun.FromDefaultChain()
		Expect(refused(err).Advice).To(ContainSubstring("DEBUG"))
		_, err = aliyun.FromOIDC(federated(), aliyun.Exchange{})
		Expect(refused(err).Advice).To(ContainSubstring("DEBUG"))
	})
})

var _ = DescribeTable("Credentials that cannot be meant are refused at once",
	func(attempt func() (aliyun.Credentials, error), kind provider.Kind) {
		_, err := attempt()
		Expect(refused(err).Kind).To(Equal(kind))
	},
	Entry("OIDC without role", func() (aliyun.Credentials, error) {
		return aliyun.FromOIDC(aliyun.OIDC{ProviderARN: providerARN, Token: token(oidcToken)}, aliyun.Exchange{})
	}, provider.Rejected),
	Entry("OIDC without provider", func() (aliyun.Credentials, error) {
		return aliyun.FromOIDC(aliyun.OIDC{RoleARN: federatedARN, Token: token(oidcToken)}, aliyun.Exchange{})
	}, provider.Rejected),
	Entry("OIDC without token", func() (aliyun.Credentials, error) {
		return aliyun.FromOIDC(aliyun.OIDC{RoleARN: federatedARN, ProviderARN: providerARN}, aliyun.Exchange{})
	}, provider.Rejected),
	Entry("STS at a URL", func() (aliyun.Credentials, error) {
		return aliyun.FromOIDC(federated(), aliyun.Exchange{STSEndpoint: "https://sts.example/path"})
	}, provider.Rejected),
	Entry("an unknown signature version", func() (aliyun.Credentials, error) {
		return aliyun.FromOIDC(federated(), aliyun.Exchange{SignatureVersion: "V2"})
	}, provider.Rejected),
	Entry("a role on top of nothing", func() (aliyun.Credentials, error) {
		return aliyun.Credentials{}.AssumeRole(target(), aliyun.Exchange{})
	}, provider.Denied),
	Entry("no role on top", func() (aliyun.Credentials, error) { return keys().AssumeRole(aliyun.Role{}, aliyun.Exchange{}) }, provider.Rejected),
	Entry("an ECS role by its ARN", func() (aliyun.Credentials, error) { return aliyun.FromECSRAMRole(targetARN, aliyun.Exchange{}) }, provider.Rejected),
	Entry("an ECS role that is a path", func() (aliyun.Credentials, error) { return aliyun.FromECSRAMRole("..", aliyun.Exchange{}) }, provider.Rejected),
	Entry("metadata at a path", func() (aliyun.Credentials, error) {
		return aliyun.FromECSRAMRole("", aliyun.Exchange{MetadataEndpoint: "127.0.0.1/latest"})
	}, provider.Rejected),
	Entry("a URI with a query", func() (aliyun.Credentials, error) {
		return aliyun.FromURI("http://127.0.0.1/?key="+accessSecret, aliyun.Exchange{})
	}, provider.Rejected),
	Entry("a URI with a password", func() (aliyun.Credentials, error) {
		return aliyun.FromURI("http://user:"+accessSecret+"@127.0.0.1/", aliyun.Exchange{})
	}, provider.Rejected),
	Entry("a URI of another kind", func() (aliyun.Credentials, error) { return aliyun.FromURI("file:///token", aliyun.Exchange{}) }, provider.Rejected),
	Entry("no URI", func() (aliyun.Credentials, error) { return aliyun.FromURI("", aliyun.Exchange{}) }, provider.Rejected),
)

var _ = DescribeTable("The end of credentials",
	func(text, expected string) {
		end := aliyun.Expiration(text)
		Expect(end.IsZero()).To(Equal(expected == ""))
		if expected != "" {
			Expect(end.Format(time.RFC3339)).To(Equal(expected))
		}
	},
	Entry("as STS writes it", "2015-04-09T11:52:19Z", "2015-04-09T11:52:19Z"),
	Entry("with an offset", "2015-04-09T19:52:19+08:00", "2015-04-09T11:52:19Z"),
	Entry("with fractions", "2015-04-09T11:52:19.5Z", "2015-04-09T11:52:19Z"),
	Entry("in seconds", "1428580339", "2015-04-09T11:52:19Z"),
	Entry("in milliseconds", "1428580339000", "2015-04-09T11:52:19Z"),
	Entry("nothing", "", ""),
	Entry("a word", "never", ""),
	Entry("a negative number", "-1", ""),
)

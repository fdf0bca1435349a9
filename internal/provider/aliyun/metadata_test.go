package aliyun_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The metadata service", func() {
	var at *cloud
	BeforeEach(func() { at = newCloud() })
	identity := func(ctx context.Context, name string) (string, error) {
		GinkgoHelper()
		return at.client(must(aliyun.FromECSRAMRole(name, at.exchange()))).Identify(ctx)
	}
	// untold makes the service one that knows no tokens.
	untold := func() {
		GinkgoHelper()
		at.fault(edgesim.Fault{Kind: edgesim.FaultError, Operation: edgesim.MetadataToken, Status: http.StatusNotFound})
	}

	It("is shown a token", func(ctx SpecContext) {
		Expect(at.SetSettings(edgesim.Settings{MetadataTokensRequired: true})).To(Succeed())
		Expect(identity(ctx, "")).To(Equal(roleAccount))
		Expect(at.count(edgesim.MetadataToken, edgesim.OutcomeOK)).To(Equal(1))
	})

	It("is asked without where it knows no tokens", func(ctx SpecContext) {
		untold()
		Expect(identity(ctx, "instance")).To(Equal(roleAccount))
		Expect(at.count(edgesim.MetadataRole, "")).To(BeZero(), "the name is known")
	})

	It("is not asked without where that is forbidden", func(ctx SpecContext) {
		GinkgoT().Setenv("ALIBABA_CLOUD_IMDSV1_DISABLED", "true")
		untold()
		_, err := identity(ctx, "")
		Expect(refused(err).Kind).To(Equal(provider.Denied))
		Expect(at.count(edgesim.MetadataCredentials, "")).To(BeZero())
	})

	It("is not asked without because it has a fault", func(ctx SpecContext) {
		at.fault(edgesim.Fault{Kind: edgesim.FaultHTML, Operation: edgesim.MetadataToken})
		_, err := identity(ctx, "")
		Expect(refused(err).Kind).To(Equal(provider.Unavailable))
		Expect(at.count(edgesim.MetadataRole, "")).To(BeZero())
	})

	It("is not asked at all where that is forbidden", func() {
		GinkgoT().Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "TRUE")
		_, err := aliyun.FromECSRAMRole("", at.exchange())
		Expect(refused(err).Advice).To(ContainSubstring("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))
	})

	DescribeTable("that refuses says what to mend",
		func(ctx SpecContext, name string, spoil func(), advice string) {
			spoil()
			_, err := identity(ctx, name)
			failure := refused(err)
			Expect(failure.Kind).To(Equal(provider.Denied))
			Expect(failure.Advice).To(ContainSubstring(advice))
		},
		Entry("another role", "other", func() {}, "ecsRAMRole.name"),
		Entry("no role attached", "", func() { at.change("instance", func(r *edgesim.Role) { r.Instance = false }) }, "attach one"),
		Entry("tokens, which it hands out to nobody", "", func() {
			untold()
			Expect(at.SetSettings(edgesim.Settings{MetadataTokensRequired: true})).To(Succeed())
		}, "metadata options"),
	)

	DescribeTable("that answers nonsense",
		func(ctx SpecContext, session, role, body, code string, kind provider.Kind) {
			server := serve(func(w http.ResponseWriter, request *http.Request) {
				switch request.URL.Path {
				case "/latest/api/token":
					mustWrite(w, session)
				case "/latest/meta-data/ram/security-credentials/":
					mustWrite(w, role)
				default:
					mustWrite(w, body)
				}
			})
			own := must(aliyun.FromECSRAMRole("", aliyun.Exchange{MetadataEndpoint: server.URL}))
			_, err := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = own }).Identify(ctx)
			failure := refused(err)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Kind).To(Equal(kind))
		},
		Entry("an empty token", "", "role", "{}", "malformed", provider.Unavailable),
		Entry("a token of two lines", "a\nX-Evil: 1", "role", "{}", "malformed", provider.Unavailable),
		Entry("no name", "token", " ", "{}", "malformed", provider.Unavailable),
		Entry("a name that is a path", "token", "../../user-data", "{}", "malformed", provider.Unavailable),
		Entry("a page in place of a name", "token", "<html>", "{}", "malformed", provider.Unavailable),
		Entry("no JSON", "token", "role", canary, "malformed", provider.Unavailable),
		Entry("no success", "token", "role", `{"Code":"Failed","AccessKeyId":"`+canary+`"}`, "Failed", provider.Denied),
		Entry("a code that is a text", "token", "role", `{"Code":"`+canary+`"}`, "malformed", provider.Denied),
		Entry("a key without secret", "token", "role", `{"Code":"Success","AccessKeyId":"x"}`, "incomplete", provider.Unavailable),
	)

	It("is never asked through a proxy, nor is a URI: they would tell it what they hand out", func(ctx SpecContext) {
		const nowhere = "metadata..invalid"
		before := len(proxy.seen())
		own := must(aliyun.FromECSRAMRole("", aliyun.Exchange{MetadataEndpoint: nowhere}))
		_, err := at.client(own).Identify(ctx)
		Expect(refused(err).Code).To(Equal("dns"))
		Expect(proxy.seen()).To(HaveLen(before))

		_, err = at.client(must(aliyun.FromURI("http://"+nowhere+"/credentials", aliyun.Exchange{}))).Identify(ctx)
		Expect(refused(err).Code).To(Equal("dns"))
		Expect(proxy.seen()).To(HaveLen(before))
	})
})

var _ = Describe("A credentials URI", func() {
	It("may leave out an end, which is assumed early, and the token", func(ctx SpecContext) {
		at := newCloud()
		server := serve(answering(http.StatusOK, fmt.Sprintf(`{"AccessKeyId":" %s","AccessKeySecret":%q}`, accessKeyID, accessSecret+"\n")))
		client := at.client(must(aliyun.FromURI(server.URL+"/path", at.exchange())))
		Expect(client.Identify(ctx)).To(Equal(userAccount))
		at.clock.advance(9 * time.Minute)
		Expect(client.Identify(ctx)).To(Equal(userAccount))
		Expect(server.seen()).To(HaveLen(1))
		Expect(server.seen()[0].uri).To(Equal("/path"))
		at.clock.advance(4 * time.Minute)
		Expect(client.Identify(ctx)).To(Equal(userAccount))
		Eventually(server.seen).WithContext(ctx).Should(HaveLen(2))
	}, NodeTimeout(nodeTimeout))

	DescribeTable("that refuses",
		func(ctx SpecContext, status int, code string, kind provider.Kind) {
			server := serve(answering(status, canary))
			_, err := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = must(aliyun.FromURI(server.URL, aliyun.Exchange{})) }).Identify(ctx)
			failure := refused(err)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Kind).To(Equal(kind))
			Expect(failure.Status).To(Equal(status))
		},
		Entry("403", 403, "http-403", provider.Denied),
		Entry("404", 404, "http-404", provider.Denied),
		Entry("429", 429, "http-429", provider.Unavailable),
		Entry("500", 500, "http-500", provider.Unavailable),
		Entry("202", 202, "http-202", provider.Unavailable),
		Entry("302", 302, "redirect", provider.Unavailable),
	)
})

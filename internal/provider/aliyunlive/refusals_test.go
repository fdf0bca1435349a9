package aliyunlive_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The gateway of the simulator", func() {
	online := edgesim.Domain{Name: domain}

	DescribeTable("refuses an identity",
		func(ctx SpecContext, key edgesim.AccessKey, secret, token, code string) {
			for _, version := range alibaba.SignatureVersions() {
				simulator := alibaba.NewSimulator(edgesim.Settings{})
				Expect(simulator.PutAccount(edgesim.Account{ID: "1000000000000002", Keys: []edgesim.AccessKey{key}})).To(Succeed())
				credentials, err := aliyun.AccessKey("other-id", secret, token)
				Expect(err).NotTo(HaveOccurred())
				adapter := newAdapter(simulator, alibaba.Signature(version), func(c *aliyun.Config) { c.Credentials = credentials })
				_, err = adapter.Deploy(ctx, target(), aBundle())
				failure := alibaba.ExpectFailure(err, provider.Denied)
				Expect(failure.Code).To(Equal(code))
				Expect(failure.Account).To(BeTrue())
			}
		},
		Entry("unknown key", edgesim.AccessKey{ID: "yet-another", Secret: "s"}, "s", "", "InvalidAccessKeyId.NotFound"),
		Entry("wrong secret, which V1 answers with all that was sent", edgesim.AccessKey{ID: "other-id", Secret: "right"}, "wrong", "", "SignatureDoesNotMatch"),
		Entry("disabled key", edgesim.AccessKey{ID: "other-id", Secret: "s", Disabled: true}, "s", "", "InvalidAccessKeyId.Inactive"),
		Entry("wrong token", edgesim.AccessKey{ID: "other-id", Secret: "s", SecurityToken: "t"}, "s", "u", "InvalidSecurityToken.MismatchWithAccessKey"),
		Entry("missing token", edgesim.AccessKey{ID: "other-id", Secret: "s", SecurityToken: "t"}, "s", "", "MissingSecurityToken"),
		Entry("expired token", edgesim.AccessKey{ID: "other-id", Secret: "s", SecurityToken: "t", Expires: time.Unix(1, 0)}, "s", "t", "InvalidSecurityToken.Expired"),
	)

	It("accepts a session, and tells the account", func(ctx SpecContext) {
		for _, version := range alibaba.SignatureVersions() {
			simulator := alibaba.NewSimulator(edgesim.Settings{})
			Expect(simulator.PutAccount(edgesim.Account{
				ID:      "1000000000000002",
				Keys:    []edgesim.AccessKey{{ID: "other-id", Secret: "s", SecurityToken: "t+/=", Expires: time.Now().Add(time.Hour)}},
				Domains: []edgesim.Domain{online},
			})).To(Succeed())
			credentials, err := aliyun.AccessKey("other-id", "s", "t+/=")
			Expect(err).NotTo(HaveOccurred())
			session := func(c *aliyun.Config) { c.Credentials = credentials }
			deploy(ctx, newAdapter(simulator, alibaba.Signature(version), session), target(), aBundle())
			client := alibaba.NewClient("http://"+simulator.APIAddress(), alibaba.Signature(version), session)
			Expect(client.Identify(ctx)).To(Equal("1000000000000002"))
		}
	})

	It("refuses an operation that no policy allows", func(ctx SpecContext) {
		simulator := alibaba.NewSimulator(edgesim.Settings{}, online)
		Expect(simulator.PutAccount(edgesim.Account{ID: alibaba.AccountID, Domains: []edgesim.Domain{online}, Keys: []edgesim.AccessKey{{
			ID: alibaba.KeyID, Secret: alibaba.KeySecret, User: "robot", DeniedOperations: []string{"SetLiveDomainCertificate"},
		}}})).To(Succeed())
		adapter := newAdapter(simulator)
		_, err := adapter.Deploy(ctx, target(), aBundle())
		failure := alibaba.ExpectFailure(err, provider.Denied)
		Expect(failure.Account).To(BeFalse())
		Expect(failure.Advice).To(ContainSubstring("live:SetLiveDomainCertificate"))
		_, err = adapter.Observe(ctx, target())
		Expect(err).NotTo(HaveOccurred())
	})

	DescribeTable("throttles in one of several ways",
		func(ctx SpecContext, throttle edgesim.Throttle, hint types.GomegaMatcher) {
			simulator := alibaba.NewSimulator(edgesim.Settings{Throttle: throttle, Quotas: map[string]int{"DescribeLiveDomainCertificateInfo": 1}}, online)
			adapter := newAdapter(simulator)
			_, err := adapter.Observe(ctx, target())
			Expect(err).NotTo(HaveOccurred())
			_, err = adapter.Observe(ctx, target())
			failure := alibaba.ExpectFailure(err, provider.Throttled)
			Expect(failure.Account).To(BeFalse())
			Expect(failure.RetryAfter).To(hint)
		},
		Entry("as documented", edgesim.Throttle{}, BeZero()),
		Entry("with the time left", edgesim.Throttle{TimeLeft: true}, And(BeNumerically(">", 0), BeNumerically("<=", time.Second))),
		Entry("with 429", edgesim.Throttle{Status: 429, Code: "Throttling.Api"}, BeZero()),
		Entry("with 503", edgesim.Throttle{Status: 503, Code: "Throttling"}, BeZero()),
		Entry("with another word", edgesim.Throttle{Status: 400, Code: "FlowControlError"}, BeZero()),
	)

	It("refuses a request from the past, and takes the next, which has its own date", func(ctx SpecContext) {
		for _, version := range alibaba.SignatureVersions() {
			simulator := alibaba.NewSimulator(edgesim.Settings{ClockSkew: edgesim.Duration(time.Hour)}, online)
			adapter := newAdapter(simulator, alibaba.Signature(version))
			for range 2 {
				_, err := adapter.Observe(ctx, target())
				Expect(err).NotTo(HaveOccurred())
			}
			Expect(simulator.Journal(edgesim.Query{})).To(HaveExactElements(
				HaveField("Outcome", "InvalidTimeStamp.Expired"), HaveField("Outcome", edgesim.OutcomeOK), HaveField("Outcome", edgesim.OutcomeOK)))
		}
	})
})

var _ = DescribeTable("A fault on the way",
	func(ctx SpecContext, fault edgesim.Fault, code string, sets int) {
		simulator := alibaba.NewSimulator(edgesim.Settings{}, edgesim.Domain{Name: domain})
		fault.Operation = "SetLiveDomainCertificate"
		_, err := simulator.AddFault(fault)
		Expect(err).NotTo(HaveOccurred())
		adapter := newAdapter(simulator, func(c *aliyun.Config) { c.CallTimeout = 300 * time.Millisecond })
		_, err = adapter.Deploy(ctx, target(), aBundle())
		Expect(alibaba.ExpectFailure(err, provider.Unavailable).Code).To(Equal(code))
		Expect(len(simulator.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate"}))).To(BeNumerically("<=", 1), "one try")
		applied := 0
		for _, entry := range simulator.Journal(edgesim.Query{}) {
			if entry.Applied {
				applied++
			}
		}
		Expect(applied).To(Equal(sets))
	},
	Entry("internal error", edgesim.Fault{Kind: edgesim.FaultError}, "InternalError", 0),
	Entry("reset at once", edgesim.Fault{Kind: edgesim.FaultReset}, "connection", 0),
	Entry("applied, then reset", edgesim.Fault{Kind: edgesim.FaultReset, Applied: true}, "connection", 1),
	Entry("hang", edgesim.Fault{Kind: edgesim.FaultHang}, "timeout", 0),
	Entry("HTML", edgesim.Fault{Kind: edgesim.FaultHTML}, "http-502", 0),
	Entry("redirect", edgesim.Fault{Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:1/"}, "redirect", 0),
	Entry("empty success", edgesim.Fault{Kind: edgesim.FaultEmpty}, "malformed", 1),
	Entry("cut in half", edgesim.Fault{Kind: edgesim.FaultTruncate}, "malformed", 1),
	Entry("reset in the middle of the answer", edgesim.Fault{Kind: edgesim.FaultCut}, "connection", 1),
	Entry("flood", edgesim.Fault{Kind: edgesim.FaultHuge}, "oversized", 1),
	Entry("drip", edgesim.Fault{Kind: edgesim.FaultDrip, Delay: edgesim.Duration(20 * time.Millisecond)}, "timeout", 1),
)

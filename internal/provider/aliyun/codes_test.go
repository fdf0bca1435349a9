package aliyun_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = Describe("A code", func() {
	judge := func(codes aliyun.Codes, status int, code string) *provider.Error {
		GinkgoHelper()
		_, err := aliyun.Judge(codes, status, nil, fmt.Appendf(nil, `{"Code":%q,"RequestId":"R"}`, code))
		return expectError(err)
	}

	DescribeTable("of the gateway",
		func(status int, code string, kind provider.Kind, account bool) {
			failure := judge(nil, status, code)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Kind).To(Equal(kind))
			Expect(failure.Account).To(Equal(account))
			Expect(failure.Advice).NotTo(ContainSubstring("look the code up"))
		},
		Entry("wrong secret", 403, "SignatureDoesNotMatch", provider.Denied, true),
		Entry("incomplete signature", 400, "IncompleteSignature", provider.Denied, true),
		Entry("unknown key", 404, "InvalidAccessKeyId.NotFound", provider.Denied, true),
		Entry("disabled key", 400, "InvalidAccessKeyId.Inactive", provider.Denied, true),
		Entry("refused key", 400, "InvalidAccessKeyId", provider.Denied, true),
		Entry("expired token", 403, "InvalidSecurityToken.Expired", provider.Denied, true),
		Entry("garbled token", 400, "InvalidSecurityToken.Malformed", provider.Denied, true),
		Entry("token of another key", 400, "InvalidSecurityToken.MismatchWithAccessKey", provider.Denied, true),
		Entry("missing token", 400, "MissingSecurityToken", provider.Denied, true),
		Entry("no permission, which may be for one domain only", 403, "NoPermission", provider.Denied, false),
		Entry("denied by RAM", 403, "Forbidden.RAM", provider.Denied, false),
		Entry("forbidden", 403, "Forbidden", provider.Denied, false),
		Entry("used nonce", 400, "SignatureNonceUsed", provider.Unavailable, false),
		Entry("wrong clock", 400, "InvalidTimeStamp.Expired", provider.Unavailable, true),
		Entry("garbled time", 400, "InvalidTimeStamp.Format", provider.Unavailable, true),
		Entry("wrong clock, V1", 400, "IllegalTimestamp", provider.Unavailable, true),
		Entry("throttled with 400", 400, "Throttling", provider.Throttled, false),
		Entry("throttled with 429", 429, "Throttling.User", provider.Throttled, false),
		Entry("throttled with 503", 503, "Throttling.Api", provider.Throttled, false),
		Entry("throttled in a way not seen yet", 400, "Throttling.Brandnew", provider.Throttled, false),
		Entry("rejected", 400, "Rejected.Throttling", provider.Throttled, false),
		Entry("flow control", 400, "FlowControlError", provider.Throttled, false),
		Entry("domain being configured", 403, "ServiceBusy", provider.Conflict, false),
		Entry("down", 503, "ServiceUnavailable", provider.Unavailable, false),
		Entry("internal", 500, "InternalError", provider.Unavailable, false),
		Entry("another product's endpoint", 404, "InvalidAction.NotFound", provider.Unavailable, true),
		Entry("another version's endpoint", 400, "InvalidVersion", provider.Unavailable, true),
		Entry("signature version not offered", 400, "UnsupportedSignatureMethod", provider.Unavailable, true),
		Entry("in other case", 400, "throttling.USER", provider.Throttled, false),
	)

	DescribeTable("that nobody knows is judged by its status",
		func(status int, kind provider.Kind) {
			failure := judge(nil, status, "Brandnew.Code")
			Expect(failure.Kind).To(Equal(kind))
			Expect(failure.Code).To(Equal("Brandnew.Code"))
			Expect(failure.Account).To(BeFalse())
		},
		Entry("400", 400, provider.Rejected),
		Entry("401", 401, provider.Denied),
		Entry("403", 403, provider.Denied),
		Entry("404", 404, provider.NotFound),
		Entry("429", 429, provider.Throttled),
		Entry("500", 500, provider.Unavailable),
		Entry("503", 503, provider.Unavailable),
	)

	Describe("in an operation's own table", func() {
		codes := aliyun.Codes{
			"Thing.failed":   {Kind: provider.HeldBack, Advice: "exact"},
			"NoPermission.*": {Kind: provider.Denied, Advice: "own"},
		}
		It("is found as written and in any case", func() {
			Expect(judge(codes, 400, "Thing.failed").Advice).To(Equal("exact"))
			Expect(judge(codes, 400, "Thing.Failed").Advice).To(Equal("exact"))
		})
		It("comes before the gateway's meaning", func() {
			Expect(judge(codes, 403, "NoPermission").Advice).To(Equal("own"))
		})
		It("is no family without the dot", func() {
			Expect(judge(codes, 403, "NoPermissionAtAll").Advice).NotTo(Equal("own"))
		})
	})

	It("comes with advice that fits a condition's message", func() {
		for code, meaning := range aliyun.GatewayCodes() {
			Expect(meaning.Advice).NotTo(BeEmpty(), code)
			Expect(len(meaning.Advice)).To(BeNumerically("<=", 300), code)
			Expect(strings.HasSuffix(meaning.Advice, ".")).To(BeFalse(), code)
		}
	})
})

package aliyun_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = Describe("A code of STS", func() {
	DescribeTable("says what to mend",
		func(status int, code string, kind provider.Kind, advice string) {
			_, err := aliyun.Judge(aliyun.STSCodes(), status, nil, fmt.Appendf(nil, `{"Code":%q,"RequestId":"R"}`, code))
			failure := expectError(err)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Kind).To(Equal(kind))
			Expect(failure.Account).To(BeTrue())
			Expect(failure.Advice).To(ContainSubstring(advice))
		},
		Entry("not trusted, wrong external id, or not allowed to ask", 403, "NoPermission", provider.Denied, "trust policy"),
		Entry("denied by RAM", 403, "Forbidden.RAM", provider.Denied, "sts:AssumeRole"),
		Entry("no such role", 404, "EntityNotExist.Role", provider.Denied, "roleARN"),
		Entry("no such something", 404, "EntityNotExist.OIDCProvider", provider.Denied, "oidcProviderARN"),
		Entry("role ARN", 400, "InvalidParameter.RoleArn", provider.Denied, "roleARN"),
		Entry("provider ARN", 400, "InvalidParameter.OIDCProviderArn", provider.Denied, "oidcProviderARN"),
		Entry("session name", 400, "InvalidParameter.RoleSessionName", provider.Denied, "sessionName"),
		Entry("external id", 400, "InvalidParameter.ExternalId", provider.Denied, "externalID"),
		Entry("a parameter not seen yet", 400, "InvalidParameter.Brandnew", provider.Denied, "one of them"),
		Entry("role does not trust the provider, or there is none", 401, "AuthenticationFail.NoPermission", provider.Denied, "trust policy"),
		Entry("a reason not seen yet", 401, "AuthenticationFail.Brandnew", provider.Denied, "trust policy"),
		Entry("token expired", 401, "AuthenticationFail.OIDCToken.Expired", provider.Denied, "expired"),
		Entry("token invalid", 401, "AuthenticationFail.OIDCToken.Invalid", provider.Denied, "OIDC token"),
		Entry("token invalid in a way not seen yet", 401, "AuthenticationFail.OIDCToken.Brandnew", provider.Denied, "OIDC token"),
		Entry("audience", 401, "AuthenticationFail.OIDCToken.AudienceNotMatch", provider.Denied, "audience"),
		Entry("signature of the token", 401, "AuthenticationFail.OIDCToken.InvalidSignature", provider.Denied, "issuer"),
		Entry("issuer", 401, "AuthenticationFail.OIDCToken.IssuerNotMatch", provider.Denied, "issuer"),
		Entry("issuer's configuration", 401, "AuthenticationFail.OIDCToken.IssuerConfigurationBroken", provider.Denied, "issuer"),
		Entry("issuer's certificate", 401, "AuthenticationFail.OIDCToken.HttpsUrlInvalid", provider.Denied, "certificate"),
		Entry("issuer's fingerprint", 401, "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch", provider.Denied, "fingerprints"),
		Entry("throttled, which is not the product's quota", 400, "Throttling.User", provider.Unavailable, "too often"),
		Entry("signed with a wrong secret, by the gateway's table", 400, "SignatureDoesNotMatch", provider.Denied, "secret"),
	)

	It("comes with advice that fits a condition's message", func() {
		for code, meaning := range aliyun.STSCodes() {
			Expect(meaning.Advice).NotTo(BeEmpty(), code)
			Expect(len(meaning.Advice)).To(BeNumerically("<=", 300), code)
			Expect(strings.HasSuffix(meaning.Advice, ".")).To(BeFalse(), code)
			Expect(meaning.Account).To(BeTrue(), code)
		}
	})
})

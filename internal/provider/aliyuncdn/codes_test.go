package aliyuncdn_test

import (
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
)

// row is a row of a table of error codes.
type row struct {
	status int
	code   string
	kind   provider.Kind
}

// family is the table of SetLiveDomainCertificate, in its order, as far as a code
// has one meaning in all products; two rows there repeat a code. What
// SetCdnDomainSSLCertificate adds comes after.
func family() []row {
	return []row{
		{400, "InvalidSSLProtocol.ValueNotSupported", provider.Rejected},
		{400, "SSLPub.MissingParameter", provider.Rejected},
		{400, "SSLPri.MissingParameter", provider.Rejected},
		{400, "InvalidSSLPub", provider.Rejected},
		{400, "InvalidSSLPri", provider.Rejected},
		{400, "Certificate.MissMatch", provider.Rejected},
		{400, "InvalidCertificate.TooLong", provider.Rejected},
		{400, "InvalidCertName.TooLong", provider.Rejected},
		{400, "IllegalOperationDomain", provider.Denied},
		{400, "Certificate.NotPermittedOff", provider.Rejected},
		{400, "Certificate.SettedNotEffect", provider.HeldBack},
		{400, "Certificate.NotFind", provider.Rejected},
		{400, "AuthenticationFailed", provider.Denied},
		{400, "SetDomainCertificate.ParameterError", provider.Rejected},
		{400, "InvalidSSLPubOrInvalidSSLPri", provider.Rejected},
		{400, "Certificate.StatusError", provider.Rejected},
		{400, "DeleteFailed", provider.Unavailable},
		{400, "Certificate.FormatError", provider.Rejected},
		{400, "Certificate.KeyNull", provider.Rejected},
		{400, "Key.Malformed", provider.Rejected},
		{400, "CertStorage.failed", provider.Unavailable},
		{400, "Certificate.Expired", provider.Rejected},
		{400, "InvalidDomain.notOnline", provider.NotFound},
		{400, "Decode.Error", provider.Rejected},
		{400, "sslPub.Error", provider.Rejected},
		{400, "sslPri.Error", provider.Rejected},
		{400, "DomainInSafeMode", provider.Rejected},
		{400, "DomainInProtectedMode", provider.Rejected},
		{400, "FunctionMutex", provider.Conflict},
		{400, "CreateCertificateFailed", provider.Unavailable},
		{400, "InvalidDomain.Offline", provider.NotFound},
		{403, "IllegalOperation", provider.Denied},
		{404, "CertName.MissingParameter", provider.Rejected},
		{404, "InvalidDomain.NotFound", provider.NotFound},
		{403, "ServiceBusy", provider.Conflict},
		{403, "NoPermission", provider.Denied},
		{403, "Forbidden.RAM", provider.Denied},
		{403, "SignatureDoesNotMatch", provider.Denied},
		{500, "InternalError", provider.Unavailable},
	}
}

var _ = Describe("An error code", func() {
	expect := func(err error, wanted row, operation string) *provider.Error {
		GinkgoHelper()
		failure := alibaba.ExpectFailure(err, wanted.kind)
		Expect(failure.Code).To(Equal(wanted.code))
		Expect(failure.Status).To(Equal(wanted.status))
		Expect(failure.Operation).To(Equal(operation))
		Expect(failure.RequestID).To(Equal("R-1"))
		Expect(failure.Advice).NotTo(BeEmpty())
		Expect(failure.Advice).NotTo(ContainSubstring("look the code up"))
		Expect(failure.Error()).NotTo(ContainSubstring("the vendor's own message"))
		return failure
	}

	for _, p := range products() {
		var none certbundle.Bundle
		rows := family()
		if p.name == cdn().name {
			rows = append(rows, row{400, "CdnServiceNotFound", provider.Denied}, row{400, "CdnServiceSuspended", provider.Denied})
		}
		for _, wanted := range rows {
			It("of "+p.set+" is understood: "+wanted.code, func(ctx SpecContext) {
				adapter := p.scripted(alibaba.Answers{p.set: alibaba.Refusing(wanted.status, wanted.code, "the vendor's own message")})
				_, err := adapter.Deploy(ctx, target(), aBundle())
				expect(err, wanted, p.set)
			})
		}

		DescribeTable("of "+p.set+" with a stored certificate",
			func(ctx SpecContext, wanted row, advice string) {
				adapter := p.scripted(alibaba.Answers{p.set: alibaba.Refusing(wanted.status, wanted.code, "the vendor's own message")})
				_, err := adapter.Deploy(ctx, existing(provider.Existing{Type: provider.ExistingCAS, ID: "17"}), none)
				failure := expect(err, wanted, p.set)
				Expect(failure.Advice).To(ContainSubstring(advice))
				Expect(failure.Advice).NotTo(ContainSubstring("Secret"))
			},
			Entry("it is not there", row{400, "Certificate.NotFind", provider.Rejected}, "check name, id and region"),
			Entry("its id is not there", row{400, "InvalidCertId.NotFound", provider.Rejected}, "check name, id and region"),
			Entry("its id is not there, in another page's word", row{400, "CertNotExisted", provider.Rejected}, "check name, id and region"),
			Entry("it is not issued", row{400, "Certificate.StatusError", provider.Rejected}, "issued"),
			Entry("its key is asked for, as was seen in the field", row{400, "SSLPri.MissingParameter", provider.Rejected}, "Certificate Management Service"),
			Entry("its content is asked for", row{400, "SSLPub.MissingParameter", provider.Rejected}, "Certificate Management Service"),
			Entry("its region is none", row{400, "Abs.CertRegion.ValueNotSupported", provider.Rejected}, "cn-hangzhou or ap-southeast-1"),
			Entry("it has expired", row{400, "Certificate.Expired", provider.Rejected}, "at the provider"),
		)

		DescribeTable("of "+p.describe,
			func(ctx SpecContext, wanted row) {
				adapter := p.scripted(alibaba.Answers{p.describe: alibaba.Refusing(wanted.status, wanted.code, "the vendor's own message")})
				_, err := adapter.Observe(ctx, target())
				expect(err, wanted, p.describe)
			},
			Entry("unknown domain", row{404, "InvalidDomain.NotFound", provider.NotFound}),
			Entry("another account's domain", row{400, "IllegalOperationDomain", provider.Denied}),
			Entry("domain not to be operated", row{403, "IllegalOperation", provider.Denied}),
			Entry("no permission", row{403, "Forbidden.RAM", provider.Denied}),
			Entry("wrong secret", row{403, "SignatureDoesNotMatch", provider.Denied}),
			Entry("fault of its own", row{500, "InternalError", provider.Unavailable}),
		)
	}

	It("comes with advice that fits a condition's message", func() {
		Expect(aliyuncdn.CodeTables()).To(HaveLen(18))
		for operation, codes := range aliyuncdn.CodeTables() {
			for code, meaning := range codes {
				Expect(meaning.Advice).NotTo(BeEmpty(), operation+" "+code)
				Expect(len(meaning.Advice)).To(BeNumerically("<=", 300), operation+" "+code)
				Expect(strings.HasSuffix(meaning.Advice, ".")).To(BeFalse(), operation+" "+code)
				Expect(meaning.Kind).NotTo(BeEmpty(), operation+" "+code)
			}
		}
	})
})

var _ = Describe("Withdrawing", func() {
	for _, p := range products() {
		served := alibaba.Described([]any{p.info(nil)})
		off := alibaba.Described([]any{p.info(map[string]any{p.https: "off"})})

		DescribeTable("from "+p.name+" meets a refusal",
			func(ctx SpecContext, code string, describe alibaba.Answer, kind provider.Kind) {
				adapter := p.scripted(alibaba.Answers{p.set: alibaba.Refusing(400, code, ""), p.describe: describe})
				err := adapter.Withdraw(ctx, target())
				if kind == "" {
					Expect(err).NotTo(HaveOccurred())
					return
				}
				Expect(alibaba.ExpectFailure(err, kind).Code).NotTo(BeEmpty())
			},
			Entry("the domain is gone", "InvalidDomain.NotFound", served, provider.Kind("")),
			Entry("the certificate is gone", "Certificate.NotFind", off, provider.Kind("")),
			Entry("the certificate is gone, and so is the domain by now", "Certificate.NotFind", alibaba.Refusing(404, "InvalidDomain.NotFound", ""), provider.Kind("")),
			Entry("a certificate is gone, but another is being served", "Certificate.NotFind", served, provider.Rejected),
			Entry("the certificate is in an odd state and being served", "Certificate.StatusError", served, provider.Rejected),
			Entry("whether it is gone cannot be told", "Certificate.NotFind", alibaba.Refusing(503, "ServiceUnavailable", ""), provider.Unavailable),
			Entry("it is not allowed", "Certificate.NotPermittedOff", served, provider.Rejected),
			Entry("the domain is not online, which is not gone", "InvalidDomain.notOnline", served, provider.NotFound),
			Entry("throttled", "Throttling.User", served, provider.Throttled),
		)

		It("from "+p.name+" says no more than it must", func(ctx SpecContext) {
			var form url.Values
			adapter := p.scripted(alibaba.Answers{p.set: func(sent url.Values) (int, any) {
				form = sent
				return alibaba.Accepting(sent)
			}})
			Expect(adapter.Withdraw(ctx, target())).To(Succeed())
			Expect(form).To(Equal(url.Values{"DomainName": {domain}, "SSLProtocol": {"off"}}))
		})
	}
})

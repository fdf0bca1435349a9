package aliyunlive_test

import (
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
)

var _ = Describe("An error code", func() {
	DescribeTable("of SetLiveDomainCertificate, row by row of its page",
		func(ctx SpecContext, status int, code, message string, kind provider.Kind) {
			adapter := scripted(alibaba.Answers{
				"SetLiveDomainCertificate": alibaba.Refusing(status, code, message),
				// The one code that makes the adapter look further.
				"DescribeLiveCertificateList": alibaba.Refusing(503, "ServiceUnavailable", ""),
			})
			if code == "CertificateContent.Duplicated" {
				_, err := adapter.Deploy(ctx, target(), aBundle())
				Expect(alibaba.ExpectFailure(err, provider.Unavailable).Operation).To(Equal("DescribeLiveCertificateList"))
				Expect(aliyunlive.CodeTables()["set"][code].Kind).To(Equal(kind))
				return
			}
			_, err := adapter.Deploy(ctx, target(), aBundle())
			failure := alibaba.ExpectFailure(err, kind)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Status).To(Equal(status))
			Expect(failure.Operation).To(Equal("SetLiveDomainCertificate"))
			Expect(failure.RequestID).To(Equal("R-1"))
			Expect(failure.Account).To(BeFalse())
			Expect(failure.Advice).NotTo(ContainSubstring("look the code up"))
			Expect(failure.Error()).NotTo(ContainSubstring(message))
		},
		Entry("1", 400, "InvalidSSLProtocol.ValueNotSupported", "The specified value of parameter SSLProtocol is not supported.", provider.Rejected),
		Entry("2", 400, "SSLPub.MissingParameter", `An input parameter "SSLPub" that is mandatory for processing the request is not supplied.`, provider.Rejected),
		Entry("3", 400, "SSLPri.MissingParameter", `An input parameter "SSLPri" that is mandatory for processing the request is not supplied.`, provider.Rejected),
		Entry("4", 400, "InvalidSSLPub", "The SSLPub you provided is malformed!", provider.Rejected),
		Entry("5", 400, "InvalidSSLPri", "The SSLPri you provided is malformed!", provider.Rejected),
		Entry("6", 400, "Certificate.MissMatch", "The SSLPri does not math the specified Certificate!", provider.Rejected),
		Entry("7", 400, "InvalidCertificate.TooLong", "The Certificate you provided is over the max length!", provider.Rejected),
		Entry("8", 400, "InvalidCertName.TooLong", "The Certificate name you provided is over the max length 128!", provider.Rejected),
		Entry("9", 400, "IllegalOperationDomain", "You are not authorized to operate the domain.", provider.Denied),
		Entry("10", 400, "Certificate.NotPermittedOff", "Turn off certificate will change domain scheduling, please contact customer service", provider.Rejected),
		Entry("11", 400, "Certificate.SettedNotEffect", "Certificate was successfully setted but does't take effect for protecting current service, please contact customer service", provider.HeldBack),
		Entry("12", 400, "Certificate.NotFind", "Not find the certificate info.", provider.Rejected),
		Entry("13", 400, "AuthenticationFailed", "Authentication failed.", provider.Denied),
		Entry("14", 400, "SetDomainCertificate.ParameterError", "Parameters have error.", provider.Rejected),
		Entry("15", 400, "InvalidSSLPubOrInvalidSSLPri", "The SSLPri or SSLPub you provided is malformed!", provider.Rejected),
		Entry("16", 400, "Certificate.MissMatch", "The certificate is not match the private key.", provider.Rejected),
		Entry("17", 400, "Certificate.StatusError", "Certificate is not exist or its status is error.", provider.Rejected),
		Entry("18", 400, "DeleteFailed", "Delete certificate is failed.", provider.Unavailable),
		Entry("19", 400, "Certificate.Duplicated", "The certificate name is duplicated.", provider.Rejected),
		Entry("20", 400, "Certificate.FormatError", "The certificate format is error.", provider.Rejected),
		Entry("21", 400, "Certificate.StatusError", "The certificate status is error.", provider.Rejected),
		Entry("22", 400, "Certificate.KeyNull", "The private key is not null.", provider.Rejected),
		Entry("23", 400, "Key.Malformed", "The private key format is error.", provider.Rejected),
		Entry("24", 400, "CertStorage.failed", "The certificate storage failed.", provider.Unavailable),
		Entry("25", 400, "CertificateContent.Duplicated", "The certificate is already uploaded, please don't upload again.", provider.Conflict),
		Entry("26", 400, "Certificate.Expired", "The certificate is expired.", provider.Rejected),
		Entry("27", 400, "InvalidDomain.notOnline", "The domain is not online, please check the domain status and try again later.", provider.NotFound),
		Entry("28", 400, "Decode.Error", "The certificate sslpub or sslpri decode error.", provider.Rejected),
		Entry("29", 400, "sslPub.Error", "The SSLPub encoded failed.", provider.Rejected),
		Entry("30", 400, "sslPri.Error", "The SSLPri encoded failed.", provider.Rejected),
		Entry("31", 400, "DomainInSafeMode", "This domain is in the safe mode. if you want to do this operation, please contact us!", provider.Rejected),
		Entry("32", 400, "DomainInProtectedMode", "This domain is in the protected mode. if you want to do this operation, please contact us!", provider.Rejected),
		Entry("33", 400, "FunctionMutex", "Function is mutex with other function.", provider.Conflict),
		Entry("34", 403, "IllegalOperation", "Illegal domain operate is not permitted.", provider.Denied),
		Entry("35", 404, "CertName.MissingParameter", "The CertName parameter is required.", provider.Rejected),
		Entry("of the describe page", 404, "InvalidDomain.NotFound", "The domain provided does not belong to you.", provider.NotFound),
		Entry("in a spelling of its own", 400, "CERTSTORAGE.Failed", "The certificate storage failed.", provider.Unavailable),
		Entry("of RAM", 403, "NoPermission", "You are not authorized to do this action.", provider.Denied),
		Entry("of RAM for a domain", 403, "Forbidden.RAM", "User not authorized to operate on the specified resource.", provider.Denied),
		Entry("of a busy domain", 403, "ServiceBusy", "The specified Domain is being configured, please try again later.", provider.Conflict),
	)

	DescribeTable("of DescribeLiveDomainCertificateInfo",
		func(ctx SpecContext, status int, code string, kind provider.Kind) {
			adapter := scripted(alibaba.Answers{"DescribeLiveDomainCertificateInfo": alibaba.Refusing(status, code, "")})
			_, err := adapter.Observe(ctx, target())
			Expect(alibaba.ExpectFailure(err, kind).Code).To(Equal(code))
		},
		Entry("unknown domain", 404, "InvalidDomain.NotFound", provider.NotFound),
		Entry("another account's domain", 400, "IllegalOperationDomain", provider.Denied),
		Entry("domain not to be operated", 403, "IllegalOperation", provider.Denied),
		Entry("no permission", 403, "Forbidden.RAM", provider.Denied),
		Entry("a code of Set alone has no meaning of its own here", 500, "CertificateContent.Duplicated", provider.Unavailable),
	)

	It("comes with advice that fits a condition's message", func() {
		for operation, codes := range aliyunlive.CodeTables() {
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
	describing := func(info map[string]string) func(url.Values) (int, any) {
		return func(url.Values) (int, any) {
			return 200, map[string]any{"RequestId": "R", "CertInfos": map[string]any{"CertInfo": []any{info}}}
		}
	}
	served := map[string]string{"DomainName": domain, "CertName": "other", "SSLProtocol": "on"}

	DescribeTable("meets a refusal",
		func(ctx SpecContext, code string, describe func(url.Values) (int, any), kind provider.Kind) {
			adapter := scripted(alibaba.Answers{
				"SetLiveDomainCertificate":          alibaba.Refusing(400, code, ""),
				"DescribeLiveDomainCertificateInfo": describe,
			})
			err := adapter.Withdraw(ctx, target())
			if kind == "" {
				Expect(err).NotTo(HaveOccurred())
				return
			}
			Expect(alibaba.ExpectFailure(err, kind).Advice).NotTo(BeEmpty())
		},
		Entry("the domain is gone", "InvalidDomain.NotFound", describing(served), provider.Kind("")),
		Entry("the certificate is gone", "Certificate.NotFind", describing(map[string]string{"DomainName": domain, "SSLProtocol": "off"}), provider.Kind("")),
		Entry("the certificate is gone, and so is the domain by now", "Certificate.NotFind", alibaba.Refusing(404, "InvalidDomain.NotFound", ""), provider.Kind("")),
		Entry("the certificate's name is gone, but another is being served", "Certificate.NotFind", describing(served), provider.Rejected),
		Entry("the certificate is in an odd state and being served", "Certificate.StatusError", describing(served), provider.Rejected),
		Entry("whether it is gone cannot be told", "Certificate.NotFind", alibaba.Refusing(503, "ServiceUnavailable", ""), provider.Unavailable),
		Entry("it is not allowed", "Certificate.NotPermittedOff", describing(served), provider.Rejected),
		Entry("the domain is not online, which is not gone", "InvalidDomain.notOnline", describing(served), provider.NotFound),
		Entry("throttled", "Throttling.User", describing(served), provider.Throttled),
	)

	It("names the certificate that the domain is known to have", func(ctx SpecContext) {
		var form url.Values
		adapter := scripted(alibaba.Answers{"SetLiveDomainCertificate": func(sent url.Values) (int, any) {
			form = sent
			return alibaba.Accepting(sent)
		}})
		withKnown := target()
		withKnown.Known.CertificateName = "adopted"
		Expect(adapter.Withdraw(ctx, withKnown)).To(Succeed())
		Expect(form).To(Equal(url.Values{"DomainName": {domain}, "CertName": {"adopted"}, "SSLProtocol": {"off"}}))
		Expect(adapter.Withdraw(ctx, target())).To(Succeed())
		Expect(form.Get("CertName")).To(Equal(name))
	})
})

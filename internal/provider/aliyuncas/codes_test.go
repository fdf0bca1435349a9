package aliyuncas_test

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
)

var _ = Describe("An error code", func() {
	calls := map[string]func(context.Context, *aliyuncas.Adapter) error{
		list: func(ctx context.Context, a *aliyuncas.Adapter) error { _, err := a.Uploads(ctx, target()); return err },
		detail: func(ctx context.Context, a *aliyuncas.Adapter) error {
			_, err := a.Find(ctx, naming("17", ""))
			return err
		},
		upload: func(ctx context.Context, a *aliyuncas.Adapter) error {
			_, err := a.Upload(ctx, target(), aBundle())
			return err
		},
		remove: func(ctx context.Context, a *aliyuncas.Adapter) error {
			return a.Remove(ctx, target(), provider.Upload{ID: "1", Name: provider.UploadName(name, sha2("a"))})
		},
	}

	DescribeTable("row by row",
		func(ctx SpecContext, operation, code string, kind provider.Kind) {
			err := calls[operation](ctx, aliyuncas.New(scripted(answers{operation: refusing(400, code)}), nil))
			failure := expectFailure(err, kind)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Operation).To(Equal(operation))
			Expect(failure.RequestID).To(Equal("R-1"))
			Expect(failure.Advice).NotTo(ContainSubstring("look the code up"))
			Expect(failure.Error()).NotTo(ContainSubstring("repeat a secret"))
		},
		Entry("no permission to list", list, "PermissionDenied", provider.Denied),
		Entry("no permission to list, of RAM", list, "NoPermission", provider.Denied),
		Entry("no permission to list, of RAM for a resource", list, "Forbidden.RAM", provider.Denied),
		Entry("too many calls", list, "FlowControlError", provider.Throttled),
		Entry("a parameter", list, "InvalidParameter", provider.Rejected),
		Entry("a parameter by name", list, "InvalidParameter.OrderType", provider.Rejected),
		Entry("a parameter that is missing", detail, "MissingParameter", provider.Rejected),
		Entry("no such certificate", detail, "NotFound", provider.NotFound),
		Entry("no such certificate, in more words", detail, "NotFound.Certificate", provider.NotFound),
		Entry("no such certificate, in CDN's word", detail, "InvalidCertId.NotFound", provider.NotFound),
		Entry("maintenance", detail, "OperationDenied.SystemUpgrading", provider.Unavailable),
		Entry("a fault", detail, "InternalError", provider.Unavailable),
		Entry("no certificate", upload, "ParseCertificateFailed", provider.Rejected),
		Entry("a chain of others", upload, "CertificateChainNotMatch", provider.Rejected),
		Entry("another key", upload, "NotMatch.CertificateAndPrivateKey", provider.Rejected),
		Entry("no key", upload, "PrivateKeyFormatException", provider.Rejected),
		Entry("an expired certificate", upload, "CertificateExpired", provider.Rejected),
		Entry("the same content under another name", upload, "ParamRepeat", provider.Conflict),
		Entry("no room", upload, "InsufficientQuota", provider.Rejected),
		Entry("no room, inferred", upload, "QuotaExceeded", provider.Rejected),
		Entry("room that could not be taken", upload, "DeductQuotaFailed", provider.Unavailable),
		Entry("no permission to upload", upload, "PermissionDenied", provider.Denied),
		Entry("protected from removal", remove, "InvalidStatus.DeleteProtection", provider.Conflict),
		Entry("bound to something", remove, "ResourceAlreadyAssociated", provider.Conflict),
		Entry("in use, inferred", remove, "CertificateInUse", provider.Conflict),
		Entry("not to be removed, inferred", remove, "OperationDenied.InUse", provider.Conflict),
		Entry("maintenance does not look like being in use", remove, "OperationDenied.SystemUpgrading", provider.Unavailable),
		Entry("no permission to remove", remove, "PermissionDenied", provider.Denied),
		Entry("in a spelling of its own", remove, "invalidstatus.deleteprotection", provider.Conflict),
	)

	It("names the very action that is not allowed", func(ctx SpecContext) {
		for operation, call := range calls {
			err := call(ctx, aliyuncas.New(scripted(answers{operation: refusing(403, "NoPermission")}), nil))
			Expect(expectFailure(err, provider.Denied).Advice).To(ContainSubstring("yundun-cert:" + operation + " "))
		}
	})

	It("comes with advice that fits a condition's message", func() {
		for operation, codes := range aliyuncas.CodeTables() {
			for code, meaning := range codes {
				Expect(meaning.Advice).NotTo(BeEmpty(), operation+" "+code)
				Expect(len(meaning.Advice)).To(BeNumerically("<=", 300), operation+" "+code)
				Expect(strings.HasSuffix(meaning.Advice, ".")).To(BeFalse(), operation+" "+code)
				Expect(meaning.Kind).NotTo(BeEmpty(), operation+" "+code)
			}
		}
	})
})

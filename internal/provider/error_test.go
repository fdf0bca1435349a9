package provider_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

var _ = Describe("Error", func() {
	DescribeTable("reads",
		func(err provider.Error, text string) { Expect(err.Error()).To(Equal(text)) },
		Entry("as its kind, if nothing else is known",
			provider.Error{Kind: provider.Unavailable}, "Unavailable"),
		Entry("with operation, code and advice",
			provider.Error{Kind: provider.Denied, Operation: "SetLiveDomainCertificate", Code: "Forbidden", Advice: "grant the action"},
			"SetLiveDomainCertificate: Denied (Forbidden): grant the action"),
		Entry("the same at every try: without request id, host, status and times",
			provider.Error{Kind: provider.Throttled, Code: "Throttling.User", RequestID: "4711", Host: "live.example.com", Status: 503, RetryAfter: time.Second},
			"Throttled (Throttling.User)"),
	)

	It("lets a cancelled context be found", func() {
		err := fmt.Errorf("observe: %w", &provider.Error{Kind: provider.Unavailable, Cause: context.Canceled})
		Expect(errors.Is(err, context.Canceled)).To(BeTrue())
		Expect(errors.Is(&provider.Error{Kind: provider.Unavailable}, context.Canceled)).To(BeFalse())
	})

	It("is found by its kind, also when wrapped", func() {
		err := fmt.Errorf("observe: %w", &provider.Error{Kind: provider.NotFound})
		Expect(provider.IsKind(err, provider.NotFound)).To(BeTrue())
		Expect(provider.IsKind(err, provider.Denied)).To(BeFalse())
		Expect(provider.IsKind(errors.New("NotFound"), provider.NotFound)).To(BeFalse())
		Expect(provider.IsKind(nil, provider.NotFound)).To(BeFalse())
	})
})

var _ = Describe("AsError", func() {
	It("is nil for nil", func() { Expect(provider.AsError(nil)).To(BeZero()) })

	It("finds the error inside another", func() {
		inner := &provider.Error{Kind: provider.HeldBack}
		Expect(provider.AsError(fmt.Errorf("deploy: %w", inner))).To(BeIdenticalTo(inner))
	})

	DescribeTable("makes of a foreign error",
		func(err error, code string, cause error) {
			known := provider.AsError(err)
			Expect(known.Kind).To(Equal(provider.Unavailable))
			Expect(known.Code).To(Equal(code))
			if cause == nil {
				Expect(known.Unwrap()).To(Succeed())
			} else {
				Expect(known.Unwrap()).To(BeIdenticalTo(cause))
			}
			Expect(fmt.Sprintf("%v %+v %#v", known, known, known)).NotTo(ContainSubstring("secret"))
		},
		Entry("one without its text, which may hold a key",
			errors.New("POST https://host/?key=secret"), "internal", nil),
		Entry("a bare cancelled context, whatever wrapped it",
			fmt.Errorf("POST secret: %w", context.Canceled), "canceled", context.Canceled),
		Entry("a bare deadline, whatever wrapped it",
			fmt.Errorf("POST secret: %w", context.DeadlineExceeded), "timeout", context.DeadlineExceeded),
	)
})

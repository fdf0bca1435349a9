package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/domaincert/domaincert/internal/provider"
)

var _ = Describe("an account that was in order", func() {
	var p *checks
	BeforeEach(func(ctx context.Context) {
		p = newChecks(ctx)
		p.store(ctx, everything)
		p.create(ctx, liveSpec())
		Expect(ready(p.check(ctx))).To(Equal("True CredentialsAccepted"))
	})

	It("cannot be used while a clock keeps it from letting anybody in, and can once that is set", func(ctx context.Context) {
		p.answers.failure = &provider.Error{Kind: provider.Unavailable, Code: provider.CodeClockSkew, Advice: "set the clock", Account: true}
		edge := p.later(ctx)
		Expect(ready(edge)).To(Equal("False ClockSkew"))
		Expect(meta.FindStatusCondition(edge.Status.Conditions, "Stalled")).To(HaveField("Reason", "ClockSkew"), "what could be tried again was")
		asked := p.answers.identified
		p.check(ctx)
		Expect(p.answers.identified).To(Equal(asked), "not before its time")
		p.answers.failure = nil
		Expect(ready(p.later(ctx))).To(Equal("True CredentialsAccepted"))
	})

	It("stays so while its host is not trusted, and says why it cannot be asked", func(ctx context.Context) {
		p.answers.failure = &provider.Error{Kind: provider.Unavailable, Code: provider.CodeTLS, Advice: "check the CA"}
		p.clock.SetTime(p.clock.Now().Add(7 * time.Hour))
		edge, err := p.tryCheck(ctx)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
		Expect(meta.FindStatusCondition(edge.Status.Conditions, "Reconciling")).To(HaveField("Reason", "ProviderTLSError"))
		Expect(meta.FindStatusCondition(edge.Status.Conditions, "Stalled")).To(BeNil())
	})
})

package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
)

// counted is a repository that is so full, or cannot be looked at.
type counted struct {
	stored, used, total int64
	err                 error
}

func (c *counted) Stored(context.Context) (int64, error) { return c.stored, c.err }

func (c *counted) Quota(context.Context) (used, total int64, err error) {
	return c.used, c.total, c.err
}

var _ = Describe("the store of an account", func() {
	var p *checks
	BeforeEach(func(ctx context.Context) { p = newChecks(ctx) })

	Describe("a repository of certificates", func() {
		full := func(edge *domaincertv1alpha1.EdgeProvider) *metav1.Condition {
			return meta.FindStatusCondition(edge.Status.Conditions, "RepositoryNearlyFull")
		}
		It("is told of while it is nearly full", func(ctx context.Context) {
			gauge := &counted{used: 89, total: 100, stored: 100}
			p.answers.gauge = gauge
			p.store(ctx, everything)
			p.create(ctx, liveSpec())
			Expect(full(p.check(ctx))).To(BeNil())
			p.events.take()
			gauge.used = 90
			edge := p.later(ctx)
			Expect(full(edge)).To(HaveValue(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", "RepositoryNearlyFull"), HaveField("Message", And(
				HavePrefix("the provider reports 90 % of a quota of 100 as used"), ContainSubstring("set certificateRetention.repositoryLimit"))))))
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			gauge.used = 95
			Expect(full(p.later(ctx))).NotTo(BeNil())
			Expect(p.events.take()).To(Equal([]string{"Warning RepositoryNearlyFull RepositoryNearlyFull"}))
			gauge.err = &provider.Error{Kind: provider.Unavailable, Code: "timeout"}
			Expect(full(p.later(ctx))).NotTo(BeNil(), "nobody has seen it empty")
			gauge.err, gauge.used = nil, 10
			Expect(full(p.later(ctx))).To(BeNil())
		})

		DescribeTable("is counted where the spec has a limit, whatever the provider says of its quota",
			func(ctx context.Context, gauge *counted, message string) {
				p.answers.gauge = gauge
				p.store(ctx, everything)
				spec, limit := liveSpec(), int32(100)
				spec.AlibabaCloud.CertificateRetention.RepositoryLimit = &limit
				p.create(ctx, spec)
				found := full(p.check(ctx))
				if message == "" {
					Expect(found).To(BeNil())
					return
				}
				Expect(found).To(HaveValue(HaveField("Message", HavePrefix(message))))
			},
			Entry("none told", &counted{stored: 95}, "95 % of the 100 certificates of certificateRetention.repositoryLimit are stored, as counted"),
			Entry("one with room", &counted{stored: 95, used: 1, total: 5000}, "95 % of the 100"),
			Entry("one without room, of something else", &counted{stored: 89, used: 5000, total: 5000}, ""),
		)

		It("is not told of where neither spec nor provider says how many there may be", func(ctx context.Context) {
			p.answers.gauge = &counted{stored: 1_000_000}
			p.store(ctx, everything)
			p.create(ctx, liveSpec())
			edge := p.check(ctx)
			Expect(full(edge)).To(BeNil())
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
		})

		DescribeTable("is no failure if it may not be looked at", func(ctx context.Context, limit *int32) {
			p.answers.gauge = &counted{err: &provider.Error{Kind: provider.Denied, Code: "NoPermission", Advice: "grant yundun-cert"}}
			p.store(ctx, everything)
			spec := liveSpec()
			spec.AlibabaCloud.CertificateRetention.RepositoryLimit = limit
			p.create(ctx, spec)
			edge := p.check(ctx)
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(ContainSubstring("grant yundun-cert"))
			Expect(full(edge)).To(BeNil())
			resourceVersion := edge.ResourceVersion
			Expect(p.later(ctx).ResourceVersion).To(Equal(resourceVersion))
		},
			Entry("for the quota", nil),
			Entry("for what is stored", ptr.To[int32](100)),
		)

		It("is looked at after uploads, at most once in an hour", func(ctx context.Context) {
			p.answers.gauge = &counted{used: 10, total: 100}
			p.store(ctx, everything)
			p.create(ctx, liveSpec())
			edge := p.check(ctx)
			var waker controllers.Waker
			rechecks := &controllers.Rechecks{Ledger: p.reconciler.Ledger, Namespaced: &waker, Cluster: &waker}
			for range 5 {
				p.clock.SetTime(p.clock.Now().Add(25 * time.Minute))
				rechecks.Uploaded(edge, p.clock.Now())
				p.check(ctx)
			}
			Expect(p.answers.identified).To(Equal(2))
		})
	})

	It("has one budget for all products", func(ctx context.Context) {
		for name, product := range p.connector.Products {
			product.Store = controllers.Store{Name: "CAS", Quota: provider.Quota{DeployPerSecond: 5, ObservePerSecond: 10}}
			p.connector.Products[name] = product
		}
		p.store(ctx, everything)
		p.create(ctx, liveSpec())
		edge := p.check(ctx)
		other := edge.DeepCopy()
		other.UID, other.Spec.AlibabaCloud.Service = "another", domaincertv1alpha1.CDNService
		first, err := p.connector.Connect(ctx, edge)
		Expect(err).NotTo(HaveOccurred())
		second, err := p.connector.Connect(ctx, other)
		Expect(err).NotTo(HaveOccurred())
		Expect(second.Budget).NotTo(BeIdenticalTo(first.Budget))
		Expect(second.StoreBudget).To(BeIdenticalTo(first.StoreBudget))
		Expect(first.Keep).To(Equal(2))
	})
})

package aliyuncas_test

import (
	"net/url"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
)

// quota is the operation that tells of a quota.
const quota = "GetCertWarehouseQuota"

var _ = Describe("What is stored", func() {
	It("is counted by the totals of two short lists, without reading them", func(ctx SpecContext) {
		expired := ours(1, "a")
		expired.status = "EXPIRED"
		s := &shelf{rows: []row{expired, ours(2, "b"), ours(3, "c"), {id: 4, sans: domain}}}
		Expect(aliyuncas.New(scripted(answers{list: s.list}), nil).Stored(ctx)).To(BeEquivalentTo(3))
		Expect(s.asked).To(Equal([]url.Values{
			{"OrderType": {"UPLOAD"}, "CurrentPage": {"1"}, "ShowSize": {"1"}},
			{"OrderType": {"UPLOAD"}, "CurrentPage": {"1"}, "ShowSize": {"1"}, "Status": {"EXPIRED"}},
		}))
	})

	DescribeTable("is not known",
		func(ctx SpecContext, answer alibaba.Answer, kind provider.Kind) {
			stored, err := aliyuncas.New(scripted(answers{list: answer}), nil).Stored(ctx)
			expectFailure(err, kind)
			Expect(stored).To(BeZero())
		},
		Entry("without permission", refusing(403, "NoPermission"), provider.Denied),
		Entry("while the service is away", refusing(503, "ServiceUnavailable"), provider.Unavailable),
		Entry("without a total", (&shelf{silent: true}).list, provider.Unavailable),
		Entry("with a total that is none", replying(map[string]any{"TotalCount": -1}), provider.Unavailable),
	)
})

var _ = Describe("The quota", func() {
	DescribeTable("is as the service tells it",
		func(ctx SpecContext, fields map[string]any, used, total int64) {
			gotUsed, gotTotal, err := aliyuncas.New(scripted(answers{quota: func(sent url.Values) (int, any) {
				Expect(sent).To(BeEmpty(), "the call has no parameters")
				return replying(fields)(sent)
			}}), nil).Quota(ctx)
			Expect([]any{gotUsed, gotTotal, err}).To(Equal([]any{used, total, nil}))
		},
		Entry("in numbers", map[string]any{"TotalQuota": 5000, "UseCount": 1000}, int64(1000), int64(5000)),
		Entry("in texts", map[string]any{"TotalQuota": "5000", "UseCount": "0"}, int64(0), int64(5000)),
		Entry("with what the newest page adds", map[string]any{"TotalQuota": 5, "UseCount": 1, "AppTotalQuota": 7, "AppUseCount": 7}, int64(1), int64(5)),
		Entry("not at all", nil, int64(0), int64(0)),
		Entry("in half", map[string]any{"TotalQuota": 5000}, int64(0), int64(0)),
		Entry("in something else", map[string]any{"TotalQuota": "many", "UseCount": -1}, int64(0), int64(0)),
	)

	It("may not be looked at without permission", func(ctx SpecContext) {
		_, _, err := aliyuncas.New(scripted(answers{quota: refusing(403, "NoPermission")}), nil).Quota(ctx)
		Expect(expectFailure(err, provider.Denied).Advice).To(ContainSubstring("yundun-cert:" + quota + " "))
	})
})

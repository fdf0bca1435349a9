package metrics_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
)

var _ = Describe("The metrics of accounts", func() {
	var (
		registry *prometheus.Registry
		states   []provider.State
		repairs  map[string]int
	)

	BeforeEach(func() {
		registry = prometheus.NewPedanticRegistry()
		states = []provider.State{
			{Account: "Live/1001", OutOfReach: true, Pace: map[provider.Operation]int{provider.OperationDeploy: 15, provider.OperationObserve: 95}},
			{Account: "CDN/1001"},
		}
		repairs = map[string]int{"Live/1001": 3}
		Expect(registry.Register(metrics.NewAccounts(
			func() []provider.State { return states },
			func() map[string]int { return repairs },
		))).To(Succeed())
	})

	It("say which accounts are out of reach, at which pace they are asked, and what was put back", func() {
		Expect(scrape(registry)).To(ConsistOf(
			`domaincert_provider_out_of_reach{account="1001",service="Live"} 1`,
			`domaincert_provider_out_of_reach{account="1001",service="CDN"} 0`,
			`domaincert_provider_pace_requests{account="1001",operation="deploy",service="Live"} 15`,
			`domaincert_provider_pace_requests{account="1001",operation="observe",service="Live"} 95`,
			`domaincert_drift_repairs_total{account="1001",service="Live"} 3`,
		))
	})

	It("forget an account that nobody uses any more, but not what was counted", func() {
		states = nil
		Expect(scrape(registry)).To(ConsistOf(`domaincert_drift_repairs_total{account="1001",service="Live"} 3`))
	})

	It("please promlint", func() { expectNoComplaints(registry) })
})

package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/domaincert/domaincert/internal/provider"
)

// Accounts is a collector of how the accounts at providers stand when it is
// scraped. An account that nobody uses any more is not in the next scrape, but for
// what was counted.
type Accounts struct {
	states     func() []provider.State
	repairs    func() map[string]int
	outOfReach *prometheus.Desc
	pace       *prometheus.Desc
	repaired   *prometheus.Desc
}

// NewAccounts returns a collector of what states returns, and of the repairs of
// drift by account. Accounts are named as by [provider.Budgets].
func NewAccounts(states func() []provider.State, repairs func() map[string]int) *Accounts {
	return &Accounts{
		states:  states,
		repairs: repairs,
		outOfReach: prometheus.NewDesc("domaincert_provider_out_of_reach",
			"1 while an account does not answer and one object at a time asks again for all, else 0.",
			[]string{"service", "account"}, nil),
		pace: prometheus.NewDesc("domaincert_provider_pace_requests",
			"Requests that an operation may make in the provider's window (a second; five minutes for CDNPro): the quota, or what the provider was seen to take.",
			[]string{"service", "account", "operation"}, nil),
		repaired: prometheus.NewDesc("domaincert_drift_repairs_total",
			"Certificates put back that somebody else had replaced or switched off at the provider.",
			[]string{"service", "account"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (a *Accounts) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- a.outOfReach
	descriptions <- a.pace
	descriptions <- a.repaired
}

// Collect implements prometheus.Collector.
func (a *Accounts) Collect(series chan<- prometheus.Metric) {
	for _, state := range a.states() {
		service, account, _ := strings.Cut(state.Account, "/")
		outOfReach := 0.0
		if state.OutOfReach {
			outOfReach = 1
		}
		series <- prometheus.MustNewConstMetric(a.outOfReach, prometheus.GaugeValue, outOfReach, service, account)
		for operation, requests := range state.Pace {
			series <- prometheus.MustNewConstMetric(a.pace, prometheus.GaugeValue, float64(requests), service, account, string(operation))
		}
	}
	for key, count := range a.repairs() {
		service, account, _ := strings.Cut(key, "/")
		series <- prometheus.MustNewConstMetric(a.repaired, prometheus.CounterValue, float64(count), service, account)
	}
}

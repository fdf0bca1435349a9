package metrics_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
)

var _ = Describe("The metrics of requests", func() {
	var (
		registry *prometheus.Registry
		requests *metrics.Requests
	)

	BeforeEach(func() {
		registry = prometheus.NewPedanticRegistry()
		var err error
		requests, err = metrics.NewRequests(registry)
		Expect(err).NotTo(HaveOccurred())
	})

	DescribeTable("name the outcome",
		func(failed *provider.Error, code string) {
			requests.Of("Live", "1000000000000001").Request("Observe", failed, time.Second)
			Expect(scrape(registry)).To(ContainElement(
				`domaincert_provider_requests_total{account="1000000000000001",code="` + code + `",operation="Observe",service="Live"} 1`))
		},
		Entry("success", nil, "ok"),
		Entry("the vendor's code, exactly as written", &provider.Error{Kind: provider.Rejected, Code: "sslPub.Error"}, "sslPub.Error"),
		Entry("a failure below the API", &provider.Error{Kind: provider.Unavailable, Code: "timeout"}, "timeout"),
		Entry("no code: the kind", &provider.Error{Kind: provider.Denied}, "Denied"),
	)

	It("count each request once and tell accounts and services apart", func() {
		one, two := requests.Of("Live", "1"), requests.Of("Live", "2")
		one.Request("Deploy", nil, time.Millisecond)
		one.Request("Deploy", nil, time.Millisecond)
		two.Request("Deploy", nil, time.Millisecond)
		requests.Of("CDN", "1").Request("Deploy", nil, time.Millisecond)
		Expect(scrape(registry)).To(ContainElements(
			`domaincert_provider_requests_total{account="1",code="ok",operation="Deploy",service="Live"} 2`,
			`domaincert_provider_requests_total{account="2",code="ok",operation="Deploy",service="Live"} 1`,
			`domaincert_provider_requests_total{account="1",code="ok",operation="Deploy",service="CDN"} 1`,
		))
	})

	It("time requests in seconds, whatever their outcome", func() {
		account := requests.Of("Live", "1")
		account.Request("Observe", nil, 1500*time.Millisecond)
		account.Request("Observe", &provider.Error{Kind: provider.Unavailable, Code: "timeout"}, 15*time.Second)
		Expect(scrape(registry)).To(ContainElements(
			`domaincert_provider_request_duration_seconds_sum{account="1",operation="Observe",service="Live"} 16.5`,
			`domaincert_provider_request_duration_seconds_count{account="1",operation="Observe",service="Live"} 2`,
			`domaincert_provider_request_duration_seconds_bucket{account="1",operation="Observe",service="Live",le="1.28"} 0`,
			`domaincert_provider_request_duration_seconds_bucket{account="1",operation="Observe",service="Live",le="2.56"} 1`,
		))
	})

	It("have no label with the name of a domain or an object", func() {
		requests.Of("Live", "1").Request("Observe", &provider.Error{
			Kind: provider.Rejected, Code: "Certificate.MissMatch", Operation: "SetLiveDomainCertificate", Host: "live.aliyuncs.com", RequestID: "1F7C",
		}, time.Second)
		Expect(labelNames(scrape(registry))).To(HaveEach(BeElementOf("service", "account", "operation", "code")))
	})

	It("please promlint", func() {
		requests.Of("Live", "1").Request("Observe", nil, time.Second)
		expectNoComplaints(registry)
	})

	It("can be registered once only", func() {
		_, err := metrics.NewRequests(registry)
		Expect(err).To(BeAssignableToTypeOf(prometheus.AlreadyRegisteredError{}))
	})
})

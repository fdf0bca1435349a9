// Package metrics exposes what an operator of the operator wants to know: what
// is served until when, in which condition each object is, and how the
// providers answer.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/domaincert/domaincert/internal/provider"
)

// Requests counts and times the requests to providers.
type Requests struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewRequests returns the metrics, registered.
func NewRequests(registerer prometheus.Registerer) (*Requests, error) {
	r := &Requests{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "domaincert_provider_requests_total",
			Help: "Requests to providers by outcome; code is ok or the provider's error code.",
		}, []string{"service", "account", "operation", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "domaincert_provider_request_duration_seconds",
			Help: "How long requests to providers took.",
			// Up to 20 s, so that a timeout is in a bucket of its own.
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 13),
		}, []string{"service", "account", "operation"}),
	}
	for _, collector := range []prometheus.Collector{r.total, r.duration} {
		if err := registerer.Register(collector); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Of returns the recorder for one account at one service.
func (r *Requests) Of(service, account string) provider.Recorder {
	return &recorder{requests: r, service: service, account: account}
}

type recorder struct {
	requests         *Requests
	service, account string
}

// Request implements provider.Recorder.
func (r *recorder) Request(method string, failed *provider.Error, duration time.Duration) {
	r.requests.total.WithLabelValues(r.service, r.account, method, code(failed)).Inc()
	r.requests.duration.WithLabelValues(r.service, r.account, method).Observe(duration.Seconds())
}

// code of an outcome. Vendors' codes are a bounded set; anything without one is
// named by its kind.
func code(failed *provider.Error) string {
	switch {
	case failed == nil:
		return "ok"
	case failed.Code == "":
		return string(failed.Kind)
	default:
		return failed.Code
	}
}

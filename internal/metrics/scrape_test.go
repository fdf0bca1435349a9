package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// scrape returns the series of a scrape, one a line as Prometheus reads them.
// Collectors whose series contradict each other fail it.
func scrape(registry *prometheus.Registry) []string {
	GinkgoHelper()
	answer := httptest.NewRecorder()
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	Expect(answer.Code).To(Equal(http.StatusOK), answer.Body.String())
	var series []string
	for line := range strings.Lines(answer.Body.String()) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			series = append(series, line)
		}
	}
	return series
}

// labelNames are the names of all labels of some series, but for the bounds of
// histograms.
func labelNames(series []string) []string {
	var names []string
	for _, line := range series {
		for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(line, -1) {
			if label[1] != "le" {
				names = append(names, label[1])
			}
		}
	}
	return names
}

// expectNoComplaints has promtool's linter read what a scrape returns.
func expectNoComplaints(registry *prometheus.Registry) {
	GinkgoHelper()
	families, err := registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	Expect(families).NotTo(BeEmpty())
	complaints, err := promlint.NewWithMetricFamilies(families).Lint()
	Expect(err).NotTo(HaveOccurred())
	Expect(complaints).To(BeEmpty())
}

package scale_test

import (
	"slices"
	"testing"
	"time"

	"github.com/domaincert/domaincert/test/testcerts"
)

// BenchmarkRotation is one domain whose Secret is renewed 200 times, one after
// the other: the time from before the Secret's write to the provider's receipt
// of the certificate, and to a status that says it was verified.
func BenchmarkRotation(b *testing.B) {
	const rotations = 200
	s := newScene(b)
	s.addAccount("busy", "1000000000000001")
	d := s.addDomains(1, "busy", "1000000000000001", "busy")[0]
	s.startOperator()
	s.awaitVerified(d)

	var set, verified []time.Duration
	for b.Loop() {
		b.StopTimer()
		pairs := make([]testcerts.Pair, rotations)
		for i := range pairs {
			pairs[i] = s.issue(d)
		}
		b.StartTimer()
		for _, pair := range pairs {
			took := s.rotate(d, pair)
			set = append(set, took.set)
			verified = append(verified, took.verified)
		}
	}
	b.ReportMetric(0, "ns/op") // the pauses between rotations are in it
	b.ReportMetric(milliseconds(percentile(set, 50)), "p50-ms")
	b.ReportMetric(milliseconds(percentile(set, 99)), "p99-ms")
	b.ReportMetric(milliseconds(percentile(verified, 50)), "verified-p50-ms")
}

// percentile is the smallest of the durations that p percent do not exceed.
func percentile(durations []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(durations))
	return sorted[(len(sorted)*p+99)/100-1]
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

package cdnpro_test

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/test/edgesim"
)

// unknown are the faults that CDN Pro does not have.
func unknown() map[conformance.Fault]string {
	return map[conformance.Fault]string{
		conformance.HeldBack:   "what is deployed is in effect",
		conformance.ReadsStale: "a step is due once the one before it shows",
	}
}

var (
	_ = conformance.DescribeWithout(unknown(), "CDN Pro", func() conformance.Harness {
		return newHarness(cdnpro.Production, 0)
	}, conformance.WireFaults()...)
	_ = conformance.DescribeWithout(unknown(), "CDN Pro, whose tasks take time, by way of staging", func() conformance.Harness {
		return newHarness(cdnpro.StagingThenProduction, edgesim.Second)
	})
	_ = conformance.DescribeWithout(unknown(), "CDN Pro, whose tasks take time, in staging", func() conformance.Harness {
		return newHarness(cdnpro.Staging, edgesim.Second)
	})
)

// harness is the adapter before a simulator of its own.
type harness struct {
	*world
	adapter provider.Provider
}

var _ conformance.Settler = (*harness)(nil)

// newHarness is one whose tasks take so long. Hardly any time passes in a spec, so
// that five minutes' requests would be used up in some.
func newHarness(to cdnpro.Target, tasks edgesim.Duration) *harness {
	w := newWorld(edgesim.Settings{Quotas: map[string]int{"cdnpro": -1}, CDNPro: edgesim.CDNProSettings{TaskDuration: tasks}})
	return &harness{world: w, adapter: w.shared(to)}
}

func (h *harness) Provider() provider.Provider { return h.adapter }

// property is a property of the hostname's own.
func property(hostname string) edgesim.CDNProProperty {
	return edgesim.CDNProProperty{ID: "property-" + strings.ReplaceAll(hostname, "*", "any"), Hostnames: []string{hostname}}
}

func (h *harness) AddDomain(hostname string) {
	GinkgoHelper()
	Expect(h.PutCDNProProperty(accountID, property(hostname))).To(Succeed())
}

func (h *harness) Put(hostname string, bundle certbundle.Bundle) {
	GinkgoHelper()
	changed := property(hostname)
	changed.CertificateID = "certificate-of-" + changed.ID
	h.put(edgesim.CDNProCertificate{ID: changed.CertificateID}, bundle)
	Expect(h.PutCDNProProperty(accountID, changed)).To(Succeed())
}

func (h *harness) Changes() int { return len(h.made()) }

// Settle implements [conformance.Settler]. Nobody sleeps: the clock is the spec's.
func (h *harness) Settle() { h.clock.pass(time.Second) }

func (h *harness) Inject(fault conformance.Fault) {
	GinkgoHelper()
	switch fault {
	case conformance.Skewed:
		h.skew(25 * time.Hour) // more than the adapter follows
	case conformance.AnswerLost:
		for _, change := range []string{newCertificate, patch, newProperty, validation, "POST /cdn/deploymentTasks"} {
			h.inject(edgesim.Fault{Kind: edgesim.FaultReset, Applied: true, Operation: change})
		}
	case conformance.Rejected:
		for _, upload := range []string{newCertificate, patch} {
			h.inject(edgesim.Fault{Kind: edgesim.FaultError, Status: http.StatusBadRequest, Code: "InvalidCertificate", Operation: upload})
		}
	default:
		h.inject(simulated(fault))
	}
}

func (h *harness) Heal() {
	GinkgoHelper()
	h.ClearFaults()
	h.skew(0)
}

// skew sets the simulator's clock ahead of the adapter's.
func (h *harness) skew(ahead time.Duration) {
	GinkgoHelper()
	settings := h.Settings()
	settings.ClockSkew = edgesim.Duration(ahead)
	Expect(h.SetSettings(settings)).To(Succeed())
}

// simulated is a fault as the simulator knows it.
func simulated(fault conformance.Fault) edgesim.Fault {
	const (
		retryAfter = "7"
		tooMuch    = 2 << 20
	)
	return map[conformance.Fault]edgesim.Fault{
		conformance.Denied:     {Kind: edgesim.FaultError, Status: http.StatusForbidden, Code: "AccessDenied"},
		conformance.Throttled:  {Kind: edgesim.FaultError, Status: http.StatusTooManyRequests, Code: "TooManyRequests", Headers: map[string]string{"Retry-After": retryAfter}},
		conformance.Broken:     {Kind: edgesim.FaultError},
		conformance.Silent:     {Kind: edgesim.FaultHang},
		conformance.HTML:       {Kind: edgesim.FaultHTML},
		conformance.Garbled:    {Kind: edgesim.FaultHTML, Status: http.StatusOK},
		conformance.Empty:      {Kind: edgesim.FaultEmpty},
		conformance.Truncated:  {Kind: edgesim.FaultTruncate},
		conformance.Cut:        {Kind: edgesim.FaultCut},
		conformance.Oversized:  {Kind: edgesim.FaultHuge, Bytes: tooMuch},
		conformance.Redirected: {Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:1/"},
	}[fault]
}

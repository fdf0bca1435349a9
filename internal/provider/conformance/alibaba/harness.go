package alibaba

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/test/edgesim"
)

// Harness is an adapter before a simulator of its own.
type Harness struct {
	// Simulator is the provider in the adapter's place.
	Simulator *edgesim.Server
	// Product whose domains the harness adds, and Set the operation that changes
	// them.
	Product edgesim.Product
	Set     string

	adapter provider.Provider
	puts    atomic.Int64
}

var _ conformance.Harness = (*Harness)(nil)

// NewHarness starts a simulator and puts an adapter before it.
func NewHarness(settings edgesim.Settings, product edgesim.Product, set string, newProvider func(*aliyun.Client) provider.Provider) *Harness {
	simulator := NewSimulator(settings)
	return &Harness{
		Simulator: simulator, Product: product, Set: set,
		adapter: newProvider(NewClient("http://" + simulator.APIAddress())),
	}
}

// Provider implements [conformance.Harness].
func (h *Harness) Provider() provider.Provider { return h.adapter }

// AddDomain implements [conformance.Harness].
func (h *Harness) AddDomain(domain string) {
	ginkgo.GinkgoHelper()
	Expect(h.Simulator.PutDomain(AccountID, edgesim.Domain{Name: aliyun.WireDomain(domain), Product: h.Product})).To(Succeed())
}

// Put implements [conformance.Harness]. Every certificate gets a name of its own.
func (h *Harness) Put(domain string, bundle certbundle.Bundle) {
	ginkgo.GinkgoHelper()
	name := fmt.Sprintf("console-%d", h.puts.Add(1))
	Expect(h.Simulator.SetOutOfBand(aliyun.WireDomain(domain), name, bundle.CertificatePEM(), bundle.PrivateKey().Bytes())).To(Succeed())
}

// Changes implements [conformance.Harness].
func (h *Harness) Changes() int {
	return len(h.Simulator.Journal(edgesim.Query{Operation: h.Set}))
}

// Inject implements [conformance.Harness].
func (h *Harness) Inject(fault conformance.Fault) {
	ginkgo.GinkgoHelper()
	if fault == conformance.Skewed {
		h.skew(tooSkewed)
		return
	}
	injected := simulated(fault)
	if fault == conformance.Redirected {
		injected.Location = forbidden()
	}
	_, err := h.Simulator.AddFault(injected)
	Expect(err).NotTo(HaveOccurred())
}

// Heal implements [conformance.Harness].
func (h *Harness) Heal() {
	ginkgo.GinkgoHelper()
	h.Simulator.ClearFaults()
	h.skew(0)
}

// tooSkewed is more than an adapter follows: from a day on it only tells.
const tooSkewed = edgesim.Duration(25 * time.Hour)

// skew sets the simulator's clock ahead of the real one.
func (h *Harness) skew(ahead edgesim.Duration) {
	ginkgo.GinkgoHelper()
	settings := h.Simulator.Settings()
	settings.ClockSkew = ahead
	Expect(h.Simulator.SetSettings(settings)).To(Succeed())
}

// forbidden is a server that nobody may call.
func forbidden() string {
	ginkgo.GinkgoHelper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		defer ginkgo.GinkgoRecover()
		ginkgo.Fail("a redirect was followed by " + request.Method)
	}))
	ginkgo.DeferCleanup(server.Close)
	return server.URL
}

// simulated is a fault as the simulator knows it.
func simulated(fault conformance.Fault) edgesim.Fault {
	const (
		retryAfter = "7"
		tooMuch    = 2 << 20
	)
	return map[conformance.Fault]edgesim.Fault{
		conformance.Denied:     {Kind: edgesim.FaultError, Status: http.StatusForbidden, Code: "Forbidden.RAM"},
		conformance.Rejected:   {Kind: edgesim.FaultError, Status: http.StatusBadRequest, Code: "InvalidSSLPub"},
		conformance.Throttled:  {Kind: edgesim.FaultError, Status: http.StatusBadRequest, Code: "Throttling.User", Headers: map[string]string{"Retry-After": retryAfter}},
		conformance.HeldBack:   {Kind: edgesim.FaultError, Status: http.StatusBadRequest, Code: "Certificate.SettedNotEffect"},
		conformance.Broken:     {Kind: edgesim.FaultError},
		conformance.AnswerLost: {Kind: edgesim.FaultReset, Applied: true},
		conformance.ReadsStale: {Kind: edgesim.FaultStale},
		conformance.Silent:     {Kind: edgesim.FaultHang},
		conformance.HTML:       {Kind: edgesim.FaultHTML},
		conformance.Garbled:    {Kind: edgesim.FaultHTML, Status: http.StatusOK},
		conformance.Empty:      {Kind: edgesim.FaultEmpty},
		conformance.Truncated:  {Kind: edgesim.FaultTruncate},
		conformance.Cut:        {Kind: edgesim.FaultCut},
		conformance.Oversized:  {Kind: edgesim.FaultHuge, Bytes: tooMuch},
		conformance.Redirected: {Kind: edgesim.FaultRedirect},
	}[fault]
}

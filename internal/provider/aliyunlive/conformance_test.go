package aliyunlive_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/test/edgesim"
)

var (
	_ = conformance.Describe("ApsaraVideo Live", func() conformance.Harness {
		return newHarness(edgesim.Settings{})
	}, conformance.WireFaults()...)
	_ = conformance.Describe("ApsaraVideo Live that refuses equal content under two names", func() conformance.Harness {
		return newHarness(edgesim.Settings{DuplicateContent: edgesim.DuplicateReject})
	})
)

// harness is the adapter before a simulator of its own.
type harness struct {
	simulator *edgesim.Server
	adapter   provider.Provider
}

func newHarness(settings edgesim.Settings) *harness {
	simulator := newSimulator(settings)
	return &harness{simulator: simulator, adapter: newAdapter(simulator)}
}

// notation is how the product writes a wildcard: "*.example.com" is
// ".example.com".
func notation(domain string) string { return strings.TrimPrefix(domain, "*") }

func (h *harness) Provider() provider.Provider { return h.adapter }

func (h *harness) AddDomain(domain string) {
	GinkgoHelper()
	Expect(h.simulator.PutDomain(accountID, edgesim.Domain{Name: notation(domain)})).To(Succeed())
}

func (h *harness) Put(domain string, bundle certbundle.Bundle) {
	GinkgoHelper()
	Expect(h.simulator.SetOutOfBand(notation(domain), "console", bundle.CertificatePEM(), bundle.PrivateKey().Bytes())).To(Succeed())
}

func (h *harness) Changes() int {
	return len(h.simulator.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate"}))
}

func (h *harness) Inject(fault conformance.Fault) {
	GinkgoHelper()
	_, err := h.simulator.AddFault(simulated(fault))
	Expect(err).NotTo(HaveOccurred())
}

func (h *harness) Heal() { h.simulator.ClearFaults() }

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
		conformance.Redirected: {Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:1/"},
	}[fault]
}

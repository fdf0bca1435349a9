package edgesim_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("faults", func() {
	var (
		at   *clock
		sim  *edgesim.Server
		c    *client
		cert upload
	)
	BeforeEach(func() {
		at = newClock()
		sim = start(func(config *edgesim.Config) { config.Clock = at.Now })
		c = newClient(sim.APIAddress())
		c.now = at.Now
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		cert = issueFor(domainName)
	})
	set := func() (answer, error) { return c.try(GinkgoT().Context(), setOperation, cert.on()) }
	applied := func() bool {
		state, known := sim.Edge(domainName)
		Expect(known).To(BeTrue())
		return state.Served != nil && state.Served.Fingerprint == cert.fingerprint
	}
	last := func() edgesim.Entry {
		entries := sim.Journal(edgesim.Query{})
		Expect(entries).NotTo(BeEmpty())
		return entries[len(entries)-1]
	}

	Describe("select calls", func() {
		It("by operation, domain, nth call and count", func() {
			id := mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Operation: describe, Domain: domainName, Nth: 2, Count: 2, Status: 503, Code: "ServiceUnavailable"})
			ask := func(domain string) string { return c.call(describe, params{"DomainName": domain}).code() }
			Expect(ask(domainName)).To(BeEmpty())
			Expect(ask("two.example.com")).To(BeEmpty(), "another domain does not count")
			Expect(c.call("DescribeLiveDomainDetail", params{"DomainName": domainName}).code()).To(BeEmpty(), "nor another operation")
			Expect([]string{ask(domainName), ask(domainName), ask(domainName)}).To(Equal([]string{"ServiceUnavailable", "ServiceUnavailable", ""}))
			Expect(sim.Faults()).To(ConsistOf(And(HaveField("ID", id), HaveField("Selected", 4), HaveField("Struck", 2))))
			Expect(sim.RemoveFault(id)).To(BeTrue())
			Expect(sim.RemoveFault(id)).To(BeFalse())
		})

		It("by account, and until they end", func() {
			mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Account: otherAccountID})
			mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Account: accountID, Code: "Mine", For: edgesim.Minute})
			Expect(c.call(describe, params{"DomainName": domainName}).code()).To(Equal("Mine"))
			at.Advance(time.Minute)
			Expect(c.call(describe, params{"DomainName": domainName}).code()).To(BeEmpty())
		})

		It("so that of several the first added strikes", func() {
			mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Code: "First", Count: 1})
			mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Code: "Second"})
			Expect(c.call(describe, params{"DomainName": domainName}).code()).To(Equal("First"))
			Expect(c.call(describe, params{"DomainName": domainName}).code()).To(Equal("Second"))
			sim.ClearFaults()
			Expect(c.call(describe, params{"DomainName": domainName}).code()).To(BeEmpty())
		})
	})

	It("error: answers as told, headers included", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Status: 503, Code: "ServiceUnavailable", Message: "soon", Headers: map[string]string{"Retry-After": "7"}})
		got, err := set()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.status).To(Equal(503))
		Expect(got.body).To(And(HaveKeyWithValue("Code", "ServiceUnavailable"), HaveKeyWithValue("Message", "soon")))
		Expect(got.header.Get("Retry-After")).To(Equal("7"))
		Expect(applied()).To(BeFalse())
		Expect(last()).To(And(HaveField("Outcome", "ServiceUnavailable"), HaveField("Fault", edgesim.FaultError)))
	})

	It("error, applied: takes effect and says it did not", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Applied: true})
		got, err := set()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.code()).To(Equal("InternalError"))
		Expect(applied()).To(BeTrue())
		Expect(last().Applied).To(BeTrue())
	})

	It("delay: answers late, and not at all to a client that has left", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultDelay, Delay: edgesim.Millisecond, Count: 1})
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultDelay, Delay: edgesim.Minute})
		Expect(c.call(describe, params{"DomainName": domainName}).status).To(Equal(http.StatusOK))
		ctx, cancel := context.WithTimeout(GinkgoT().Context(), 50*time.Millisecond)
		defer cancel()
		_, err := c.try(ctx, setOperation, cert.on())
		Expect(err).To(MatchError(context.DeadlineExceeded))
		Eventually(last).Should(And(HaveField("Operation", setOperation), HaveField("Outcome", edgesim.OutcomeUnanswered)))
		Expect(applied()).To(BeFalse())
	})

	DescribeTable("hang: ends when the client leaves, or the simulator",
		func(takesEffect bool, outcome string, leave func(cancel func())) {
			mustFault(sim, edgesim.Fault{Kind: edgesim.FaultHang, Applied: takesEffect})
			ctx, cancel := context.WithCancel(GinkgoT().Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				defer GinkgoRecover()
				_, err := c.try(ctx, setOperation, cert.on())
				ended <- err
			}()
			Eventually(func() []edgesim.Entry { return sim.Journal(edgesim.Query{Outcome: outcome}) }).Should(HaveLen(1))
			Expect(applied()).To(Equal(takesEffect))
			Consistently(ended, 50*time.Millisecond).ShouldNot(Receive())
			leave(cancel)
			Eventually(ended).Should(Receive(HaveOccurred()))
		},
		Entry("not applied", false, edgesim.OutcomeUnanswered, func(cancel func()) { cancel() }),
		Entry("applied", true, edgesim.OutcomeLost, func(cancel func()) { cancel() }),
		Entry("simulator closed", false, edgesim.OutcomeUnanswered, func(func()) { Expect(sim.Close()).To(Succeed()) }),
	)

	// wasReset reports whether the connection was reset, not merely closed.
	wasReset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) }

	DescribeTable("reset: the connection is reset",
		func(f edgesim.Fault, takesEffect bool, outcome string) {
			f.Kind = edgesim.FaultReset
			mustFault(sim, f)
			_, err := set()
			Expect(wasReset(err)).To(BeTrue(), "%v", err)
			Expect(applied()).To(Equal(takesEffect))
			Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(And(HaveField("Outcome", outcome), HaveField("Status", 0), HaveField("Fault", edgesim.FaultReset))))
		},
		Entry("before the body is read", edgesim.Fault{}, false, edgesim.OutcomeUnanswered),
		Entry("before the body is read, by operation", edgesim.Fault{Operation: setOperation}, false, edgesim.OutcomeUnanswered),
		Entry("in the middle of the body", edgesim.Fault{Bytes: 100}, false, edgesim.OutcomeUnanswered),
		Entry("for a domain, with the body read", edgesim.Fault{Domain: domainName}, false, edgesim.OutcomeUnanswered),
		Entry("once applied: the answer is lost", edgesim.Fault{Applied: true}, true, edgesim.OutcomeLost),
	)

	It("reset: works over TLS, and with the operation in a V1 body", func() {
		roots := x509.NewCertPool()
		Expect(roots.AppendCertsFromPEM(sim.CAPEM())).To(BeTrue())
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultReset, Operation: setOperation})
		c.url, c.viaV1 = "https://"+sim.APITLSAddress(), true
		c.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		_, err := set()
		Expect(wasReset(err)).To(BeTrue(), "%v", err)
		Expect(sim.Faults()).To(ConsistOf(HaveField("Struck", 1)))
	})

	It("accept: says yes, checks all, changes nothing", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAccept})
		got, err := set()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.status).To(Equal(http.StatusOK))
		Expect(applied()).To(BeFalse())
		Expect(last()).To(And(HaveField("Outcome", edgesim.OutcomeOK), HaveField("Applied", false), HaveField("Fingerprint", cert.fingerprint)))
		Expect(c.call("DescribeLiveCertificateDetail", params{"CertName": "first"}).code()).To(Equal("Certificate.NotFind"))
		Expect(c.call(setOperation, cert.on().with(params{"SSLPub": "garbage"})).code()).To(Equal("InvalidSSLPub"))
	})

	It("stale and alternate: show what was before", func() {
		before := issueFor(domainName)
		Expect(c.call(setOperation, before.on()).status).To(Equal(http.StatusOK))
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultStale, Operation: describe, Count: 2})
		Expect(edgeFingerprint(c, sim)).To(Equal(before.fingerprint))
		Expect(edgeFingerprint(c, sim)).To(Equal(before.fingerprint))
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultAlternate, Operation: describe})
		var shown []string
		for range 4 {
			shown = append(shown, edgeFingerprint(c, sim))
		}
		Expect(shown).To(Equal([]string{cert.fingerprint, before.fingerprint, cert.fingerprint, before.fingerprint}))
	})

	It("html: a load balancer's page, after or instead of the work", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultHTML, Count: 1})
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultHTML, Applied: true, Status: 504})
		got, err := set()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.status).To(Equal(http.StatusBadGateway))
		Expect(got.header.Get("Content-Type")).To(Equal("text/html"))
		Expect(applied()).To(BeFalse())
		got, err = set()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.status).To(Equal(504))
		Expect(applied()).To(BeTrue())
		Expect(last().Outcome).To(Equal(edgesim.OutcomeLost))
	})

	It("redirect: sends the client elsewhere", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:1/elsewhere"})
		got, err := set()
		Expect(err).NotTo(HaveOccurred())
		Expect(got.status).To(Equal(http.StatusTemporaryRedirect))
		Expect(got.header.Get("Location")).To(Equal("http://127.0.0.1:1/elsewhere"))
		Expect(applied()).To(BeFalse())
	})

	DescribeTable("spoil the answer to work that is done",
		func(f edgesim.Fault, check func(answer, error)) {
			mustFault(sim, f)
			check(set())
			Expect(applied()).To(BeTrue())
			Expect(last()).To(And(HaveField("Outcome", edgesim.OutcomeLost), HaveField("Applied", true), HaveField("Fault", f.Kind)))
		},
		Entry("empty", edgesim.Fault{Kind: edgesim.FaultEmpty}, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.status).To(Equal(http.StatusOK))
			Expect(got.raw).To(BeEmpty())
		}),
		Entry("truncate", edgesim.Fault{Kind: edgesim.FaultTruncate}, func(_ answer, err error) {
			Expect(err).To(MatchError(ContainSubstring("unexpected end of JSON input")))
		}),
		Entry("cut", edgesim.Fault{Kind: edgesim.FaultCut}, func(_ answer, err error) {
			Expect(errors.Is(err, io.ErrUnexpectedEOF) || wasReset(err)).To(BeTrue(), "%v", err)
		}),
		Entry("huge", edgesim.Fault{Kind: edgesim.FaultHuge, Bytes: 3 << 20}, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(len(got.raw)).To(BeNumerically(">=", 3<<20))
		}),
		Entry("drip", edgesim.Fault{Kind: edgesim.FaultDrip, Delay: edgesim.Millisecond}, func(got answer, err error) {
			Expect(err).NotTo(HaveOccurred())
			Expect(got.body).To(HaveKey("RequestId"))
		}),
	)

	It("keep the code of a refusal that the operation made", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultEmpty})
		c.call(setOperation, cert.on().with(params{"SSLPub": "garbage"}))
		Expect(last().Outcome).To(Equal("InvalidSSLPub"))
	})

	DescribeTable("that could do nothing are refused",
		func(f edgesim.Fault, complaint string) {
			_, err := sim.AddFault(f)
			Expect(err).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("unknown kind", edgesim.Fault{Kind: "explode"}, "explode"),
		Entry("no kind", edgesim.Fault{}, "kind"),
		Entry("redirect to nowhere", edgesim.Fault{Kind: edgesim.FaultRedirect}, "location"),
		Entry("status out of range", edgesim.Fault{Kind: edgesim.FaultError, Status: 99}, "99"),
		Entry("negative count", edgesim.Fault{Kind: edgesim.FaultError, Count: -1}, "negative"),
	)
})

var _ = Describe("requests beyond all measure", func() {
	It("are refused", func() {
		c := newClient(start().APIAddress())
		got := c.call(setOperation, params{"DomainName": domainName, "SSLPub": strings.Repeat("x", 2<<20)})
		Expect(got.status).To(Equal(http.StatusBadRequest))
		Expect(got.code()).To(Equal("InvalidParameter"))
	})
})

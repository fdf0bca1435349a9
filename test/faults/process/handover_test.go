//go:build faults

package process_test

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

const (
	// soon is the longest that a hand-over may take which the leader announces, and
	// late if it cannot: a standby waits for 15 s until it takes a lease.
	soon = 3 * time.Second
	late = 20 * time.Second
	// grace is how long a Pod has to end.
	grace = 25 * time.Second
	// timeout of a spec, which may have many trials.
	timeout = 5 * time.Minute
)

var _ = It("hands over at SIGTERM", func(ctx SpecContext) {
	handOver(ctx, newPairs(ctx, shipped), syscall.SIGTERM, "SIGTERM", soon)
}, SpecTimeout(timeout))

var _ = It("row 44: SIGTERM in the middle of a call: it is cancelled, the lease is released, and the standby goes on", func(ctx SpecContext) {
	pairs := newPairs(ctx, shipped)
	inParallel(pairs, func(p *pair) {
		p.AddFault(edgesim.Fault{Kind: edgesim.FaultHang, Applied: true, Operation: rig.SetOperation, Count: 1})
		interrupted := p.Issue(p.Domain)
		p.PutCertificate(ctx, rig.Name, interrupted)
		Eventually(func() []edgesim.Entry { return p.setsOf(p.Domain, interrupted.Fingerprint) }).WithTimeout(rig.Patience).Should(HaveLen(1))
	})
	handOver(ctx, pairs, syscall.SIGTERM, "SIGTERM in the middle of a call", soon)
	for _, p := range pairs {
		Eventually(p.leader.Ended()).WithTimeout(grace).Should(BeClosed())
		Expect(p.leader.Failure()).To(MatchError("domaincert has ended"), "with status 0")
	}
}, SpecTimeout(timeout))

// The leader is stopped for 20 s instead of 60 s where there is but one trial: what
// matters is that the lease, of 15 s, is another's when it goes on.
var _ = It("row 45: a leader that was stopped ends when it goes on, before it changes anything", func(ctx SpecContext) {
	stopped := time.Minute
	if trials() == 1 {
		stopped = late
	}
	directory := GinkgoT().TempDir()
	goOn := func(w *rig.World) string { return filepath.Join(directory, w.Namespace) }
	slow := func(w *rig.World) string { return "slow." + w.Domain }

	// Each leader is about to send a certificate when it is stopped.
	pairs := newPairs(ctx, func(w *rig.World) rig.Operator {
		return rig.Operator{Failpoints: "deploy/before=block:" + goOn(w) + "@" + slow(w)}
	})
	for _, p := range pairs {
		p.AddDomain(slow(p.World))
		p.PutCertificate(ctx, "slow", p.Issue(slow(p.World)))
		p.Create(ctx, p.DomainCertificate("slow", slow(p.World)))
	}
	for _, p := range pairs {
		Eventually(goOn(p.World) + ".reached").WithTimeout(rig.Patience).Should(BeAnExistingFile())
	}
	begin := time.Now()
	handOver(ctx, pairs, syscall.SIGSTOP, "SIGSTOP", late)

	inParallel(pairs, func(p *pair) {
		newer := p.Issue(slow(p.World))
		p.PutCertificate(ctx, "slow", newer)
		p.AwaitReady(ctx, "slow", newer.Fingerprint)
		Consistently(p.leader.Ended()).WithTimeout(time.Until(begin.Add(stopped))).ShouldNot(BeClosed())

		calls, sets := len(p.Cloud.Journal(edgesim.Query{Domain: slow(p.World)})), len(p.Sets(slow(p.World)))
		last := p.Issue(p.Domain)
		Expect(os.WriteFile(goOn(p.World), nil, 0o600)).To(Succeed())
		Expect(p.leader.Signal(syscall.SIGCONT)).To(Succeed())
		p.PutCertificate(ctx, rig.Name, last)
		Eventually(p.leader.Ended()).WithTimeout(soon).Should(BeClosed())
		Expect(p.leader.Failure()).To(MatchError(ContainSubstring("exit status 1")))
		Expect(p.leader.Log()).To(ContainSubstring("the lease could not be renewed in time"))

		p.AwaitReady(ctx, rig.Name, last.Fingerprint)
		Expect(p.setsOf(p.Domain, last.Fingerprint)).To(HaveLen(1))
		Expect(len(p.Cloud.Journal(edgesim.Query{Domain: slow(p.World)}))-calls).To(BeNumerically("<=", 1), "late calls")
		Expect(p.Sets(slow(p.World))).To(HaveLen(sets))
		Expect(p.Stored(slow(p.World))).To(Equal(newer.Fingerprint))
	})
}, SpecTimeout(timeout))

var _ = It("row 46: a leader that is killed is followed by its standby", func(ctx SpecContext) {
	handOver(ctx, newPairs(ctx, shipped), syscall.SIGKILL, "SIGKILL", late)
}, SpecTimeout(timeout))

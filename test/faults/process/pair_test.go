//go:build faults

package process_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// handoverTrials names the variable with the number of trials of each manner of
// hand-over, which run side by side. One shows that it works, and many how long it
// takes.
const handoverTrials = "DOMAINCERT_HANDOVER_TRIALS"

func trials() int {
	GinkgoHelper()
	text, asked := os.LookupEnv(handoverTrials)
	if !asked {
		return 1
	}
	number, err := strconv.Atoi(text)
	Expect(err).NotTo(HaveOccurred())
	return number
}

// pair is a leader and its standby in a world of their own.
type pair struct {
	*rig.World
	leader, standby *rig.Process
}

// shipped is the operator as users run it.
func shipped(*rig.World) rig.Operator { return rig.Operator{Release: true} }

// newPairs starts as many pairs as there are trials. Whoever is started first leads:
// the standbys come when it has deployed its first certificate.
func newPairs(ctx SpecContext, leader func(*rig.World) rig.Operator) []*pair {
	GinkgoHelper()
	pairs := make([]*pair, trials())
	for i := range pairs {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		plane.AuthorizeElection(ctx, w.Namespace)
		pairs[i] = &pair{World: w, leader: w.StartOperator(ctx, electing(w, leader(w)))}
	}
	for _, p := range pairs {
		p.AwaitReady(ctx, rig.Name, p.Pair.Fingerprint)
		p.standby = p.StartOperator(ctx, electing(p.World, shipped(p.World)))
	}
	for _, p := range pairs {
		p.standby.AwaitReady(ctx)
	}
	return pairs
}

// electing is an operator that elects a leader among those of its world. Others are
// started meanwhile.
func electing(w *rig.World, options rig.Operator) rig.Operator {
	options.Arguments = append(options.Arguments, "--leader-elect", "--leader-election-namespace", w.Namespace)
	options.NotReady = true
	return options
}

// holder of the pair's lease.
func (p *pair) holder(ctx context.Context) string {
	GinkgoHelper()
	var lease coordinationv1.Lease
	Expect(p.Client.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: "domaincert.domaincert.io"}, &lease)).To(Succeed())
	Expect(lease.Spec.HolderIdentity).NotTo(BeNil())
	return *lease.Spec.HolderIdentity
}

// handover is what was seen of one.
type handover struct {
	// took is the time from the signal until the standby's first Set, of what was
	// renewed right after the signal, was answered.
	took time.Duration
	// duplicates are Sets of what had been set.
	duplicates int
}

// handOver signals the leader, renews the certificate at once, and waits until the
// standby has deployed it. A leader that ends in order may get so far itself, and
// leave nothing to be done: then it is renewed once more.
func (p *pair) handOver(ctx context.Context, signal syscall.Signal) handover {
	GinkgoHelper()
	before, first, begin := p.holder(ctx), p.Issue(p.Domain), time.Now()
	Expect(p.leader.Signal(signal)).To(Succeed())
	p.PutCertificate(ctx, rig.Name, first)
	p.AwaitReady(ctx, rig.Name, first.Fingerprint)
	sets := p.setsOf(p.Domain, first.Fingerprint)
	seen := handover{took: sets[0].Time.Sub(begin), duplicates: len(sets) - 1}
	if !deployed(p.standby, first.Fingerprint) {
		Eventually(p.leader.Ended()).WithTimeout(grace).Should(BeClosed())
		second := renew(ctx, p.World)
		sets = p.setsOf(p.Domain, second.Fingerprint)
		seen.took = sets[0].Time.Sub(begin)
		seen.duplicates += len(sets) - 1
	}
	Expect(p.holder(ctx)).NotTo(Or(BeEmpty(), Equal(before)))
	return seen
}

// deployed reports whether it was this operator that deployed a certificate.
func deployed(operator *rig.Process, fingerprint string) bool {
	return strings.Contains(operator.Log(), `"fingerprint":"`+fingerprint+`"`)
}

// setsOf a certificate, oldest first.
func (p *pair) setsOf(domain, fingerprint string) []edgesim.Entry {
	return slices.DeleteFunc(p.Sets(domain), func(e edgesim.Entry) bool { return e.Fingerprint != fingerprint })
}

// inParallel does the same with all pairs.
func inParallel(pairs []*pair, do func(*pair)) {
	var running sync.WaitGroup
	for _, p := range pairs {
		running.Go(func() {
			defer GinkgoRecover()
			do(p)
		})
	}
	running.Wait()
}

// handOver does it with all pairs, reports how long it took and how often anything
// was sent twice, and asks that nothing was, and that none took longer than this.
func handOver(ctx context.Context, pairs []*pair, signal syscall.Signal, name string, longest time.Duration) {
	GinkgoHelper()
	var (
		mutex sync.Mutex
		all   []handover
	)
	inParallel(pairs, func(p *pair) {
		seen := p.handOver(ctx, signal)
		mutex.Lock()
		defer mutex.Unlock()
		all = append(all, seen)
	})
	Expect(all).To(HaveLen(len(pairs)))
	slices.SortFunc(all, func(a, b handover) int { return int(a.took - b.took) })
	duplicates := 0
	for _, one := range all {
		duplicates += one.duplicates
	}
	slowest := all[len(all)-1].took
	fmt.Fprintf(os.Stdout, "\nmeasured: hand-over at %s: %d trials, min %.2f s, p50 %.2f s, max %.2f s, duplicate Sets %d\n", name, len(all),
		all[0].took.Seconds(), all[len(all)/2].took.Seconds(), slowest.Seconds(), duplicates)
	Expect(duplicates).To(BeZero())
	Expect(slowest).To(BeNumerically("<=", longest))
}

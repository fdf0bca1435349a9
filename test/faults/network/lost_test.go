//go:build faults

package network_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 05:", func() {
	DescribeTable("a connection that is reset in the middle of a request leaves open what became of it: the provider is read before anything is sent again",
		func(ctx SpecContext, bytes int64) {
			w := plane.NewWorld(ctx, rig.WorldOptions{})
			w.AddFault(edgesim.Fault{Kind: edgesim.FaultReset, Bytes: bytes, Count: 1, Operation: rig.SetOperation})
			w.StartOperator(ctx, rig.Operator{})
			w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

			calls := slices.DeleteFunc(w.Cloud.Journal(edgesim.Query{}), func(e edgesim.Entry) bool {
				return e.Operation != rig.SetOperation && e.Operation != rig.DescribeOperation
			})
			sets := w.Calls(rig.SetOperation)
			Expect(sets).To(HaveLen(2))
			Expect(sets[0]).To(And(HaveField("Outcome", edgesim.OutcomeUnanswered), HaveField("RequestBytes", BeEquivalentTo(bytes))))
			Expect(slices.ContainsFunc(calls, func(e edgesim.Entry) bool {
				return e.Operation == rig.DescribeOperation && e.Outcome == edgesim.OutcomeOK &&
					e.Sequence > sets[0].Sequence && e.Sequence < sets[1].Sequence
			})).To(BeTrue(), "read in between")
			Expect(w.Sets(w.Domain)).To(HaveLen(1))
			Expect(w.Reasons(rig.Name, deployed)).To(ContainElement("Unavailable"))
		},
		Entry("before its body", int64(0), SpecTimeout(timeout)),
		Entry("in its body", int64(700), SpecTimeout(timeout)),
	)
})

var _ = Describe("row 13:", func() {
	It("a redirect to another host is not followed, whatever is asked and however it is told", func(ctx SpecContext) {
		var reached atomic.Int64
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
		DeferCleanup(elsewhere.Close)
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.Cloud.ClearFaults()
		for operation, status := range map[string]int{
			identify:              http.StatusPermanentRedirect,
			rig.DescribeOperation: http.StatusFound,
			rig.SetOperation:      http.StatusTemporaryRedirect,
		} {
			w.AddFault(edgesim.Fault{Kind: edgesim.FaultRedirect, Location: elsewhere.URL + "/elsewhere", Status: status, Operation: operation, Count: 1})
		}
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		for _, fault := range w.Cloud.Faults() {
			Expect(fault.Struck).To(Equal(1), fault.Operation)
		}
		Expect(reached.Load()).To(BeZero(), "neither a key nor who asks is known elsewhere")
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
		Expect(w.Reasons(rig.Name, deployed)).To(ContainElement("Unavailable"))
	}, SpecTimeout(timeout))
})

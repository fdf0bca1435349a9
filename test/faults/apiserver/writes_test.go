//go:build faults

package apiserver_test

import (
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/proxy"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// elects makes an operator a candidate for a lease of its own row.
func elects(w *rig.World) []string {
	return []string{"--leader-elect", "--leader-election-namespace", w.Namespace}
}

var _ = Describe("row 47:", func() {
	It("a lease that cannot be renewed for 8 s is not lost", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.AuthorizeElection(ctx, w.Namespace)
		between, kubeconfig := w.Proxy(ctx)
		operator := w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig, Arguments: elects(w)})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		begin := time.Now()
		refused := between.Add(proxy.Rule{
			Match: func(r proxy.Request) bool { return r.Is("leases") && time.Since(begin) < 8*time.Second },
			Act:   proxy.Answer(http.StatusInternalServerError, metav1.StatusReasonInternalError, 0),
		})
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		// Renewed after the 8 s, by the same process.
		Eventually(func() []proxy.Request {
			return between.Seen(func(r proxy.Request) bool {
				return r.Is("leases", "update", "patch") && r.At.After(begin.Add(8*time.Second))
			})
		}).WithTimeout(rig.Patience).ShouldNot(BeEmpty())
		Expect(between.Acted(refused)).To(BeNumerically(">", 3))
		third := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, third)
		w.AwaitReady(ctx, rig.Name, third.Fingerprint)
		Expect(operator.Ended()).NotTo(BeClosed())
	}, SpecTimeout(timeout))
})

var _ = Describe("row 48:", func() {
	// An outage of minutes is the same as one of 12 s: every timer that could end
	// the operator, of which the lease's 10 s is the longest, has run out.
	outage := func(ctx SpecContext, between *proxy.Proxy) {
		GinkgoHelper()
		begin := time.Now()
		between.Add(proxy.Rule{
			Match: func(proxy.Request) bool { return time.Since(begin) < 12*time.Second },
			Act:   proxy.Drop,
		})
		Eventually(time.Since).WithContext(ctx).WithArguments(begin).WithTimeout(rig.Patience).Should(BeNumerically(">", 12*time.Second))
	}

	It("an operator that elects no leader outlives the API server, and tells afterwards what it sent before", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultDelay, Applied: true, Delay: edgesim.Second, Operation: rig.SetOperation})
		operator := w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		Eventually(w.Stored).WithArguments(w.Domain).WithTimeout(rig.Patience).WithPolling(5 * time.Millisecond).Should(Equal(w.Pair.Fingerprint))
		between.Sever()
		outage(ctx, between)
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(1), "a Set in flight is not sent again")
		Expect(operator.Ended()).NotTo(BeClosed())
	}, SpecTimeout(timeout))

	It("a leader that cannot renew its lease ends once, and its successor sends nothing again", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.AuthorizeElection(ctx, w.Namespace)
		between, kubeconfig := w.Proxy(ctx)
		first := w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig, Arguments: elects(w)})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		between.Sever()
		outage(ctx, between)
		Eventually(first.Ended()).WithTimeout(rig.Patience).Should(BeClosed())

		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig, Arguments: elects(w)})
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(2))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 49:", func() {
	DescribeTable("a status that cannot be written is written later, and nothing is sent again", func(ctx SpecContext, times int, act proxy.Action) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		rule := between.Add(proxy.Rule{Match: proxy.On("domaincertificates/status"), Count: times, Act: act})
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(between.Acted(rule)).To(BeNumerically(">", 0))
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
	},
		Entry("if others write all the time", SpecTimeout(timeout), 5, proxy.Answer(http.StatusConflict, metav1.StatusReasonConflict, 0)),
		// Each failure doubles the wait for the next try: five of them are half a
		// minute, or more by chance.
		Entry("if the API server fails", SpecTimeout(timeout), 4, proxy.Answer(http.StatusInternalServerError, metav1.StatusReasonInternalError, 0)),
		Entry("if connections break", SpecTimeout(timeout), 3, proxy.Action(proxy.Drop)),
		Entry("if it was written, and the answer lost", SpecTimeout(timeout), 5, proxy.Action(proxy.Lose)),
		Entry("if nobody answers", SpecTimeout(timeout), 1, proxy.Action(proxy.Hang)),
	)
})

var _ = Describe("row 50:", func() {
	It("an API server that is overloaded is waited for as it asks, and every object gets there", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		var names []string
		for i := range 10 {
			name := fmt.Sprintf("d%d", i)
			w.AddDomain(name + "." + w.Domain)
			w.PutCertificate(ctx, name, w.Issue(name+"."+w.Domain))
			w.Create(ctx, w.DomainCertificate(name, name+"."+w.Domain))
			names = append(names, name)
		}
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		begin := time.Now()
		rule := between.Add(proxy.Rule{
			Match: func(proxy.Request) bool { return time.Since(begin) < 3*time.Second },
			Act:   proxy.Answer(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, time.Second),
		})
		for _, name := range append(names, rig.Name) {
			w.AwaitCondition(ctx, name, "Ready", metav1.ConditionTrue, "Served")
		}
		Expect(between.Acted(rule)).To(And(BeNumerically(">", 0), BeNumerically("<", 100)), "a client that ignores Retry-After asks much more often")
		Expect(w.Sets("")).To(HaveLen(11))
	}, SpecTimeout(timeout))
})

//go:build faults

package cloud_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = DescribeTable("row 06: a Set that took effect and whose answer was lost is not repeated",
	func(ctx SpecContext, lost edgesim.Fault) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		lost.Operation, lost.Domain, lost.Count, lost.Applied = rig.SetOperation, w.Domain, 1, true
		w.AddFault(lost)
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		sent := w.Calls(rig.SetOperation)
		Expect(sent).To(HaveLen(1))
		Expect(sent[0].Fault).To(Equal(lost.Kind))
		Expect(described(w, w.Domain, sent[0].Sequence)).To(HaveLen(1), "the next look has shown it")
	},
	Entry("when the connection is reset", edgesim.Fault{Kind: edgesim.FaultReset}, SpecTimeout(timeout)),
	Entry("when the connection breaks within the answer", edgesim.Fault{Kind: edgesim.FaultCut}, SpecTimeout(timeout)),
	Entry("when a load balancer answers in its place", edgesim.Fault{Kind: edgesim.FaultHTML}, SpecTimeout(timeout)),
	Entry("when the answer is half of its JSON", edgesim.Fault{Kind: edgesim.FaultTruncate}, SpecTimeout(timeout)),
	Entry("when the answer is empty", edgesim.Fault{Kind: edgesim.FaultEmpty}, SpecTimeout(timeout)),
	Entry("when the answer is a fault of the server's", edgesim.Fault{Kind: edgesim.FaultError}, SpecTimeout(timeout)),
)

var _ = Describe("row 07:", func() {
	It("a Set that is accepted and never applied is repeated once, after the time that the cloud has to show it", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.MostSets = 2
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultAccept, Operation: rig.SetOperation})
		told := len(w.Events(ctx, rig.Name, domaincertv1alpha1.DeployingReason))

		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.VerifiedCondition, metav1.ConditionFalse, domaincertv1alpha1.PropagatingReason)
		age(ctx, w, within)
		awaitReadBack(ctx, w)
		Expect(w.SetsOf(renewed.Fingerprint)).To(HaveLen(1), "the cloud has not had its time")

		age(ctx, w, window-within)
		Eventually(func() []edgesim.Entry { return w.SetsOf(renewed.Fingerprint) }).WithContext(ctx).WithTimeout(rig.Patience).Should(HaveLen(2))
		age(ctx, w, window)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.StalledCondition, metav1.ConditionTrue, domaincertv1alpha1.DeployingReason)
		awaitReadBack(ctx, w)

		Expect(w.SetsOf(renewed.Fingerprint)).To(HaveLen(2), "a cloud that loses what it accepts does not cost the account its quota")
		Expect(w.Events(ctx, rig.Name, domaincertv1alpha1.DeployingReason)).To(HaveLen(told+1), "and is told of once")
	}, SpecTimeout(timeout))
})

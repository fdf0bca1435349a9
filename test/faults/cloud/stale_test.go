//go:build faults

package cloud_test

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 08:", func() {
	It("a cloud that shows a Set late is waited for, and Deployed is said when it shows it", func(ctx SpecContext) {
		const late = time.Second // for up to two minutes; the operator looks by the same rule
		w := plane.NewWorld(ctx, rig.WorldOptions{Settings: edgesim.Settings{DescribeDelay: edgesim.Duration(late)}})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)

		for _, fingerprint := range []string{w.Pair.Fingerprint, renewed.Fingerprint} {
			sent := w.SetsOf(fingerprint)
			Expect(sent).To(HaveLen(1))
			Expect(saidDeployed(w, fingerprint)).To(BeTemporally(">=", sent[0].Time.Add(late)), "O4")
		}
	}, SpecTimeout(timeout))

	It("a cloud that shows the past for minutes is not sent the certificate again", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultStale, Operation: rig.DescribeOperation})
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.DeployedCondition, metav1.ConditionFalse, domaincertv1alpha1.DeployingReason)
		age(ctx, w, within)
		awaitReadBack(ctx, w)
		Expect(w.SetsOf(renewed.Fingerprint)).To(HaveLen(1))
		Expect(saidDeployed(w, renewed.Fingerprint)).To(BeZero(), "O4")

		w.Cloud.ClearFaults()
		readBack(ctx, w, rig.Name)
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
	}, SpecTimeout(timeout))
})

var _ = Describe("row 09:", func() {
	It("a cloud that shows old and new by turns is not followed back and forth", func(ctx SpecContext) {
		const looks = 6
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		before := len(w.Reasons(rig.Name, domaincertv1alpha1.DeployedCondition))
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultAlternate, Operation: rig.DescribeOperation})
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
		for range looks {
			awaitReadBack(ctx, w)
		}

		transitions := w.Reasons(rig.Name, domaincertv1alpha1.DeployedCondition)[before:]
		Expect(len(transitions)).To(BeNumerically("<=", 2), "%v", transitions)
		Expect(w.SetsOf(renewed.Fingerprint)).To(HaveLen(1))
		Expect(w.Reasons(rig.Name, domaincertv1alpha1.ReadyCondition)).NotTo(ContainElement(domaincertv1alpha1.DriftDetectedReason))
	}, SpecTimeout(timeout))

	It("what it shows by turns long after a Set is no drift either", func(ctx SpecContext) {
		const looks = 6
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
		before := len(w.Reasons(rig.Name, domaincertv1alpha1.DeployedCondition))
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultAlternate, Operation: rig.DescribeOperation})
		age(ctx, w, window)
		for range looks {
			awaitReadBack(ctx, w)
		}

		Expect(w.Reasons(rig.Name, domaincertv1alpha1.DeployedCondition)[before:]).To(BeEmpty())
		Expect(w.SetsOf(renewed.Fingerprint)).To(HaveLen(1))
	}, SpecTimeout(timeout))
})

// saidDeployed is when the object first said Deployed of a certificate; zero if it
// never did.
func saidDeployed(w *rig.World, fingerprint string) time.Time {
	seen := w.Sightings(rig.Name)
	first := slices.IndexFunc(seen, func(s rig.Sighting) bool {
		return s.Object.Status.DeployedFingerprint == fingerprint &&
			meta.IsStatusConditionTrue(s.Object.Status.Conditions, domaincertv1alpha1.DeployedCondition)
	})
	if first < 0 {
		return time.Time{}
	}
	return seen[first].At
}

//go:build faults

package cloud_test

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 21:", func() {
	It("a certificate that somebody else has put there is replaced once, and told of", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.MostSets = 2 // the first and the repair
		operator := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		w.SetOutOfBand(w.Domain, w.Issue(w.Domain))
		age(ctx, w, window)

		Eventually(w.Stored).WithContext(ctx).WithArguments(w.Domain).WithTimeout(rig.Patience).Should(Equal(w.Pair.Fingerprint))
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		awaitReadBack(ctx, w)
		Expect(w.SetsOf(w.Pair.Fingerprint)).To(HaveLen(2))
		Expect(w.Events(ctx, rig.Name, domaincertv1alpha1.DriftDetectedReason)).To(HaveLen(1))
		Expect(sample(ctx, operator, "domaincert_drift_repairs_total{")).To(HaveSuffix(" 1"))
	}, SpecTimeout(timeout))

	It("driftPolicy Warn tells of it and leaves it", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{Edit: func(object *domaincertv1alpha1.DomainCertificate) {
			object.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn
		}})
		operator := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		other := w.Issue(w.Domain)
		w.SetOutOfBand(w.Domain, other)
		age(ctx, w, window)

		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.DeployedCondition, metav1.ConditionFalse, domaincertv1alpha1.DriftDetectedReason)
		awaitReadBack(ctx, w)
		Expect(w.SetsOf(w.Pair.Fingerprint)).To(HaveLen(1))
		Expect(w.Stored(w.Domain)).To(Equal(other.Fingerprint))
		Expect(w.Events(ctx, rig.Name, domaincertv1alpha1.DriftDetectedReason)).To(HaveLen(1))
		Expect(sample(ctx, operator, "domaincert_drift_repairs_total{")).To(BeEmpty())
		Expect(sample(ctx, operator, fmt.Sprintf(`domaincert_condition{name=%q,namespace=%q,status="False",type="Deployed"}`, rig.Name, w.Namespace))).To(HaveSuffix(" 1"))
	}, SpecTimeout(timeout))
})

// sample is the first line of the operator's metrics that begins so; empty if there
// is none.
func sample(ctx context.Context, operator *rig.Process, begin string) string {
	GinkgoHelper()
	metrics, err := operator.Metrics(ctx)
	Expect(err).NotTo(HaveOccurred())
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, begin) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

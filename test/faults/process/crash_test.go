//go:build faults

package process_test

import (
	"context"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// crashed starts an operator that kills itself at a point, has something happen, and
// waits until it is dead.
func crashed(ctx context.Context, w *rig.World, point failpoint.Point, happen func()) {
	GinkgoHelper()
	doomed := w.StartOperator(ctx, rig.Operator{Failpoints: string(point) + "=kill", NotReady: true})
	happen()
	Eventually(doomed.Ended()).WithTimeout(rig.Patience).Should(BeClosed())
	Expect(doomed.Failure()).To(MatchError(ContainSubstring("signal: killed")))
}

// withdrawn is an object whose certificate goes with it.
func withdrawn(object *domaincertv1alpha1.DomainCertificate) {
	object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
}

// leaving are the points that only a deletion comes to.
func leaving() []failpoint.Point {
	return []failpoint.Point{failpoint.WithdrawBefore, failpoint.WithdrawAfter, failpoint.FinalizerRemove}
}

// pointEntries are entries for all points but some.
func pointEntries(points []failpoint.Point) []TableEntry {
	var entries []TableEntry
	for _, point := range points {
		entries = append(entries, Entry(string(point), SpecTimeout(timeout), point))
	}
	return entries
}

var _ = DescribeTable("row 43: the first deployment converges after kill -9 at",
	func(ctx SpecContext, point failpoint.Point) {
		w := plane.NewWorld(ctx, rig.WorldOptions{Edit: withdrawn})
		crashed(ctx, w, point, func() {})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
	},
	pointEntries(slices.DeleteFunc(failpoint.All(), func(point failpoint.Point) bool { return slices.Contains(leaving(), point) })),
)

var _ = DescribeTable("row 43: a renewal converges after kill -9 at",
	func(ctx SpecContext, point failpoint.Point) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		first := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(first.Stop()).To(Succeed())

		renewed := w.Issue(w.Domain)
		crashed(ctx, w, point, func() { w.PutCertificate(ctx, rig.Name, renewed) })
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(2), "one of each certificate")
	},
	pointEntries([]failpoint.Point{failpoint.SecretParse, failpoint.DeployBefore, failpoint.DeployAfter, failpoint.StatusBefore, failpoint.StatusAfter}),
)

var _ = DescribeTable("row 43: a deletion converges after kill -9 at",
	func(ctx SpecContext, point failpoint.Point) {
		w := plane.NewWorld(ctx, rig.WorldOptions{Edit: withdrawn})
		w.MostSets = 2 // HTTPS may be turned off twice
		first := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(first.Stop()).To(Succeed())

		object := w.Get(ctx, rig.Name)
		crashed(ctx, w, point, func() { Expect(w.Client.Delete(ctx, object)).To(Succeed()) })
		w.StartOperator(ctx, rig.Operator{})
		Eventually(func() bool { return apierrors.IsNotFound(w.Client.Get(ctx, rig.KeyOf(object), object)) }).WithTimeout(rig.Patience).Should(BeTrue())
		Expect(w.Served(w.Domain)).To(BeEmpty())
	},
	pointEntries(leaving()),
)

//go:build faults

package process_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// panics are those that the operator counts.
func panics(ctx context.Context, operator *rig.Process) (float64, error) {
	return gauge(ctx, operator, `controller_runtime_reconcile_panics_total{controller="domaincertificate"}`)
}

var _ = DescribeTable("row 57: an object that panics each time holds up no other, and is tried ever more rarely, at",
	func(ctx SpecContext, point failpoint.Point) {
		const (
			others = 4
			// most panics in a minute, with a backoff that begins at a second.
			most = 10
		)
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		// One Set in a second: a turn that is not given back is noticed by all.
		edge := w.EdgeProvider()
		w.Change(ctx, edge, func() { edge.Spec.Quota = &domaincertv1alpha1.Quota{SetPerSecond: new(int32(1))} })
		operator := w.StartOperator(ctx, rig.Operator{Failpoints: string(point) + "=panic@" + w.Domain})
		w.PutCertificate(ctx, rig.Name, w.Issue(w.Domain))
		w.Create(ctx, w.DomainCertificate(rig.Name, w.Domain))
		Eventually(panics).WithArguments(ctx, operator).WithTimeout(rig.Patience).Should(BeNumerically(">=", 1))

		hurried, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		for i := range others {
			name := fmt.Sprintf("other-%d", i)
			domain := name + "." + w.Domain
			pair := w.Issue(domain)
			w.AddDomain(domain)
			w.PutCertificate(ctx, name, pair)
			w.Create(ctx, w.DomainCertificate(name, domain))
			w.AwaitReady(hurried, name, pair.Fingerprint)
		}
		Eventually(panics).WithArguments(ctx, operator).Should(BeNumerically(">=", 2), "it is tried again")
		Expect(panics(ctx, operator)).To(BeNumerically("<=", most))
		Expect(operator.Ended()).NotTo(BeClosed())
	},
	pointEntries([]failpoint.Point{failpoint.ObjectLoaded, failpoint.SecretParse, failpoint.ProviderObserve, failpoint.DeployBefore, failpoint.StatusBefore}),
)

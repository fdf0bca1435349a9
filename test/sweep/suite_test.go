// Package sweep_test takes every golden scenario of the operator, notes each thing
// that it does to the API server and to the provider, and runs the scenario again
// for each of them and each way in which it can go wrong there: the operator is
// killed before or after, the call fails, its answer is lost, or the new operator
// begins with a cache of the past. Nothing of this is written down anywhere: a new
// side effect is swept because it happens.
//
// Everything runs in lockstep, in simulated time, with the products' own adapters
// against the simulator over the wire.
package sweep_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/domaincert/domaincert/test/testcerts"
)

// suite is what bubbles are made with.
var suite *testing.T

func TestSweep(t *testing.T) {
	suite = t
	ctrl.SetLogger(logr.Discard())
	RegisterFailHandler(Fail)
	RunSpecs(t, "sweep")
}

// begin is when every scenario begins: soon, when an API server's certificate that is
// yet to be made is valid, and the same for all, so that certificates are made once.
var (
	begin = time.Now().Truncate(time.Second).Add(time.Hour)
	ca    = testcerts.NewCA("Sweep")
)

// totals are what the whole suite has done.
var totals struct {
	scenarios, points, runs, mostSets atomic.Int64
}

var _ = ReportAfterSuite("the sweep", func(report Report) {
	verdict := "all passed"
	if !report.SuiteSucceeded {
		verdict = "NOT all passed"
	}
	fmt.Fprintf(os.Stdout, "\nmeasured: sweep: %d scenarios x side effects (%d in all) x modes = %d runs, %s, max Sets per (domain, fingerprint): %d\n",
		totals.scenarios.Load(), totals.points.Load(), totals.runs.Load(), verdict, totals.mostSets.Load())
})

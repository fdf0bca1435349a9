//go:build faults

// Package trouble_test has the rows of the fault suite about providers that are
// down, slow down or refuse, and about those that write to the same domains. They
// last for hours, and so run in bubbles of simulated time: the reconcilers, the
// controllers' queues, the budgets and the backoff are the operator's own; the API
// server and the providers are in memory.
package trouble_test

import (
	"testing"
	"testing/synctest"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/domaincert/domaincert/test/faults/rig"
)

// suite is what bubbles are made with.
var suite *testing.T

func TestTrouble(t *testing.T) {
	suite = t
	ctrl.SetLogger(logr.Discard())
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of providers in trouble")
}

var _ = ReportAfterEach(rig.ReportRow)

// inBubble runs a row in simulated time, with a world of its own that ends with it.
func inBubble(row func(w *world)) {
	GinkgoHelper()
	synctest.Test(suite, func(t *testing.T) {
		defer GinkgoRecover()
		w := newWorld(t.Context())
		defer w.end()
		row(w)
	})
}

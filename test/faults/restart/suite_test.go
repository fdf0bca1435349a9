//go:build faults

// Package restart_test has the rows of the fault suite about a restart with ten thousand objects.
package restart_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/faults/rig"
)

// timeout of a row.
const timeout = time.Minute

// plane is set before the first spec.
var plane *rig.Plane

func TestRestart(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of a restart with ten thousand objects")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	plane = rig.Start(ctx, rig.PlaneOptions{})
}, NodeTimeout(5*time.Minute))

var _ = ReportAfterEach(rig.ReportRow)

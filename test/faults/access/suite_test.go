//go:build faults

// Package access_test has the rows of the fault suite about what the operator may
// read, in each manner of reading Secrets: what is missing, comes later, or is
// taken away.
package access_test

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

func TestAccess(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of permissions")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	plane = rig.Start(ctx, rig.PlaneOptions{})
}, NodeTimeout(5*time.Minute))

var _ = ReportAfterEach(rig.ReportRow)

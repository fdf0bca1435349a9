//go:build faults

// Package network_test has the rows of the fault suite about the way to a provider:
// time, trust, and what comes back.
package network_test

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

func TestNetwork(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of the way to a provider")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	plane = rig.Start(ctx, rig.PlaneOptions{})
}, NodeTimeout(5*time.Minute))

var _ = ReportAfterEach(rig.ReportRow)

//go:build faults

// Package process_test ends, stops and starves operator processes.
package process_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/faults/rig"
)

// plane is set before the first row.
var plane *rig.Plane

func TestProcess(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of processes")
}

var _ = BeforeSuite(func(ctx SpecContext) { plane = rig.Start(ctx, rig.PlaneOptions{}) })

var _ = ReportAfterEach(rig.ReportRow)

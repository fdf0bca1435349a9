//go:build faults

// Package objects_test has the rows of the fault suite about objects, their domains and their end.
package objects_test

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

func TestObjects(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of objects, their domains and their end")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	plane = rig.Start(ctx, rig.PlaneOptions{ControllerManager: true})
}, NodeTimeout(5*time.Minute))

var _ = ReportAfterEach(rig.ReportRow)

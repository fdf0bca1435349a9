//go:build certmanager

// Package certmanager_test lets cert-manager's own controllers issue and renew
// what the operator, as a program, brings to the simulated edge. They are its
// controllers, not its shipped binary: no webhook, no cainjector, no ACME.
// `make test-e2e` runs it; the build tag keeps it from `make test`, which would
// have to build cert-manager first.
package certmanager_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/domaincert/domaincert/test/stage"
)

// root is the repository's folder.
const root = "../../.."

const (
	// patience is how long something may take on a busy machine.
	patience = 2 * time.Minute
	// timeout of a spec that waits several times.
	timeout = 10 * time.Minute
)

// Set before the first spec.
var (
	world  *stage.Stage
	events *chronicle
	timing stopwatch
	// resident was there before the operator.
	resident site
)

func TestCertManager(t *testing.T) {
	RegisterFailHandler(Fail)
	log.SetLogger(GinkgoLogr)
	RunSpecs(t, "End to end with cert-manager")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	// With the very flags of the Makefile, so that nothing is compiled twice.
	output, err := exec.CommandContext(ctx, "make", "--no-print-directory", "-C", root, "build", "certmanager").CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s", output)

	world = newStage(ctx)
	events = follow(world)
	allow(ctx, world)
	Expect(world.InstallCertManager(ctx)).To(Succeed())
	Expect(world.StartCertManager(ctx)).To(Succeed())
	applyIssuers(ctx, world)
	// From the start somebody names a Certificate: only then are they watched.
	resident = newSite(ctx, "resident", certificateRef, "")
	Expect(world.StartOperator(ctx)).To(Succeed())
	// The first to clean up is the last that was registered.
	DeferCleanup(lastWord, NodeTimeout(timeout))
}, NodeTimeout(timeout))

// newStage starts everything but the operator and cert-manager. It ends with
// the suite, container or spec that it is started in.
func newStage(ctx context.Context) *stage.Stage {
	GinkgoHelper()
	// cert-manager relies on it that requests go with their Certificate.
	s, _, err := stage.New(ctx, stage.Options{Root: root, LogLevel: "trace", ControllerManager: true})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		if CurrentSpecReport().Failed() {
			for _, hint := range s.Hints() {
				AddReportEntry(hint.Title, hint.Text)
			}
		}
		Expect(s.Close()).To(Succeed())
	})
	for _, step := range []func(context.Context) error{s.StartCluster, s.StartSimulator, s.Install, s.ApplySamples} {
		Expect(step(ctx)).To(Succeed())
	}
	return s
}

// lastWord is that of all specs together: how long rotations took, and that none
// of the keys that were ever issued was left anywhere.
func lastWord(ctx SpecContext) {
	for _, source := range []string{secretRef, certificateRef} {
		report(timing.summary(source))
	}
	report(expectNoKeyLeft(ctx, world, events))
}

// report writes a line that testsum shows although everything has passed.
func report(line string) {
	// Ginkgo's dots stand before it.
	fmt.Fprintf(os.Stdout, "\nmeasured: %s\n", line)
}

// Package e2e_test runs the operator as a program against a real control plane
// and the simulator, as the quickstart does, and looks at it from outside: with
// kubectl, from the edge, and through all that it leaves behind.
package e2e_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/canary"
	"github.com/domaincert/domaincert/test/stage"
	"github.com/domaincert/domaincert/test/testcerts"
)

// root is the repository's folder.
const root = "../.."

const (
	// patience is how long something may take on a busy machine.
	patience = 2 * time.Minute
	// timeout of a spec that waits several times.
	timeout = 10 * time.Minute
)

// Set before the first spec. The searcher learns every key that a spec uses.
var (
	world    *stage.Stage
	searcher canary.Searcher
)

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "End to end")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	// With the very flags of the Makefile, so that nothing is compiled twice.
	output, err := exec.CommandContext(ctx, "make", "--no-print-directory", "-C", root, "build").CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s", output)

	world, _, err = stage.New(ctx, stage.Options{Root: root, LogLevel: "trace", PropagationDelay: 200 * time.Millisecond})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		if CurrentSpecReport().Failed() {
			for _, hint := range world.Hints() {
				AddReportEntry(hint.Title, hint.Text)
			}
		}
		Expect(world.Close()).To(Succeed())
	})
	searcher.AddSecret("the access key's secret", world.AccessKeySecret)
	for _, step := range []func(context.Context) error{
		world.StartCluster, world.StartSimulator, world.Install, world.StartOperator, world.ApplySamples,
	} {
		Expect(step(ctx)).To(Succeed())
	}
	renew(ctx, testcerts.ECDSAP256)
}, NodeTimeout(timeout))

// issue makes a certificate with a key that the searcher knows.
func issue(name string, kind testcerts.KeyKind) testcerts.Pair {
	GinkgoHelper()
	pair := world.CA.Issue(testcerts.Options{DNSNames: []string{stage.Domain}, Signer: testcerts.NewKey(kind)})
	searcher.AddKey(name, pair.Signer)
	return pair
}

// renew puts another certificate into the Secret and waits until the object says
// that it is served.
func renew(ctx context.Context, kind testcerts.KeyKind) testcerts.Pair {
	GinkgoHelper()
	pair := issue("the key of a renewal", kind)
	Expect(world.ApplyCertificate(ctx, pair)).To(Succeed())
	awaitServed(ctx, pair)
	return pair
}

// awaitServed waits until the edge serves a certificate and the object says so.
func awaitServed(ctx context.Context, pair testcerts.Pair) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	Expect(world.AwaitServed(ctx, pair.Fingerprint)).To(Succeed())
	Expect(world.AwaitReady(ctx, pair.Fingerprint)).To(Succeed())
}

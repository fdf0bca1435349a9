// Package scale_test measures the operator as users run it: its binary as a
// process of its own, a real API server, and a simulated provider over the wire.
//
// Counts are asserted, because they do not depend on the machine: how many
// certificates were set, how many requests were refused, how often a Secret was
// read. Times are only reported.
package scale_test

import (
	"os"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard()) // of envtest
	code := m.Run()
	gexec.CleanupBuildArtifacts()
	os.Exit(code)
}

func TestScale(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Scale")
}

// operatorBinary builds the operator, once, with the flags of `make build`, so
// that the build cache is shared with it.
var operatorBinary = sync.OnceValues(func() (string, error) {
	return gexec.BuildWithEnvironment("github.com/domaincert/domaincert/cmd", []string{"CGO_ENABLED=0"}, "-trimpath")
})

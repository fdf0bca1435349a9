//go:build certmanager

package certmanager_test

import (
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/stage"
)

// stopwatch keeps how long rotations took, from the moment at which the API
// server got cert-manager's write of the Secret to the first handshake in which
// the edge served it.
type stopwatch struct {
	took map[string][]time.Duration // by secretRef or certificateRef
}

func (w *stopwatch) add(source string, took time.Duration) {
	if w.took == nil {
		w.took = map[string][]time.Duration{}
	}
	w.took[source] = append(w.took[source], took)
}

// summary is a line for one kind of source.
func (w *stopwatch) summary(source string) string {
	took := slices.Sorted(slices.Values(w.took[source]))
	if len(took) == 0 {
		return "no rotation by " + source
	}
	return fmt.Sprintf("%d rotations by %s, from cert-manager's write of the Secret to the edge serving it: p50 %s, max %s", len(took), source,
		took[(len(took)-1)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
}

// writtenAt is when the API server got the last of cert-manager's writes of a
// Secret before it told of it.
func writtenAt(in *stage.Stage, secret string, told time.Time) time.Time {
	GinkgoHelper()
	var written time.Time
	for _, r := range audited(in, "secrets", stage.CertManagerUser) {
		writes := slices.Contains([]string{"create", "update", "patch"}, r.Verb)
		if at := r.RequestReceivedTimestamp.Time; writes && r.ObjectRef.Name == secret && at.Before(told) && at.After(written) {
			written = at
		}
	}
	Expect(written).NotTo(BeZero(), "cert-manager has not written Secret %s", secret)
	return written
}

//go:build certmanager

package certmanager_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
// Secret before it told of it, as its audit log has it.
func writtenAt(in *stage.Stage, secret string, told time.Time) time.Time {
	GinkgoHelper()
	log, err := os.ReadFile(in.Cluster.AuditLog)
	Expect(err).NotTo(HaveOccurred())
	var written time.Time
	for line := range bytes.Lines(log) {
		if !bytes.Contains(line, []byte(`"name":"`+secret+`"`)) {
			continue // most are others', and decoding takes its time
		}
		var entry struct {
			Verb                     string
			User                     struct{ Username string }
			ObjectRef                struct{ Resource, Name string }
			RequestReceivedTimestamp metav1.MicroTime
		}
		Expect(json.Unmarshal(line, &entry)).To(Succeed())
		writes := slices.Contains([]string{"create", "update", "patch"}, entry.Verb) && entry.User.Username == stage.CertManagerUser
		at := entry.RequestReceivedTimestamp.Time
		if writes && entry.ObjectRef.Resource == "secrets" && entry.ObjectRef.Name == secret && at.Before(told) && at.After(written) {
			written = at
		}
	}
	Expect(written).NotTo(BeZero(), "cert-manager has not written Secret %s", secret)
	return written
}

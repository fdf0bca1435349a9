//go:build certmanager

package certmanager_test

import (
	"fmt"
	"slices"
	"time"
)

// stopwatch keeps how long rotations took, from the moment at which the API
// server told of cert-manager's write of the Secret to the first handshake in
// which the edge served it.
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

// Package model_test drives the operator through random sequences of what users do
// and of what goes wrong, and holds everything that it does against a model of what
// it may do, and what it comes to against a model of what must come of it. A
// sequence that fails is shrunk to the shortest that does.
//
// The operator runs in lockstep, in simulated time, against the port's fake.
package model_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/go-logr/logr"
	"pgregory.net/rapid"
	ctrl "sigs.k8s.io/controller-runtime"
)

// sequencesEnv is how many sequences there are, 300 by default.
const sequencesEnv = "SEQUENCES"

// TestMain fixes the seed, so that a test that was run twice is the same test; the
// flag -rapid.seed, or RAPID_SEED, chooses another one.
func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	flag.Parse()
	defaults := map[string]string{"rapid.checks": "300", "rapid.seed": "20251122", "rapid.steps": "25", "rapid.nofailfile": "true"}
	if asked := os.Getenv(sequencesEnv); asked != "" {
		defaults["rapid.checks"] = asked
	}
	flag.Visit(func(set *flag.Flag) { delete(defaults, set.Name) })
	if os.Getenv("RAPID_SEED") != "" {
		delete(defaults, "rapid.seed")
	}
	for name, value := range defaults {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestModel(t *testing.T) {
	done := 0
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t)
			t.Repeat(w.actions())
			w.settle(t)
		})
		done++
	})
	seed, err := strconv.ParseUint(flag.Lookup("rapid.seed").Value.String(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(os.Stdout, "measured: model: %d sequences of user actions and faults, seed %d, all held\n", done, seed)
}

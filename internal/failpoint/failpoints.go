//go:build failpoints

package failpoint

import (
	"errors"
	"fmt"
	"os"

	"github.com/domaincert/domaincert/internal/failpoint/armed"
)

const (
	// environment says what happens at which point.
	environment = "DOMAINCERT_FAILPOINTS"
	// dumpEnvironment names the directory for what is in memory.
	dumpEnvironment = "DOMAINCERT_DUMPS"
)

// Points that do what the environment says. The zero value does nothing.
type Points struct {
	points armed.Points
	dumps  *armed.Dumps
}

// FromEnvironment returns the points that $DOMAINCERT_FAILPOINTS arms. If
// $DOMAINCERT_DUMPS names a directory, the heap profile and the goroutines are
// written there at every SIGUSR1 and at the end.
func FromEnvironment() (Points, error) {
	names := make([]string, 0, len(All()))
	for _, point := range All() {
		names = append(names, string(point))
	}
	points, err := armed.Parse(os.Getenv(environment), names)
	if err != nil {
		return Points{}, fmt.Errorf("%s: %w", environment, err)
	}
	fmt.Fprintln(os.Stderr, "domaincert: this build has failpoints; never run it outside tests")
	return Points{points: points, dumps: armed.StartDumps(os.Getenv(dumpEnvironment))}, nil
}

// Reach does what is to be done at a point, for an object with this domain.
func (p Points) Reach(point Point, domain string) { p.points.Reach(string(point), domain) }

// Close writes the last dump.
func (p Points) Close() error {
	if err := p.dumps.Close(); err != nil {
		return errors.Join(errors.New(dumpEnvironment), err)
	}
	return nil
}

// Command testsum runs `go test -json` with the arguments it is given, shows one
// line per package and whatever failed in full, and ends with a line that
// counts what ran, each Ginkgo spec for itself: "N passed, N failed, N skipped".
// It fails where anything failed, and where nothing ran at all: a suite that an
// edited build tag or a moved folder silently emptied must not look green.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/domaincert/domaincert/hack/testsum/tally"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil {
		os.Exit(1)
	}
}

// run prints the count last, whatever happened, so that a reader of the last
// line never takes an earlier one for it.
func run(ctx context.Context, out io.Writer, args []string) error {
	counts, err := testAndCount(ctx, out, args)
	if err != nil {
		fmt.Fprintln(out, "testsum:", err)
	}
	fmt.Fprintln(out, counts)
	return err
}

func testAndCount(ctx context.Context, out io.Writer, args []string) (tally.Counts, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	// Ginkgo cannot see that it writes to a pipe, and colours a CI log.
	cmd.Env = append(os.Environ(), "GINKGO_NO_COLOR=TRUE")
	// An interrupted `go test` lets its test binaries stop their control plane;
	// a killed one would leave etcd and an API server behind.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	events, err := cmd.StdoutPipe()
	if err != nil {
		return tally.Counts{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally.Counts{}, err
	}
	counts, readErr := tally.Read(events, out)
	if err := cmd.Wait(); err != nil {
		return counts, fmt.Errorf("go test: %w", err)
	}
	if readErr != nil {
		return counts, readErr
	}
	return counts, counts.Verdict()
}

// Command domaincert is the operator: it brings TLS certificates from Secrets
// to the domains of CDN and live-streaming providers, and reports what is
// really served.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/domaincert/domaincert/internal/failpoint"
)

// version is set by the linker from the git tag.
var version = "unknown"

func main() {
	if err := run(ctrl.SetupSignalHandler(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "domaincert:", err)
		os.Exit(1)
	}
}

// run is main with its surroundings as arguments.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) (err error) {
	o, err := parseOptions(arguments, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case o.showVersion:
		_, err := fmt.Fprintln(stdout, "domaincert", version)
		return err
	}
	useLogger(o, stderr)
	if err := hideMemory(); err != nil {
		ctrl.Log.Error(err, "keys may end up in core dumps")
	}
	failpoints, err := failpoint.FromEnvironment()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, failpoints.Close()) }()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	mgr, err := newManager(ctx, o, &lease{end: end, slept: slept}, failpoints)
	if err != nil {
		return err
	}
	ctrl.Log.Info("starting", "version", version)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("run the operator: %w", err)
	}
	if cause := context.Cause(ctx); errors.Is(cause, errLapsed) {
		return cause
	}
	return nil
}

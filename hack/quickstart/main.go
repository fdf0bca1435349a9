// Command quickstart shows the operator at work on this machine: a TLS Secret in
// a real API server reaches the edge of a simulated provider, and is renewed.
// Nothing is installed, and nothing is left behind. `make quickstart` builds what
// it needs and runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/domaincert/domaincert/test/stage"
)

const (
	// propagationDelay is short for the patient and long enough to be seen; the
	// products themselves take minutes.
	propagationDelay = 1500 * time.Millisecond
	// patience is how long the whole show may take before it has failed.
	patience = 5 * time.Minute
)

// errInterrupted is Ctrl-C, or the end of the terminal.
var errInterrupted = errors.New("interrupted")

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, interrupt := context.WithCancelCause(context.Background())
	go func() {
		<-signals
		interrupt(errInterrupted)
	}()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run is main with its surroundings as arguments.
func run(ctx context.Context, arguments []string, output io.Writer) (err error) {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	once := flags.Bool("once", false, "exit when the renewal is done, instead of staying up")
	product := flags.String("provider", stage.Live, "the product to show: live, cdn, dcdn, vod or cdnpro")
	if err := flags.Parse(arguments); err != nil {
		return ignoreHelp(err)
	}
	if _, err := os.Stat("config/samples/quickstart"); err != nil {
		return errors.New("run it in the repository's folder: make quickstart")
	}
	lock, err := takeLock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()

	s, ctx, err := stage.New(ctx, stage.Options{Root: ".", Product: *product, PropagationDelay: propagationDelay})
	if err != nil {
		return err
	}
	defer func() {
		fmt.Fprintln(output, "\nStopping everything and removing", s.Directory)
		err = errors.Join(err, s.Close())
	}()
	if err := lock.note(s.Directory); err != nil {
		return err
	}
	show := show{stage: s, output: output}
	if err := show.perform(ctx); err != nil {
		show.explain(err)
		return err
	}
	if *once {
		return nil
	}
	show.lookAround()
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, errInterrupted) {
		show.explain(err)
		return err
	}
	return nil
}

// ignoreHelp makes a success of a request for help.
func ignoreHelp(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

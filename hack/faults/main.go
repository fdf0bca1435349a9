// Command faults runs the fault suite and tells what became of each row of the
// fault table: `go run ./hack/faults [flags of go test]`. It ends with the number
// of rows that passed and failed, and fails where one did or is missing.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/domaincert/domaincert/hack/faults/rows"
)

// reportDirectory is where the packages of rows write (test/faults/rig, ReportDirectory).
const reportDirectory = "DOMAINCERT_FAULT_REPORT"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, flags []string) (err error) {
	folder, err := os.MkdirTemp("", "domaincert-faults-")
	if err != nil {
		return err
	}
	defer func() {
		if removal := os.RemoveAll(folder); err == nil {
			err = removal
		}
	}()
	failure := test(ctx, out, folder, flags)
	report, err := rows.Read(os.DirFS(folder))
	if err != nil {
		return err
	}
	fmt.Fprint(out, report)
	if failure != nil {
		return failure
	}
	return report.Verdict()
}

// test runs the suite. Each package has a control plane of its own and waits most
// of the time, so that several run side by side.
func test(ctx context.Context, out io.Writer, folder string, flags []string) error {
	arguments := append([]string{"run", "./hack/testsum", "-tags", "faults", "-count=1"}, flags...)
	command := exec.CommandContext(ctx, "go", append(arguments, "./test/faults/...")...)
	command.Env = append(os.Environ(), reportDirectory+"="+folder)
	command.Stdout, command.Stderr = out, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 2 * time.Minute
	return command.Run()
}

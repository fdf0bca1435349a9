// Package program runs other programs beside a test or the quickstart: in the
// background, with their output in one place, ended in order.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long a program may take to end after SIGTERM before it is
// killed; the operator's own limit is 25 s.
const patience = 40 * time.Second

// Options say how to run a program.
type Options struct {
	// Path of the program, and its arguments.
	Path      string
	Arguments []string
	// Environment adds to this process's own, as KEY=VALUE.
	Environment []string
	// Output receives standard output and standard error; discarded by default.
	Output io.Writer
}

// Program is a program that was started.
type Program struct {
	name    string
	process *os.Process
	cancel  context.CancelFunc
	ended   chan struct{}
	err     error // set before ended is closed
}

// Start starts a program. It runs until it ends by itself or is stopped.
func Start(options Options) (*Program, error) {
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, options.Path, options.Arguments...) //nolint:gosec // running what it is asked to is its purpose
	command.Env = append(os.Environ(), options.Environment...)
	command.Stdout, command.Stderr = options.Output, options.Output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = patience
	// Ctrl-C on a terminal reaches every process of a group. This one is ended
	// by its parent, when its turn has come.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		cancel()
		return nil, err
	}
	p := &Program{name: filepath.Base(options.Path), process: command.Process, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = command.Wait()
	}()
	return p, nil
}

// PID is the process id.
func (p *Program) PID() int { return p.process.Pid }

// Signal sends a signal to the program, which may be one that it cannot catch.
func (p *Program) Signal(signal os.Signal) error { return p.process.Signal(signal) }

// Ended is closed once the program is gone.
func (p *Program) Ended() <-chan struct{} { return p.ended }

// Failure is how the program ended, for one that should still be running. It
// must be called after Ended is closed.
func (p *Program) Failure() error {
	if p.err == nil {
		return fmt.Errorf("%s has ended", p.name)
	}
	return fmt.Errorf("%s has ended: %w", p.name, p.err)
}

// Stop asks the program to end, kills it if it does not, and waits for it. The
// error says that it did not end in order.
func (p *Program) Stop() error {
	select {
	case <-p.ended:
		return nil // whoever watches Ended has been told
	default:
	}
	p.cancel()
	<-p.ended
	var exit *exec.ExitError
	if p.err == nil || errors.Is(p.err, context.Canceled) || errors.As(p.err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM {
		return nil
	}
	return fmt.Errorf("stop %s: %w", p.name, p.err)
}

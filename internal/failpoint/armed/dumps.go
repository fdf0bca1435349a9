package armed

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
)

// Dumps writes what a debugger would be shown of the memory, as text, so that a
// test can search it for keys.
type Dumps struct {
	directory string
	signals   chan os.Signal
	ended     chan error
}

// StartDumps writes heap.txt and goroutine.txt into the directory at every
// SIGUSR1, and at Close. Without a directory it does nothing.
func StartDumps(directory string) *Dumps {
	if directory == "" {
		return nil
	}
	d := &Dumps{directory: directory, signals: make(chan os.Signal, 1), ended: make(chan error, 1)}
	signal.Notify(d.signals, syscall.SIGUSR1)
	go d.run()
	return d
}

func (d *Dumps) run() {
	var failed error
	for range d.signals {
		failed = errors.Join(failed, d.write())
	}
	d.ended <- errors.Join(failed, d.write())
}

// Close writes the last dump and ends the others. It returns what went wrong with
// any of them.
func (d *Dumps) Close() error {
	if d == nil {
		return nil
	}
	signal.Stop(d.signals)
	close(d.signals)
	return <-d.ended
}

func (d *Dumps) write() error {
	const withTypes, withStacks = 1, 2
	return errors.Join(
		d.profile("heap", withTypes),
		d.profile("goroutine", withStacks),
	)
}

// profile is written beside its place and moved there, so that nobody finds half
// of one.
func (d *Dumps) profile(name string, detail int) error {
	unfinished, err := os.CreateTemp(d.directory, name+"-*")
	if err != nil {
		return err
	}
	err = errors.Join(pprof.Lookup(name).WriteTo(unfinished, detail), unfinished.Close())
	if err != nil {
		return err
	}
	return os.Rename(unfinished.Name(), filepath.Join(d.directory, name+".txt"))
}

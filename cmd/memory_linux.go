package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// hideMemory keeps what is in memory, keys among it, out of crash output, out of
// core dumps, and from debuggers of the same user. What it fails at is returned,
// and the rest holds all the same.
func hideMemory() error {
	debug.SetTraceback("single")
	var problems []error
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		problems = append(problems, fmt.Errorf("set the size of core dumps to zero: %w", err))
	}
	// The limit does not hold where a program receives the dumps (core(5)); this does.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		problems = append(problems, fmt.Errorf("make the process undumpable: %w", err))
	}
	return errors.Join(problems...)
}

package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// slept is for how long the machine has been suspended since it was started, zero
// if that cannot be told. The monotonic clock, by which Go measures, stands still
// meanwhile (clock_gettime(2)).
func slept() time.Duration {
	var awake, all unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &awake) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &all) != nil {
		return 0
	}
	return time.Duration(all.Nano() - awake.Nano())
}

//go:build !linux

package main

import "time"

// slept is for how long the machine has been suspended. It is told only on Linux,
// which images are made for.
func slept() time.Duration { return 0 }

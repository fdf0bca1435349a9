// Package tally counts what a `go test -json` stream ran. A plain test counts
// once, a test with subtests as its subtests, and a Ginkgo suite as its specs.
package tally

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Counts is how many tests ended how.
type Counts struct {
	Passed  int
	Failed  int
	Skipped int
}

// ErrFailed and ErrNothingRan are the ways in which a run is not a success.
var (
	ErrFailed     = errors.New("tests failed")
	ErrNothingRan = errors.New("no test ran")
)

// Verdict is nil for a run in which something ran and nothing failed.
func (c Counts) Verdict() error {
	switch {
	case c.Failed > 0:
		return ErrFailed
	case c.Passed == 0:
		return ErrNothingRan
	default:
		return nil
	}
}

// String leaves skipped out where there is none.
func (c Counts) String() string {
	if c.Skipped == 0 {
		return fmt.Sprintf("%d passed, %d failed", c.Passed, c.Failed)
	}
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Passed, c.Failed, c.Skipped)
}

func (c Counts) plus(other Counts) Counts {
	return Counts{
		Passed:  c.Passed + other.Passed,
		Failed:  c.Failed + other.Failed,
		Skipped: c.Skipped + other.Skipped,
	}
}

// specSummary finds the line with which a Ginkgo suite ends; its numbers may be
// wrapped in terminal colours.
func specSummary(output string) (Counts, bool) {
	colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	summary := regexp.MustCompile(`(\d+) Passed \| (\d+) Failed \| (\d+) Pending \| (\d+) Skipped`)
	found := summary.FindStringSubmatch(colour.ReplaceAllString(output, ""))
	if found == nil {
		return Counts{}, false
	}
	var numbers [4]int
	for i := range numbers {
		n, err := strconv.Atoi(found[i+1])
		if err != nil {
			return Counts{}, false
		}
		numbers[i] = n
	}
	return Counts{Passed: numbers[0], Failed: numbers[1], Skipped: numbers[2] + numbers[3]}, true
}

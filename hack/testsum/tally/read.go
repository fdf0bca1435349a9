package tally

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

// running is a test that has started and not ended.
type running struct {
	output      strings.Builder
	hasSubtests bool
	subFailed   bool
}

// pkg is one package's run so far.
type pkg struct {
	counts Counts
	tests  map[string]*running
	output strings.Builder
}

// measured begins a line that is shown whether its test fails or not: a figure
// that nobody sees might as well not be taken.
const measured = "measured: "

// Read counts the events of a `go test -json` stream and reports to out as they
// come: a line for each package, lines that begin with "measured: ", and in full
// what failed.
func Read(events io.Reader, out io.Writer) (Counts, error) {
	var total Counts
	packages := map[string]*pkg{}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				// Not an event: go's own words pass through.
				e = event{Action: "build-output", Output: string(line)}
			}
			total = total.plus(take(e, packages, out))
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("read test events: %w", err)
		}
	}
}

// take folds one event in; it returns a package's counts with that package's
// last event, and nothing before.
func take(e event, packages map[string]*pkg, out io.Writer) Counts {
	if e.Action == "build-output" {
		fmt.Fprint(out, e.Output)
		return Counts{}
	}
	p := packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string]*running{}}
		packages[e.Package] = p
	}
	if e.Action == "output" && strings.HasPrefix(e.Output, measured) {
		fmt.Fprint(out, e.Output)
	}
	ended := e.Action == "pass" || e.Action == "fail" || e.Action == "skip"
	switch {
	case e.Action == "output" && p.tests[e.Test] != nil:
		p.tests[e.Test].output.WriteString(e.Output)
	case e.Action == "output":
		p.output.WriteString(e.Output)
	case e.Action == "run":
		p.start(e.Test)
	case ended && e.Test != "":
		p.end(e, out)
	case ended:
		delete(packages, e.Package)
		return p.finish(e, out)
	}
	return Counts{}
}

func (p *pkg) start(name string) {
	p.tests[name] = &running{}
	if parent := p.parent(name); parent != nil {
		parent.hasSubtests = true
	}
}

// parent is the running test of which name is a subtest. A subtest's own name
// may hold slashes, so every prefix is tried, the longest first.
func (p *pkg) parent(name string) *running {
	for {
		cut := strings.LastIndexByte(name, '/')
		if cut < 0 {
			return nil
		}
		name = name[:cut]
		if t := p.tests[name]; t != nil {
			return t
		}
	}
}

// end counts a test that has ended and shows it where it failed.
func (p *pkg) end(e event, out io.Writer) {
	t := p.tests[e.Test]
	if t == nil {
		return
	}
	delete(p.tests, e.Test)
	p.counts = p.counts.plus(t.counts(e.Action))
	if e.Action != "fail" {
		return
	}
	if parent := p.parent(e.Test); parent != nil {
		parent.subFailed = true
	}
	fmt.Fprintf(out, "\n=== FAILED %s %s\n%s\n", e.Package, e.Test, t.output.String())
}

// counts is what a test adds once it has ended with action. The Go test that
// starts a Ginkgo suite and the test that has subtests stand for those, except
// where they failed by themselves (a BeforeSuite, a check after the subtests).
func (t *running) counts(action string) Counts {
	specs, isSuite := specSummary(t.output.String())
	switch {
	case isSuite && action == "fail" && specs.Failed == 0:
		return specs.plus(Counts{Failed: 1})
	case isSuite:
		return specs
	case t.hasSubtests && (action != "fail" || t.subFailed):
		return Counts{}
	case action == "pass":
		return Counts{Passed: 1}
	case action == "skip":
		return Counts{Skipped: 1}
	default:
		return Counts{Failed: 1}
	}
}

// finish shows a package's line. A package that failed with no failed test (it
// did not compile, or its process died) counts as one failure.
func (p *pkg) finish(e event, out io.Writer) Counts {
	verdict := "ok"
	if e.Action == "fail" {
		verdict = "FAIL"
		for name, t := range p.tests {
			fmt.Fprintf(out, "\n=== UNFINISHED %s %s\n%s\n", e.Package, name, t.output.String())
		}
		if p.counts.Failed == 0 {
			p.counts.Failed = 1
		}
		fmt.Fprint(out, p.output.String())
	}
	if e.Action != "skip" {
		fmt.Fprintf(out, "%-4s %s\t%s\t%.1fs\n", verdict, e.Package, p.counts, e.Elapsed)
	}
	return p.counts
}

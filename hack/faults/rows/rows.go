// Package rows reads what the packages of the fault suite have reported: a line
// for each spec of a row, and one for what was searched for keys.
package rows

import (
	"bufio"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Rows is how many the fault table has.
const Rows = 64

// Row is one row of the fault table.
type Row struct {
	// Titles of its specs.
	Titles []string
	// Failed are the titles of those that failed.
	Failed []string
	// Took is how long all of them ran.
	Took time.Duration
}

// Report is what became of all rows.
type Report struct {
	// ByNumber has the rows that ran, from 1.
	ByNumber map[int]*Row
	// Artefacts and Bytes were searched for keys and credentials.
	Artefacts, Bytes int
}

// Read reads all reports in a folder.
func Read(folder fs.FS) (Report, error) {
	report := Report{ByNumber: map[int]*Row{}}
	names, err := fs.Glob(folder, "*.tsv")
	if err != nil {
		return Report{}, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return Report{}, err
		}
		lines := bufio.NewScanner(strings.NewReader(string(content)))
		for lines.Scan() {
			if err := report.add(strings.Split(lines.Text(), "\t")); err != nil {
				return Report{}, fmt.Errorf("%s: %q: %w", name, lines.Text(), err)
			}
		}
	}
	return report, nil
}

// add adds a line: "row", number, result, seconds, title, or "canary", artefacts,
// bytes.
func (r *Report) add(fields []string) error {
	switch {
	case len(fields) == 5 && fields[0] == "row":
		return r.addRow(fields[1], fields[2] == "passed", fields[3], fields[4])
	case len(fields) == 3 && fields[0] == "canary":
		return r.addSearch(fields[1], fields[2])
	default:
		return fmt.Errorf("is no line of a report")
	}
}

func (r *Report) addRow(number string, passed bool, seconds, title string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > Rows {
		return fmt.Errorf("%s is no row of the table", number)
	}
	took, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return err
	}
	row, known := r.ByNumber[n]
	if !known {
		row = &Row{}
		r.ByNumber[n] = row
	}
	row.Titles, row.Took = append(row.Titles, title), row.Took+took
	if !passed {
		row.Failed = append(row.Failed, title)
	}
	return nil
}

func (r *Report) addSearch(artefacts, bytes string) error {
	a, err := strconv.Atoi(artefacts)
	if err != nil {
		return err
	}
	b, err := strconv.Atoi(bytes)
	r.Artefacts, r.Bytes = r.Artefacts+a, r.Bytes+b
	return err
}

// Passed and Failed count rows; one that did not run has failed.
func (r Report) Passed() int {
	passed := 0
	for _, row := range r.ByNumber {
		if len(row.Failed) == 0 {
			passed++
		}
	}
	return passed
}

// Failed is how many rows did not pass.
func (r Report) Failed() int { return Rows - r.Passed() }

// Verdict is nil if every row passed.
func (r Report) Verdict() error {
	if r.Failed() > 0 {
		return fmt.Errorf("%d of %d rows failed or did not run", r.Failed(), Rows)
	}
	return nil
}

// String lists the rows, what was searched, and ends with the count.
func (r Report) String() string {
	var text strings.Builder
	for n := 1; n <= Rows; n++ {
		row, ran := r.ByNumber[n]
		if !ran {
			fmt.Fprintf(&text, "row %02d  MISSING\n", n)
			continue
		}
		result := "passed"
		if len(row.Failed) > 0 {
			result = "FAILED"
		}
		fmt.Fprintf(&text, "row %02d  %s  %5.1f s  %s", n, result, row.Took.Seconds(), row.Titles[0])
		if more := len(row.Titles) - 1; more > 0 {
			fmt.Fprintf(&text, ", and %d more", more)
		}
		fmt.Fprintln(&text)
		for _, title := range row.Failed {
			fmt.Fprintf(&text, "        failed: %s\n", title)
		}
	}
	fmt.Fprintf(&text, "searched for keys and credentials: %d artefacts, %d bytes\n", r.Artefacts, r.Bytes)
	fmt.Fprintf(&text, "%d passed, %d failed\n", r.Passed(), r.Failed())
	return text.String()
}

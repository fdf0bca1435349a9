package rows_test

import (
	"fmt"
	"strings"
	"testing/fstest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/hack/faults/rows"
)

// folder holds reports.
func folder(reports ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, report := range reports {
		files[fmt.Sprintf("%d.tsv", i)] = &fstest.MapFile{Data: []byte(report)}
	}
	return files
}

// all is a report in which every row has passed.
func all() string {
	var lines strings.Builder
	for n := 1; n <= rows.Rows; n++ {
		fmt.Fprintf(&lines, "row\t%02d\tpassed\t0.5\tsurvives\n", n)
	}
	return lines.String()
}

var _ = Describe("Read", func() {
	It("counts every row once, however many specs and packages it has", func() {
		report, err := rows.Read(folder(all()+"canary\t3\t1000\n", "row\t07\tpassed\t1.5\tsurvives otherwise\ncanary\t2\t500\n"))
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Verdict()).To(Succeed())
		Expect(report.String()).To(And(
			ContainSubstring("row 07  passed    2.0 s  survives, and 1 more\n"),
			HaveSuffix("searched for keys and credentials: 5 artefacts, 1500 bytes\n64 passed, 0 failed\n"),
		))
	})

	It("fails a row of which one spec failed, and names it", func() {
		report, err := rows.Read(folder(all(), "row\t07\tfailed\t1.5\tdies\n"))
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Verdict()).To(MatchError("1 of 64 rows failed or did not run"))
		Expect(report.String()).To(And(ContainSubstring("row 07  FAILED"), ContainSubstring("failed: dies\n"), HaveSuffix("63 passed, 1 failed\n")))
	})

	It("fails a row that did not run", func() {
		report, err := rows.Read(folder("row\t07\tpassed\t1.5\tsurvives\n"))
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Verdict()).To(MatchError("63 of 64 rows failed or did not run"))
		Expect(report.String()).To(ContainSubstring("row 08  MISSING\n"))
	})

	DescribeTable("refuses what is no report", func(line string) {
		_, err := rows.Read(folder(line))
		Expect(err).To(HaveOccurred())
	},
		Entry("a row that the table does not have", "row\t65\tpassed\t1.5\tsurvives\n"),
		Entry("a row without a title", "row\t07\tpassed\t1.5\n"),
		Entry("a time that is none", "row\t07\tpassed\tlong\tsurvives\n"),
		Entry("a search of nothing that can be counted", "canary\tmany\t1\n"),
		Entry("something else", "hello\n"),
	)
})

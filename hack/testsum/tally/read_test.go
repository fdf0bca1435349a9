package tally_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/hack/testsum/tally"
)

// stream joins events as `go test -json` prints them, one a line.
func stream(events ...string) *strings.Reader {
	return strings.NewReader(strings.Join(events, "\n") + "\n")
}

// suite is the stream of a Ginkgo suite that ends with the given summary.
func suite(summary, verdict string) *strings.Reader {
	return stream(
		`{"Action":"run","Package":"p","Test":"TestP"}`,
		`{"Action":"output","Package":"p","Test":"TestP","Output":"Ran 5 of 9 Specs in 0.1 seconds\n"}`,
		`{"Action":"output","Package":"p","Test":"TestP","Output":"`+summary+`\n"}`,
		`{"Action":"`+verdict+`","Package":"p","Test":"TestP"}`,
		`{"Action":"`+verdict+`","Package":"p","Elapsed":0.1}`)
}

var _ = DescribeTable("Read counts",
	func(events *strings.Reader, want tally.Counts) {
		got, err := tally.Read(events, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		Expect(got).To(Equal(want))
	},
	Entry("nothing where nothing ran", stream(`{"Action":"skip","Package":"p"}`), tally.Counts{}),
	Entry("plain tests one by one", stream(
		`{"Action":"run","Package":"p","Test":"TestA"}`,
		`{"Action":"pass","Package":"p","Test":"TestA"}`,
		`{"Action":"run","Package":"p","Test":"TestB"}`,
		`{"Action":"skip","Package":"p","Test":"TestB"}`,
		`{"Action":"run","Package":"p","Test":"TestC"}`,
		`{"Action":"fail","Package":"p","Test":"TestC"}`,
		`{"Action":"fail","Package":"p"}`,
	), tally.Counts{Passed: 1, Failed: 1, Skipped: 1}),
	Entry("subtests instead of their parent, slashes in their names or not", stream(
		`{"Action":"run","Package":"p","Test":"FuzzA"}`,
		`{"Action":"run","Package":"p","Test":"FuzzA/seed#0"}`,
		`{"Action":"pass","Package":"p","Test":"FuzzA/seed#0"}`,
		`{"Action":"run","Package":"p","Test":"FuzzA/a/b"}`,
		`{"Action":"fail","Package":"p","Test":"FuzzA/a/b"}`,
		`{"Action":"fail","Package":"p","Test":"FuzzA"}`,
		`{"Action":"fail","Package":"p"}`,
	), tally.Counts{Passed: 1, Failed: 1}),
	Entry("a parent that failed after its subtests had passed", stream(
		`{"Action":"run","Package":"p","Test":"TestA"}`,
		`{"Action":"run","Package":"p","Test":"TestA/sub"}`,
		`{"Action":"pass","Package":"p","Test":"TestA/sub"}`,
		`{"Action":"fail","Package":"p","Test":"TestA"}`,
		`{"Action":"fail","Package":"p"}`,
	), tally.Counts{Passed: 1, Failed: 1}),
	Entry("specs instead of the test that starts the suite",
		suite("SUCCESS! -- 5 Passed | 0 Failed | 1 Pending | 3 Skipped", "pass"),
		tally.Counts{Passed: 5, Skipped: 4}),
	Entry("specs whose summary is coloured",
		suite(`\u001b[1mFAIL!\u001b[0m -- \u001b[32m4 Passed\u001b[0m | \u001b[31m1 Failed\u001b[0m | 0 Pending | 0 Skipped`, "fail"),
		tally.Counts{Passed: 4, Failed: 1}),
	Entry("a suite that failed outside any spec",
		suite("FAIL! -- 0 Passed | 0 Failed | 0 Pending | 9 Skipped", "fail"),
		tally.Counts{Failed: 1, Skipped: 9}),
	Entry("a package that does not compile", stream(
		`{"ImportPath":"p","Action":"build-output","Output":"p.go:1: syntax error\n"}`,
		`{"ImportPath":"p","Action":"build-fail"}`,
		`{"Action":"fail","Package":"p","FailedBuild":"p"}`,
	), tally.Counts{Failed: 1}),
	Entry("a process that died in the middle of a test", stream(
		`{"Action":"run","Package":"p","Test":"TestA"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: out of luck\n"}`,
		`{"Action":"fail","Package":"p"}`,
	), tally.Counts{Failed: 1}),
)

var _ = Describe("Read", func() {
	It("shows what failed in full, and nothing of what passed", func() {
		var out strings.Builder
		_, err := tally.Read(stream(
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"run","Package":"p","Test":"TestB"}`,
			`{"Action":"output","Package":"p","Test":"TestB","Output":"expected 1, got 2\n"}`,
			`{"Action":"fail","Package":"p","Test":"TestB"}`,
			`{"Action":"fail","Package":"p","Elapsed":1.5}`,
		), &out)
		Expect(err).NotTo(HaveOccurred())
		Expect(out.String()).To(And(
			ContainSubstring("FAILED p TestB\nexpected 1, got 2"),
			ContainSubstring("FAIL p\t1 passed, 1 failed\t1.5s"),
			Not(ContainSubstring("quiet"))))
	})

	It("shows what a test has measured although it passed", func() {
		var out strings.Builder
		_, err := tally.Read(stream(
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"measured: p50 20ms\n"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"pass","Package":"p","Elapsed":1.5}`,
		), &out)
		Expect(err).NotTo(HaveOccurred())
		Expect(out.String()).To(Equal("measured: p50 20ms\nok   p\t1 passed, 0 failed\t1.5s\n"))
	})

	It("passes on what is no event", func() {
		var out strings.Builder
		counts, err := tally.Read(strings.NewReader("go: no such package"), &out)
		Expect(err).NotTo(HaveOccurred())
		Expect(counts).To(Equal(tally.Counts{}))
		Expect(out.String()).To(Equal("go: no such package"))
	})
})

var _ = DescribeTable("Counts",
	func(counts tally.Counts, line string, verdict error) {
		Expect(counts.String()).To(Equal(line))
		if verdict == nil {
			Expect(counts.Verdict()).To(Succeed())
			return
		}
		Expect(counts.Verdict()).To(MatchError(verdict))
	},
	Entry("green", tally.Counts{Passed: 3}, "3 passed, 0 failed", nil),
	Entry("skipped is named where there is any", tally.Counts{Passed: 3, Skipped: 1}, "3 passed, 0 failed, 1 skipped", nil),
	Entry("one failure is a failure", tally.Counts{Passed: 3, Failed: 1}, "3 passed, 1 failed", tally.ErrFailed),
	Entry("nothing ran is a failure", tally.Counts{Skipped: 2}, "0 passed, 0 failed, 2 skipped", tally.ErrNothingRan),
)

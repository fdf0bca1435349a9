package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"
)

// ReportDirectory names the folder that receives, from each package of rows, a
// file with a line for each row. hack/faults sets it and reads them.
const ReportDirectory = "DOMAINCERT_FAULT_REPORT"

// ReportRow tells of a row that has ended; every package of rows has
//
//	var _ = ReportAfterEach(rig.ReportRow)
func ReportRow(spec SpecReport) {
	row := regexp.MustCompile(`^(.*)\brow (\d\d): (.+)$`).FindStringSubmatch(spec.FullText())
	if row == nil || spec.State.Is(types.SpecStateSkipped|types.SpecStatePending) {
		return
	}
	result := "failed"
	if spec.State.Is(types.SpecStatePassed) {
		result = "passed"
	}
	report(fmt.Sprintf("row\t%s\t%s\t%.1f\t%s", row[2], result, spec.RunTime.Seconds(), row[1]+row[3]))
}

// report adds a line to the package's file.
func report(line string) {
	folder := os.Getenv(ReportDirectory)
	if folder == "" {
		return
	}
	working, err := os.Getwd()
	Expect(err).NotTo(HaveOccurred())
	file, err := os.OpenFile(filepath.Join(folder, filepath.Base(working)+".tsv"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // named by who runs the suite
	Expect(err).NotTo(HaveOccurred())
	_, err = fmt.Fprintln(file, line)
	Expect(err).NotTo(HaveOccurred())
	Expect(file.Close()).To(Succeed())
}

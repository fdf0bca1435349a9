//go:build faults

package source_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("row 31:", func() {
	It("what is larger than any certificate is refused by its size, at the cost of reading it", func(ctx SpecContext) {
		const (
			largest = 1000 << 10 // a Secret holds 1 MiB, key and certificate together
			// With all that a reconcile does; what parsing alone takes is measured in
			// the benchmarks of internal/certbundle.
			cpuEach = 50 * time.Millisecond
			memory  = 64 << 20
			begin   = "-----BEGIN CERTIFICATE-----\n"
			end     = "-----END CERTIFICATE-----\n"
		)
		fill := func(text string, size int) []byte { return bytes.Repeat([]byte(text), size/len(text)) }
		rows := []spoiled{
			{"1 MiB without a block", func(_, renewed testcerts.Pair) content { return pem(fill("A", largest), renewed.KeyPEM) }, domaincertv1alpha1.TooLargeReason},
			{"a key of 1 MiB", func(_, renewed testcerts.Pair) content { return pem(renewed.CertificatePEM, fill("A", largest)) }, domaincertv1alpha1.TooLargeReason},
			{"ten thousand blocks", func(_, renewed testcerts.Pair) content {
				return pem(fill(begin+end, 10_000*len(begin+end)), renewed.KeyPEM)
			}, domaincertv1alpha1.TooLargeReason},
			{"names of 100 KB", func(good, _ testcerts.Pair) content { return contentOf(manyNames(good, 100_000)) }, domaincertv1alpha1.TooLargeReason},
			{"blocks that begin and never end, 1 MiB", func(_, renewed testcerts.Pair) content { return pem(fill(begin, largest), renewed.KeyPEM) }, domaincertv1alpha1.TooLargeReason},
			{"the same within the bounds", func(_, _ testcerts.Pair) content {
				return pem(fill(begin, 95_000), fill("-----BEGIN PRIVATE KEY-----\n", 13_000))
			}, domaincertv1alpha1.MalformedReason},
			{"blocks that end as others began, within the bounds", func(_, renewed testcerts.Pair) content {
				return pem(fill("-----BEGIN A-----\n-----END B-----\n", 95_000), renewed.KeyPEM)
			}, domaincertv1alpha1.MalformedReason},
			{"empty blocks within the bounds", func(_, renewed testcerts.Pair) content { return pem(fill(begin+end, 95_000), renewed.KeyPEM) }, domaincertv1alpha1.TooLargeReason},
			{"1 MiB of blank lines", func(_, renewed testcerts.Pair) content { return pem(fill("\n", largest), renewed.KeyPEM) }, domaincertv1alpha1.TooLargeReason},
		}
		w, objects, operator := deployAll(ctx, rows)
		cpuBefore, memoryBefore := cpu(operator), peak(operator)
		expectVerdicts(ctx, w, objects, rows)
		spent, taken := cpu(operator)-cpuBefore, peak(operator)-memoryBefore
		AddReportEntry("spent", fmt.Sprintf("%v of CPU and %d KiB of memory on %d Secrets", spent, taken>>10, len(rows)))
		Expect(spent).To(BeNumerically("<", time.Duration(len(rows))*cpuEach))
		Expect(taken).To(BeNumerically("<", memory), "bytes")
	}, SpecTimeout(timeout))
})

// manyNames is a certificate for a domain and for more names, of so many bytes in
// all. It is for nobody: none of its names is ever looked up.
func manyNames(pair testcerts.Pair, size int) testcerts.Pair {
	names := []string{pair.Leaf.DNSNames[0]}
	for i := 0; size > 0; i++ {
		names = append(names, fmt.Sprintf("%s.%d.example.com", strings.Repeat("a", 60), i))
		size -= len(names[i+1])
	}
	return testcerts.SelfSigned(testcerts.Options{DNSNames: names, Signer: pair.Signer})
}

// cpu is the time that an operator's process has used (proc(5), /proc/pid/stat,
// fields utime and stime, in hundredths of a second).
func cpu(operator *rig.Process) time.Duration {
	GinkgoHelper()
	const (
		utime, stime = 11, 12 // counted after the command's name, which may have blanks
		tick         = 10 * time.Millisecond
	)
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", operator.PID()))
	Expect(err).NotTo(HaveOccurred())
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	return time.Duration(number(fields[utime])+number(fields[stime])) * tick
}

// peak is the most memory that it has had resident, in bytes (proc(5),
// /proc/pid/status, VmHWM).
func peak(operator *rig.Process) int {
	GinkgoHelper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", operator.PID()))
	Expect(err).NotTo(HaveOccurred())
	_, after, found := strings.Cut(string(content), "VmHWM:")
	Expect(found).To(BeTrue())
	return number(strings.Fields(after)[0]) << 10
}

func number(text string) int {
	GinkgoHelper()
	value, err := strconv.Atoi(text)
	Expect(err).NotTo(HaveOccurred())
	return value
}

//go:build faults

package process_test

import (
	"context"
	"net"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// within is the shipped operator behind a shell script that prepares for it. The
// script finds the operator in $1, and its arguments behind.
func within(preparation string) string {
	GinkgoHelper()
	script := filepath.Join(GinkgoT().TempDir(), "operator")
	content := "#!/bin/sh\nset -eu\nset -- '" + plane.Release + "' \"$@\"\n" + preparation + "\nexec \"$@\"\n"
	Expect(os.WriteFile(script, []byte(content), 0o700)).To(Succeed())
	return script
}

// renew puts another certificate into the world's Secret, and waits until it is
// served.
func renew(ctx context.Context, w *rig.World) testcerts.Pair {
	GinkgoHelper()
	renewed := w.Issue(w.Domain)
	w.PutCertificate(ctx, rig.Name, renewed)
	w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
	return renewed
}

var _ = It("row 63: the operator writes to no disk", func(ctx SpecContext) {
	// Every file system is made read-only for the operator alone, which is root in
	// its own namespaces only. The shell would not start it if one were not.
	const readOnly = `exec unshare --map-root-user --mount sh -euc '
for place in / /tmp "$(dirname "$0")"; do
	! mountpoint -q "$place" || mount -o remount,bind,ro "$place"
	! touch "$place/probe" || exit 1
done
exec "$@"' "$0" "$@"`
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	w.StartOperator(ctx, rig.Operator{Binary: within(readOnly), Arguments: []string{"--metrics-secure"}})
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
	renew(ctx, w)
}, SpecTimeout(timeout))

var _ = It("row 63: the operator works, if slowly, where the garbage collector has no room", func(ctx SpecContext) {
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	operator := w.StartOperator(ctx, rig.Operator{Release: true, Environment: []string{"GOMEMLIMIT=8MiB"}})
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
	Expect(operator.Metrics(ctx)).To(MatchRegexp(`(?m)^go_gc_gomemlimit_bytes 8\.388608e\+06$`))
	Expect(gauge(ctx, operator, "go_memstats_heap_sys_bytes")).To(BeNumerically(">", 8<<20), "it has no room")
	for range 3 {
		renew(ctx, w)
	}
}, SpecTimeout(timeout))

var _ = It("row 63: what fails for want of file descriptors is done when there are some", func(ctx SpecContext) {
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	operator := w.StartOperator(ctx, rig.Operator{Binary: within("ulimit -n 64")})
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

	By("taking all that are left")
	var taken []net.Conn
	giveBack := func() {
		for _, connection := range taken {
			Expect(connection.Close()).To(Succeed())
		}
		taken = nil
	}
	DeferCleanup(giveBack)
	for range 64 {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", operator.Addresses()[0])
		Expect(err).NotTo(HaveOccurred())
		taken = append(taken, connection)
	}
	Eventually(operator.Log).WithTimeout(rig.Patience).Should(ContainSubstring("too many open files"))

	renewed := w.Issue(w.Domain)
	w.PutCertificate(ctx, rig.Name, renewed)
	Eventually(func() []string { return append(w.Reasons(rig.Name, "Deployed"), w.Reasons(rig.Name, "Verified")...) }).
		WithTimeout(rig.Patience).Should(ContainElement(BeElementOf("Unavailable", "Unreachable")))

	By("giving them back")
	giveBack()
	w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
	Expect(operator.Ended()).NotTo(BeClosed())
}, SpecTimeout(timeout))

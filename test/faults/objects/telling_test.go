//go:build faults

package objects_test

import (
	"net"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/test/faults/proxy"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 61:", func() {
	DescribeTable("events that cannot be told keep nothing from the edge", func(ctx SpecContext, act proxy.Action) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		rule := between.Add(proxy.Rule{Match: proxy.On("events"), Act: act})
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(2))
		Eventually(between.Acted).WithArguments(rule).WithTimeout(rig.Patience).Should(BeNumerically(">", 0))
	},
		Entry("if they are forbidden", SpecTimeout(timeout), proxy.Answer(http.StatusForbidden, metav1.StatusReasonForbidden, 0)),
		Entry("if the API server fails", SpecTimeout(timeout), proxy.Answer(http.StatusInternalServerError, metav1.StatusReasonInternalError, 0)),
		Entry("if nobody answers", SpecTimeout(timeout), proxy.Action(proxy.Hang)),
	)

	It("a scrape that never reads its answer keeps nothing from the edge", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		operator := w.StartOperator(ctx, rig.Operator{})
		for _, address := range operator.Addresses() {
			for range 20 {
				connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
				Expect(err).NotTo(HaveOccurred())
				DeferCleanup(connection.Close)
				_, err = connection.Write([]byte("GET /metrics HTTP/1.1\r\nHost: " + strings.Split(address, ":")[0] + "\r\n\r\nGET /metr"))
				Expect(err).NotTo(HaveOccurred())
			}
		}
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(operator.Metrics(ctx)).To(ContainSubstring("controller_runtime_reconcile_total"))
	}, SpecTimeout(timeout))
})

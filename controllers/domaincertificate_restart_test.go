package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// A fleet of five thousand objects multiplies whatever one of them asks here.
var _ = DescribeTable("A restart with everything in sync asks, reads, probes and writes nothing",
	func(ctx context.Context, prepare func(w *world), spec func(*domaincertv1alpha1.DomainCertificate)) {
		w := newWorld(ctx)
		pair := w.issue(1)
		w.edge.serves = pair
		w.store(ctx, pair)
		w.provider.Store(stored("17", "bought", pair))
		free := stored("", "", pair)
		free.Type = provider.ExistingFree
		w.provider.Store(free)
		prepare(w)
		object := w.settle(ctx, w.create(ctx, verified, spec))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveCondition("Verified", metav1.ConditionTrue, "Verified"))

		w.restart()
		w.provider.ForgetCalls()
		w.edge.probes = nil
		w.recorder.take()
		reads, writes := w.secretReads.Load(), w.statusWrites.Load()
		for range 3 {
			_, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.RequeueAfter).To(BeNumerically(">", 30*time.Minute), "the first read-back is not in a burst")
		}
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(w.edge.probes).To(BeEmpty())
		Expect(w.secretReads.Load()).To(Equal(reads))
		Expect(w.statusWrites.Load()).To(Equal(writes))
		Expect(w.recorder.take()).To(BeEmpty())
	},
	Entry("where a certificate is replaced, as at Live", func(*world) {}, ofSecret),
	Entry("where uploads pile up, as at CDN, DCDN and VOD", func(w *world) {
		w.limitStore(provider.Quota{DeployPerSecond: 12, ObservePerSecond: 10, LookupPerSecond: 5, Most: 5})
	}, ofSecret),
	Entry("where a deployment has steps, as at CDN Pro", func(w *world) {
		w.limitStore(provider.Quota{Total: 300, Window: 5 * time.Minute, Most: 11})
		w.opener.connection.Pace = 10 * time.Second
		w.provider.TakeSteps(3)
	}, ofSecret),
	Entry("with a certificate of the provider's store, by id", func(*world) {}, fromStore("17", "")),
	Entry("with a certificate of the provider's store, by name", func(*world) {}, fromStore("", "bought")),
	Entry("with a free certificate", func(*world) {}, free),
)

// ofSecret leaves an object with the Secret that it names.
func ofSecret(*domaincertv1alpha1.DomainCertificate) {}

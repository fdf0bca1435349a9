//go:build faults

package trouble_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

// usual interval of read-backs.
const usual = 6 * time.Hour

// fault is a provider's answer while it is out of order.
func fault(status int) *provider.Error {
	return &provider.Error{Kind: provider.Unavailable, Operation: "DescribeLiveDomainCertificateInfo", Code: http.StatusText(status), Status: status, Advice: "the provider has a fault"}
}

var _ = Describe("a provider that is down", func() {
	It("row 01: a burst of 500, 502 and 503 costs at most a call per domain and minute, and is over within a minute", func() {
		inBubble(func(w *world) {
			live := w.account("live", 30)
			live.latency = 20 * time.Millisecond
			names := w.domains("live", 40, usual)
			renewed := w.renew("live")
			down := time.Now()
			w.notice(names...)
			for second := range 120 {
				live.fail(fault([]int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable}[second%3]))
				time.Sleep(time.Second)
				Expect(w.count(names, has(domaincertv1alpha1.ReadyCondition))).To(Equal(len(names)), "the old certificate is valid")
				Expect(w.count(names, has(domaincertv1alpha1.StalledCondition))).To(BeZero(), "it has lasted for less than ten minutes")
			}
			live.fail(nil)
			healed := time.Now()
			calls := before(live.since(down), healed)
			AddReportEntry("calls in two minutes, of 40 domains", len(calls))
			Expect(len(calls)).To(BeNumerically("<=", 2*len(names)))
			for _, count := range byDomain(calls) {
				Expect(count).To(BeNumerically("<=", 2), "once in a minute")
			}
			time.Sleep(time.Minute)
			Expect(w.count(names, serves(renewed))).To(Equal(len(names)))
			Expect(accepted(live.since(down, fake.Deploy))).To(HaveLen(len(names)), "one Set for each")
		})
	})

	It("row 01: one domain alone backs off to five minutes, with jitter, and never asks more than once a minute for long", func() {
		inBubble(func(w *world) {
			live := w.account("live", 30)
			names := w.domains("live", 1, usual)
			renewed := w.renew("live")
			live.fail(fault(http.StatusServiceUnavailable))
			down := time.Now()
			w.notice(names...)
			time.Sleep(30 * time.Minute)
			Expect(len(live.since(down))).To(BeNumerically("<=", 30+4), "four failures, and one probe in a minute")
			Expect(w.count(names, has(domaincertv1alpha1.StalledCondition))).To(Equal(1))
			live.fail(nil)
			time.Sleep(time.Minute + time.Second)
			Expect(w.count(names, serves(renewed))).To(Equal(1))
		})
	})

	It("row 02: an hour without an answer, a thousand domains: 245 probes, then the line drains at the quota", func() {
		inBubble(func(w *world) {
			const pending, quota, probes = 1000, 20, 245
			live, other := w.account("live", quota), w.account("other", quota)
			names, others := w.domains("live", pending, usual), w.domains("other", 20, usual)
			renewed := w.renew("live")
			written := map[string]int{}
			for _, name := range names {
				written[name] = w.cluster.written(types.NamespacedName{Namespace: namespace, Name: name})
			}
			live.fail(&provider.Error{Kind: provider.Unavailable, Code: "connection", Advice: "live.example.com cannot be connected to"})
			down := time.Now()
			w.notice(names...)

			time.Sleep(10*time.Minute - 2*time.Second)
			Expect(w.count(names, has(domaincertv1alpha1.StalledCondition))).To(BeZero(), "before ten minutes")
			time.Sleep(time.Minute)
			Expect(w.count(names, has(domaincertv1alpha1.StalledCondition))).To(Equal(pending), "after ten minutes")
			elsewhere, begun := w.renew("other"), time.Now()
			w.notice(others...)
			time.Sleep(5 * time.Second)
			Expect(w.count(others, serves(elsewhere))).To(Equal(len(others)), "another account pays nothing")
			Expect(other.since(begun, fake.Deploy)).To(HaveLen(len(others)))

			time.Sleep(time.Until(down.Add(time.Hour)))
			calls, asked := len(live.since(down)), len(live.since(down.Add(time.Second)))
			AddReportEntry("calls in an hour, and how many of them were probes", []int{calls, asked})
			Expect(asked).To(BeNumerically("<=", probes))
			Expect(calls).To(BeNumerically("<=", probes+workers), "with those that showed that nobody answers")
			Expect(asked).To(BeNumerically(">=", 200), "and it does ask")
			Expect(w.count(names, has(domaincertv1alpha1.ReadyCondition))).To(Equal(pending))
			for _, name := range names {
				Expect(w.cluster.written(types.NamespacedName{Namespace: namespace, Name: name})-written[name]).To(BeNumerically("<=", 3), "no write for a probe")
			}
			live.fail(nil)
			time.Sleep(2 * time.Minute)
			Expect(w.count(names, serves(renewed))).To(Equal(pending))
			expectDrain(live.since(down.Add(time.Hour), fake.Deploy), pending, quota)
		})
	})
})

// expectDrain checks that a line was served at no less than 95 % of the quota, and
// that each waiting change was made once.
func expectDrain(sets []call, pending, quota int) {
	GinkgoHelper()
	Expect(accepted(sets)).To(HaveLen(pending))
	Expect(sets).To(HaveLen(pending), "none was refused")
	const seconds = 50 // in which a line of a thousand is never empty
	inTime := before(sets, sets[0].at.Add(seconds*time.Second))
	AddReportEntry("Sets per second while the line drains", float64(len(inTime))/seconds)
	Expect(float64(len(inTime))).To(BeNumerically(">=", 0.95*float64(quota*seconds)))
}

var _ = Describe("credentials that are refused", func() {
	DescribeTable("row 16: are asked about once in five minutes, by the account and not by each domain",
		func(sinceLastCheck time.Duration) {
			inBubble(func(w *world) {
				live := w.account("live", 30)
				live.latency = 20 * time.Millisecond
				names := w.domains("live", 200, usual)
				renewed := w.renew("live")
				time.Sleep(sinceLastCheck)
				live.fail(&provider.Error{Kind: provider.Denied, Account: true, Code: "InvalidAccessKeyId.Inactive", Status: http.StatusForbidden, Advice: "check the access key"})
				disabled := time.Now()
				w.notice(names...)
				time.Sleep(max(5*time.Minute-sinceLastCheck, 0) + 5*time.Second)
				Expect(w.edge("live")).To(Equal(metav1.ConditionFalse))
				Expect(w.count(names, isUnready)).To(Equal(len(names)))
				Expect(w.count(names, has(domaincertv1alpha1.ReadyCondition))).To(Equal(len(names)), "the old certificate is valid")

				time.Sleep(time.Until(disabled.Add(time.Hour)))
				expectOneAtATime(live.since(disabled, identify), live.since(disabled, fake.Observe, fake.Deploy), disabled)
				live.fail(nil)
				time.Sleep(7 * time.Minute)
				Expect(w.count(names, serves(renewed))).To(Equal(len(names)), "it recovers by itself")
			})
		},
		Entry("where the last check was long ago", time.Hour),
		Entry("where it was just now", time.Duration(0)),
	)
})

// expectOneAtATime checks who asked an account in the hour after it was disabled.
func expectOneAtATime(byAccount, byObjects []call, disabled time.Time) {
	GinkgoHelper()
	AddReportEntry("checks of the account in an hour, and calls of 200 domains", []int{len(byAccount), len(byObjects)})
	Expect(len(byObjects)).To(BeNumerically("<=", workers), "what was under way when the first was refused")
	Expect(before(byObjects, disabled.Add(time.Second))).To(HaveLen(len(byObjects)), "and none ever after")
	Expect(len(byAccount)).To(BeNumerically(">=", 9))
	for i := 1; i < len(byAccount); i++ {
		Expect(byAccount[i].at.Sub(byAccount[i-1].at)).To(BeNumerically(">=", 5*time.Minute))
	}
}

// isUnready reports whether an object says that its provider is not ready.
func isUnready(object *domaincertv1alpha1.DomainCertificate) bool {
	for _, condition := range object.Status.Conditions {
		if condition.Type == domaincertv1alpha1.AcceptedCondition {
			return condition.Reason == domaincertv1alpha1.ProviderNotReadyReason
		}
	}
	return false
}

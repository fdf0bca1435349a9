//go:build faults

package source_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("row 27:", func() {
	It("what has expired, or is not valid yet, is not sent, and what expires soon is warned of", func(ctx SpecContext) {
		const day = 24 * time.Hour
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		now := time.Now()
		expired, early, soon := w.AddObject(ctx, "expired"), w.AddObject(ctx, "early"), w.AddObject(ctx, "soon")
		w.StartOperator(ctx, rig.Operator{})
		for _, object := range []rig.Object{expired, early, soon} {
			w.AwaitReady(ctx, object.Name, object.Pair.Fingerprint)
		}
		renew := func(object rig.Object, begin, end time.Time) testcerts.Pair {
			pair := w.IssueWith(testcerts.Options{DNSNames: []string{object.Domain}, NotBefore: begin, NotAfter: end})
			w.PutCertificate(ctx, object.Name, pair)
			return pair
		}
		past := renew(expired, now.Add(-time.Hour), now.Add(-time.Minute))
		future := renew(early, now.Add(day), now.Add(30*day))
		ending := renew(soon, now.Add(-20*time.Hour), now.Add(time.Hour))

		w.AwaitCondition(ctx, expired.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.ExpiredReason)
		w.AwaitCondition(ctx, early.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.NotYetValidReason)
		w.AwaitCondition(ctx, soon.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionTrue, domaincertv1alpha1.ExpiringReason)
		w.AwaitReady(ctx, soon.Name, ending.Fingerprint)
		Expect(w.SetsOf(past.Fingerprint)).To(BeEmpty())
		Expect(w.SetsOf(future.Fingerprint)).To(BeEmpty())
		Expect(w.SetsOf(ending.Fingerprint)).To(HaveLen(1))
		for _, object := range []rig.Object{expired, early} {
			Expect(isReady(w, object.Name)).To(BeTrue(), "%s: the one before is served", object.Name)
			Expect(w.Stored(object.Domain)).To(Equal(object.Pair.Fingerprint))
		}
		Expect(w.Events(ctx, soon.Name, domaincertv1alpha1.ExpiringReason)).To(HaveLen(1))
	}, SpecTimeout(timeout))

	It("what is not valid yet is sent when its time has come", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		begin := time.Now().Add(3 * time.Second).Truncate(time.Second)
		future := w.IssueWith(testcerts.Options{DNSNames: []string{w.Domain}, NotBefore: begin})
		w.PutCertificate(ctx, rig.Name, future)
		w.AwaitReady(ctx, rig.Name, future.Fingerprint)
		Expect(w.SetsOf(future.Fingerprint)).To(ConsistOf(HaveField("Time", BeTemporally(">=", begin))))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 29:", func() {
	It("a certificate that is older than the one that was sent is refused, unless it is asked for", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		old := w.CA.Issue(testcerts.Options{DNSNames: []string{w.Domain}, NotBefore: time.Now().Add(-48 * time.Hour)})
		w.PutCertificate(ctx, rig.Name, old)
		w.Create(ctx, w.DomainCertificate(rig.Name, w.Domain))
		w.MostSets = 2 // it is sent at first, and again when it is asked for
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, old.Fingerprint)
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)

		w.PutCertificate(ctx, rig.Name, old)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.DeployedCondition, metav1.ConditionFalse, domaincertv1alpha1.OlderThanServedReason)
		Expect(isReady(w, rig.Name)).To(BeTrue(), "the newer one is served")
		Expect(w.Sets(w.Domain)).To(HaveLen(2), "O2")
		Expect(w.Stored(w.Domain)).To(Equal(renewed.Fingerprint))

		object := w.Get(ctx, rig.Name)
		w.Change(ctx, object, func() {
			object.Annotations = map[string]string{domaincertv1alpha1.AllowOlderAnnotation: "true"}
		})
		w.AwaitReady(ctx, rig.Name, old.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(3))
	}, SpecTimeout(timeout))
})

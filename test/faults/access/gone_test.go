//go:build faults

package access_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 59:", func() {
	// soon is how long a CRD may be there unseen.
	const soon = 30 * time.Second
	condition := domaincertv1alpha1.CertificateValidCondition

	// sentWithin asks that the only certificate of a world was sent soon after an
	// instant.
	sentWithin := func(w *rig.World, begin time.Time, fingerprint string) {
		GinkgoHelper()
		sets := w.Sets(w.Domain)
		Expect(sets).NotTo(BeEmpty())
		last := sets[len(sets)-1]
		Expect(last.Fingerprint).To(Equal(fingerprint))
		AddReportEntry("from the CRD to the call", last.Time.Sub(begin))
		Expect(last.Time.Sub(begin)).To(BeNumerically("<=", soon))
	}

	DescribeTable("cert-manager that is installed later is found without a restart", func(ctx SpecContext, manner string, edit func(*domaincertv1alpha1.DomainCertificate)) {
		removeCertManager(ctx)
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		operator := grant(ctx, w, manner).start(ctx, "--secret-access="+manner)
		settle(ctx, w)
		object := w.DomainCertificate(rig.Name, w.Domain)
		edit(object)
		w.Create(ctx, object)
		w.AwaitCondition(ctx, rig.Name, condition, metav1.ConditionFalse, domaincertv1alpha1.SecretNotFoundReason)

		begin := time.Now()
		installCertManager(ctx)
		pair := w.Issue(w.Domain)
		issue(ctx, w, ask(ctx, w), pair)
		w.AwaitReady(ctx, rig.Name, pair.Fingerprint)
		sentWithin(w, begin, pair.Fingerprint)
		Expect(operator.Ended()).NotTo(BeClosed())
	},
		Entry("by an object that names a Certificate, where Secrets are watched", SpecTimeout(timeout), watched, byCertificate),
		Entry("by an object that names a Certificate, where they are not", SpecTimeout(timeout), got, byCertificate),
		Entry("by an object that names a Secret, where they are not watched", SpecTimeout(timeout), got, func(*domaincertv1alpha1.DomainCertificate) {}),
	)

	It("cert-manager that is taken away and comes back is followed again, and what is served stays", func(ctx SpecContext) {
		installCertManager(ctx)
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		operator := grant(ctx, w, got).start(ctx, "--secret-access=get")
		settle(ctx, w)
		first := w.Issue(w.Domain)
		issue(ctx, w, ask(ctx, w), first)
		w.Create(ctx, w.DomainCertificate(rig.Name, w.Domain))
		w.AwaitReady(ctx, rig.Name, first.Fingerprint)

		removeCertManager(ctx)
		w.AwaitReady(ctx, rig.Name, first.Fingerprint)
		Expect(operator.Ended()).NotTo(BeClosed())
		Expect(w.Stored(w.Domain)).To(Equal(first.Fingerprint))

		begin := time.Now()
		installCertManager(ctx)
		second := w.Issue(w.Domain)
		issue(ctx, w, ask(ctx, w), second)
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		sentWithin(w, begin, second.Fingerprint)
		Expect(operator.Ended()).NotTo(BeClosed())
	}, SpecTimeout(timeout))

	It("the operator's own CRD that is deleted and comes back is watched again", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		operator := grant(ctx, w, watched).start(ctx)
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		removeCRD(ctx, "domaincertificates.domaincert.io")
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint), "O5: nothing is removed unless asked")
		begin := time.Now()
		installOwnCRDs(ctx)
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.Create(ctx, w.DomainCertificate(rig.Name, w.Domain))
		Eventually(func() string { return w.Stored(w.Domain) }).WithContext(ctx).WithTimeout(rig.Patience).Should(Equal(renewed.Fingerprint))
		sentWithin(w, begin, renewed.Fingerprint)
		Expect(operator.Ended()).NotTo(BeClosed())
		Eventually(func() *metav1.Condition { return conditionOf(ctx, w, domaincertv1alpha1.ReadyCondition) }).
			WithContext(ctx).WithTimeout(rig.Patience).Should(HaveField("Status", metav1.ConditionTrue))
	}, SpecTimeout(timeout))
})

// conditionOf is a condition of a world's first object as it is now.
func conditionOf(ctx context.Context, w *rig.World, kind string) *metav1.Condition {
	GinkgoHelper()
	for _, condition := range w.Get(ctx, rig.Name).Status.Conditions {
		if condition.Type == kind {
			return &condition
		}
	}
	return &metav1.Condition{}
}

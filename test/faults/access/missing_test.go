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

// awaited is how a Secret comes that an object waits for.
type awaited struct {
	manner string
	// poll is that of Secrets, if not the default.
	poll time.Duration
	// issued is true if cert-manager makes the Secret, referred if the object names
	// the Certificate.
	issued, referred bool
	// within is how soon after the Secret its certificate is sent.
	within time.Duration
}

var _ = Describe("row 23:", func() {
	const (
		atOnce = 2 * time.Second
		poll   = 3 * time.Second
	)
	condition := domaincertv1alpha1.CertificateValidCondition

	// come makes the Secret of a world, and returns when that began.
	come := func(ctx context.Context, w *rig.World, a awaited) time.Time {
		GinkgoHelper()
		pair := w.Issue(w.Domain)
		if !a.issued {
			begin := time.Now()
			w.PutCertificate(ctx, rig.Name, pair)
			return begin
		}
		certificate := ask(ctx, w)
		if a.referred {
			w.AwaitCondition(ctx, rig.Name, condition, metav1.ConditionFalse, domaincertv1alpha1.IssuingReason)
		}
		begin := time.Now()
		issue(ctx, w, certificate, pair)
		return begin
	}

	DescribeTable("a Secret that is missing at first is sent", func(ctx SpecContext, a awaited) {
		if a.issued {
			installCertManager(ctx)
		}
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		arguments := []string{"--secret-access=" + a.manner}
		if a.poll != 0 {
			arguments = append(arguments, "--secret-poll-interval="+a.poll.String())
		}
		operator := grant(ctx, w, a.manner, rig.Name, rig.ProviderName).start(ctx, arguments...)
		settle(ctx, w)
		object := w.DomainCertificate(rig.Name, w.Domain)
		if a.referred {
			byCertificate(object)
		}
		w.Create(ctx, object)
		w.AwaitCondition(ctx, rig.Name, condition, metav1.ConditionFalse, domaincertv1alpha1.SecretNotFoundReason)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.ReconcilingCondition, metav1.ConditionTrue, domaincertv1alpha1.SecretNotFoundReason)
		Expect(w.Calls(rig.SetOperation)).To(BeEmpty())

		begin := come(ctx, w, a)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.ServedReason)
		sets := w.Sets(w.Domain)
		Expect(sets).To(HaveLen(1))
		took := sets[0].Time.Sub(begin)
		AddReportEntry("from the Secret to the call", took)
		Expect(took).To(BeNumerically("<=", a.within))
		Expect(operator.Ended()).NotTo(BeClosed())
	},
		Entry("at once where Secrets are watched", SpecTimeout(timeout),
			awaited{manner: watched, within: atOnce}),
		Entry("at once where they are not and cert-manager makes it", SpecTimeout(timeout),
			awaited{manner: got, issued: true, within: atOnce}),
		Entry("at once where they are not and its Certificate is named", SpecTimeout(timeout),
			awaited{manner: got, issued: true, referred: true, within: atOnce}),
		Entry("at once where it may be read by name and cert-manager makes it", SpecTimeout(timeout),
			awaited{manner: named, issued: true, within: atOnce}),
		Entry("within the poll where nobody tells of it", SpecTimeout(timeout),
			awaited{manner: got, poll: poll, within: poll + atOnce}),
		Entry("within the poll where nobody tells of it and it may be read by name", SpecTimeout(timeout),
			awaited{manner: named, poll: poll, within: poll + atOnce}),
	)
})

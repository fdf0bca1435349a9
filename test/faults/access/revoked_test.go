//go:build faults

package access_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 60:", func() {
	const other = "other"

	// revocation is how the right to read one Secret of several is taken away, and
	// given back.
	type revocation struct {
		manner         string
		revoke, permit func(context.Context, *grants)
		// advice is what the condition says to do.
		advice string
		// nudged is true if the operator is asked to try again, which it does by
		// itself only every five minutes.
		nudged bool
	}
	// With get on all Secrets, one is taken away by granting the others by name.
	allBut := func(verbs ...string) func(context.Context, *grants) {
		return func(ctx context.Context, g *grants) {
			g.allowNames(ctx, rig.ProviderName, other)
			g.allow(ctx, verbs...)
		}
	}
	all := func(verbs ...string) func(context.Context, *grants) {
		return func(ctx context.Context, g *grants) { g.allow(ctx, verbs...) }
	}
	names := func(names ...string) func(context.Context, *grants) {
		return func(ctx context.Context, g *grants) { g.allowNames(ctx, names...) }
	}

	DescribeTable("an object whose Secret may not be read any more says so, others go on, and it recovers,", func(ctx SpecContext, r revocation) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		otherDomain := other + "." + w.Namespace + ".example.com"
		w.AddDomain(otherDomain)
		w.PutCertificate(ctx, other, w.Issue(otherDomain))
		w.Create(ctx, w.DomainCertificate(other, otherDomain))
		g := grant(ctx, w, r.manner, rig.ProviderName, rig.Name, other)
		operator := g.start(ctx, "--secret-access="+r.manner, "--secret-poll-interval=1s")
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		r.revoke(ctx, g)
		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.SecretForbiddenReason)
		refused := w.Get(ctx, rig.Name).Status.Conditions
		Expect(meta.FindStatusCondition(refused, domaincertv1alpha1.CertificateValidCondition).Message).To(ContainSubstring(r.advice))
		Expect(meta.IsStatusConditionTrue(refused, domaincertv1alpha1.StalledCondition)).To(BeTrue(), "a human must act")
		Expect(meta.IsStatusConditionTrue(refused, domaincertv1alpha1.ReadyCondition)).To(BeTrue(), "the certificate deployed before is in place")

		othersRenewed := w.Issue(otherDomain)
		w.PutCertificate(ctx, other, othersRenewed)
		w.AwaitReady(ctx, other, othersRenewed.Fingerprint)
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint))

		r.permit(ctx, g)
		if r.nudged {
			object := w.Get(ctx, rig.Name)
			w.Change(ctx, object, func() {
				object.Annotations = map[string]string{domaincertv1alpha1.ReconcileRequestedAtAnnotation: "now"}
			})
		}
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
		Expect(operator.Ended()).NotTo(BeClosed())
	},
		Entry("where Secrets are watched, as soon as it is asked to try again", SpecTimeout(timeout), revocation{
			manner: watched, revoke: allBut("list", "watch"), permit: all("get", "list", "watch"),
			advice: "grant its ServiceAccount the verb get", nudged: true,
		}),
		Entry("where they may be read", SpecTimeout(timeout), revocation{
			manner: got, revoke: allBut(), permit: all("get"),
			advice: "grant its ServiceAccount the verb get",
		}),
		Entry("where they may be read by name", SpecTimeout(timeout), revocation{
			manner: named, revoke: names(rig.ProviderName, other), permit: names(rig.ProviderName, other, rig.Name),
			advice: "in the chart's values, add it to rbac.secretNames.row-",
		}),
	)
})

//go:build faults

package cloud_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 19:", func() {
	It("a domain that the credentials may not set is stalled, and nothing else is", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		denied, other := w.AddObject(ctx, "denied"), w.AddObject(ctx, "other")
		w.Restrict(denied.Domain, edgesim.RestrictionDenied)
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitCondition(ctx, denied.Name, domaincertv1alpha1.StalledCondition, metav1.ConditionTrue, domaincertv1alpha1.DeniedReason)
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		w.AwaitReady(ctx, other.Name, other.Pair.Fingerprint)

		renewed := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, renewed)
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
		for _, name := range []string{rig.Name, other.Name} {
			for _, seen := range w.Sightings(name) {
				Expect(meta.FindStatusCondition(seen.Object.Status.Conditions, domaincertv1alpha1.StalledCondition)).To(BeNil(), "O10: %s", name)
			}
		}
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(w.Client.Get(ctx, client.ObjectKeyFromObject(w.EdgeProvider()), edge)).To(Succeed())
		Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, domaincertv1alpha1.ReadyCondition)).To(BeTrue(), "the account is in order")
		Expect(w.Cloud.Journal(edgesim.Query{Operation: rig.SetOperation, Domain: denied.Domain})).To(HaveLen(1), "it is not insisted on")
	}, SpecTimeout(timeout))
})

var _ = Describe("row 20:", func() {
	It("a domain that is missing, offline or another account's is not asked for again and again", func(ctx SpecContext) {
		const storm = 3 * time.Second // a backoff from one second would have called twice in it
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		missing, offline, foreign := w.AddObject(ctx, "missing"), w.AddObject(ctx, "offline"), w.AddObject(ctx, "foreign")
		w.Cloud.RemoveDomain(missing.Domain)
		Expect(w.Cloud.PutDomain(w.AccountID, edgesim.Domain{Name: offline.Domain, Status: "offline"})).To(Succeed())
		w.Cloud.RemoveDomain(foreign.Domain)
		Expect(w.Cloud.PutAccount(edgesim.Account{ID: "another", Domains: []edgesim.Domain{{Name: foreign.Domain}}})).To(Succeed())
		w.StartOperator(ctx, rig.Operator{})
		for _, refused := range []string{missing.Name, offline.Name, foreign.Name} {
			w.AwaitCondition(ctx, refused, domaincertv1alpha1.StalledCondition, metav1.ConditionTrue, domaincertv1alpha1.DomainNotFoundReason)
		}
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		calls := func() (all []edgesim.Entry) {
			for _, refused := range []string{missing.Domain, offline.Domain, foreign.Domain} {
				all = append(all, w.Cloud.Journal(edgesim.Query{Domain: refused})...)
			}
			return all
		}
		before := calls()
		Expect(len(before)).To(BeNumerically("<=", 6), "each was described, and set if it was described")
		Consistently(calls).WithContext(ctx).WithTimeout(storm).WithPolling(100 * time.Millisecond).Should(HaveLen(len(before)))

		w.AddDomain(missing.Domain)
		readBack(ctx, w, missing.Name)
		w.AwaitReady(ctx, missing.Name, missing.Pair.Fingerprint)
	}, SpecTimeout(timeout))
})

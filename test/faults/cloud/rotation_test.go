//go:build faults

package cloud_test

import (
	"crypto/rand"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 17:", func() {
	It("credentials that change in the middle of a storm fail no domain", func(ctx SpecContext) {
		const (
			domains = 50
			enough  = 5               // Sets, for the storm to be in full swing
			soon    = 5 * time.Second // to the first use of the new key
			slow    = 400 * edgesim.Millisecond
		)
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultDelay, Delay: slow, Operation: rig.SetOperation})
		var objects []rig.Object
		for i := range domains {
			objects = append(objects, w.AddObject(ctx, fmt.Sprintf("storm-%02d", i)))
		}
		w.StartOperator(ctx, rig.Operator{})
		Eventually(func() int { return len(w.Sets("")) }).WithContext(ctx).WithTimeout(rig.Patience).WithPolling(5 * time.Millisecond).Should(BeNumerically(">=", enough))

		old := w.Credentials[domaincertv1alpha1.AccessKeyIDKey]
		replacement := edgesim.AccessKey{ID: "new-" + old, Secret: edgesim.Secret(rand.Text())}
		w.LearnSecret("the new access key's secret of "+w.Namespace, string(replacement.Secret))
		Expect(w.Cloud.PutAccount(edgesim.Account{ID: w.AccountID, Keys: []edgesim.AccessKey{replacement, {
			ID: old, Secret: edgesim.Secret(w.Credentials[domaincertv1alpha1.AccessKeySecretKey]), Disabled: true,
		}}})).To(Succeed())
		w.Credentials = map[string]string{
			domaincertv1alpha1.AccessKeyIDKey: replacement.ID, domaincertv1alpha1.AccessKeySecretKey: string(replacement.Secret),
		}
		Expect(w.Client.Update(ctx, w.CredentialsSecret())).To(Succeed())
		changed := time.Now()
		Expect(len(w.Sets(""))).To(BeNumerically("<", domains), "the storm was over before the credentials changed")

		for _, object := range objects {
			w.AwaitReady(ctx, object.Name, object.Pair.Fingerprint)
			Expect(w.Sets(object.Domain)).To(HaveLen(1))
			for _, seen := range w.Sightings(object.Name) {
				conditions := seen.Object.Status.Conditions
				Expect(meta.FindStatusCondition(conditions, domaincertv1alpha1.StalledCondition)).To(BeNil(), object.Name)
				Expect(seen.At.After(changed) && meta.IsStatusConditionFalse(conditions, domaincertv1alpha1.AcceptedCondition)).To(BeFalse(), object.Name)
			}
			refused := w.Cloud.Journal(edgesim.Query{Domain: object.Domain, Outcome: "InvalidAccessKeyId.Inactive"})
			Expect(len(refused)).To(BeNumerically("<=", 1), "what was under way is repeated once")
		}
		Expect(firstUse(w, replacement.ID)).To(BeTemporally("<=", changed.Add(soon)))
	}, SpecTimeout(timeout))
})

// firstUse is when a call was first signed with an access key and taken.
func firstUse(w *rig.World, key string) time.Time {
	GinkgoHelper()
	for _, call := range w.Cloud.Journal(edgesim.Query{Outcome: edgesim.OutcomeOK}) {
		if call.AccessKeyID == key {
			return call.Time
		}
	}
	Fail("the new access key was never used")
	return time.Time{}
}

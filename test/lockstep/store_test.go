package lockstep_test

import (
	"testing"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/lockstep"
)

// anyStatus is a status of a few fields, each there or not.
func anyStatus(t *rapid.T) domaincertv1alpha1.DomainCertificateStatus {
	text := rapid.StringMatching("[a-c]{0,2}")
	status := domaincertv1alpha1.DomainCertificateStatus{
		DeployedFingerprint:    text.Draw(t, "deployed"),
		LastHandledReconcileAt: text.Draw(t, "handled"),
	}
	if rapid.Bool().Draw(t, "provider") {
		status.Provider = &domaincertv1alpha1.ProviderStatus{CertificateID: text.Draw(t, "id"), TaskID: text.Draw(t, "task")}
	}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		status.Conditions = append(status.Conditions, metav1.Condition{Type: "T" + text.Draw(t, "type"), Status: metav1.ConditionTrue})
	}
	return status
}

func TestStatusPatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		store := lockstep.NewStore()
		object := &domaincertv1alpha1.DomainCertificate{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "live"}}
		g.Expect(store.Create(t.Context(), object)).To(Succeed())
		stale := object.DeepCopy()
		for range rapid.IntRange(1, 3).Draw(t, "writes") {
			before := object.DeepCopy()
			object.Status = anyStatus(t)
			wanted := object.DeepCopy()
			object.Spec.DomainName = "not.the.status"
			g.Expect(store.Status().Patch(t.Context(), object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))).To(Succeed())
			g.Expect(object.Status).To(Equal(wanted.Status), "a patch makes of what was there what was wanted")
			g.Expect(object.Spec).To(Equal(wanted.Spec), "and nothing else")
			g.Expect(object.Generation).To(BeEquivalentTo(1))
		}
		if object.ResourceVersion == stale.ResourceVersion {
			return // nothing was changed
		}
		late := stale.DeepCopy()
		late.Status.LastHandledReconcileAt = "late"
		err := store.Status().Patch(t.Context(), late, client.MergeFromWithOptions(stale, client.MergeFromWithOptimisticLock{}))
		g.Expect(apierrors.IsConflict(err)).To(BeTrue(), "who has not seen the last version changes nothing")
	})
}

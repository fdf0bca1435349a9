//go:build faults

package source_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 24:", func() {
	It("a Secret that is deleted leaves what is served, and the object Ready", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: rig.Name}}
		Expect(w.Client.Delete(ctx, secret)).To(Succeed())
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.SecretNotFoundReason)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, "")
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint), "O5: nothing is removed unless asked")
	}, SpecTimeout(timeout))
})

//go:build faults

package source_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/proxy"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("row 24:", func() {
	It("a Secret that is deleted leaves what is served, and the object Ready", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		calls := len(w.Calls(""))

		Expect(w.Client.Delete(ctx, secret(ctx, w, rig.Name))).To(Succeed())
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.SecretNotFoundReason)
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, "")
		Expect(w.Calls("")).To(HaveLen(calls), "O5: nothing is even asked")
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint), "O5: nothing is removed unless asked")
	}, SpecTimeout(timeout))

	It("the object is Ready until the certificate expires, and not any longer", func(ctx SpecContext) {
		const lifetime = 6 * time.Second
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		w.StartOperator(ctx, rig.Operator{})
		expiry := time.Now().Add(lifetime).Truncate(time.Second)
		pair := w.IssueWith(testcerts.Options{DNSNames: []string{w.Domain}, NotAfter: expiry})
		w.PutCertificate(ctx, rig.Name, pair)
		w.Create(ctx, w.DomainCertificate(rig.Name, w.Domain))
		w.AwaitReady(ctx, rig.Name, pair.Fingerprint)

		Expect(w.Client.Delete(ctx, secret(ctx, w, rig.Name))).To(Succeed())
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.ReadyCondition, metav1.ConditionFalse, domaincertv1alpha1.SecretNotFoundReason)
		Expect(firstFalse(w, rig.Name, domaincertv1alpha1.ReadyCondition)).To(BeTemporally(">=", expiry))
		Expect(w.Stored(w.Domain)).To(Equal(pair.Fingerprint), "O5")
	}, SpecTimeout(timeout))
})

var _ = Describe("row 26:", func() {
	It("a pair that is written in two steps is waited for, and never sent by halves", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		api, kubeconfig := w.Proxy(ctx)
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		renewed := w.Issue(w.Domain)
		reads := len(readsOf(api, rig.Name))
		w.PutSecret(ctx, rig.Name, pem(renewed.CertificatePEM, w.Pair.KeyPEM))
		Eventually(func() []proxy.Request { return readsOf(api, rig.Name) }).WithContext(ctx).WithTimeout(rig.Patience).
			WithPolling(5 * time.Millisecond).Should(HaveLen(reads + 1))
		w.PutSecret(ctx, rig.Name, contentOf(renewed))
		w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
		Expect(w.Reasons(rig.Name, domaincertv1alpha1.CertificateValidCondition)).NotTo(ContainElement(domaincertv1alpha1.KeyMismatchReason))
		Expect(w.Sets(w.Domain)).To(HaveLen(2))
	}, SpecTimeout(timeout))

	It("a pair that stays torn is told of after two seconds, and never sent", func(ctx SpecContext) {
		const hold = 2 * time.Second
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		torn := time.Now()
		w.PutSecret(ctx, rig.Name, pem(w.Issue(w.Domain).CertificatePEM, w.Pair.KeyPEM))
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.KeyMismatchReason)
		Expect(firstFalse(w, rig.Name, domaincertv1alpha1.CertificateValidCondition)).To(BeTemporally(">=", torn.Add(hold)))
		Expect(isReady(w, rig.Name)).To(BeTrue())
		Expect(w.Calls(rig.SetOperation)).To(HaveLen(1))
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 33:", func() {
	It("of fifty versions within seconds the first and the last are sent", func(ctx SpecContext) {
		const (
			versions = 50
			turn     = 100 * time.Millisecond // fifty in half of the time that the row names
		)
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		var pairs []testcerts.Pair
		for range versions {
			pairs = append(pairs, w.Issue(w.Domain))
		}
		pace := time.NewTicker(turn)
		defer pace.Stop()
		for _, pair := range pairs {
			w.PutCertificate(ctx, rig.Name, pair)
			Eventually(ctx, pace.C).WithTimeout(rig.Patience).Should(Receive())
		}
		last := pairs[versions-1]
		w.AwaitReady(ctx, rig.Name, last.Fingerprint)
		Expect(len(w.Sets(w.Domain))-1).To(BeNumerically("<=", 2), "beside the first deployment")
		Expect(w.Served(w.Domain)).To(Equal(last.Fingerprint))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 34:", func() {
	It("a change of labels has a Secret read once, and nothing sent", func(ctx SpecContext) {
		const objects = 10
		w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
		var all []rig.Object
		for i := range objects {
			all = append(all, w.AddObject(ctx, fmt.Sprintf("labelled-%d", i)))
		}
		api, kubeconfig := w.Proxy(ctx)
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		for _, object := range all {
			w.AwaitReady(ctx, object.Name, object.Pair.Fingerprint)
		}
		calls, reads := len(w.Calls("")), map[string]int{}
		for _, object := range all {
			reads[object.Name] = len(readsOf(api, object.Name))
			labelled := secret(ctx, w, object.Name)
			w.Change(ctx, labelled, func() { labelled.Labels = map[string]string{"touched": "yes"} })
		}
		for _, object := range all {
			awaitRead(ctx, w, object.Name)
		}
		Consistently(func(g Gomega) {
			for _, object := range all {
				g.Expect(len(readsOf(api, object.Name))-reads[object.Name]).To(BeNumerically("<=", 1), object.Name)
			}
			g.Expect(w.Calls("")).To(HaveLen(calls), "the cloud is neither sent anything nor asked")
		}).WithContext(ctx).WithTimeout(time.Second).WithPolling(100 * time.Millisecond).Should(Succeed())
	}, SpecTimeout(timeout))
})

var _ = Describe("row 35:", func() {
	recreate := func(ctx context.Context, w *rig.World, between func()) {
		GinkgoHelper()
		calls := len(w.Calls(""))
		before := secret(ctx, w, rig.Name)
		Expect(w.Client.Delete(ctx, before)).To(Succeed())
		between()
		w.PutCertificate(ctx, rig.Name, w.Pair)
		Expect(secret(ctx, w, rig.Name).UID).NotTo(Equal(before.UID))
		awaitRead(ctx, w, rig.Name)
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(w.Calls(rig.SetOperation)).To(HaveLen(1))
		Expect(w.Calls("")).To(HaveLen(calls), "what it holds is known to be in place")
	}

	It("a Secret that is deleted and created anew at once has nothing sent", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		recreate(ctx, w, func() {})
	}, SpecTimeout(timeout))

	It("nor has one that was missed in between", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		recreate(ctx, w, func() {
			w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.CertificateValidCondition, metav1.ConditionFalse, domaincertv1alpha1.SecretNotFoundReason)
		})
	}, SpecTimeout(timeout))
})

// readsOf are the times that the body of a Secret was asked for.
func readsOf(api *proxy.Proxy, name string) []proxy.Request {
	return api.Seen(func(r proxy.Request) bool { return r.Is(string(corev1.ResourceSecrets), "get") && r.Name == name })
}

//go:build faults

package objects_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// withdrawn makes an object take its certificate off the domain in the end.
func withdrawn(object *domaincertv1alpha1.DomainCertificate) {
	object.Spec.DeletionPolicy = domaincertv1alpha1.DeletionDisableHTTPS
}

// deployed is a world whose object was deployed before its cloud went down.
func deployed(ctx SpecContext, edit func(*domaincertv1alpha1.DomainCertificate)) *rig.World {
	GinkgoHelper()
	w := plane.NewWorld(ctx, rig.WorldOptions{Edit: edit})
	w.StartOperator(ctx, rig.Operator{})
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
	w.AddFault(edgesim.Fault{Kind: edgesim.FaultReset})
	return w
}

// gone asks whether an object does not exist.
func gone(ctx context.Context, w *rig.World, object client.Object) func() bool {
	return func() bool {
		return apierrors.IsNotFound(w.Client.Get(ctx, client.ObjectKeyFromObject(object), object))
	}
}

var _ = Describe("row 39:", func() {
	It("deletion under Retain is over within 1 s though the provider is down", func(ctx SpecContext) {
		w := deployed(ctx, nil)
		object := w.Get(ctx, rig.Name)
		Expect(w.Client.Delete(ctx, object)).To(Succeed())
		Eventually(gone(ctx, w, object)).WithTimeout(time.Second).Should(BeTrue())
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint), "O5: nothing is removed unless asked")
	}, SpecTimeout(timeout))

	It("deletion under DisableHTTPS waits for the provider and then switches off", func(ctx SpecContext) {
		w := deployed(ctx, withdrawn)
		object := w.Get(ctx, rig.Name)
		Expect(w.Client.Delete(ctx, object)).To(Succeed())
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.DeployedCondition, metav1.ConditionFalse, domaincertv1alpha1.UnavailableReason)
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint))
		w.Cloud.ClearFaults()
		Eventually(gone(ctx, w, object)).WithTimeout(rig.Patience).Should(BeTrue())
		Expect(w.Stored(w.Domain)).To(BeEmpty())
	}, SpecTimeout(timeout))

	It("deletion under DisableHTTPS is given up where the annotation says so", func(ctx SpecContext) {
		w := deployed(ctx, withdrawn)
		object := w.Get(ctx, rig.Name)
		Expect(w.Client.Delete(ctx, object)).To(Succeed())
		w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.DeployedCondition, metav1.ConditionFalse, domaincertv1alpha1.UnavailableReason)
		object = w.Get(ctx, rig.Name)
		w.Change(ctx, object, func() {
			object.Annotations = map[string]string{domaincertv1alpha1.AbandonAnnotation: "true"}
		})
		Eventually(gone(ctx, w, object)).WithTimeout(2 * time.Second).Should(BeTrue())
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 40:", func() {
	DescribeTable("a namespace with everything in it goes though the provider is down", func(ctx SpecContext, edit func(*domaincertv1alpha1.DomainCertificate), within time.Duration) {
		w := deployed(ctx, edit)
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}
		Expect(w.Client.Delete(ctx, namespace)).To(Succeed())
		Eventually(gone(ctx, w, namespace)).WithTimeout(within).Should(BeTrue())
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint))
	},
		Entry("within 10 s under Retain", SpecTimeout(timeout), nil, 10*time.Second),
		// The namespace controller looks again 8 s after it has found a finalizer.
		Entry("under DisableHTTPS as well, since its provider goes with it", SpecTimeout(timeout), withdrawn, 30*time.Second),
	)
})

// sent waits until a Set has reached the cloud, which holds its answer back.
func sent(w *rig.World) {
	GinkgoHelper()
	Eventually(w.Stored).WithArguments(w.Domain).WithTimeout(rig.Patience).WithPolling(5 * time.Millisecond).Should(Equal(w.Pair.Fingerprint))
}

var _ = Describe("row 41:", func() {
	It("an object that is created anew during a Set has a status of its own, and nothing is sent again", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultDelay, Applied: true, Delay: 2 * edgesim.Second, Operation: rig.SetOperation})
		w.StartOperator(ctx, rig.Operator{})
		sent(w)
		before := w.Get(ctx, rig.Name)
		Expect(w.Client.Delete(ctx, before)).To(Succeed())
		w.Create(ctx, w.DomainCertificate(rig.Name, w.Domain))
		after := w.Get(ctx, rig.Name)
		Expect(after.UID).NotTo(Equal(before.UID))

		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
		for _, seen := range w.Sightings(rig.Name) {
			if seen.Object.UID == after.UID {
				Expect(seen.Object.Status.LastDeployedTime).To(BeNil(), "what was sent was sent for the object before")
			}
		}
	}, SpecTimeout(timeout))
})

var _ = Describe("row 42:", func() {
	It("what is found during a change of the spec is told of the generation it was found for", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultDelay, Applied: true, Delay: 2 * edgesim.Second, Operation: rig.SetOperation})
		w.StartOperator(ctx, rig.Operator{})
		sent(w)
		object := w.Get(ctx, rig.Name)
		w.Change(ctx, object, func() { object.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn })
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Eventually(func() int64 { return *w.Get(ctx, rig.Name).Status.ObservedGeneration }).WithTimeout(rig.Patience).Should(Equal(object.Generation))

		var generations []int64
		for _, seen := range w.Sightings(rig.Name) {
			if told := seen.Object.Status.ObservedGeneration; seen.Object.Generation == object.Generation && told != nil {
				generations = append(generations, *told)
			}
		}
		Expect(generations).To(ContainElement(object.Generation-1), "the Set was one for the spec before")
		Expect(generations).To(HaveExactElements(sorted(generations)))
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
	}, SpecTimeout(timeout))
})

// sorted are matchers for the same numbers in rising order.
func sorted(numbers []int64) []any {
	matchers := make([]any, len(numbers))
	for i, number := range numbers {
		matchers[i] = And(Equal(number), BeNumerically(">=", numbers[max(0, i-1)]))
	}
	return matchers
}

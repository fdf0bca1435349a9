package controllers

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var _ = Describe("the backoff of an object that fails", func() {
	request := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "video", Name: "live"}}

	It("grows from a second to five minutes, and starts again after a success", func() {
		backoff := NewBackoff()
		total := time.Duration(0)
		for try := range 30 {
			wait := backoff.When(request)
			least := min(time.Second<<min(try, 20), 200*time.Second)
			Expect(wait).To(And(BeNumerically(">=", least), BeNumerically("<=", least*3/2)), "try %d", try)
			total += wait
		}
		Expect(total/30).To(BeNumerically(">", time.Minute), "no more than a call in a minute")
		backoff.Forget(request)
		Expect(backoff.When(request)).To(BeNumerically("<=", 1500*time.Millisecond))
	})

	It("is another one for each, though they failed together", func() {
		constant := jittering{workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Minute, time.Minute)}
		waits := map[time.Duration]bool{}
		for range 100 {
			waits[constant.When(request)] = true
		}
		Expect(len(waits)).To(BeNumerically(">", 90))
	})
})

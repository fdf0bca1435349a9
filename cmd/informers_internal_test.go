package main

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	toolscache "k8s.io/client-go/tools/cache"
)

var _ = Describe("a list of objects", func() {
	gone := apierrors.NewNotFound(corev1.Resource("domaincertificates"), "")
	// answering lists with one answer after the other, and tells how many are left.
	answering := func(answers ...error) (toolscache.ListerWatcherWithContext, func() int) {
		steadied := steady(&toolscache.ListWatch{
			ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) {
				answer := answers[0]
				answers = answers[1:]
				return &corev1.SecretList{}, answer
			},
			WatchFuncWithContext: func(context.Context, metav1.ListOptions) (watch.Interface, error) { return nil, gone },
		}, time.Millisecond)
		return toolscache.ToListerWatcherWithContext(steadied), func() int { return len(answers) }
	}

	It("waits for a kind that was taken away", func(ctx context.Context) {
		objects, left := answering(gone, gone, nil)
		Expect(objects.ListWithContext(ctx, metav1.ListOptions{})).To(Equal(&corev1.SecretList{}))
		Expect(left()).To(BeZero())
	})

	It("fails with everything else, which is tried again with backoff", func(ctx context.Context) {
		refused := errors.New("refused")
		objects, left := answering(gone, refused, nil)
		_, err := objects.ListWithContext(ctx, metav1.ListOptions{})
		Expect(err).To(BeIdenticalTo(refused))
		Expect(left()).To(Equal(1))
	})

	It("ends with the operator", func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		forever := steady(&toolscache.ListWatch{ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) {
			return nil, gone
		}}, time.Hour)
		_, err := toolscache.ToListerWatcherWithContext(forever).ListWithContext(ctx, metav1.ListOptions{})
		Expect(err).To(MatchError(context.Canceled))
	})

	It("leaves the watch alone", func(ctx context.Context) {
		objects, _ := answering(nil)
		_, err := objects.WatchWithContext(ctx, metav1.ListOptions{})
		Expect(err).To(BeIdenticalTo(gone))
	})
})

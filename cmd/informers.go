package main

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
)

// kindPause is how often it is looked whether a CRD that was taken away is back.
const kindPause = 5 * time.Second

// newInformer makes the cache's informers. Those of client-go ask ever more rarely
// for a kind that was taken away, in the end once a minute.
func newInformer(objects toolscache.ListerWatcher, kind runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	return toolscache.NewSharedIndexInformer(steady(objects, kindPause), kind, resync, indexers)
}

// steady lists objects as soon as their kind exists, looked for at a steady pace.
func steady(objects toolscache.ListerWatcher, pace time.Duration) toolscache.ListerWatcher {
	asked := toolscache.ToListerWatcherWithContext(objects)
	return &toolscache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			pause := time.NewTicker(pace)
			defer pause.Stop()
			for {
				list, err := asked.ListWithContext(ctx, options)
				if !apierrors.IsNotFound(err) {
					return list, err
				}
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-pause.C:
				}
			}
		},
		WatchFuncWithContext: asked.WatchWithContext,
	}
}

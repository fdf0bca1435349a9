package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/handler"
)

// issuances watches the Certificates of cert-manager in one namespace, or in all.
// The manager's cache would not do: it waits at the start for a kind that may
// come later or never, and asks ever more rarely for one that was taken away.
//
// It is the store of a client-go Reflector, of which only one goroutine runs. It
// keeps no Certificate, only which version of each was told of.
type issuances struct {
	certificates dynamic.ResourceInterface
	// pace is how often it is tried to watch what cannot be watched, comebackPace if
	// that is longer.
	pace time.Duration
	// wanted reports whether there is anybody to wake.
	wanted func(context.Context) bool
	// changed is told of a Certificate that has come, changed or gone, with the
	// Secret that it names, and at what priority to look after it.
	changed func(ctx context.Context, certificate types.NamespacedName, secret string, priority int)

	ctx  context.Context //nolint:containedctx // a Reflector hands its store none
	told map[types.NamespacedName]issuance
	// priority of what is told: low while all are, as at a start.
	priority int
}

// issuance is what is remembered of a Certificate.
type issuance struct{ version, secret string }

const (
	// comebackPace is how often it is tried, at least, to watch what cannot be
	// watched: cert-manager may be installed at any time. At most twice as long.
	comebackPace = 5 * time.Second
	// comebackShare is the least time for each namespace in it: hundreds of them that
	// wait for a cert-manager which is not there ask ten times a second together.
	comebackShare = 100 * time.Millisecond
	// longestPause between two tries of an API server that does not answer.
	longestPause = 10 * time.Second
	// pageSize is how many Certificates are in memory as they are, at once.
	pageSize = 200
)

// run watches until the context ends.
func (i *issuances) run(ctx context.Context) {
	const twice = 1.0
	i.ctx, i.told = ctx, map[types.NamespacedName]issuance{}
	reflector := cache.NewReflectorWithOptions(&cache.ListWatch{
		ListWithContextFunc:  i.list,
		WatchFuncWithContext: i.watch,
	}, &unstructured.Unstructured{}, i, cache.ReflectorOptions{
		Name:    "Certificates of cert-manager",
		Backoff: &wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 1, Steps: 4, Cap: longestPause},
	})
	reflector.WatchListPageSize = pageSize
	var refusal metav1.StatusReason
	wait.JitterUntilWithContext(ctx, func(ctx context.Context) {
		if !i.wanted(ctx) {
			return
		}
		err := reflector.ListAndWatchWithContext(ctx)
		reason := apierrors.ReasonForError(err)
		if err != nil && reason != refusal && !apierrors.IsNotFound(err) && ctx.Err() == nil {
			ctrl.LoggerFrom(ctx).Info("cert-manager's Certificates cannot be watched; what they issue is seen later", "reason", reason)
		}
		refusal = reason
	}, max(comebackPace, i.pace), twice, true)
}

// list returns a page of Certificates.
func (i *issuances) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	page, err := i.certificates.List(ctx, options)
	if err != nil {
		return nil, err
	}
	for at := range page.Items {
		lean(&page.Items[at])
	}
	return page, nil
}

// watch follows Certificates, after all that there are if the options say so.
func (i *issuances) watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	watching, err := i.certificates.Watch(ctx, options)
	if err != nil {
		return nil, err
	}
	return watch.Filter(watching, func(event watch.Event) (watch.Event, bool) {
		// A bookmark's annotation says that all were there.
		if certificate, ok := event.Object.(*unstructured.Unstructured); ok && event.Type != watch.Bookmark && event.Type != watch.Error {
			lean(certificate)
		}
		return event, true
	}), nil
}

// lean drops from a Certificate what nobody looks at here. Ten thousand whole ones,
// with the fields that each writer manages, would be more than the operator's
// memory.
func lean(certificate *unstructured.Unstructured) {
	kept := map[string]any{
		"apiVersion": certificate.GetAPIVersion(),
		"kind":       certificate.GetKind(),
		"metadata": map[string]any{
			"namespace": certificate.GetNamespace(), "name": certificate.GetName(),
			"resourceVersion": certificate.GetResourceVersion(),
		},
	}
	// What is no name is no Secret's.
	if secret, named, err := unstructured.NestedString(certificate.Object, "spec", "secretName"); named && err == nil {
		kept["spec"] = map[string]any{"secretName": secret}
	}
	certificate.Object = kept
}

// Add is told of a Certificate that has come.
func (i *issuances) Add(object any) error { return i.Update(object) }

// Update is told of one that has changed.
func (i *issuances) Update(object any) error {
	certificate, err := asCertificate(object)
	if err != nil {
		return err
	}
	i.see(certificate)
	return nil
}

// Delete is told of one that has gone.
func (i *issuances) Delete(object any) error {
	certificate, err := asCertificate(object)
	if err != nil {
		return err
	}
	i.lose(nameOf(certificate))
	return nil
}

// Replace is told of all that there are, at the start and whenever changes may
// have been missed.
func (i *issuances) Replace(objects []any, _ string) error {
	i.priority = handler.LowPriority
	defer func() { i.priority = ordinaryPriority }()
	there := map[types.NamespacedName]bool{}
	for _, object := range objects {
		certificate, err := asCertificate(object)
		if err != nil {
			return err
		}
		there[nameOf(certificate)] = true
		i.see(certificate)
	}
	for name := range i.told {
		if !there[name] {
			i.lose(name)
		}
	}
	return nil
}

// Resync has nothing to do: nothing is kept that could be told again.
func (i *issuances) Resync() error { return nil }

// see tells of a Certificate, unless it has been told of this very version.
func (i *issuances) see(certificate *unstructured.Unstructured) {
	secret, _, err := unstructured.NestedString(certificate.Object, "spec", "secretName")
	if err != nil {
		secret = "" // not a name, and so no Secret's
	}
	name, now := nameOf(certificate), issuance{version: certificate.GetResourceVersion(), secret: secret}
	before := i.told[name]
	if before == now {
		return
	}
	i.told[name] = now
	if before.secret != "" && before.secret != now.secret {
		i.changed(i.ctx, name, before.secret, i.priority)
	}
	i.changed(i.ctx, name, now.secret, i.priority)
}

// lose tells of a Certificate that has gone.
func (i *issuances) lose(name types.NamespacedName) {
	before := i.told[name]
	delete(i.told, name)
	i.changed(i.ctx, name, before.secret, i.priority)
}

func nameOf(certificate *unstructured.Unstructured) types.NamespacedName {
	return types.NamespacedName{Namespace: certificate.GetNamespace(), Name: certificate.GetName()}
}

func asCertificate(object any) (*unstructured.Unstructured, error) {
	certificate, ok := object.(*unstructured.Unstructured)
	if !ok {
		return nil, fmt.Errorf("%T is no Certificate", object)
	}
	return certificate, nil
}

package lockstep

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Verb is what the operator does to the API server.
type Verb string

// The verbs. Reads from the cache are none of them: they cannot fail.
const (
	Read        Verb = "read"
	Patch       Verb = "patch"
	PatchStatus Verb = "patch status of"
	Event       Verb = "tell of"
)

// Effect is one thing that the operator does to the API server.
type Effect struct {
	Verb Verb
	Kind Kind
	Key  client.ObjectKey
	// Object is what is to be written, or read into; of an event what it is about.
	Object client.Object
	// Reason of an event.
	Reason string
}

// String names the effect.
func (e Effect) String() string {
	if e.Verb == Event {
		return fmt.Sprintf("%s %s %s", e.Verb, e.Reason, e.Kind)
	}
	return fmt.Sprintf("%s %s %s", e.Verb, e.Kind, e.Key.Name)
}

// Intercept decides what an effect comes to. It may leave out do, or return another
// error than do's, or panic with [Killed].
type Intercept func(effect Effect, do func() error) error

// Killed is what an Intercept panics with where the operator is killed.
type Killed struct{}

// operatorClient is the operator's cached client.
type operatorClient struct {
	client.Client
	cache     *Cache
	api       API
	intercept Intercept
}

// Get implements client.Reader from the cache.
func (c *operatorClient) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	return c.cache.Get(ctx, key, into, options...)
}

// List implements client.Reader from the cache.
func (c *operatorClient) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return c.cache.List(ctx, list, options...)
}

// Patch implements client.Writer.
func (c *operatorClient) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	return c.intercept(effectOn(Patch, object), func() error { return c.api.Patch(ctx, object, patch, options...) })
}

// Status implements client.StatusClient.
func (c *operatorClient) Status() client.SubResourceWriter { return &statusClient{operator: c} }

type statusClient struct {
	client.SubResourceWriter
	operator *operatorClient
}

// Patch implements client.SubResourceWriter.
func (c *statusClient) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	return c.operator.intercept(effectOn(PatchStatus, object), func() error {
		return c.operator.api.Status().Patch(ctx, object, patch, options...)
	})
}

// operatorReader is its uncached one.
type operatorReader struct {
	client.Reader
	api       API
	intercept Intercept
}

// Get implements client.Reader from the API server.
func (r *operatorReader) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	effect := Effect{Verb: Read, Kind: kindOf(into), Key: key, Object: into}
	return r.intercept(effect, func() error { return r.api.Get(ctx, key, into, options...) })
}

// operatorRecorder takes its events.
type operatorRecorder struct{ intercept Intercept }

// Eventf implements events.EventRecorder.
func (r *operatorRecorder) Eventf(regarding, _ runtime.Object, _, reason, _, _ string, _ ...any) {
	object, _ := regarding.(client.Object)
	effect := effectOn(Event, object)
	effect.Reason = reason
	mustDo(r.intercept(effect, func() error { return nil }))
}

func effectOn(verb Verb, object client.Object) Effect {
	return Effect{Verb: verb, Kind: kindOf(object), Key: client.ObjectKeyFromObject(object), Object: object}
}

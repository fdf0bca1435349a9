//go:build faults

package trouble_test

import (
	"context"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/lockstep"
)

// cluster is the API server and the operator's cache in one: reads see every write.
type cluster struct {
	client.Client
	*lockstep.Store
	// checked is told of each provider whose status was written.
	checked func(edge controllers.ProviderObject)

	mu sync.Mutex
	// byDomain is the cache's index.
	byDomain map[string]types.NamespacedName
	// writes counts those of statuses.
	writes map[types.NamespacedName]int
}

func newCluster() *cluster {
	return &cluster{Store: lockstep.NewStore(), byDomain: map[string]types.NamespacedName{}, writes: map[types.NamespacedName]int{}}
}

// Get implements client.Client.
func (c *cluster) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	return c.Store.Get(ctx, key, into, options...)
}

// List implements client.Client, by domain: that is all that a reconcile asks for.
func (c *cluster) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	var asked client.ListOptions
	asked.ApplyOptions(options)
	found, ok := list.(*domaincertv1alpha1.DomainCertificateList)
	if !ok || asked.FieldSelector == nil {
		return c.Store.List(ctx, list, options...)
	}
	c.mu.Lock()
	key, known := c.byDomain[asked.FieldSelector.Requirements()[0].Value]
	c.mu.Unlock()
	if !known {
		return nil
	}
	found.Items = make([]domaincertv1alpha1.DomainCertificate, 1)
	return c.Store.Get(ctx, key, &found.Items[0])
}

// Create implements client.Client.
func (c *cluster) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	if certificate, ok := object.(*domaincertv1alpha1.DomainCertificate); ok {
		c.mu.Lock()
		c.byDomain[certificate.Spec.DomainName] = client.ObjectKeyFromObject(object)
		c.mu.Unlock()
	}
	return c.Store.Create(ctx, object, options...)
}

// Update implements client.Client.
func (c *cluster) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	return c.Store.Update(ctx, object, options...)
}

// Patch implements client.Client.
func (c *cluster) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	return c.Store.Patch(ctx, object, patch, options...)
}

// Delete implements client.Client.
func (c *cluster) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	return c.Store.Delete(ctx, object, options...)
}

// Status implements client.Client.
func (c *cluster) Status() client.SubResourceWriter { return &statuses{c.Store.Status(), c} }

// written is how often an object's status was written.
func (c *cluster) written(key types.NamespacedName) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes[key]
}

// statuses counts what it writes.
type statuses struct {
	client.SubResourceWriter
	cluster *cluster
}

// Patch implements client.SubResourceWriter.
func (s *statuses) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	if err := s.SubResourceWriter.Patch(ctx, object, patch, options...); err != nil {
		return err
	}
	if edge, ok := object.(controllers.ProviderObject); ok {
		s.cluster.checked(edge)
		return nil
	}
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	s.cluster.writes[client.ObjectKeyFromObject(object)]++
	return nil
}

// told keeps events, as the reason by the name of the object.
type told struct {
	mu      sync.Mutex
	reasons map[string][]string
}

// Eventf implements events.EventRecorder.
func (t *told) Eventf(about, _ runtime.Object, _, reason, _, _ string, _ ...any) {
	object, ok := about.(client.Object)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reasons[object.GetName()] = append(t.reasons[object.GetName()], reason)
}

// of are the reasons of the events about an object.
func (t *told) of(name string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.reasons[name])
}

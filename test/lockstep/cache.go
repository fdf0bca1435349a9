package lockstep

import (
	"context"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// Cache is what the operator's watches have shown so far. It catches up between
// reconciles, kind by kind, unless it is held back.
type Cache struct {
	api API
	// prefix of the namespaces that are watched, and of what is in none; empty for all.
	prefix string
	seen   map[Kind]map[types.NamespacedName]client.Object
	held   map[Kind]bool
	// looked is the API server's version when a kind was last looked at.
	looked map[Kind]int64
}

// versioned is an API server that can tell that nothing has changed.
type versioned interface{ Version() int64 }

// Change is what a watch tells: an object that came (Old is nil), that changed, or
// that went (New is nil).
type Change struct {
	Kind     Kind
	Old, New client.Object
}

// NewCache returns a cache that has seen nothing, of the namespaces whose names
// begin with prefix, and of what is in none and has such a name.
func NewCache(api API, prefix string) *Cache {
	c := &Cache{api: api, prefix: prefix, seen: map[Kind]map[types.NamespacedName]client.Object{}, held: map[Kind]bool{}, looked: map[Kind]int64{}}
	for _, kind := range Kinds() {
		c.seen[kind] = map[types.NamespacedName]client.Object{}
	}
	return c
}

// Hold keeps a kind as it was last seen, as a watch does that has come to a halt, or
// an API server that lags behind.
func (c *Cache) Hold(kind Kind) { c.held[kind] = true }

// Release lets all kinds catch up.
func (c *Cache) Release() { clear(c.held) }

// Clone is a cache that has seen the same.
func (c *Cache) Clone() *Cache {
	cloned := NewCache(c.api, c.prefix)
	for kind, seen := range c.seen {
		maps.Copy(cloned.seen[kind], seen)
	}
	return cloned
}

// Behind reports whether there is news of a kind that the cache has not seen.
func (c *Cache) Behind(ctx context.Context, kind Kind) (bool, error) {
	changes, err := c.Clone().catchUp(ctx, kind)
	return len(changes) > 0, err
}

// CatchUp looks at the API server, and tells what is new.
func (c *Cache) CatchUp(ctx context.Context) ([]Change, error) {
	var changes []Change
	for _, kind := range Kinds() {
		if c.held[kind] {
			continue
		}
		found, err := c.catchUp(ctx, kind)
		if err != nil {
			return nil, err
		}
		changes = append(changes, found...)
	}
	return changes, nil
}

func (c *Cache) catchUp(ctx context.Context, kind Kind) ([]Change, error) {
	if server, ok := c.api.(versioned); ok {
		version := server.Version()
		if c.looked[kind] == version {
			return nil, nil
		}
		c.looked[kind] = version
	}
	list := newList(kind)
	if err := c.api.List(ctx, list); err != nil {
		return nil, err
	}
	return c.see(kind, itemsOf(list)), nil
}

// see takes over everything that there is of a kind.
func (c *Cache) see(kind Kind, items []client.Object) []Change {
	var changes []Change
	before, after := c.seen[kind], map[types.NamespacedName]client.Object{}
	for _, item := range items {
		if !c.watches(item) {
			continue
		}
		if kind == Secrets || kind == Namespaces {
			item = metadataOf(item)
		}
		key := client.ObjectKeyFromObject(item)
		old, known := before[key]
		switch {
		case known && old.GetUID() == item.GetUID() && old.GetResourceVersion() == item.GetResourceVersion():
			item = old
		case known && old.GetUID() == item.GetUID():
			changes = append(changes, Change{Kind: kind, Old: old, New: item})
		case known:
			changes = append(changes, Change{Kind: kind, Old: old}, Change{Kind: kind, New: item})
		default:
			changes = append(changes, Change{Kind: kind, New: item})
		}
		after[key] = item
	}
	for _, key := range slices.SortedFunc(maps.Keys(before), byKey) {
		if _, stays := after[key]; !stays {
			changes = append(changes, Change{Kind: kind, Old: before[key]})
		}
	}
	c.seen[kind] = after
	return changes
}

func (c *Cache) watches(object client.Object) bool {
	if object.GetNamespace() == "" {
		return strings.HasPrefix(object.GetName(), c.prefix)
	}
	return strings.HasPrefix(object.GetNamespace(), c.prefix)
}

// Get implements client.Reader.
func (c *Cache) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	kind := kindOf(into)
	if _, isBody := into.(*corev1.Secret); isBody {
		panic("the body of a Secret was read from the cache")
	}
	held, known := c.seen[kind][key]
	if !known {
		return notFound(kind, key.Name)
	}
	fill(into, held)
	return nil
}

// List implements client.Reader, with the one index that a reconcile uses.
func (c *Cache) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var asked client.ListOptions
	asked.ApplyOptions(options)
	found := []client.Object{}
	for _, object := range c.all(kindOfList(list)) {
		if asked.Namespace != "" && asked.Namespace != object.GetNamespace() {
			continue
		}
		if asked.FieldSelector == nil || isIndexed(object, asked.FieldSelector.Requirements()[0].Field, asked.FieldSelector.Requirements()[0].Value) {
			found = append(found, object)
		}
	}
	fillList(list, found)
	return nil
}

func isIndexed(object client.Object, index, value string) bool {
	certificate, ok := object.(*domaincertv1alpha1.DomainCertificate)
	if !ok || index != "domain" {
		panic("lockstep has no index " + index)
	}
	return certificate.Spec.DomainName == value
}

// all objects of a kind, by name.
func (c *Cache) all(kind Kind) []client.Object {
	found := make([]client.Object, 0, len(c.seen[kind]))
	for _, key := range slices.SortedFunc(maps.Keys(c.seen[kind]), byKey) {
		found = append(found, c.seen[kind][key])
	}
	return found
}

// certificates are all DomainCertificates.
func (c *Cache) certificates() []*domaincertv1alpha1.DomainCertificate {
	var found []*domaincertv1alpha1.DomainCertificate
	for _, object := range c.all(DomainCertificates) {
		if certificate, ok := object.(*domaincertv1alpha1.DomainCertificate); ok {
			found = append(found, certificate)
		}
	}
	return found
}

func byKey(a, b types.NamespacedName) int { return strings.Compare(a.String(), b.String()) }

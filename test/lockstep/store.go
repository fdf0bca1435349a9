package lockstep

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// API is as much of an API server as the operator and those around it need. A
// client.Client is one, and so is a [Store].
type API interface {
	client.Reader
	Create(ctx context.Context, object client.Object, options ...client.CreateOption) error
	Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error
	Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error
	Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error
	Status() client.SubResourceWriter
}

// Store is an API server in memory for the kinds that the operator knows. It does
// what decides between them: uids, resource versions, generations, optimistic
// locks, finalizers, a status that only its subresource writes. Its times are
// those of the bubble that it is used in.
type Store struct {
	mutex   sync.Mutex
	serial  int64
	objects map[storeKey]client.Object
}

var _ API = (*Store)(nil)

type storeKey struct {
	kind Kind
	types.NamespacedName
}

// NewStore returns an empty store.
func NewStore() *Store { return &Store{objects: map[storeKey]client.Object{}} }

// Version is another one after every change.
func (s *Store) Version() int64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.serial
}

// Get implements client.Reader. Of Secrets and Namespaces the metadata alone may be
// asked for.
func (s *Store) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kind := kindOf(into)
	held, known := s.objects[storeKey{kind, key}]
	if !known {
		return notFound(kind, key.Name)
	}
	fill(into, held)
	return nil
}

// List implements client.Reader for everything of a kind.
func (s *Store) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kind := kindOfList(list)
	var found []client.Object
	for key, held := range s.objects {
		if key.kind == kind {
			found = append(found, held)
		}
	}
	slices.SortFunc(found, byName)
	fillList(list, found)
	return nil
}

// Create stores a new object.
func (s *Store) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := keyOf(object)
	if _, taken := s.objects[key]; taken {
		return apierrors.NewAlreadyExists(resource(key.kind), key.Name)
	}
	s.serial++
	object.SetUID(types.UID("uid-" + strconv.FormatInt(s.serial, 10)))
	object.SetGeneration(1)
	object.SetCreationTimestamp(metav1.NewTime(time.Now().Truncate(time.Second)))
	fillDefaults(object)
	s.put(key, object)
	return nil
}

// Update replaces an object, but not its status.
func (s *Store) Update(_ context.Context, object client.Object, _ ...client.UpdateOption) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key, held, err := s.current(keyOf(object), object.GetResourceVersion())
	if err != nil {
		return err
	}
	after := copyOf(object)
	setStatus(after, held)
	s.replace(key, held, after)
	fill(object, s.objects[key])
	return nil
}

// Patch applies a merge patch to an object, but not to its status.
func (s *Store) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.PatchOption) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.patch(object, patch, func(after, held client.Object) client.Object {
		setStatus(after, held)
		return after
	})
}

// patch applies a merge patch, and stores what keep makes of the result.
func (s *Store) patch(object client.Object, patch client.Patch, keep func(after, held client.Object) client.Object) error {
	key, held, err := s.current(keyOf(object), "")
	if err != nil {
		return err
	}
	merge, err := patch.Data(object)
	if err != nil {
		return err
	}
	after, err := merged(held, merge)
	if err != nil {
		return err
	}
	if version := after.GetResourceVersion(); version != held.GetResourceVersion() {
		return conflict(key)
	}
	s.replace(key, held, keep(after, held))
	if stored, stays := s.objects[key]; stays {
		fill(object, stored)
	}
	return nil
}

// Delete removes an object, or marks it if somebody has to do something first.
func (s *Store) Delete(_ context.Context, object client.Object, _ ...client.DeleteOption) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key, held, err := s.current(keyOf(object), "")
	switch {
	case err != nil:
		return err
	case len(held.GetFinalizers()) == 0:
		s.remove(key)
	case held.GetDeletionTimestamp().IsZero():
		after := copyOf(held)
		now := metav1.NewTime(time.Now().Truncate(time.Second))
		after.SetDeletionTimestamp(&now)
		after.SetGeneration(held.GetGeneration() + 1)
		s.put(key, after)
	}
	return nil
}

// Status implements API.
func (s *Store) Status() client.SubResourceWriter { return &storeStatus{store: s} }

// storeStatus writes statuses.
type storeStatus struct {
	client.SubResourceWriter
	store *Store
}

// Update replaces a status.
func (w *storeStatus) Update(_ context.Context, object client.Object, _ ...client.SubResourceUpdateOption) error {
	w.store.mutex.Lock()
	defer w.store.mutex.Unlock()
	key, held, err := w.store.current(keyOf(object), object.GetResourceVersion())
	if err != nil {
		return err
	}
	after := copyOf(held)
	setStatus(after, object)
	w.store.replace(key, held, after)
	fill(object, w.store.objects[key])
	return nil
}

// Patch applies a merge patch to a status.
func (w *storeStatus) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	w.store.mutex.Lock()
	defer w.store.mutex.Unlock()
	return w.store.patch(object, patch, func(patched, held client.Object) client.Object {
		after := copyOf(held)
		setStatus(after, patched)
		return after
	})
}

// current is an object as it is stored. A version that is named must be that one.
func (s *Store) current(key storeKey, version string) (storeKey, client.Object, error) {
	held, known := s.objects[key]
	switch {
	case !known:
		return key, nil, notFound(key.kind, key.Name)
	case version != "" && version != held.GetResourceVersion():
		return key, nil, conflict(key)
	}
	return key, held, nil
}

// replace stores an object in the place of another, as a new generation of it if
// its spec is another one. What changes nothing is no new version.
func (s *Store) replace(key storeKey, held, after client.Object) {
	after.SetUID(held.GetUID())
	after.SetResourceVersion(held.GetResourceVersion())
	after.SetGeneration(held.GetGeneration())
	switch {
	case !after.GetDeletionTimestamp().IsZero() && len(after.GetFinalizers()) == 0:
		s.remove(key)
	case equality.Semantic.DeepEqual(held, after):
	default:
		if !equality.Semantic.DeepEqual(specOf(held), specOf(after)) {
			after.SetGeneration(held.GetGeneration() + 1)
		}
		s.put(key, after)
	}
}

func (s *Store) put(key storeKey, object client.Object) {
	s.serial++
	object.SetResourceVersion(strconv.FormatInt(s.serial, 10))
	s.objects[key] = copyOf(object)
}

func (s *Store) remove(key storeKey) {
	s.serial++
	delete(s.objects, key)
}

func byName(a, b client.Object) int {
	return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
}

func notFound(kind Kind, name string) error {
	return apierrors.NewNotFound(resource(kind), name)
}

func conflict(key storeKey) error {
	return apierrors.NewConflict(resource(key.kind), key.Name, errors.New("another version is stored"))
}

func resource(kind Kind) schema.GroupResource {
	return schema.GroupResource{Resource: string(kind)}
}

func copyOf(object client.Object) client.Object {
	copied, _ := object.DeepCopyObject().(client.Object)
	return copied
}

// fill copies an object into another, which may take its metadata alone.
func fill(into, object client.Object) {
	if metadata, ok := into.(*metav1.PartialObjectMetadata); ok {
		metadata.ObjectMeta = metadataOf(object).ObjectMeta
		return
	}
	reflect.ValueOf(into).Elem().Set(reflect.ValueOf(object.DeepCopyObject()).Elem())
}

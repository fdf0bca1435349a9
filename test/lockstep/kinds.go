package lockstep

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// Kind is a kind of objects that the operator watches.
type Kind string

// The kinds. Of Secrets and Namespaces the cache has the metadata alone.
const (
	DomainCertificates   Kind = "DomainCertificate"
	EdgeProviders        Kind = "EdgeProvider"
	ClusterEdgeProviders Kind = "ClusterEdgeProvider"
	Secrets              Kind = "Secret"
	Namespaces           Kind = "Namespace"
)

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{DomainCertificates, EdgeProviders, ClusterEdgeProviders, Secrets, Namespaces}
}

// kindOf is the kind of an object. Another one than these is a mistake of the test's.
func kindOf(object client.Object) Kind {
	switch object := object.(type) {
	case *domaincertv1alpha1.DomainCertificate:
		return DomainCertificates
	case *domaincertv1alpha1.EdgeProvider:
		return EdgeProviders
	case *domaincertv1alpha1.ClusterEdgeProvider:
		return ClusterEdgeProviders
	case *corev1.Secret:
		return Secrets
	case *corev1.Namespace:
		return Namespaces
	case *metav1.PartialObjectMetadata:
		return Kind(object.Kind)
	default:
		panic(fmt.Sprintf("lockstep knows no %T", object))
	}
}

func kindOfList(list client.ObjectList) Kind {
	switch list.(type) {
	case *domaincertv1alpha1.DomainCertificateList:
		return DomainCertificates
	case *domaincertv1alpha1.EdgeProviderList:
		return EdgeProviders
	case *domaincertv1alpha1.ClusterEdgeProviderList:
		return ClusterEdgeProviders
	case *corev1.SecretList:
		return Secrets
	case *corev1.NamespaceList:
		return Namespaces
	default:
		panic(fmt.Sprintf("lockstep knows no %T", list))
	}
}

// newList is an empty list of a kind.
func newList(kind Kind) client.ObjectList {
	switch kind {
	case DomainCertificates:
		return &domaincertv1alpha1.DomainCertificateList{}
	case EdgeProviders:
		return &domaincertv1alpha1.EdgeProviderList{}
	case ClusterEdgeProviders:
		return &domaincertv1alpha1.ClusterEdgeProviderList{}
	case Secrets:
		return &corev1.SecretList{}
	case Namespaces:
		return &corev1.NamespaceList{}
	default:
		panic("lockstep knows no kind " + kind)
	}
}

// itemsOf are the objects on a list.
func itemsOf(list client.ObjectList) []client.Object {
	var items []client.Object
	mustDo(meta.EachListItem(list, func(item runtime.Object) error {
		object, _ := item.(client.Object)
		items = append(items, object)
		return nil
	}))
	return items
}

// fillList puts copies of objects on a list.
func fillList(list client.ObjectList, objects []client.Object) {
	items := make([]runtime.Object, 0, len(objects))
	for _, object := range objects {
		items = append(items, object.DeepCopyObject())
	}
	mustDo(meta.SetList(list, items))
}

// metadataOf is what a cache keeps of a Secret or a Namespace.
func metadataOf(object client.Object) *metav1.PartialObjectMetadata {
	metadata := &metav1.PartialObjectMetadata{}
	kept, _ := object.DeepCopyObject().(client.Object)
	metadata.Namespace, metadata.Name, metadata.UID = kept.GetNamespace(), kept.GetName(), kept.GetUID()
	metadata.ResourceVersion, metadata.Generation = kept.GetResourceVersion(), kept.GetGeneration()
	metadata.CreationTimestamp, metadata.DeletionTimestamp = kept.GetCreationTimestamp(), kept.GetDeletionTimestamp()
	metadata.Labels, metadata.Annotations, metadata.Finalizers = kept.GetLabels(), kept.GetAnnotations(), kept.GetFinalizers()
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(string(kindOf(object))))
	return metadata
}

// specOf is the part of an object whose change makes another generation of it.
func specOf(object client.Object) any {
	switch object := object.(type) {
	case *domaincertv1alpha1.DomainCertificate:
		return object.Spec
	case *domaincertv1alpha1.EdgeProvider:
		return object.Spec
	case *domaincertv1alpha1.ClusterEdgeProvider:
		return object.Spec
	default:
		return nil
	}
}

// setStatus gives an object the status of another one.
func setStatus(object, from client.Object) {
	status := reflect.ValueOf(object).Elem().FieldByName("Status")
	if status.IsValid() {
		status.Set(reflect.ValueOf(copyOf(from)).Elem().FieldByName("Status"))
	}
}

// fillDefaults fills what the CRDs have defaults for.
func fillDefaults(object client.Object) {
	const interval = 6 * time.Hour
	certificate, ok := object.(*domaincertv1alpha1.DomainCertificate)
	if !ok {
		return
	}
	spec := &certificate.Spec
	orDefault(&spec.Interval, metav1.Duration{Duration: interval})
	orDefault(&spec.DriftPolicy, domaincertv1alpha1.DriftRepair)
	orDefault(&spec.DeletionPolicy, domaincertv1alpha1.DeletionRetain)
	orDefault(&spec.ProviderRef.Kind, domaincertv1alpha1.EdgeProviderKind)
	orDefault(&spec.Verification.Mode, domaincertv1alpha1.VerificationNone)
}

func orDefault[T comparable](field *T, value T) {
	var empty T
	if *field == empty {
		*field = value
	}
}

// merged is an object with a merge patch applied (RFC 7386).
func merged(object client.Object, patch []byte) (client.Object, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	var document, change any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(patch, &change); err != nil {
		return nil, err
	}
	if text, err = json.Marshal(merge(document, change)); err != nil {
		return nil, err
	}
	after, _ := reflect.New(reflect.TypeOf(object).Elem()).Interface().(client.Object)
	return after, json.Unmarshal(text, after)
}

func merge(document, change any) any {
	changes, ok := change.(map[string]any)
	if !ok {
		return change
	}
	fields, ok := document.(map[string]any)
	if !ok {
		fields = map[string]any{}
	}
	for name, value := range changes {
		if value == nil {
			delete(fields, name)
			continue
		}
		fields[name] = merge(fields[name], value)
	}
	return fields
}

// mustDo is for what cannot fail with the types that are used here.
func mustDo(err error) {
	if err != nil {
		panic(err)
	}
}

func keyOf(object client.Object) storeKey {
	return storeKey{kindOf(object), client.ObjectKeyFromObject(object)}
}

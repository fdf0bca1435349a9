package lockstep

import (
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
)

// concerned are the requests that a change brings about: the operator's watches,
// told again from what its documentation says.
func concerned(cache *Cache, change Change) []Request {
	object := change.New
	if object == nil {
		object = change.Old
	}
	switch change.Kind {
	case DomainCertificates:
		return ofCertificate(cache, change, object)
	case EdgeProviders, ClusterEdgeProviders:
		return ofProvider(cache, change, object)
	case Secrets:
		return ofSecret(cache, object)
	case Namespaces:
		if change.Old != nil && change.New != nil && equality.Semantic.DeepEqual(change.Old.GetLabels(), change.New.GetLabels()) {
			return nil
		}
		return certificatesThat(cache, func(c *domaincertv1alpha1.DomainCertificate) bool { return c.Namespace == object.GetName() }, true)
	default:
		return nil
	}
}

// ofCertificate: an object is woken by its spec, its annotations and its deletion,
// the others of its domain by its coming and going.
func ofCertificate(cache *Cache, change Change, object client.Object) []Request {
	if change.Old != nil && change.New != nil {
		if change.Old.GetGeneration() == change.New.GetGeneration() &&
			equality.Semantic.DeepEqual(change.Old.GetAnnotations(), change.New.GetAnnotations()) {
			return nil
		}
		return []Request{requestFor(DomainCertificates, object)}
	}
	requests := []Request{requestFor(DomainCertificates, object)}
	certificate, _ := object.(*domaincertv1alpha1.DomainCertificate)
	return append(requests, certificatesThat(cache, func(c *domaincertv1alpha1.DomainCertificate) bool {
		return c.UID != certificate.UID && c.Spec.DomainName == certificate.Spec.DomainName
	}, false)...)
}

// ofProvider: a provider is woken by its spec, those who use it, and the others of
// their domains, by whatever its status says of the account.
func ofProvider(cache *Cache, change Change, object client.Object) []Request {
	requests := []Request{}
	if change.New != nil && (change.Old == nil || change.Old.GetGeneration() != change.New.GetGeneration()) {
		requests = append(requests, requestFor(change.Kind, object))
	}
	if change.Old != nil && change.New != nil && !tellsAnother(change) {
		return requests
	}
	return append(requests, certificatesThat(cache, func(c *domaincertv1alpha1.DomainCertificate) bool {
		if string(c.Spec.ProviderRef.Kind) != string(change.Kind) || c.Spec.ProviderRef.Name != object.GetName() {
			return false
		}
		return change.Kind == ClusterEdgeProviders || c.Namespace == object.GetNamespace()
	}, true)...)
}

// tellsAnother reports whether a provider's status says something else of it.
func tellsAnother(change Change) bool {
	before, _ := change.Old.(controllers.ProviderObject)
	after, _ := change.New.(controllers.ProviderObject)
	verdict := func(edge controllers.ProviderObject) []any {
		status := edge.ProviderStatus()
		found := []any{edge.GetGeneration(), status.ObservedGeneration, status.AccountID, status.Credentials,
			meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.StalledCondition)}
		if ready := meta.FindStatusCondition(status.Conditions, domaincertv1alpha1.ReadyCondition); ready != nil {
			found = append(found, ready.Status, ready.Reason)
		}
		return found
	}
	return !equality.Semantic.DeepEqual(verdict(before), verdict(after))
}

// ofSecret: the objects that deploy a Secret, and the providers whose credentials it
// holds. Those of a ClusterEdgeProvider may be in any namespace here.
func ofSecret(cache *Cache, secret client.Object) []Request {
	requests := certificatesThat(cache, func(c *domaincertv1alpha1.DomainCertificate) bool {
		return c.Namespace == secret.GetNamespace() && c.Spec.SecretRef != nil && c.Spec.SecretRef.Name == secret.GetName()
	}, false)
	for _, kind := range []Kind{EdgeProviders, ClusterEdgeProviders} {
		for _, edge := range cache.all(kind) {
			if kind == ClusterEdgeProviders || edge.GetNamespace() == secret.GetNamespace() {
				requests = append(requests, requestFor(kind, edge))
			}
		}
	}
	return requests
}

// certificatesThat are requests for the objects that match, and for the others of
// their domains if those are asked for.
func certificatesThat(cache *Cache, match func(*domaincertv1alpha1.DomainCertificate) bool, siblings bool) []Request {
	domains, requests := map[string]bool{}, []Request{}
	all := cache.certificates()
	for _, certificate := range all {
		if match(certificate) {
			domains[certificate.Spec.DomainName] = true
		}
	}
	for _, certificate := range all {
		if match(certificate) || siblings && domains[certificate.Spec.DomainName] {
			requests = append(requests, requestFor(DomainCertificates, certificate))
		}
	}
	return requests
}

func requestFor(kind Kind, object client.Object) Request {
	return Request{Kind: kind, NamespacedName: client.ObjectKeyFromObject(object)}
}

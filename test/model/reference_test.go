package model_test

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
)

// The reference says the same as the operator in other words, and shares nothing with
// it: not its plan, not its claims, not its status. It asks a reader for the cluster:
// the API server, or what the operator's cache shows of it.

// providerOf is the provider that an object names.
func providerOf(read client.Reader, object *domaincertv1alpha1.DomainCertificate) controllers.ProviderObject {
	var edge controllers.ProviderObject = &domaincertv1alpha1.EdgeProvider{}
	at := types.NamespacedName{Namespace: object.Namespace, Name: object.Spec.ProviderRef.Name}
	if object.Spec.ProviderRef.Kind == domaincertv1alpha1.ClusterEdgeProviderKind {
		edge, at.Namespace = &domaincertv1alpha1.ClusterEdgeProvider{}, ""
	}
	if read.Get(nilContext(), at, edge) != nil {
		return nil
	}
	return edge
}

// accountNamed is the account that an object's provider stands for.
func accountNamed(object *domaincertv1alpha1.DomainCertificate) string {
	if object.Spec.ProviderRef.Kind == domaincertv1alpha1.ClusterEdgeProviderKind {
		return ours
	}
	return accountOfEdge(object.Namespace)
}

// isLetIn reports whether an object's provider serves its domain in its namespace.
func isLetIn(read client.Reader, object *domaincertv1alpha1.DomainCertificate) bool {
	edge := providerOf(read, object)
	if edge == nil {
		return false
	}
	if allowed := edge.ProviderSpec().AllowedDomains; len(allowed) > 0 && !slices.Contains(allowed, object.Spec.DomainName) {
		return false
	}
	if edge.GetNamespace() != "" {
		return true
	}
	namespace := &metav1.PartialObjectMetadata{}
	namespace.Kind = "Namespace"
	return read.Get(nilContext(), types.NamespacedName{Name: object.Namespace}, namespace) == nil && namespace.Labels[door] == "yes"
}

// winner is the object that manages a domain at an account: the oldest that is let
// in, then the first by name. Who is leaving counts while it has to withdraw.
func winner(read client.Reader, all []domaincertv1alpha1.DomainCertificate, account, domain string) *domaincertv1alpha1.DomainCertificate {
	var best *domaincertv1alpha1.DomainCertificate
	for i := range all {
		object := &all[i]
		isGone := !object.DeletionTimestamp.IsZero() && len(object.Finalizers) == 0
		if object.Spec.DomainName != domain || accountNamed(object) != account || isGone || !isLetIn(read, object) {
			continue
		}
		if best == nil || object.CreationTimestamp.Before(&best.CreationTimestamp) ||
			object.CreationTimestamp.Equal(&best.CreationTimestamp) && before(object, best) {
			best = object
		}
	}
	return best
}

func before(a, b *domaincertv1alpha1.DomainCertificate) bool {
	return a.Namespace < b.Namespace || a.Namespace == b.Namespace && a.Name < b.Name
}

func isSuspended(object *domaincertv1alpha1.DomainCertificate) bool {
	return object.Spec.Suspend != nil && *object.Spec.Suspend
}

func allowsOlder(object *domaincertv1alpha1.DomainCertificate) bool {
	return object.Annotations[domaincertv1alpha1.AllowOlderAnnotation] == "true"
}

// expectation is what must have become of an object once nothing goes wrong any more:
// it is served, or it says no for one of some reasons.
type expectation struct {
	served    bool
	condition string
	reasons   []string
}

func says(condition string, reasons ...string) expectation {
	return expectation{condition: condition, reasons: reasons}
}

// expected is what must have become of an object.
func (w *world) expected(object *domaincertv1alpha1.DomainCertificate) expectation {
	account := accountNamed(object)
	rival := winner(w.api, w.objects(), account, object.Spec.DomainName)
	known, exists := w.contents[object.Namespace+"/"+object.Spec.SecretRef.Name]
	held, isThere := w.held(account, object.Spec.DomainName)
	switch {
	case isSuspended(object):
		return says(domaincertv1alpha1.AcceptedCondition, domaincertv1alpha1.SuspendedReason)
	case !isLetIn(w.api, object):
		return says(domaincertv1alpha1.AcceptedCondition, domaincertv1alpha1.DomainNotAllowedReason)
	case rival.UID != object.UID:
		return says(domaincertv1alpha1.AcceptedCondition, domaincertv1alpha1.ConflictReason)
	case !exists:
		return says(domaincertv1alpha1.CertificateValidCondition, domaincertv1alpha1.SecretNotFoundReason)
	case known.unfit != "":
		return says(domaincertv1alpha1.CertificateValidCondition, known.unfit)
	case !isThere:
		return says(domaincertv1alpha1.DeployedCondition, domaincertv1alpha1.DomainNotFoundReason)
	case held.Found && held.Fingerprint == known.fingerprint && held.HTTPS == provider.HTTPSOn:
		return expectation{served: true}
	case object.Status.DeployedFingerprint == known.fingerprint && object.Spec.DriftPolicy == domaincertv1alpha1.DriftWarn:
		return says(domaincertv1alpha1.DeployedCondition, domaincertv1alpha1.DriftDetectedReason)
	case w.isOlder(object, known, held) && !allowsOlder(object):
		return says(domaincertv1alpha1.DeployedCondition, domaincertv1alpha1.OlderThanServedReason)
	default:
		return expectation{served: true}
	}
}

// isOlder reports whether what an object wants is older than what was deployed for it
// last, or than what is valid in its place.
func (w *world) isOlder(object *domaincertv1alpha1.DomainCertificate, wanted content, held provider.Observation) bool {
	status := object.Status
	switch {
	case status.DeployedFingerprint == wanted.fingerprint:
		return false
	case status.DeployedNotBefore != nil && wanted.notBefore.Before(status.DeployedNotBefore.Time):
		return true
	default:
		return held.Found && held.NotAfter.After(time.Now()) && wanted.notBefore.Before(held.NotBefore)
	}
}

// unmet says how an object is not what it must be; empty if it is.
func (w *world) unmet(object *domaincertv1alpha1.DomainCertificate) string {
	if !object.DeletionTimestamp.IsZero() {
		if isLetIn(w.api, object) {
			return "must be gone"
		}
		return ""
	}
	if object.Status.ObservedGeneration == nil || *object.Status.ObservedGeneration != object.Generation {
		return "must have been looked at"
	}
	wanted := w.expected(object)
	if wanted.served {
		return w.unserved(object)
	}
	found := meta.FindStatusCondition(object.Status.Conditions, wanted.condition)
	if found == nil || found.Status != metav1.ConditionFalse || !slices.Contains(wanted.reasons, found.Reason) {
		return "must say " + wanted.condition + "=False " + wanted.reasons[0]
	}
	return ""
}

// unserved says how an object is not served as it must be.
func (w *world) unserved(object *domaincertv1alpha1.DomainCertificate) string {
	held, _ := w.held(accountNamed(object), object.Spec.DomainName)
	wanted := w.contents[object.Namespace+"/"+object.Spec.SecretRef.Name].fingerprint
	if held.Fingerprint != wanted || held.HTTPS != provider.HTTPSOn {
		return "must be served with " + short(wanted) + ", the provider holds " + short(held.Fingerprint)
	}
	if object.Status.DeployedFingerprint != wanted {
		return "must say what it deployed"
	}
	for _, condition := range object.Status.Conditions {
		isTrouble := condition.Type == domaincertv1alpha1.ReconcilingCondition || condition.Type == domaincertv1alpha1.StalledCondition
		if isTrouble || condition.Status != metav1.ConditionTrue {
			return "must be in order"
		}
	}
	return ""
}

package controllers

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// accept asks whether the object may act at all. It reads the cache only.
func (r *DomainCertificateReconciler) accept(ctx context.Context, s *scope) *stop {
	if s.object.Spec.Suspend != nil && *s.object.Spec.Suspend {
		return notAccepted(domaincertv1alpha1.SuspendedReason, "spec.suspend is true; nothing is done until it is removed")
	}
	for _, ask := range []phase{r.findProvider, r.checkSource, r.checkAllowed, r.checkClaim, r.checkProviderReady} {
		if found := ask(ctx, s); found != nil {
			return found
		}
	}
	return nil
}

func notAccepted(reason, message string) *stop {
	next := nextHuman
	if reason == domaincertv1alpha1.SuspendedReason {
		next = nextEvent
	}
	return &stop{condition: domaincertv1alpha1.AcceptedCondition, reason: reason, message: message, next: next}
}

// findProvider looks up what providerRef names.
func (r *DomainCertificateReconciler) findProvider(ctx context.Context, s *scope) *stop {
	ref := s.object.Spec.ProviderRef
	edge, err := r.provider(ctx, s.object)
	switch {
	case apierrors.IsNotFound(err):
		return notAccepted(domaincertv1alpha1.ProviderNotFoundReason, missingProvider(s.object))
	case err != nil:
		return &stop{
			condition: domaincertv1alpha1.AcceptedCondition,
			reason:    domaincertv1alpha1.ProviderNotReadyReason,
			message:   fmt.Sprintf("%s %s cannot be read now; it is tried again", ref.Kind, ref.Name),
			next:      nextRetry,
			err:       err,
		}
	}
	s.edge = edge
	return nil
}

// checkSource asks whether the provider knows certificates of this kind.
func (r *DomainCertificateReconciler) checkSource(_ context.Context, s *scope) *stop {
	if s.object.Spec.ProviderCertificate == nil || s.edge.ProviderSpec().CDNPro == nil {
		return nil
	}
	return notAccepted(domaincertv1alpha1.NotSupportedReason, "CDN Pro has no certificates of the kinds that spec.providerCertificate names; use secretRef or certificateRef")
}

// missingProvider says what to do about a providerRef that names nothing. The
// namespace tells those who forgot that the kind defaults to EdgeProvider.
func missingProvider(object *domaincertv1alpha1.DomainCertificate) string {
	ref, where := object.Spec.ProviderRef, ""
	if namespace := providerKey(object).Namespace; namespace != "" {
		where = " in namespace " + namespace
	}
	return fmt.Sprintf("%s %s does not exist%s; create it, or if spec.providerRef is wrong, create this object anew", ref.Kind, ref.Name, where)
}

// provider reads the edge provider of an object from the cache.
func (r *DomainCertificateReconciler) provider(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) (ProviderObject, error) {
	var edge ProviderObject = &domaincertv1alpha1.EdgeProvider{}
	if object.Spec.ProviderRef.Kind == domaincertv1alpha1.ClusterEdgeProviderKind {
		edge = &domaincertv1alpha1.ClusterEdgeProvider{}
	}
	return edge, r.Client.Get(ctx, providerKey(object), edge)
}

// providerKey is the name of an object's provider; a ClusterEdgeProvider has no
// namespace.
func providerKey(object *domaincertv1alpha1.DomainCertificate) types.NamespacedName {
	key := types.NamespacedName{Name: object.Spec.ProviderRef.Name}
	if object.Spec.ProviderRef.Kind != domaincertv1alpha1.ClusterEdgeProviderKind {
		key.Namespace = object.Namespace
	}
	return key
}

// checkAllowed asks whether the provider allows this domain here. It is asked
// at every reconcile, since admission never saw old objects.
func (r *DomainCertificateReconciler) checkAllowed(ctx context.Context, s *scope) *stop {
	namespace, err := r.namespaceLabels(ctx, s.edge, s.object.Namespace)
	if err != nil {
		return &stop{
			condition: domaincertv1alpha1.AcceptedCondition,
			reason:    domaincertv1alpha1.DomainNotAllowedReason,
			message:   fmt.Sprintf("the labels of namespace %s cannot be read now; it is tried again", s.object.Namespace),
			next:      nextRetry,
			err:       err,
		}
	}
	if allows(s.edge, s.object.Spec.DomainName, namespace) {
		return nil
	}
	fields := "allowedDomains"
	if s.edge.GetNamespace() == "" {
		fields = "allowedDomains, allowedNamespaces or namespaceRules"
	}
	return notAccepted(domaincertv1alpha1.DomainNotAllowedReason,
		fmt.Sprintf("%s %s does not allow %s in namespace %s; ask its owner to extend its %s",
			s.object.Spec.ProviderRef.Kind, s.edge.GetName(), s.object.Spec.DomainName, s.object.Namespace, fields))
}

// namespaceLabels reads a namespace's labels from the metadata cache. Only a
// ClusterEdgeProvider asks for them.
func (r *DomainCertificateReconciler) namespaceLabels(ctx context.Context, edge ProviderObject, name string) (labels.Set, error) {
	if edge.GetNamespace() != "" {
		return nil, nil
	}
	namespace, err := r.namespace(ctx, name)
	if err != nil {
		return nil, err
	}
	return namespace.Labels, nil
}

// namespace reads a namespace from the metadata cache.
func (r *DomainCertificateReconciler) namespace(ctx context.Context, name string) (*metav1.PartialObjectMetadata, error) {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	return namespace, r.Client.Get(ctx, types.NamespacedName{Name: name}, namespace)
}

// checkClaim asks whether an older object manages the same domain at the same
// account and product. Every object decides by the same rule and the same
// facts, so that they need not talk to each other.
func (r *DomainCertificateReconciler) checkClaim(ctx context.Context, s *scope) *stop {
	rival, err := r.betterClaim(ctx, s)
	switch {
	case err != nil:
		return &stop{
			condition: domaincertv1alpha1.AcceptedCondition,
			reason:    domaincertv1alpha1.ConflictReason,
			message:   "other DomainCertificates cannot be listed now; it is tried again",
			next:      nextRetry,
			err:       err,
		}
	case rival == nil:
		return nil
	}
	// A rival in another namespace is none of this one's business, and its
	// name may not be either.
	owner := "an older DomainCertificate in another namespace"
	if rival.Namespace == s.object.Namespace {
		owner = "the older DomainCertificate " + rival.Name
	}
	return notAccepted(domaincertv1alpha1.ConflictReason,
		fmt.Sprintf("%s manages %s at the same account; delete one of the two", owner, s.object.Spec.DomainName))
}

// betterClaim returns the object that has the best claim to the same domain, nil
// if that is this one. The best, and not any better one, since the cache lists in
// no order and the status names it.
func (r *DomainCertificateReconciler) betterClaim(ctx context.Context, s *scope) (*domaincertv1alpha1.DomainCertificate, error) {
	rivals, err := r.rivals(ctx, s)
	if err != nil {
		return nil, err
	}
	best := s.object
	for i := range rivals {
		if goesBefore(&rivals[i], best) {
			best = &rivals[i]
		}
	}
	if best == s.object {
		return nil, nil
	}
	return best, nil
}

// rivals are the other objects that claim the same domain and are allowed to.
// One that is being deleted counts while its finalizer still has work to do.
func (r *DomainCertificateReconciler) rivals(ctx context.Context, s *scope) ([]domaincertv1alpha1.DomainCertificate, error) {
	var same domaincertv1alpha1.DomainCertificateList
	if err := r.Client.List(ctx, &same, client.MatchingFields{domainIndex: s.object.Spec.DomainName}); err != nil {
		return nil, err
	}
	if len(same.Items) < 2 {
		return nil, nil
	}
	mine := claimOn(s.edge, s.object.Spec.DomainName)
	rivals := make([]domaincertv1alpha1.DomainCertificate, 0, len(same.Items)-1)
	for i := range same.Items {
		other := &same.Items[i]
		if other.UID == s.object.UID {
			continue
		}
		claims, err := r.claims(ctx, other, mine)
		if err != nil {
			return nil, err
		}
		if claims {
			rivals = append(rivals, *other)
		}
	}
	return rivals, nil
}

// claims reports whether an object makes this very claim, and may.
func (r *DomainCertificateReconciler) claims(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, wanted claim) (bool, error) {
	if !object.DeletionTimestamp.IsZero() && !hasFinalizer(object) {
		return false, nil
	}
	edge, err := r.provider(ctx, object)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	if claimOn(edge, object.Spec.DomainName) != wanted {
		return false, nil
	}
	namespace, err := r.namespaceLabels(ctx, edge, object.Namespace)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return allows(edge, object.Spec.DomainName, namespace), nil
}

// checkProviderReady asks whether the account can be used.
func (r *DomainCertificateReconciler) checkProviderReady(_ context.Context, s *scope) *stop {
	ready := meta.FindStatusCondition(s.edge.ProviderStatus().Conditions, domaincertv1alpha1.ReadyCondition)
	switch {
	case ready == nil:
		return &stop{
			condition: domaincertv1alpha1.AcceptedCondition,
			reason:    domaincertv1alpha1.ProviderNotReadyReason,
			message:   fmt.Sprintf("%s %s has not been checked yet", s.object.Spec.ProviderRef.Kind, s.edge.GetName()),
			next:      nextEvent,
			after:     time.Minute,
		}
	case ready.Status == metav1.ConditionTrue:
		return nil
	}
	kind := string(s.object.Spec.ProviderRef.Kind)
	found := notAccepted(domaincertv1alpha1.ProviderNotReadyReason,
		fmt.Sprintf("%s %s is not ready (%s); see kubectl describe %s %s", kind, s.edge.GetName(), ready.Reason, strings.ToLower(kind), s.edge.GetName()))
	if !meta.IsStatusConditionTrue(s.edge.ProviderStatus().Conditions, domaincertv1alpha1.StalledCondition) {
		// Being checked: nobody has refused anything, and its event comes.
		found.next, found.after, found.quiet = nextEvent, turnPatience, true
	}
	return found
}

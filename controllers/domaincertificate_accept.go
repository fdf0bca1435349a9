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
	if isSupportedBy(s.edge, s.object) {
		return nil
	}
	return notAccepted(domaincertv1alpha1.NotSupportedReason, "CDN Pro has no certificates of the kinds that spec.providerCertificate names; use secretRef or certificateRef")
}

// stillAccepted asks once more, right before something is sent, what may have
// changed while the provider was read: a permission that was taken back, an object
// that was suspended or deleted, or an older one that has come into sight. It reads
// the cache only.
func (r *DomainCertificateReconciler) stillAccepted(ctx context.Context, s *scope) *stop {
	var now domaincertv1alpha1.DomainCertificate
	err := r.Client.Get(ctx, client.ObjectKeyFromObject(s.object), &now)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return &stop{condition: domaincertv1alpha1.DeployedCondition, reason: domaincertv1alpha1.UnavailableReason, message: "the object cannot be read now; it is tried again", next: nextRetry, err: err}
	case err != nil, now.UID != s.object.UID, now.Generation > s.object.Generation, !now.DeletionTimestamp.IsZero():
		return beingChecked("the object has changed and is looked at again")
	}
	judged := s.edge
	for _, ask := range []phase{r.findProvider, r.checkAllowed, r.checkShared, r.checkClaim} {
		if found := ask(ctx, s); found != nil {
			return found
		}
	}
	if s.edge.GetUID() != judged.GetUID() || s.edge.GetGeneration() != judged.GetGeneration() {
		return beingChecked("the provider's spec has changed and is being checked")
	}
	return nil
}

// checkShared asks whether the other domains that are served with the certificate
// that is to be replaced are allowed here as well: who may not have a domain must
// not change its certificate by way of another one.
func (r *DomainCertificateReconciler) checkShared(ctx context.Context, s *scope) *stop {
	if s.observation == nil || len(s.observation.AlsoServed) == 0 {
		return nil
	}
	namespace, err := r.namespaceLabels(ctx, s.edge, s.object.Namespace)
	if err != nil {
		return s.unknownLabels(err)
	}
	for _, other := range s.observation.AlsoServed {
		if !allows(s.edge, other, namespace) {
			return notAccepted(domaincertv1alpha1.DomainNotAllowedReason,
				fmt.Sprintf("the certificate of %s is also served for %s, which %s %s does not allow in namespace %s; give each a certificate of its own at the provider, or ask its owner to allow both",
					s.object.Spec.DomainName, other, s.object.Spec.ProviderRef.Kind, s.edge.GetName(), s.object.Namespace))
		}
	}
	return nil
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
		return s.unknownLabels(err)
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

// unknownLabels is the stop for a namespace that could not be read.
func (s *scope) unknownLabels(err error) *stop {
	return &stop{
		condition: domaincertv1alpha1.AcceptedCondition,
		reason:    domaincertv1alpha1.DomainNotAllowedReason,
		message:   fmt.Sprintf("the labels of namespace %s cannot be read now; it is tried again", s.object.Namespace),
		next:      nextRetry,
		err:       err,
	}
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

package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/failpoint"
)

// loadCertificate asks whether what must be served can serve the domain now. Of
// a free certificate that is the provider's to say.
func (r *DomainCertificateReconciler) loadCertificate(ctx context.Context, s *scope) *stop {
	switch {
	case s.isFree():
		return nil
	case s.isStored():
		return r.loadStored(ctx, s)
	default:
		return r.loadBundle(ctx, s)
	}
}

// loadBundle asks whether the Secret holds a bundle that can serve the domain
// now. The Secret's body is read only if it has changed since status.source was
// written, or if that certificate was not deployed yet.
func (r *DomainCertificateReconciler) loadBundle(ctx context.Context, s *scope) *stop {
	name, found := r.secretName(ctx, s)
	if found != nil {
		return found
	}
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: name}
	// With each read-back of the provider the Secret is looked at past the cache: an
	// event that a watch has missed would otherwise never be made up for.
	metadata, err := r.Secrets.metadata(ctx, r.Client, r.Reader, key, s.isReadBack())
	if err != nil {
		return r.unreadableSecret(s, key, err)
	}
	known := s.object.Status.Source
	if known != nil && !r.mustRead(s, known, metadata) {
		s.source = known
		return keptVerdict(s, known)
	}
	if found := r.untilSettled(s, known, metadata); found != nil {
		return found
	}
	return r.readBundle(ctx, s, key)
}

// mustRead reports whether the Secret's body is needed: it is another Secret
// than the one last read, or what it holds is not deployed yet.
func (r *DomainCertificateReconciler) mustRead(s *scope, known *domaincertv1alpha1.SourceStatus, metadata *metav1.PartialObjectMetadata) bool {
	if known.SecretName != metadata.Name || known.UID != string(metadata.UID) || known.ResourceVersion != metadata.ResourceVersion {
		return true
	}
	if s.resyncRequested() {
		return true
	}
	undeployed := known.Fingerprint == "" || known.Fingerprint != s.history().Fingerprint
	return undeployed && keptVerdict(s, known) == nil
}

// secretName says which Secret holds the bundle.
func (r *DomainCertificateReconciler) secretName(ctx context.Context, s *scope) (string, *stop) {
	if s.object.Spec.SecretRef != nil {
		return s.object.Spec.SecretRef.Name, nil
	}
	return r.certificateSecret(ctx, s)
}

// readBundle reads the Secret's body and checks the bundle in it.
func (r *DomainCertificateReconciler) readBundle(ctx context.Context, s *scope, key types.NamespacedName) *stop {
	r.Failpoints.Reach(failpoint.SecretGet, s.object.Spec.DomainName)
	var secret corev1.Secret
	if err := r.Reader.Get(ctx, key, &secret); err != nil {
		return r.unreadableSecret(s, key, err)
	}
	defer clear(secret.Data[corev1.TLSPrivateKeyKey])
	r.Failpoints.Reach(failpoint.SecretParse, s.object.Spec.DomainName)
	s.source = &domaincertv1alpha1.SourceStatus{
		SecretName:      secret.Name,
		UID:             string(secret.UID),
		ResourceVersion: secret.ResourceVersion,
	}
	bundle, err := certbundle.Parse(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return s.untilPaired(unfit(key.Name, err))
	}
	describeSource(s.source, bundle)
	if err := bundle.Check(s.object.Spec.DomainName, s.now); err != nil {
		bundle.Clear()
		found := unfit(key.Name, err)
		if found.reason == domaincertv1alpha1.NotYetValidReason {
			found.next, found.after = nextLook, bundle.Leaf().NotBefore.Sub(s.now)
		}
		return found
	}
	s.bundle = &bundle
	return nil
}

// keptVerdict returns what stands against a bundle that was read before, nil if
// nothing does. Only time can have changed what was said then.
func keptVerdict(s *scope, known *domaincertv1alpha1.SourceStatus) *stop {
	earlier := meta.FindStatusCondition(s.object.Status.Conditions, domaincertv1alpha1.CertificateValidCondition)
	expired := known.NotAfter != nil && !known.NotAfter.After(s.now)
	switch {
	case earlier != nil && earlier.Status != metav1.ConditionTrue && lasts(earlier.Reason, expired):
		return invalid(earlier.Reason, earlier.Message, nextHuman, 0)
	case expired:
		return invalid(domaincertv1alpha1.ExpiredReason,
			fmt.Sprintf("Secret %s: the certificate expired at %s; renew it", known.SecretName, known.NotAfter.UTC().Format(time.RFC3339)), nextHuman, 0)
	default:
		return nil
	}
}

// lasts reports whether a verdict still stands without the bundle being read
// again. That of a clock that was wrong does not.
func lasts(reason string, expired bool) bool {
	switch reason {
	case domaincertv1alpha1.MalformedReason, domaincertv1alpha1.KeyMismatchReason, domaincertv1alpha1.DomainNotCoveredReason,
		domaincertv1alpha1.UnsupportedKeyReason, domaincertv1alpha1.TooLargeReason:
		return true
	case domaincertv1alpha1.ExpiredReason:
		return expired
	default:
		return false
	}
}

// unfit is the stop for a bundle that failed a check.
func unfit(secret string, err error) *stop {
	var failed *certbundle.Error
	if !errors.As(err, &failed) {
		return invalid(domaincertv1alpha1.MalformedReason, fmt.Sprintf("Secret %s holds no usable certificate", secret), nextHuman, 0)
	}
	return invalid(string(failed.Reason), fmt.Sprintf("Secret %s: %s", secret, failed.Message), nextHuman, 0)
}

// unreadableSecret is the stop for a Secret that could not be read. One that a
// Certificate names is looked for by itself: until it was read for the first
// time no event of it wakes the object. That the API server did not answer is no
// news of the Secret.
func (r *DomainCertificateReconciler) unreadableSecret(s *scope, key types.NamespacedName, err error) *stop {
	after := patience // to say Stalled when it has an end; the Secret's event comes first
	if s.object.Spec.CertificateRef != nil {
		after = issuancePoll
	}
	switch {
	case apierrors.IsNotFound(err):
		return invalid(domaincertv1alpha1.SecretNotFoundReason, fmt.Sprintf("Secret %s does not exist; create it, or let cert-manager issue it", key.Name), nextEvent, after)
	case apierrors.IsForbidden(err):
		return invalid(domaincertv1alpha1.SecretForbiddenReason, fmt.Sprintf("the operator may not read Secret %s; grant its ServiceAccount %s", key.Name, r.Secrets.permission(key.Namespace)), nextHuman, deniedPace)
	default:
		found := invalid(domaincertv1alpha1.SecretNotFoundReason, fmt.Sprintf("Secret %s cannot be read now, the API server does not answer; it is tried again", key.Name), nextRetry, 0)
		found.err, found.quiet = err, true
		return found
	}
}

func invalid(reason, message string, next next, after time.Duration) *stop {
	return &stop{condition: domaincertv1alpha1.CertificateValidCondition, reason: reason, message: message, next: next, after: after}
}

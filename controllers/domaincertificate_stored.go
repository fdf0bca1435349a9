package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// loadStored asks whether the certificate that the spec names at the provider can
// serve the domain now. It is looked up when the provider is to be read anyway,
// and not while its deployment is being waited for.
func (r *DomainCertificateReconciler) loadStored(ctx context.Context, s *scope) *stop {
	known := s.object.Status.Source
	if known != nil && known.SecretName == "" && s.isObserved() {
		s.source = known
	}
	if !r.isDue(s) || s.isAwaited() {
		if found := s.keptAnswerOnStored(); found != nil || s.wantedFingerprint() != "" {
			return found
		}
	}
	return s.withoutAnswer(r.findStored(ctx, s))
}

// isAwaited reports whether what is wanted was sent lately and has not shown yet.
// One that does not show for longer may have been replaced under its name.
func (s *scope) isAwaited() bool {
	return !s.resyncRequested() && !s.inPlace() && s.wantedFingerprint() != "" && s.wantedFingerprint() == s.history().Fingerprint && s.propagates()
}

// keptAnswerOnStored is what stands against a certificate that was looked up
// before, nil if nothing does.
func (s *scope) keptAnswerOnStored() *stop {
	earlier := meta.FindStatusCondition(s.object.Status.Conditions, domaincertv1alpha1.CertificateValidCondition)
	expiry := expiryOf(s.source)
	switch {
	case earlier != nil && earlier.Status != metav1.ConditionTrue && s.isObserved():
		found := invalid(earlier.Reason, earlier.Message, nextHuman, 0)
		if begin := timeOf(s.wantedNotBefore()); earlier.Reason == domaincertv1alpha1.NotYetValidReason && begin.After(s.now) {
			found.next, found.after = nextLook, begin.Sub(s.now)
		}
		return found
	case !expiry.IsZero() && !expiry.After(s.now):
		return invalid(domaincertv1alpha1.ExpiredReason,
			fmt.Sprintf("the certificate at the provider expired at %s; renew it and name the new one", expiry.UTC().Format(time.RFC3339)), nextHuman, 0)
	default:
		return nil
	}
}

// findStored looks the certificate up and checks it.
func (r *DomainCertificateReconciler) findStored(ctx context.Context, s *scope) *stop {
	s.due = true
	if found := r.connect(ctx, s); found != nil {
		return found
	}
	if s.connection.Catalog == nil {
		return notAccepted(domaincertv1alpha1.NotSupportedReason, "the product takes no certificate that lives at the provider; use secretRef or certificateRef")
	}
	stored, err := s.connection.Catalog.Find(ctx, s.target())
	if err != nil {
		return r.notFound(ctx, s, err)
	}
	s.source, s.existing = &domaincertv1alpha1.SourceStatus{}, &stored.Existing
	if stored.Leaf != nil {
		describeLeaf(s.source, stored.Leaf)
	}
	switch {
	case stored.Trouble != nil:
		return notIssued(stored.Trouble.Error())
	case stored.Leaf == nil, stored.Fingerprint == "":
		return notIssued("the provider does not tell what the certificate is")
	}
	s.source.Fingerprint = stored.Fingerprint
	if err := certbundle.CheckLeaf(stored.Leaf, s.object.Spec.DomainName, s.now); err != nil {
		return unfitStored(s, stored, err)
	}
	return nil
}

// notFound is the stop for a certificate that could not be looked up.
func (r *DomainCertificateReconciler) notFound(ctx context.Context, s *scope, err error) *stop {
	failed := provider.AsError(err)
	switch failed.Kind {
	case provider.NotFound:
		s.source = &domaincertv1alpha1.SourceStatus{}
		return invalid(domaincertv1alpha1.CertificateNotFoundReason, failed.Error(), nextHuman, 0)
	case provider.Rejected:
		s.source = &domaincertv1alpha1.SourceStatus{}
		return invalid(domaincertv1alpha1.CertificateAmbiguousReason, failed.Error(), nextHuman, 0)
	default:
		return r.providerStop(ctx, s, err)
	}
}

// withoutAnswer is what a failure to look the certificate up means: nothing, if
// it is known, since it still is what the spec names, and otherwise that it cannot
// be said whether it can serve.
func (s *scope) withoutAnswer(found *stop) *stop {
	switch {
	case found == nil, found.condition != domaincertv1alpha1.DeployedCondition:
		return found
	case s.wantedFingerprint() != "":
		if found.queued {
			s.connection.StoreBudget.Release(provider.OperationObserve, objectKey(s.object))
		}
		return nil
	}
	s.source = &domaincertv1alpha1.SourceStatus{}
	found.condition = domaincertv1alpha1.CertificateValidCondition
	return found
}

// notIssued is the stop for a certificate that exists and cannot be used.
func notIssued(why string) *stop {
	return invalid(domaincertv1alpha1.CertificateNotIssuedReason, "the certificate at the provider cannot be put on a domain: "+why, nextHuman, 0)
}

// unfitStored is the stop for a certificate at the provider that failed a check.
func unfitStored(s *scope, stored provider.Stored, err error) *stop {
	var failed *certbundle.Error
	if !errors.As(err, &failed) {
		return notIssued("it cannot be checked")
	}
	found := invalid(string(failed.Reason), "the certificate at the provider: "+failed.Message, nextHuman, 0)
	if failed.Reason == certbundle.NotYetValid {
		found.next, found.after = nextLook, stored.Leaf.NotBefore.Sub(s.now)
	}
	return found
}

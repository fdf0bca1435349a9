package controllers

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

const (
	// expiryWarning is how long before its end a certificate is told of that was
	// not renewed.
	expiryWarning = 7 * 24 * time.Hour
	// expiryShare is the part of its lifetime in which one in a Secret is told of,
	// if that is shorter. Some live for hours; cert-manager renews in the last third.
	expiryShare = 10
)

// isStored reports whether what must be served lives in the provider's
// certificate store.
func (s *scope) isStored() bool {
	wanted := s.object.Spec.ProviderCertificate
	return wanted != nil && wanted.Type == domaincertv1alpha1.ProviderCertificateCAS
}

// isFree reports whether any free certificate of the provider's must be served.
func (s *scope) isFree() bool {
	wanted := s.object.Spec.ProviderCertificate
	return wanted != nil && wanted.Type == domaincertv1alpha1.ProviderCertificateFree
}

// isObserved reports whether the status speaks of the present spec.
func (s *scope) isObserved() bool {
	observed := s.object.Status.ObservedGeneration
	return observed != nil && *observed == s.object.Generation
}

// wantedFingerprint is the leaf that must be served, empty if unknown.
func (s *scope) wantedFingerprint() string {
	if s.source == nil {
		return ""
	}
	return s.source.Fingerprint
}

// wantedNotBefore is since when it is valid.
func (s *scope) wantedNotBefore() *metav1.Time {
	if s.source == nil {
		return nil
	}
	return s.source.NotBefore
}

// isSent reports whether what is wanted was sent before, or found in place.
func (s *scope) isSent() bool {
	history := s.history()
	if s.isFree() {
		return history.Fingerprint == "" && !history.DeployedAt.IsZero()
	}
	return history.Fingerprint == s.wantedFingerprint()
}

// expectedAtEdge is the leaf that a handshake has to show: the wanted one, and
// of a free certificate the one that the provider shows.
func (s *scope) expectedAtEdge() string {
	switch {
	case !s.isFree():
		return s.wantedFingerprint()
	case s.observation != nil:
		return s.observation.Fingerprint
	case s.object.Status.Provider != nil:
		return s.object.Status.Provider.Fingerprint
	default:
		return ""
	}
}

// watchedExpiry is when a certificate expires that the operator cannot renew by
// itself: one that lives at the provider. Zero if there is none.
func (s *scope) watchedExpiry() time.Time {
	switch {
	case s.isStored():
		return expiryOf(s.source)
	case !s.isFree():
		return time.Time{}
	case s.observation != nil:
		if isFreeType(s.observation.CertificateType) {
			return s.observation.NotAfter
		}
	case s.object.Status.Provider != nil && isFreeType(s.object.Status.Provider.CertificateType):
		return expiryHeld(s.object.Status.Provider)
	}
	return time.Time{}
}

// warnsAt is from when on it is told that what must be served was not renewed;
// zero if its end is not known.
func (s *scope) warnsAt() time.Time {
	switch expiry := expiryOf(s.source); {
	case s.isFree(), s.isStored():
		if watched := s.watchedExpiry(); !watched.IsZero() {
			return watched.Add(-expiryWarning)
		}
		return time.Time{}
	case expiry.IsZero():
		return time.Time{}
	default:
		return expiry.Add(-min(expiryWarning, expiry.Sub(timeOf(s.wantedNotBefore()))/expiryShare))
	}
}

// isExpiring reports whether it is about to expire.
func (s *scope) isExpiring() bool {
	warnsAt := s.warnsAt()
	return !warnsAt.IsZero() && !s.now.Before(warnsAt)
}

// freeExpired reports whether the free certificate has expired.
func (s *scope) freeExpired() bool {
	expiry := s.watchedExpiry()
	return s.isFree() && !expiry.IsZero() && !expiry.After(s.now)
}

func isFreeType(certificateType string) bool {
	return strings.EqualFold(certificateType, string(provider.ExistingFree))
}

// existingTarget is what is to be put on the domain in place of a bundle.
func (s *scope) existingTarget() *provider.Existing {
	wanted := s.object.Spec.ProviderCertificate
	switch {
	case wanted == nil:
		return nil
	case s.existing != nil:
		return s.existing
	case s.isFree():
		return &provider.Existing{Type: provider.ExistingFree, ID: wanted.ID, Name: wanted.Name}
	default:
		return &provider.Existing{Type: provider.ExistingCAS, ID: wanted.ID, Name: wanted.Name}
	}
}

// wantedWords name what must be served, for messages.
func (s *scope) wantedWords() string {
	switch {
	case s.isFree():
		return "a free certificate of the provider's"
	case s.isStored():
		return "the certificate that spec.providerCertificate names"
	default:
		return "the certificate in the Secret"
	}
}

package controllers

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// describeYes answers a question with yes, and tells what is worth knowing
// beside it.
func describeYes(s *scope, status *domaincertv1alpha1.DomainCertificateStatus, question string) {
	reason, message := affirmation(question), affirmed(s, question)
	switch question {
	case domaincertv1alpha1.CertificateValidCondition:
		if s.freeExpired() {
			found := expiredFree()
			s.set(status, question, metav1.ConditionFalse, found.reason, found.message)
			return
		}
		earlier := meta.FindStatusCondition(status.Conditions, question)
		switch {
		case s.isExpiring():
			reason, message = domaincertv1alpha1.ExpiringReason, expiringMessage(s)
		case s.bundle != nil && s.bundle.IncompleteChain():
			reason = domaincertv1alpha1.IncompleteChainReason
			message += ", but none that issued it; clients that do not know the issuer refuse it, so add the intermediate to tls.crt"
		case s.bundle == nil && s.object.Spec.ProviderCertificate == nil && earlier != nil && earlier.Reason == domaincertv1alpha1.IncompleteChainReason:
			// The Secret was not read again.
			reason, message = earlier.Reason, earlier.Message
		}
	case domaincertv1alpha1.DeployedCondition:
		earlier := meta.FindStatusCondition(status.Conditions, question)
		switch {
		case s.observation != nil && s.observation.Trouble != nil:
			reason = domaincertv1alpha1.ProviderTroubleReason
			message += "; but it says: " + messageOf(s.observation.Trouble)
		case s.observation == nil && earlier != nil && earlier.Reason == domaincertv1alpha1.ProviderTroubleReason:
			// Nobody has looked since.
			reason, message = earlier.Reason, earlier.Message
		}
	}
	s.set(status, question, metav1.ConditionTrue, reason, message)
}

// expiringMessage says who should have renewed the certificate.
func expiringMessage(s *scope) string {
	if !s.isStored() && !s.isFree() {
		return fmt.Sprintf("the certificate in Secret %s expires at %s and was not renewed; look at what renews it", s.source.SecretName, expiryOf(s.source).UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("the certificate at the provider expires at %s and was not renewed; look at it in the provider's console", s.watchedExpiry().UTC().Format(time.RFC3339))
}

// affirmation is the reason of a question that is answered with yes.
func affirmation(question string) string {
	switch question {
	case domaincertv1alpha1.AcceptedCondition:
		return domaincertv1alpha1.AcceptedReason
	case domaincertv1alpha1.CertificateValidCondition:
		return domaincertv1alpha1.ValidReason
	case domaincertv1alpha1.DeployedCondition:
		return domaincertv1alpha1.DeployedReason
	default:
		return domaincertv1alpha1.VerifiedReason
	}
}

// affirmed is the message of a question that is answered with yes. It names the
// certificate, so that it is still right when the Secret holds another one.
func affirmed(s *scope, question string) string {
	switch question {
	case domaincertv1alpha1.AcceptedCondition:
		return fmt.Sprintf("%s %s may be used for %s", s.object.Spec.ProviderRef.Kind, s.object.Spec.ProviderRef.Name, s.object.Spec.DomainName)
	case domaincertv1alpha1.CertificateValidCondition:
		return affirmedValid(s)
	case domaincertv1alpha1.DeployedCondition:
		return "the provider holds " + certificateWords(s)
	default:
		return "the edge serves " + certificateWords(s)
	}
}

func affirmedValid(s *scope) string {
	switch {
	case s.isFree():
		return "the provider issues and renews a certificate for " + s.object.Spec.DomainName
	case s.isStored():
		return "the provider has a certificate for " + s.object.Spec.DomainName
	default:
		return fmt.Sprintf("Secret %s holds a certificate for %s", s.source.SecretName, s.object.Spec.DomainName)
	}
}

// certificateWords name the very certificate.
func certificateWords(s *scope) string {
	switch {
	case s.isFree():
		return "a free certificate of its own"
	case s.isStored():
		return fmt.Sprintf("certificate %s, which spec.providerCertificate names", short(s.source.Fingerprint))
	default:
		return fmt.Sprintf("certificate %s of Secret %s", short(s.source.Fingerprint), s.source.SecretName)
	}
}

// holdsWanted reports whether the provider was last seen to hold what is
// wanted.
func holdsWanted(s *scope, status *domaincertv1alpha1.DomainCertificateStatus) bool {
	return meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.DeployedCondition) &&
		(s.wantedFingerprint() != "" || s.isFree()) && status.DeployedFingerprint == s.wantedFingerprint()
}

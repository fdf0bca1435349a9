package v1alpha1

// Conditions of a DomainCertificate. Each is a question; True is the good
// answer except for Reconciling and Stalled, which are present only while they
// are True. The reason of an event is the reason of the condition it speaks of.

// AcceptedCondition asks: may this object act?
const AcceptedCondition = "Accepted"

// Reasons of AcceptedCondition.
const (
	// AcceptedReason: the object may act.
	AcceptedReason = "Accepted"
	// ProviderNotFoundReason: providerRef names nothing.
	ProviderNotFoundReason = "ProviderNotFound"
	// ProviderNotReadyReason: the provider's credentials are missing, refused
	// or not checked yet.
	ProviderNotReadyReason = "ProviderNotReady"
	// DomainNotAllowedReason: the provider does not allow this domain, or this
	// namespace.
	DomainNotAllowedReason = "DomainNotAllowed"
	// ConflictReason: an older object manages the same domain at the same
	// account and product; this one takes over when that one goes.
	ConflictReason = "Conflict"
	// SuspendedReason: spec.suspend is true.
	SuspendedReason = "Suspended"
	// NotSupportedReason: the spec asks for something that this version of the
	// operator does not do.
	NotSupportedReason = "NotSupported"
)

// CertificateValidCondition asks: can this bundle serve this domain now?
const CertificateValidCondition = "CertificateValid"

// Reasons of CertificateValidCondition.
const (
	// ValidReason: it can.
	ValidReason = "Valid"
	// SecretNotFoundReason: the Secret, or the Certificate that names it, does
	// not exist. A certificate deployed earlier stays in place.
	SecretNotFoundReason = "SecretNotFound"
	// SecretForbiddenReason: the operator may not read the Secret.
	SecretForbiddenReason = "SecretForbidden"
	// IssuingReason: cert-manager is issuing the certificate right now.
	IssuingReason = "Issuing"
	// MalformedReason: tls.crt or tls.key cannot be parsed.
	MalformedReason = "Malformed"
	// KeyMismatchReason: tls.key does not belong to tls.crt.
	KeyMismatchReason = "KeyMismatch"
	// DomainNotCoveredReason: no DNS name of the certificate covers the domain.
	DomainNotCoveredReason = "DomainNotCovered"
	// ExpiredReason: the certificate has expired.
	ExpiredReason = "Expired"
	// NotYetValidReason: the certificate is not valid yet.
	NotYetValidReason = "NotYetValid"
	// UnsupportedKeyReason: the key is encrypted or of a kind that providers do
	// not take.
	UnsupportedKeyReason = "UnsupportedKey"
	// ExpiringReason: it can, but expires soon and was not renewed: within seven
	// days and, if it is in a Secret, within the last tenth of its lifetime. The
	// condition is True.
	ExpiringReason = "Expiring"
	// IncompleteChainReason: it can, but the Secret has no issuer of it, so that
	// clients which do not know the issuer refuse it. The condition is True.
	IncompleteChainReason = "IncompleteChain"
	// CertificateNotFoundReason: the provider has no certificate of the id or
	// name that providerCertificate names.
	CertificateNotFoundReason = "CertificateNotFound"
	// CertificateAmbiguousReason: it has several of that name.
	CertificateAmbiguousReason = "CertificateAmbiguous"
	// CertificateNotIssuedReason: the certificate at the provider cannot be put
	// on a domain: it is not issued yet, revoked, or not to be identified.
	CertificateNotIssuedReason = "CertificateNotIssued"
	// TooLargeReason: tls.crt or tls.key is larger than a certificate can be.
	TooLargeReason = "TooLarge"
)

// DeployedCondition asks: does the provider hold this fingerprint for the
// domain?
const DeployedCondition = "Deployed"

// Reasons of DeployedCondition. ConflictReason is one of them too: something else
// keeps changing the certificate at the provider, and this object puts it back ever
// more rarely.
const (
	// DeployedReason: it does.
	DeployedReason = "Deployed"
	// ProviderTroubleReason: it does, but says that something is wrong with the
	// domain or with the renewal of its certificate. The condition is True.
	ProviderTroubleReason = "ProviderTrouble"
	// DeployingReason: the certificate is about to be sent, or was accepted and
	// is not shown yet.
	DeployingReason = "Deploying"
	// RejectedReason: the provider refuses the certificate or the name.
	RejectedReason = "Rejected"
	// HeldBackReason: the provider stored the certificate but does not put it
	// into effect; its support must be asked.
	HeldBackReason = "HeldBack"
	// DomainNotFoundReason: the account does not have the domain, or the domain
	// is offline.
	DomainNotFoundReason = "DomainNotFound"
	// DeniedReason: the credentials may not do this for this domain.
	DeniedReason = "Denied"
	// ThrottledReason: the account's quota is used up for the moment.
	ThrottledReason = "Throttled"
	// UnavailableReason: the provider cannot be reached or answers with faults.
	UnavailableReason = "Unavailable"
	// ProviderTLSErrorReason: the provider's host cannot be trusted: its
	// certificate or its version of TLS. Nothing was sent to it.
	ProviderTLSErrorReason = "ProviderTLSError"
	// ClockSkewReason: the provider refuses requests for their date, since the
	// clock of the operator's node and its own differ.
	ClockSkewReason = "ClockSkew"
	// DriftDetectedReason: somebody else changed the certificate at the
	// provider, and driftPolicy is Warn. With Repair it is the reason of an event.
	DriftDetectedReason = "DriftDetected"
	// OlderThanServedReason: the certificate is older than the one in place.
	OlderThanServedReason = "OlderThanServed"
)

// Reasons of events that no condition repeats.
const (
	// SharedCertificateReason: the certificate that is replaced is also served
	// for other domains, which get the new one too.
	SharedCertificateReason = "SharedCertificate"
	// UploadKeptReason: a superseded certificate could not be removed from the
	// provider's repository.
	UploadKeptReason = "UploadKept"
)

// VerifiedCondition asks: does the edge serve it? It is absent while
// verification is off.
const VerifiedCondition = "Verified"

// Reasons of VerifiedCondition.
const (
	// VerifiedReason: it does.
	VerifiedReason = "Verified"
	// PropagatingReason: the edge has not switched yet, and still has time to.
	PropagatingReason = "Propagating"
	// ServesOtherReason: the edge serves another certificate.
	ServesOtherReason = "ServesOther"
	// UnreachableReason: no TLS handshake with the edge succeeded.
	UnreachableReason = "Unreachable"
)

// ReadyCondition asks: is the domain served by a valid certificate that this
// object manages? When it is not True its reason is that of the first condition
// that is not True, in the order Accepted, CertificateValid, Deployed, Verified.
const ReadyCondition = "Ready"

// Reasons of ReadyCondition while it is True.
const (
	// ServedReason: the certificate that must be served is in place, or the one
	// deployed before was when last seen and its account cannot be used now.
	ServedReason = "Served"
	// RotatingReason: the certificate deployed before is still valid and in
	// place; the newer one is on its way or waits for a mend.
	RotatingReason = "Rotating"
)

// ReconcilingCondition is True while the object is on its way to what the spec
// asks for. Its reason is that of the condition that is waited for.
const ReconcilingCondition = "Reconciling"

// StalledCondition is True if a human must act, or if a failure that should
// pass has lasted more than ten minutes. Its reason is that of the condition
// that failed.
const StalledCondition = "Stalled"

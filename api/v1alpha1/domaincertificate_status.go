package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DomainCertificateStatus tells what the Secret holds, what the provider holds
// and what the edge serves. It changes only when one of these facts changes; a
// failed read never erases an earlier fact.
type DomainCertificateStatus struct {
	// observedGeneration is the generation of the spec that the conditions
	// speak about; -1 before the first reconcile.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`

	// conditions are Accepted (may this object act?), CertificateValid (can the
	// certificate serve the domain now?), Deployed (does the provider hold it?),
	// Verified (does the edge serve it? absent without verification), Ready (is
	// the domain served by a valid certificate that this object manages?), and
	// Reconciling and Stalled only while they are True.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// source is the certificate that must be served, as last read.
	// +optional
	Source *SourceStatus `json:"source,omitempty"`

	// provider is what the provider holds for the domain, as last read back. A
	// field that the product does not report stays absent.
	// +optional
	Provider *ProviderStatus `json:"provider,omitempty"`

	// edge is what the edge served in the last successful handshake.
	// +optional
	Edge *EdgeStatus `json:"edge,omitempty"`

	// deployedFingerprint is the leaf certificate that the provider last
	// accepted from this object: SHA-256 of its DER in lower hex.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	DeployedFingerprint string `json:"deployedFingerprint,omitempty"`

	// deployedNotBefore is that certificate's notBefore; an older certificate
	// is not deployed after it.
	// +optional
	DeployedNotBefore *metav1.Time `json:"deployedNotBefore,omitempty"`

	// lastDeployedTime is when the provider last accepted a certificate, or a
	// step of its deployment, from this object.
	// +optional
	LastDeployedTime *metav1.Time `json:"lastDeployedTime,omitempty"`

	// lastHandledReconcileAt is the value of the annotation
	// domaincert.io/reconcile-requested-at that was last acted upon.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}

// SourceStatus describes the certificate in the Secret, or the one that lives at
// the provider.
type SourceStatus struct {
	// secretName is the Secret that was read; absent if the certificate lives at
	// the provider.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	SecretName string `json:"secretName,omitempty"`

	// uid of that Secret.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid,omitempty"`

	// resourceVersion of that Secret when it was read.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ResourceVersion string `json:"resourceVersion,omitempty"`

	// fingerprint of the leaf certificate: SHA-256 of its DER in lower hex.
	// Empty if the Secret holds no usable certificate.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Fingerprint string `json:"fingerprint,omitempty"`

	// serialNumber of the leaf in lower hex.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	SerialNumber string `json:"serialNumber,omitempty"`

	// issuer is the leaf's issuer as an RFC 2253 name, cut at 256 bytes.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Issuer string `json:"issuer,omitempty"`

	// dnsNames are the leaf's DNS subject alternative names; the first 100.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=253
	DNSNames []string `json:"dnsNames,omitempty"`

	// keyAlgorithm of the leaf, for example RSA-2048 or ECDSA-P256.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	KeyAlgorithm string `json:"keyAlgorithm,omitempty"`

	// notBefore of the leaf.
	// +optional
	NotBefore *metav1.Time `json:"notBefore,omitempty"`

	// notAfter of the leaf.
	// +optional
	NotAfter *metav1.Time `json:"notAfter,omitempty"`
}

// ProviderStatus is what the provider's describe calls returned. A field that
// the product does not report stays absent.
type ProviderStatus struct {
	// certificateID at the provider (CertId).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CertificateID string `json:"certificateID,omitempty"`

	// certificateName at the provider (CertName).
	// +optional
	// +kubebuilder:validation:MaxLength=256
	CertificateName string `json:"certificateName,omitempty"`

	// certificateType at the provider (CertType: upload, cas, free).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CertificateType string `json:"certificateType,omitempty"`

	// certificateRegion where the provider stores it (CertRegion).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CertificateRegion string `json:"certificateRegion,omitempty"`

	// certificateDomainName that the provider reads from the certificate
	// (CertDomainName).
	// +optional
	// +kubebuilder:validation:MaxLength=256
	CertificateDomainName string `json:"certificateDomainName,omitempty"`

	// organization that issued the certificate (CertOrg).
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Organization string `json:"organization,omitempty"`

	// life is the validity period in the provider's words (CertLife).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Life string `json:"life,omitempty"`

	// https is On or Off (SSLProtocol, ServerCertificateStatus).
	// +optional
	HTTPS HTTPSState `json:"https,omitempty"`

	// status of the certificate or of its issuance in the provider's words
	// (Status).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Status string `json:"status,omitempty"`

	// cnameStatus of the domain in the provider's words (DomainCnameStatus).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CNAMEStatus string `json:"cnameStatus,omitempty"`

	// fingerprint of the leaf that the provider holds: SHA-256 of its DER in
	// lower hex. Absent if the product does not return the certificate.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Fingerprint string `json:"fingerprint,omitempty"`

	// shortFingerprint is the fingerprint's first 12 digits, the width of a
	// column.
	// +optional
	// +kubebuilder:validation:MaxLength=12
	ShortFingerprint string `json:"shortFingerprint,omitempty"`

	// notBefore of the certificate that the provider holds (CertStartTime, or
	// from the certificate itself).
	// +optional
	NotBefore *metav1.Time `json:"notBefore,omitempty"`

	// notAfter of the certificate that the provider holds (CertExpireTime, or
	// from the certificate itself).
	// +optional
	NotAfter *metav1.Time `json:"notAfter,omitempty"`

	// updateTime is when the provider last changed it (CertUpdateTime).
	// +optional
	UpdateTime *metav1.Time `json:"updateTime,omitempty"`

	// version of the certificate in production, where the product counts
	// versions.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Version *int64 `json:"version,omitempty"`

	// stagingVersion of the certificate in the staging environment, where the
	// product has one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	StagingVersion *int64 `json:"stagingVersion,omitempty"`

	// requestID of the request that deployed the certificate; the vendor's
	// support asks for it.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	RequestID string `json:"requestID,omitempty"`

	// taskID of the deployment that is under way, where the product deploys by
	// tasks.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	TaskID string `json:"taskID,omitempty"`
}

// HTTPSState says whether a provider serves a domain over TLS.
//
// +kubebuilder:validation:Enum=On;Off
type HTTPSState string

// The states of HTTPS at a provider.
const (
	HTTPSOn  HTTPSState = "On"
	HTTPSOff HTTPSState = "Off"
)

// EdgeStatus is what the edge served in a TLS handshake.
type EdgeStatus struct {
	// fingerprint of the leaf that was served: SHA-256 of its DER in lower hex.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Fingerprint string `json:"fingerprint,omitempty"`

	// notAfter of the leaf that was served.
	// +optional
	NotAfter *metav1.Time `json:"notAfter,omitempty"`

	// address that was asked, as configured or as named by the domain.
	// +optional
	// +kubebuilder:validation:MaxLength=262
	Address string `json:"address,omitempty"`
}

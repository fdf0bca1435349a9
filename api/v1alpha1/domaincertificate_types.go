package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations that users set on a DomainCertificate, and its finalizer.
const (
	// ReconcileRequestedAtAnnotation asks for one read-back (and, if needed,
	// one deployment) outside the interval whenever its value changes. The
	// value last acted upon is status.lastHandledReconcileAt.
	ReconcileRequestedAtAnnotation = "domaincert.io/reconcile-requested-at"
	// AllowOlderAnnotation, set to "true", lets a certificate replace a newer
	// one.
	AllowOlderAnnotation = "domaincert.io/allow-older"
	// AbandonAnnotation, set to "true", lets an object with the deletion
	// policy DisableHTTPS go although its provider could not be asked.
	AbandonAnnotation = "domaincert.io/abandon"
	// WithdrawFinalizer keeps an object with the deletion policy DisableHTTPS
	// until the certificate is withdrawn from the provider.
	WithdrawFinalizer = "domaincert.io/withdraw"
)

// DomainCertificateSpec names a domain, the certificate that it must be served
// with, and the provider that serves it.
//
// +kubebuilder:validation:ExactlyOneOf=secretRef;certificateRef;providerCertificate
// +kubebuilder:validation:XValidation:rule="!has(self.verification) || !has(self.verification.host) || self.domainName.startsWith('*.')",message="verification.host is only for wildcard domains; the domain itself is verified otherwise",fieldPath=".verification.host",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="!has(self.verification) || self.verification.mode != 'Edge' || !self.domainName.startsWith('*.') || has(self.verification.host)",message="verifying a wildcard domain needs verification.host, a name that the wildcard covers",fieldPath=".verification",reason=FieldValueInvalid
// +kubebuilder:validation:XValidation:rule="!has(self.verification) || !has(self.verification.host) || !self.domainName.startsWith('*.') || (self.verification.host.endsWith(self.domainName.substring(1)) && !self.verification.host.substring(0, self.verification.host.size() - self.domainName.size() + 1).contains('.'))",message="verification.host must be covered by the wildcard, exactly one label below it",fieldPath=".verification.host",reason=FieldValueInvalid
type DomainCertificateSpec struct {
	// domainName is the domain that must be served with the certificate: a
	// lower-case DNS name of at least two labels, or a wildcard such as
	// *.example.com. Internationalised names are written as A-labels (xn--).
	// It cannot be changed. If the account does not have the domain, Deployed is
	// False with reason DomainNotFound.
	// +required
	// +kubebuilder:validation:MinLength=4
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^([*][.])?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])+[a-z][-a-z0-9]{0,61}[a-z0-9]$')",message="domainName must be a lower-case DNS name of at least two labels, or a wildcard such as *.example.com; write an internationalised name as A-labels (xn--)"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="domainName cannot be changed; create another DomainCertificate"
	DomainName string `json:"domainName,omitempty"`

	// secretRef names a TLS Secret (keys tls.crt and tls.key) in the same
	// namespace. While it is missing or cannot be used, CertificateValid is
	// False, and what is served stays.
	// +optional
	SecretRef *SecretReference `json:"secretRef,omitempty"`

	// certificateRef names a cert-manager Certificate in the same namespace.
	// The Secret that its spec.secretName names is deployed; while cert-manager
	// issues it, CertificateValid is False with reason Issuing.
	// +optional
	CertificateRef *CertificateReference `json:"certificateRef,omitempty"`

	// providerCertificate names a certificate that already lives at the
	// provider; no Secret is read. If the provider does not have it,
	// CertificateValid is False with reason CertificateNotFound; if its product
	// takes none of this type, Deployed is False with reason Rejected, and with
	// cdnPro Accepted is False with reason NotSupported.
	// +optional
	ProviderCertificate *ProviderCertificate `json:"providerCertificate,omitempty"`

	// providerRef names the EdgeProvider, in the same namespace, or the
	// ClusterEdgeProvider that serves the domain. It cannot be changed. Until it
	// exists and is ready, Accepted is False with reason ProviderNotFound or
	// ProviderNotReady.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="providerRef cannot be changed; create another DomainCertificate"
	ProviderRef ProviderReference `json:"providerRef,omitzero"`

	// interval is how often the provider is read back while everything is in
	// order, to find what others change there; a change of the Secret is acted
	// upon at once. At least 1m, at most 720h, jittered by 10 %. Defaults to 6h.
	// +optional
	// +kubebuilder:default="6h"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,7}([.][0-9]+)?s|[0-9]{1,5}([.][0-9]+)?[mh])+$') && duration(self) >= duration('1m') && duration(self) <= duration('720h')",message="interval must be a duration between 1m and 720h, for example 90m or 6h"
	Interval metav1.Duration `json:"interval,omitzero"`

	// driftPolicy says what to do about a certificate that was changed at the
	// provider by somebody else: Repair (default) deploys ours again, Warn
	// reports it and leaves it.
	// +optional
	// +kubebuilder:default=Repair
	DriftPolicy DriftPolicy `json:"driftPolicy,omitempty"`

	// deletionPolicy says what happens at the provider when this object is
	// deleted: Retain (default) leaves the domain as it is; DisableHTTPS turns
	// HTTPS off, which destroys the certificate and key stored there.
	// +optional
	// +kubebuilder:default=Retain
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// verification says whether the edge itself is asked, by a TLS handshake,
	// which certificate it serves. Off by default.
	// +optional
	// +kubebuilder:default={}
	Verification Verification `json:"verification,omitzero"`

	// suspend stops all acting on this object; deletion still works. Defaults
	// to false.
	// +optional
	Suspend *bool `json:"suspend,omitempty"` //nolint:kubeapilinter // nobools: suspend is the field's established name in Flux, Jobs and CronJobs
}

// SecretReference names a Secret in the same namespace.
type SecretReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Name string `json:"name,omitempty"`
}

// CertificateReference names a cert-manager Certificate in the same namespace.
type CertificateReference struct {
	// name of the Certificate.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Name string `json:"name,omitempty"`
}

// ProviderCertificate names a certificate that already lives at the provider.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'Free' || has(self.name) || has(self.id)",message="a certificate of type CAS needs at least one of the fields in [name id]",reason=FieldValueRequired
type ProviderCertificate struct {
	// type of the certificate: CAS for one bought from or uploaded to Alibaba
	// Cloud Certificate Management Service (CertType "cas"), Free for a free
	// certificate that the product itself issues and renews (CertType "free"),
	// which needs neither name nor id.
	// +required
	Type ProviderCertificateType `json:"type,omitempty"`

	// name under which the provider stores it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^\S+( \S+)*$`
	Name string `json:"name,omitempty"`

	// id of the certificate at the provider (CertId), in decimal, at most 19
	// digits.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=19
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]*$`
	ID string `json:"id,omitempty"`
}

// ProviderCertificateType is a kind of certificate that lives at a provider.
//
// +kubebuilder:validation:Enum=CAS;Free
type ProviderCertificateType string

// The types of certificates that live at a provider.
const (
	ProviderCertificateCAS  ProviderCertificateType = "CAS"
	ProviderCertificateFree ProviderCertificateType = "Free"
)

// ProviderReference names an EdgeProvider in the same namespace or a
// ClusterEdgeProvider.
type ProviderReference struct {
	// kind is EdgeProvider (default) or ClusterEdgeProvider.
	// +optional
	// +kubebuilder:default=EdgeProvider
	Kind ProviderKind `json:"kind,omitempty"`

	// name of the EdgeProvider or ClusterEdgeProvider.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Name string `json:"name,omitempty"`
}

// ProviderKind is one of the two kinds of providers.
//
// +kubebuilder:validation:Enum=EdgeProvider;ClusterEdgeProvider
type ProviderKind string

// The kinds a ProviderReference can name.
const (
	EdgeProviderKind        ProviderKind = "EdgeProvider"
	ClusterEdgeProviderKind ProviderKind = "ClusterEdgeProvider"
)

// DriftPolicy says what to do about changes made by somebody else.
//
// +kubebuilder:validation:Enum=Repair;Warn
type DriftPolicy string

// The drift policies.
const (
	DriftRepair DriftPolicy = "Repair"
	DriftWarn   DriftPolicy = "Warn"
)

// DeletionPolicy says what deletion does at the provider.
//
// +kubebuilder:validation:Enum=Retain;DisableHTTPS
type DeletionPolicy string

// The deletion policies.
const (
	DeletionRetain       DeletionPolicy = "Retain"
	DeletionDisableHTTPS DeletionPolicy = "DisableHTTPS"
)

// Verification says how the edge is asked for the certificate it serves.
type Verification struct {
	// mode is None (default) or Edge, a TLS handshake with SNI.
	// +optional
	// +kubebuilder:default=None
	Mode VerificationMode `json:"mode,omitempty"`

	// host is the name sent in the handshake for a wildcard domain, one label
	// below it, for example probe.example.com for *.example.com.
	// +optional
	// +kubebuilder:validation:MinLength=4
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])+[a-z][-a-z0-9]{0,61}[a-z0-9]$')",message="verification.host must be a lower-case DNS name of at least two labels"
	Host string `json:"host,omitempty"`

	// address to connect to instead of the name itself: a host name or IP
	// address with an optional port, for example the provider's CNAME target.
	// The port defaults to 443. Another one, and addresses inside private
	// networks, are refused unless the operator allows them.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=260
	// +kubebuilder:validation:XValidation:rule="self.matches('^(?i:([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])*[a-z]([-a-z0-9]{0,61}[a-z0-9])?|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])|[[](([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?::(([0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?)[]])(:[0-9]{1,5})?$')",message="verification.address must be a host name or IP address (IPv6 in brackets) with an optional port"
	// +kubebuilder:validation:XValidation:rule="!self.matches(':[0-9]{1,5}$') || (int(self.substring(self.lastIndexOf(':') + 1)) >= 1 && int(self.substring(self.lastIndexOf(':') + 1)) <= 65535)",message="the port of verification.address must be between 1 and 65535"
	Address string `json:"address,omitempty"`
}

// VerificationMode is a way of asking the edge.
//
// +kubebuilder:validation:Enum=None;Edge
type VerificationMode string

// The verification modes.
const (
	VerificationNone VerificationMode = "None"
	VerificationEdge VerificationMode = "Edge"
)

// DomainCertificate says that a domain must be served with a certificate, and
// reports what is really being served.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=dcert,categories=domaincert;cert-manager
// +kubebuilder:selectablefield:JSONPath=`.spec.domainName`
// +kubebuilder:selectablefield:JSONPath=`.spec.providerRef.name`
// +kubebuilder:printcolumn:name="Domain",type=string,JSONPath=`.spec.domainName`
// +kubebuilder:printcolumn:name="Provider",type=string,JSONPath=`.spec.providerRef.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Deployed",type=string,JSONPath=`.status.conditions[?(@.type=="Deployed")].status`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.status.provider.notAfter`,description="When the certificate that the provider serves expires"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Cert ID",type=string,priority=1,JSONPath=`.status.provider.certificateID`
// +kubebuilder:printcolumn:name="Fingerprint",type=string,priority=1,JSONPath=`.status.provider.shortFingerprint`
// +kubebuilder:printcolumn:name="Secret",type=string,priority=1,JSONPath=`.status.source.secretName`
type DomainCertificate struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec names the domain, the certificate and the provider. The certificate
	// is exactly one of secretRef, certificateRef and providerCertificate.
	// +required
	Spec DomainCertificateSpec `json:"spec,omitzero"`

	// status reports what is known.
	// +optional
	// +kubebuilder:default={observedGeneration:-1}
	Status DomainCertificateStatus `json:"status,omitzero"`
}

// DomainCertificateList is a list of DomainCertificates.
//
// +kubebuilder:object:root=true
type DomainCertificateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []DomainCertificate `json:"items"`
}

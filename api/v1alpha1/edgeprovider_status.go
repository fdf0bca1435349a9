package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// EdgeProviderStatus reports whether the account can be used.
type EdgeProviderStatus struct {
	// observedGeneration is the generation of the spec that the conditions
	// speak about; -1 before the first reconcile.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready (were the credentials accepted?) and, only while they
	// are True, RepositoryNearlyFull, Reconciling and Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// accountID that the credentials belong to, where it can be known.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	AccountID string `json:"accountID,omitempty"`

	// credentials is the Secret that was last checked; empty if the credentials
	// come from elsewhere.
	// +optional
	Credentials *CredentialsStatus `json:"credentials,omitempty"`
}

// CredentialsStatus is the version of a Secret whose credentials were checked.
type CredentialsStatus struct {
	// secretName is the Secret that was read.
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
}

// Reasons of an EdgeProvider's or ClusterEdgeProvider's ReadyCondition, which
// asks: were the credentials accepted?
const (
	// CredentialsAcceptedReason: they were.
	CredentialsAcceptedReason = "CredentialsAccepted"
	// CredentialsNotFoundReason: the Secret, a key of it, or the ServiceAccount
	// is missing.
	CredentialsNotFoundReason = "CredentialsNotFound"
	// CredentialsForbiddenReason: the operator may not read the Secret, or ask
	// for the ServiceAccount's token.
	CredentialsForbiddenReason = "CredentialsForbidden"
	// CredentialsRefusedReason: the provider refused them.
	CredentialsRefusedReason = "CredentialsRefused"
	// NotAllowedReason: the spec needs a flag of the operator that is not set.
	NotAllowedReason = "NotAllowed"
)

// RepositoryNearlyFullCondition is present, and True, only while the account's
// certificate repository is nearly full.
const RepositoryNearlyFullCondition = "RepositoryNearlyFull"

// RepositoryNearlyFullReason: at least 90 % of what the repository can hold is
// stored.
const RepositoryNearlyFullReason = "RepositoryNearlyFull"

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClusterEdgeProviderSpec is an account at a product that serves domains, and
// who may use it.
type ClusterEdgeProviderSpec struct {
	EdgeProviderSpec `json:",inline"`

	// allowedNamespaces selects the namespaces whose DomainCertificates may use
	// this provider. Absent selects none; an empty selector selects all.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.matchExpressions) || self.matchExpressions.all(e, e.operator in ['In', 'NotIn'] ? has(e.values) && size(e.values) > 0 : e.operator in ['Exists', 'DoesNotExist'] && (!has(e.values) || size(e.values) == 0))",message="matchExpressions must use In or NotIn with values, or Exists or DoesNotExist without"
	AllowedNamespaces *metav1.LabelSelector `json:"allowedNamespaces,omitempty"`

	// namespaceRules limits domains by namespace, within allowedDomains; at most
	// 256 rules. If there is any rule, a domain is allowed only where a rule
	// that selects its namespace lists it.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	NamespaceRules []NamespaceRule `json:"namespaceRules,omitempty"`
}

// NamespaceRule lists the domains that the selected namespaces may use.
type NamespaceRule struct {
	// namespaceSelector selects namespaces; an empty selector selects all, and
	// one with an unknown operator selects none.
	// +required
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`

	// allowedDomains that these namespaces may use: a name, or *.example.com
	// for every name below example.com; 1 to 256.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=4
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^([*][.]([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])*|([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])+)[a-z][-a-z0-9]{0,61}[a-z0-9]$`
	AllowedDomains []string `json:"allowedDomains,omitempty"`
}

// ClusterEdgeProvider is an account at a product that serves domains, for the
// DomainCertificates of the namespaces that it allows. Its credentials lie in
// the operator's namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=cep,categories=domaincert
// +kubebuilder:printcolumn:name="Service",type=string,JSONPath=`.spec.alibabaCloud.service`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.status.accountID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type ClusterEdgeProvider struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the account, its limits, and who may use it. The account is
	// exactly one of alibabaCloud and cdnPro.
	// +required
	Spec ClusterEdgeProviderSpec `json:"spec,omitzero"`

	// status reports whether the account can be used.
	// +optional
	// +kubebuilder:default={observedGeneration:-1}
	Status EdgeProviderStatus `json:"status,omitzero"`
}

// ClusterEdgeProviderList is a list of ClusterEdgeProviders.
//
// +kubebuilder:object:root=true
type ClusterEdgeProviderList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []ClusterEdgeProvider `json:"items"`
}

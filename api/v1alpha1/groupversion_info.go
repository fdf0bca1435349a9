// Package v1alpha1 contains the API of domaincert: which domain must be served
// with which certificate by which provider, and what is known about it.
//
// +kubebuilder:object:generate=true
// +groupName=domaincert.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion of this package's kinds.
var GroupVersion = schema.GroupVersion{Group: "domaincert.io", Version: "v1alpha1"}

// SchemeBuilder collects the functions that add this package to a scheme.
var SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

// AddToScheme adds this package's kinds to a scheme.
var AddToScheme = SchemeBuilder.AddToScheme

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&DomainCertificate{}, &DomainCertificateList{},
		&EdgeProvider{}, &EdgeProviderList{},
		&ClusterEdgeProvider{}, &ClusterEdgeProviderList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

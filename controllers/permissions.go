package controllers

import (
	"fmt"
	"strings"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// Permissions are what the operator's flags allow.
type Permissions struct {
	// InsecureEndpoints allows plain http.
	InsecureEndpoints bool
	// NamespacedEndpoints allows an endpoint in an EdgeProvider.
	NamespacedEndpoints bool
	// AmbientCredentials allows an EdgeProvider to use the operator's own
	// identity, and to have a URI of its choice asked for credentials.
	AmbientCredentials bool
}

// permitted asks whether the spec may be acted upon under the operator's flags.
// Whoever may create an EdgeProvider must not be able to send the operator's
// own identity to a host of their choice.
func (p Permissions) permitted(edge ProviderObject) *CredentialsError {
	endpoints, namespaced := endpointsOf(edge.ProviderSpec()), edge.GetNamespace() != ""
	switch {
	case namespaced && len(endpoints) > 0 && !p.NamespacedEndpoints:
		return notAllowed("an endpoint in an EdgeProvider needs the operator's flag --allow-namespaced-endpoints; use a ClusterEdgeProvider")
	case insecure(endpoints) && !p.InsecureEndpoints:
		return notAllowed("an endpoint with plain http needs the operator's flag --allow-insecure-endpoints; use https")
	case namespaced && ambient(edge.ProviderSpec()) && !p.AmbientCredentials:
		return notAllowed("credentials of the operator's own, or from a URI, in an EdgeProvider need the operator's flag --allow-ambient-credentials")
	}
	return nil
}

// isSupported asks whether this version of the operator knows the product.
func (c *Connector) isSupported(edge ProviderObject) *CredentialsError {
	if _, ok := c.Products[serviceOf(edge)]; !ok {
		return unsupported(fmt.Sprintf("the service %s is not supported by this version of the operator", serviceOf(edge)))
	}
	return nil
}

func notAllowed(message string) *CredentialsError {
	return &CredentialsError{Reason: domaincertv1alpha1.NotAllowedReason, Message: message}
}

// endpointsOf are the hosts that a spec chooses itself.
func endpointsOf(spec *domaincertv1alpha1.EdgeProviderSpec) []string {
	var chosen []string
	if spec.AlibabaCloud != nil {
		chosen = []string{spec.AlibabaCloud.Endpoint, spec.AlibabaCloud.STSEndpoint}
	}
	if spec.CDNPro != nil {
		chosen = append(chosen, spec.CDNPro.Endpoint)
	}
	var endpoints []string
	for _, endpoint := range chosen {
		if endpoint != "" {
			endpoints = append(endpoints, endpoint)
		}
	}
	return endpoints
}

// insecure reports whether one of the endpoints is reached by plain http.
func insecure(endpoints []string) bool {
	for _, endpoint := range endpoints {
		if strings.HasPrefix(strings.ToLower(endpoint), "http://") {
			return true
		}
	}
	return false
}

// ambient reports whether credentials come from the operator's surroundings.
func ambient(spec *domaincertv1alpha1.EdgeProviderSpec) bool {
	if spec.AlibabaCloud == nil {
		return false
	}
	credentials := spec.AlibabaCloud.Credentials
	return credentials.Default != nil || credentials.ECSRAMRole != nil || credentials.CredentialsURI != "" ||
		(credentials.OIDC != nil && credentials.OIDC.ServiceAccountRef == nil)
}

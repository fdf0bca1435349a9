package controllers

import (
	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// claim is what two objects must not share: a domain at a product of an
// account.
type claim struct {
	service string
	account string
	domain  string
}

// claimOn returns the claim that an object with this provider makes.
func claimOn(edge ProviderObject, domain string) claim {
	return claim{service: serviceOf(edge), account: accountOf(edge), domain: domain}
}

// serviceOf names the product that an edge provider is an account of.
func serviceOf(edge ProviderObject) string {
	switch spec := edge.ProviderSpec(); {
	case spec.AlibabaCloud != nil:
		return string(spec.AlibabaCloud.Service)
	case spec.CDNPro != nil:
		return "CDNPro"
	default:
		return ""
	}
}

// accountOf identifies the account of an edge provider. Where its id is not
// known the provider object itself stands for it: two of them are then taken
// for two accounts.
func accountOf(edge ProviderObject) string {
	if id := edge.ProviderStatus().AccountID; id != "" {
		return id
	}
	return string(edge.GetUID())
}

// goesBefore reports whether object a has the better claim: the older one
// wins, then the one whose namespace and name sort first.
func goesBefore(a, b *domaincertv1alpha1.DomainCertificate) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	if a.Namespace != b.Namespace {
		return a.Namespace < b.Namespace
	}
	return a.Name < b.Name
}

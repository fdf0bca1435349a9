package controllers

import (
	"net"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
// for two accounts. Case tells no two accounts apart: the id may be a user's name,
// as its owner wrote it. Where a host of a namespace's own choice told the id, that
// host is part of it: it could name anybody's account, to keep their domains from
// them and to use up their quota.
func accountOf(edge ProviderObject) string {
	id := strings.ToLower(edge.ProviderStatus().AccountID)
	if id == "" {
		return string(edge.GetUID())
	}
	if edge.GetNamespace() == "" {
		return id
	}
	for _, endpoint := range endpointsOf(edge.ProviderSpec()) {
		if host := hostOf(endpoint); !isVendors(host) {
			id += "@" + host
		}
	}
	return id
}

// hostOf is the host of an endpoint, with its port if it names one.
func hostOf(endpoint string) string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(endpoint), "http://"), "https://")
}

// isVendors reports whether a host is one of the vendors' own, which tell nobody
// an account that is not theirs.
func isVendors(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.HasSuffix(host, ".aliyuncs.com") || slices.Contains([]string{"open.chinanetcenter.com", "api.cdnetworks.com"}, host)
}

// claimPatience is how long the claims of a provider count that cannot be used: time
// for its owner to mend it, and no more, since its credentials may have been taken
// away for good.
const claimPatience = 24 * time.Hour

// hasLapsed reports whether a provider has not been usable for so long that its
// claims are anybody's.
func hasLapsed(edge ProviderObject, now time.Time) bool {
	ready := meta.FindStatusCondition(edge.ProviderStatus().Conditions, domaincertv1alpha1.ReadyCondition)
	return ready != nil && ready.Status == metav1.ConditionFalse && now.Sub(ready.LastTransitionTime.Time) > claimPatience
}

// isSupportedBy reports whether a provider knows certificates of the kind that an
// object names: otherwise the object will never act.
func isSupportedBy(edge ProviderObject, object *domaincertv1alpha1.DomainCertificate) bool {
	return object.Spec.ProviderCertificate == nil || edge.ProviderSpec().CDNPro == nil
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

package controllers

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// allows reports whether an edge provider may be used for a domain by objects
// of a namespace with these labels. An EdgeProvider serves its own namespace,
// where it was found; a ClusterEdgeProvider says whom it serves.
func allows(edge ProviderObject, domain string, namespace labels.Set) bool {
	if !listed(edge.ProviderSpec().AllowedDomains, domain, true) {
		return false
	}
	cluster, ok := edge.(*domaincertv1alpha1.ClusterEdgeProvider)
	if !ok {
		return true
	}
	return selects(cluster.Spec.AllowedNamespaces, namespace) &&
		ruled(cluster.Spec.NamespaceRules, domain, namespace)
}

// ruled reports whether a rule that selects the namespace lists the domain, or
// whether there are no rules.
func ruled(rules []domaincertv1alpha1.NamespaceRule, domain string, namespace labels.Set) bool {
	if len(rules) == 0 {
		return true
	}
	for _, rule := range rules {
		if selects(rule.NamespaceSelector, namespace) && listed(rule.AllowedDomains, domain, false) {
			return true
		}
	}
	return false
}

// selects reports whether a selector selects the labels. An absent or broken
// selector selects nothing: a mistake must not open a door.
func selects(selector *metav1.LabelSelector, set labels.Set) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}

// listed reports whether one of the patterns covers the domain; an empty list
// does if it stands for everything.
func listed(patterns []string, domain string, emptyIsAll bool) bool {
	if len(patterns) == 0 {
		return emptyIsAll
	}
	for _, pattern := range patterns {
		if covered(pattern, domain) {
			return true
		}
	}
	return false
}

// covered reports whether a pattern covers a domain: "example.com" covers
// itself, "*.example.com" covers every name below example.com, wildcards
// included. What is no pattern, as a star alone or one within a label, covers nothing:
// the API server refuses it, and an older one may not have.
func covered(pattern, domain string) bool {
	zone, isWildcard := strings.CutPrefix(pattern, "*.")
	switch {
	case pattern == "", zone == "", strings.Contains(zone, "*"):
		return false
	case !isWildcard:
		return domain == pattern
	default:
		return strings.HasSuffix(domain, "."+zone) && len(domain) > len(zone)+1
	}
}

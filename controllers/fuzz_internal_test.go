package controllers

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// These targets are in the package itself because objects reach what they ask only
// through the API server, which refuses most of what they try. It has not refused
// what was stored before it knew a rule.

// FuzzCovered checks patterns of domains against their definition, label by label.
func FuzzCovered(f *testing.F) {
	for _, seed := range [][2]string{
		{"example.com", "example.com"}, {"*.example.com", "live.example.com"}, {"*.example.com", "*.example.com"},
		{"*.example.com", "example.com"}, {"*.example.com", "evilexample.com"}, {"*", "live.example.com"}, {"", ""},
		{"*example.com", "evilexample.com"}, {"*.", "live.example.com."}, {"*.com", "a.b.com"}, {"**.com", "a.com"}, {".com", "a.com"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, domain string) {
		expected := pattern == domain && domain != "" && !strings.Contains(pattern, "*")
		if zone, isWildcard := strings.CutPrefix(pattern, "*."); isWildcard {
			names, zones := strings.Split(domain, "."), strings.Split(zone, ".")
			below := len(names) - len(zones)
			expected = zone != "" && !strings.Contains(zone, "*") && below > 0 && slices.Equal(names[below:], zones) && strings.Join(names[:below], ".") != ""
		}
		if got := covered(pattern, domain); got != expected {
			t.Fatalf("covered(%q, %q) is %t", pattern, domain, got)
		}
		if listed([]string{pattern}, domain, true) != expected || listed(nil, domain, false) {
			t.Fatalf("a list of %q does not say the same of %q", pattern, domain)
		}
	})
}

// FuzzSpec lets the reconcilers judge an object and its provider of any content.
func FuzzSpec(f *testing.F) {
	seeds := []string{
		`{"metadata":{"name":"play","namespace":"sport","uid":"1"},"spec":{"domainName":"*.example.com","secretRef":{"name":"play"},"providerRef":{"kind":"EdgeProvider","name":"live"},"interval":"6h","verification":{"mode":"Edge","address":"[::1]:443","host":"a.example.com"}}}`,
		`{"spec":{"domainName":"...","providerCertificate":{"type":"CAS","id":"7"},"interval":"-1h"},"status":{"conditions":[{"type":"Deployed","status":"False","reason":"HeldBack"}],"provider":{"version":-1}}}`,
		`{"spec":{"domainName":"ёжик.рф` + strings.Repeat("ж", 20) + `"}}`,
	}
	edges := []string{
		`{"metadata":{"name":"live","uid":"2"},"spec":{"alibabaCloud":{"service":"Live","credentials":{"accessKey":{"secretRef":{"name":"k"}}}},"allowedDomains":["*.example.com"],"allowedNamespaces":{},"namespaceRules":[{"namespaceSelector":{},"allowedDomains":["*.example.com"]}]}}`,
		`{"spec":{"cdnPro":{"endpoint":"HTTP://edge.example.com"},"allowedNamespaces":{"matchExpressions":[{"key":"a","operator":"Nonsense"}]}}}`,
		`{"spec":{"alibabaCloud":{"endpoint":"http://a","stsEndpoint":"b","credentials":{"default":{},"oidc":{}}},"quota":{"setPerSecond":-1,"describePerSecond":0}}}`,
		`{"spec":{},"status":{"accountID":"7"}}`,
	}
	for i := range max(len(seeds), len(edges)) {
		f.Add([]byte(seeds[i%len(seeds)]), []byte(edges[i%len(edges)]), "team=a,tier=b")
	}
	f.Fuzz(func(t *testing.T, objectJSON, edgeJSON []byte, namespaceLabels string) {
		var object domaincertv1alpha1.DomainCertificate
		var namespaced domaincertv1alpha1.EdgeProvider
		var cluster domaincertv1alpha1.ClusterEdgeProvider
		if json.Unmarshal(objectJSON, &object) != nil || json.Unmarshal(edgeJSON, &namespaced) != nil || json.Unmarshal(edgeJSON, &cluster) != nil {
			return
		}
		set, err := labels.ConvertSelectorToLabelsMap(namespaceLabels)
		if err != nil {
			set = labels.Set{}
		}
		namespaced.Namespace, cluster.Namespace = "sport", ""
		for _, edge := range []ProviderObject{&namespaced, &cluster} {
			judgeProvider(t, edge, &object, set)
			judgeObject(t, edge, &object)
		}
	})
}

// judgeProvider checks that nothing is allowed by a mistake in a provider.
func judgeProvider(t *testing.T, edge ProviderObject, object *domaincertv1alpha1.DomainCertificate, namespace labels.Set) {
	t.Helper()
	spec, domain := edge.ProviderSpec(), object.Spec.DomainName
	if allows(edge, domain, namespace) {
		if len(spec.AllowedDomains) > 0 && !listed(spec.AllowedDomains, domain, false) {
			t.Fatalf("%q is allowed by none of %q", domain, spec.AllowedDomains)
		}
		cluster, isCluster := edge.(*domaincertv1alpha1.ClusterEdgeProvider)
		if isCluster && (cluster.Spec.AllowedNamespaces == nil || len(cluster.Spec.NamespaceRules) > 0 && !ruled(cluster.Spec.NamespaceRules, domain, namespace)) {
			t.Fatalf("a namespace that nobody selects may use %q", domain)
		}
	}
	if (Permissions{}).permitted(edge) == nil {
		for _, endpoint := range endpointsOf(spec) {
			if edge.GetNamespace() != "" || regexp.MustCompile(`(?i)^http://`).MatchString(endpoint) {
				t.Fatalf("%q is called without permission", endpoint)
			}
		}
		if edge.GetNamespace() != "" && spec.AlibabaCloud != nil && (spec.AlibabaCloud.Credentials.Default != nil ||
			spec.AlibabaCloud.Credentials.ECSRAMRole != nil || spec.AlibabaCloud.Credentials.CredentialsURI != "") {
			t.Fatal("the operator's own identity is used without permission")
		}
	}
	if serviceOf(edge) != "" && accountOf(edge) == "" && edge.GetUID() != "" {
		t.Fatal("an account without identity")
	}
	for _, documented := range []provider.Quota{{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 50}, {Total: 300}} {
		provider.NewBudget(quotaOf(spec, documented), func(string) {})
	}
	keepOf(spec)
	credentialsSecret(spec)
}

// judgeObject checks what is sent and told of an object.
func judgeObject(t *testing.T, edge ProviderObject, object *domaincertv1alpha1.DomainCertificate) {
	t.Helper()
	name := certificateName(object)
	if len(name) > 64-len("-20060102-123456") || !utf8.ValidString(name) || !strings.HasPrefix(name, "dcert-") {
		t.Fatalf("a name that no product takes: %q", name)
	}
	other := object.DeepCopy()
	other.Name += "-other"
	if certificateName(other) == name {
		t.Fatalf("two objects share %q", name)
	}
	if goesBefore(object, other) == goesBefore(other, object) {
		t.Fatal("of two objects not exactly one has the better claim")
	}
	if claimOn(edge, object.Spec.DomainName) != claimOn(edge, other.Spec.DomainName) {
		t.Fatal("one domain is claimed in two ways")
	}
	s := &scope{object: object, edge: edge, now: testNow}
	s.target()
	s.want()
	s.probeRequest()
	if s.subject() != s.subject() { //nolint:staticcheck // the same must be the same twice
		t.Fatal("what a read-back is about changes by itself")
	}
	for _, question := range questions() {
		s.stop = &stop{condition: question, reason: "Other", message: object.Spec.DomainName, next: nextHuman}
		judgeStatus(t, describe(s))
		s.source = &domaincertv1alpha1.SourceStatus{Fingerprint: "new"} // known from the second question on
	}
}

// judgeStatus checks what the API server asks of conditions that were written now.
func judgeStatus(t *testing.T, status domaincertv1alpha1.DomainCertificateStatus) {
	t.Helper()
	for _, condition := range status.Conditions {
		if len(condition.Message) > longestMessage && condition.LastTransitionTime.Equal(&metav1.Time{Time: testNow}) {
			t.Fatalf("too long: %q", condition.Message)
		}
	}
	if meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.ReconcilingCondition) &&
		meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.StalledCondition) {
		t.Fatal("both on its way and stalled")
	}
}

// FuzzAnnotations lets an object have annotations of any content.
func FuzzAnnotations(f *testing.F) {
	for _, seed := range []string{"", "true", "True", " true", "1", "2026-11-21T12:00:00Z", strings.Repeat("ж", 200), "\x00\xff"} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, requested, older, abandon string) {
		object := &domaincertv1alpha1.DomainCertificate{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{
			domaincertv1alpha1.ReconcileRequestedAtAnnotation: requested,
			domaincertv1alpha1.AllowOlderAnnotation:           older,
			domaincertv1alpha1.AbandonAnnotation:              abandon,
		}}}
		s := &scope{object: object, edge: &domaincertv1alpha1.EdgeProvider{}, now: testNow}
		if s.want().AllowOlder != (older == "true") {
			t.Fatalf("%q allows an older certificate: %t", older, s.want().AllowOlder)
		}
		if s.resyncRequested() != (resyncAnnotation(object) != "") {
			t.Fatalf("%q asks for a read-back: %t", requested, s.resyncRequested())
		}
		if handled := resyncAnnotation(object); len(handled) > 256 || len(requested) <= 256 && handled != requested {
			t.Fatalf("%q does not fit the status", handled)
		}
		// What was handled is not handled again.
		object.Status.LastHandledReconcileAt = resyncAnnotation(object)
		if s.resyncRequested() {
			t.Fatalf("%q asks for a read-back for ever", requested)
		}
		withdraws(object)
		s.subject()
	})
}

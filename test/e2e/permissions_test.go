package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/domaincert/domaincert/test/stage"
)

// permission is one thing that a user may do.
type permission struct{ Verb, Group, Resource string }

// request is what the audit log says of one.
type request struct {
	permission
	Path   string
	Status int
}

// requestsOf reads the requests of a user from the audit log.
func requestsOf(s *stage.Stage, user string) []request {
	GinkgoHelper()
	log, err := os.Open(s.Cluster.AuditLog)
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(log.Close()).To(Succeed()) }()
	var requests []request
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var entry struct {
			Verb       string
			RequestURI string
			User       struct{ Username string }
			ObjectRef  struct{ APIGroup, Resource, Subresource string }
			Response   struct{ Code int } `json:"responseStatus"`
		}
		Expect(json.Unmarshal(lines.Bytes(), &entry)).To(Succeed())
		if entry.User.Username != user {
			continue
		}
		resource := entry.ObjectRef.Resource
		if entry.ObjectRef.Subresource != "" {
			resource += "/" + entry.ObjectRef.Subresource
		}
		requests = append(requests, request{
			permission: permission{Verb: entry.Verb, Group: entry.ObjectRef.APIGroup, Resource: resource},
			Path:       entry.RequestURI,
			Status:     entry.Response.Code,
		})
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	return requests
}

// refused are the requests that the API server did not permit.
func refused(requests []request) []request {
	return slices.DeleteFunc(slices.Clone(requests), func(r request) bool {
		return r.Status != http.StatusForbidden && r.Status != http.StatusUnauthorized
	})
}

// permissions that requests made use of.
func permissions(requests []request) []permission {
	var used []permission
	for _, r := range requests {
		if !slices.Contains(used, r.permission) {
			used = append(used, r.permission)
		}
	}
	return used
}

// spared are the permissions that the operator may not need, each with the
// reason why it has them nevertheless.
func spared() map[permission]string {
	const (
		ours   = "domaincert.io"
		listed = "an API server that does not stream what is there when a watch begins is asked for it"
	)
	return map[permission]string{
		{Verb: "get", Group: ours, Resource: "domaincertificates"}:    "an object is read past a cache that does not show its last status yet",
		{Verb: "list", Resource: "namespaces"}:                        listed,
		{Verb: "list", Resource: "secrets"}:                           listed,
		{Verb: "list", Group: ours, Resource: "clusteredgeproviders"}: listed,
		{Verb: "list", Group: ours, Resource: "domaincertificates"}:   listed,
		{Verb: "list", Group: ours, Resource: "edgeproviders"}:        listed,
		{Verb: "patch", Group: "events.k8s.io", Resource: "events"}:   "an event that is repeated is counted in the first one",
	}
}

// granted are the permissions that all bindings together give the operator.
func granted(ctx context.Context, s *stage.Stage) []permission {
	GinkgoHelper()
	var all []permission
	for _, kind := range []string{"clusterrole", "role"} {
		text, err := s.Kubectl(ctx, "get", kind+"bindings", "-A", "-o", "json")
		Expect(err).NotTo(HaveOccurred())
		var bindings struct{ Items []rbacv1.RoleBinding }
		Expect(json.Unmarshal([]byte(text), &bindings)).To(Succeed())
		for _, binding := range bindings.Items {
			if !slices.ContainsFunc(binding.Subjects, func(subject rbacv1.Subject) bool {
				return subject.Kind == rbacv1.ServiceAccountKind && subject.Name == "domaincert" && subject.Namespace == stage.OperatorNamespace
			}) {
				continue
			}
			text, err := s.Kubectl(ctx, "get", binding.RoleRef.Kind, binding.RoleRef.Name, "-n", stage.OperatorNamespace, "-o", "json")
			Expect(err).NotTo(HaveOccurred())
			var role rbacv1.ClusterRole
			Expect(json.Unmarshal([]byte(text), &role)).To(Succeed())
			for _, rule := range role.Rules {
				all = append(all, expanded(rule)...)
			}
		}
	}
	return all
}

// expanded is a rule taken apart.
func expanded(rule rbacv1.PolicyRule) []permission {
	var all []permission
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				all = append(all, permission{Verb: verb, Group: group, Resource: resource})
			}
		}
	}
	return all
}

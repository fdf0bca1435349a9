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

// permission is one thing that a user may do; with a name, to one object.
type permission struct{ Verb, Group, Resource, Namespace, Name string }

// unnamed is the permission for objects of any name.
func (p permission) unnamed() permission {
	p.Namespace, p.Name = "", ""
	return p
}

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
			ObjectRef  struct{ APIGroup, Resource, Subresource, Namespace, Name string }
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
			permission: permission{
				Verb: entry.Verb, Group: entry.ObjectRef.APIGroup, Resource: resource,
				Namespace: entry.ObjectRef.Namespace, Name: entry.ObjectRef.Name,
			},
			Path:   entry.RequestURI,
			Status: entry.Response.Code,
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

// permissions that requests made use of, by name and in general.
func permissions(requests []request) map[permission]bool {
	used := map[permission]bool{}
	for _, r := range requests {
		used[r.permission], used[r.unnamed()] = true, true
	}
	return used
}

// spared are the permissions that the operator may not need, each with the
// reason why it has them nevertheless.
func spared(access string) map[permission]string {
	const (
		ours   = "domaincert.io"
		listed = "an API server that does not stream what is there when a watch begins is asked for it"
	)
	all := map[permission]string{
		{Verb: "get", Group: ours, Resource: "domaincertificates"}:         "an object is read past a cache that does not show its last status yet",
		{Verb: "list", Group: "cert-manager.io", Resource: "certificates"}: listed,
		{Verb: "list", Resource: "namespaces"}:                             listed,
		{Verb: "list", Resource: "secrets"}:                                listed,
		{Verb: "list", Group: ours, Resource: "clusteredgeproviders"}:      listed,
		{Verb: "list", Group: ours, Resource: "domaincertificates"}:        listed,
		{Verb: "list", Group: ours, Resource: "edgeproviders"}:             listed,
		{Verb: "patch", Group: "events.k8s.io", Resource: "events"}:        "an event that is repeated is counted in the first one",
	}
	if access != "watch" {
		delete(all, permission{Verb: "list", Resource: "secrets"})
	}
	return all
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
			text, err := s.Kubectl(ctx, "get", binding.RoleRef.Kind, binding.RoleRef.Name, "-n", binding.Namespace, "-o", "json")
			Expect(err).NotTo(HaveOccurred())
			var role rbacv1.ClusterRole
			Expect(json.Unmarshal([]byte(text), &role)).To(Succeed())
			for _, rule := range role.Rules {
				all = append(all, expanded(rule, binding.Namespace)...)
			}
		}
	}
	return all
}

// expanded is a rule taken apart. The names in it are those of a namespace.
func expanded(rule rbacv1.PolicyRule, namespace string) []permission {
	var all []permission
	names := rule.ResourceNames
	if len(names) == 0 {
		names, namespace = []string{""}, ""
	}
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				for _, name := range names {
					all = append(all, permission{Verb: verb, Group: group, Resource: resource, Namespace: namespace, Name: name})
				}
			}
		}
	}
	return all
}

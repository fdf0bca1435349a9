package proxy

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is what is asked of the API server.
type Request struct {
	// Verb is the one of RBAC: get, list, watch, create, update, patch or delete.
	Verb string
	// Group is empty for the core group.
	Group string
	// Resource is plural, "secrets"; Subresource is for example "status".
	Resource, Subresource string
	// Namespace and Name are empty where the path has none.
	Namespace, Name string
	// Metadata is true if no more than the metadata is asked for.
	Metadata bool
	// At is when it arrived.
	At time.Time
}

// Is reports whether the request asks for one of the verbs on a resource,
// "domaincertificates" or "domaincertificates/status". No verb stands for all.
func (r Request) Is(resource string, verbs ...string) bool {
	asked := r.Resource
	if r.Subresource != "" {
		asked += "/" + r.Subresource
	}
	return asked == resource && (len(verbs) == 0 || slices.Contains(verbs, r.Verb))
}

// On selects the requests for some verbs on a resource.
func On(resource string, verbs ...string) func(Request) bool {
	return func(r Request) bool { return r.Is(resource, verbs...) }
}

// All selects every request.
func All(Request) bool { return true }

// requestOf reads the request from its method and path (Kubernetes API
// concepts, "Resource URIs").
func requestOf(r *http.Request) Request {
	request := Request{At: time.Now(), Metadata: strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata")}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) >= 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) >= 3 && parts[0] == "apis":
		request.Group, parts = parts[1], parts[3:]
	default:
		parts = nil
	}
	if len(parts) >= 3 && parts[0] == "namespaces" {
		request.Namespace, parts = parts[1], parts[2:]
	}
	for i, field := range []*string{&request.Resource, &request.Name, &request.Subresource} {
		if i < len(parts) {
			*field = parts[i]
		}
	}
	request.Verb = verbOf(r, request.Name)
	return request
}

func verbOf(r *http.Request, name string) string {
	switch r.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		return "delete"
	}
	switch query := r.URL.Query(); {
	case query.Has("watch") && query.Get("watch") != "false":
		return "watch"
	case name == "":
		return "list"
	default:
		return "get"
	}
}

package stage

import (
	"context"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

// Artefacts are what a run has left behind, by name: logs, objects, metrics, and
// what the simulator knows. None of them is empty, since a search in nothing
// would find nothing.
func (s *Stage) Artefacts(ctx context.Context) (map[string][]byte, error) {
	objects, err := s.objects(ctx)
	if err != nil {
		return nil, err
	}
	metrics, err := s.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{"objects": objects, "the metrics": metrics}
	logs := map[string]string{
		"the operator's log":   s.OperatorLog(),
		"the simulator's log":  s.SimulatorLog(),
		"the API server's log": s.ClusterLog(),
		"the audit log":        s.Cluster.AuditLog,
	}
	if s.certManager != nil {
		logs["cert-manager's log"] = s.CertManagerLog()
	}
	for name, path := range logs {
		if all[name], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	// Not /faults: there a test may have put a key on purpose.
	for _, path := range []string{"/journal", "/accounts", "/domains", "/settings", "/edge?domain=" + Domain} {
		if all["the simulator's "+path], err = s.Admin(ctx, path, nil); err != nil {
			return nil, err
		}
	}
	for name, content := range all {
		if len(content) == 0 {
			return nil, fmt.Errorf("%s: there is nothing to search", name)
		}
	}
	return all, nil
}

// objects is everything in the cluster but the Secrets' contents.
func (s *Stage) objects(ctx context.Context) ([]byte, error) {
	kinds, err := s.Kubectl(ctx, "api-resources", "--verbs=list", "-o", "name")
	if err != nil {
		return nil, err
	}
	text, err := s.Kubectl(ctx, "get", strings.Join(strings.Fields(kinds), ","), "-A", "-o", "yaml", "--show-managed-fields")
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []map[string]any `json:"items"`
	}
	if err := yaml.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	found := map[any]bool{}
	for _, object := range list.Items {
		found[object["kind"]] = true
		if object["kind"] == "Secret" {
			delete(object, "data")
		}
	}
	for _, kind := range []string{"DomainCertificate", "ClusterEdgeProvider", "Event", "Secret"} {
		if !found[kind] {
			return nil, fmt.Errorf("no %s is among the objects", kind)
		}
	}
	return yaml.Marshal(list.Items)
}

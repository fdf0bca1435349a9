package stage

import (
	"context"
	"os"
	"strings"
	"time"
)

// Hint is something that helps to see why a stage does not work.
type Hint struct{ Title, Text string }

// Hints are what each object says of itself, and how the logs end. They can be
// had after the stage's context has ended, until Close.
func (s *Stage) Hints() []Hint {
	const lines = 15
	var hints []Hint
	if s.Cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		const columns = `{range .items[*]}{.kind} {.metadata.name}{"\n"}` +
			`{range .status.conditions[*]}  {.type}={.status} {.reason}: {.message}{"\n"}{end}{end}`
		conditions, err := s.Kubectl(ctx, "get", "clusteredgeproviders,domaincertificates", "-A", "-o", "jsonpath="+columns)
		if err == nil && conditions != "" {
			hints = append(hints, Hint{"Conditions", conditions})
		}
	}
	for _, name := range []string{operatorLog, simulatorLog, clusterLog} {
		content, err := os.ReadFile(s.path(name))
		if err != nil || len(content) == 0 {
			continue
		}
		all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
		hints = append(hints, Hint{"The end of " + name, strings.Join(all[max(0, len(all)-lines):], "\n")})
		if name == operatorLog {
			break // the others matter only if it never started
		}
	}
	return hints
}

package edgesim

import "slices"

// operation is one row of the table of what the API can do. A product is added by a
// file with its rows and one line in operations.
type operation struct {
	version string
	action  string
	// product names the operation in RAM actions and hints, as "live" in live:Set….
	product string
	// quota is the documented one, in calls per second and account; negative for none.
	quota int
	// run does the work. It returns the answer without RequestId, or a *refusalError.
	run func(s *Server, c *call, settings Settings) (document, error)
}

type operationKey struct{ version, action string }

// operations indexes the tables of all products.
func operations() map[operationKey]operation {
	index := map[operationKey]operation{}
	for _, op := range slices.Concat(liveOperations(), cdnOperations(), dcdnOperations(), vodOperations(),
		casOperations(), stsOperations()) {
		index[operationKey{op.version, op.action}] = op
	}
	return index
}

// operation finds the row for a call.
func (s *Server) operation(c *call) (operation, error) {
	if c.action == "" {
		return operation{}, missing("Action")
	}
	if c.version == "" {
		return operation{}, missing("Version")
	}
	if op, known := s.operations[operationKey{c.version, c.action}]; known {
		return op, nil
	}
	for key := range s.operations {
		if key.version == c.version {
			return operation{}, unknownAction()
		}
	}
	return operation{}, unknownVersion()
}

package cdnpro

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
)

// task is the reply of GET /cdn/deploymentTasks/{id}, and an entry of the list of
// tasks, which has the id but neither actions nor details.
type task struct {
	ID        text         `json:"id"`
	Name      text         `json:"name"`
	Target    text         `json:"target"`
	Status    text         `json:"status"`
	Details   text         `json:"statusDetails"`
	Submitted text         `json:"submissionTime"`
	Finished  text         `json:"finishTime"`
	RequestID text         `json:"apiRequestId"`
	Actions   list[action] `json:"actions"`
}

// action is what a task does.
type action struct {
	Action        text `json:"action"`
	CertificateID text `json:"certificateId,omitempty"`
	PropertyID    text `json:"propertyId,omitempty"`
	// Version is 0 where nothing is deployed.
	Version number `json:"version,omitempty"`
}

// taskList is the reply of GET /cdn/deploymentTasks.
type taskList struct {
	Tasks list[task] `json:"deploy"`
}

// state is how far a task has come.
type state int

const (
	unknown state = iota
	running
	succeeded
	failed
)

// state reads the status of a task. The list writes "inprogress" where the task
// itself writes "in progress" (query deployment tasks, status).
func (t task) state() state {
	switch strings.ToLower(strings.ReplaceAll(string(t.Status), " ", "")) {
	case "waiting", "inprogress":
		return running
	case "succeeded":
		return succeeded
	case "failed":
		return failed
	default:
		return unknown
	}
}

func (t task) submitted() time.Time { return parseTime(t.Submitted) }

// showPatience is how long after its end a task may not show.
const showPatience = 5 * time.Minute

// isSettling reports whether a task has ended so lately that reads may not show it
// yet, as when it ends between two of them.
func (t task) isSettling(now time.Time) bool {
	return t.state() == succeeded && now.Sub(parseTime(t.Finished)) < showPatience
}

// does reports whether the task is told to do something.
func (t task) does(wanted action) bool {
	for _, done := range t.Actions {
		if done == wanted {
			return true
		}
	}
	return false
}

// rollout is a deployment that a task may be under way for. The name tells it from
// others in the list of tasks, so that a task whose making was not answered is
// found again; everybody who deploys the same gives it the same name.
type rollout struct {
	at      environment
	actions []action
}

// name is what the task is called.
func (r rollout) name() string {
	name := "domaincert"
	for _, deployed := range r.actions {
		name += "-" + string(deployed.CertificateID+deployed.PropertyID) + "-"
		if deployed.Version == 0 {
			name += "off"
			continue
		}
		name += fmt.Sprintf("v%d", deployed.Version)
	}
	return name
}

// is reports whether a task, as GET returns it, is for this rollout.
func (r rollout) is(t task) bool {
	if environment(strings.ToLower(string(t.Target))) != r.at || len(t.Actions) != len(r.actions) {
		return false
	}
	for _, wanted := range r.actions {
		if !t.does(wanted) {
			return false
		}
	}
	return true
}

// filter is how the list of tasks is narrowed to those that could be in the way.
func (r rollout) filter() (name, id string) {
	if id := string(r.actions[0].CertificateID); id != "" {
		return "certificateId", id
	}
	return "propertyId", string(r.actions[0].PropertyID)
}

// underway is what the tasks say of a rollout.
type underway struct {
	// newest is the last task for it; without id if there is none.
	newest task
	// contested is true if a task for something else is running.
	contested bool
}

// look finds out how far a rollout has come. The task that is known is asked first:
// it shows even where the list does not yet have it.
func (r rollout) look(ctx context.Context, s *session, knownID string) (underway, error) {
	var known task
	if knownID = identifier(knownID); knownID != "" {
		found, err := s.task(ctx, knownID)
		switch {
		case provider.IsKind(err, provider.Conflict): // of another account, or forgotten by the product
		case err != nil:
			return underway{}, err
		case r.is(found):
			known = found
			known.ID = text(knownID)
			if known.state() == running {
				return underway{newest: known}, nil
			}
		}
	}
	listed, err := s.tasks(ctx, r)
	if err != nil {
		return underway{}, err
	}
	found := r.among(listed)
	if found.newest.ID == "" || found.newest.ID == known.ID {
		found.newest = known
	}
	return found, nil
}

// among finds the rollout in a list of tasks.
func (r rollout) among(listed []task) underway {
	var found underway
	for _, t := range listed {
		if environment(strings.ToLower(string(t.Target))) != r.at || identifier(string(t.ID)) == "" {
			continue
		}
		switch {
		case string(t.Name) != r.name():
			found.contested = found.contested || t.state() == running
		case found.newest.ID == "" || t.submitted().After(found.newest.submitted()):
			found.newest = t
		}
	}
	return found
}

// start makes the task, unless it is running already or another one is in its way.
func (r rollout) start(ctx context.Context, s *session, now underway) (id, requestID string, err error) {
	switch {
	case now.newest.state() == running:
		return string(now.newest.ID), "", nil
	case now.contested:
		return "", "", &provider.Error{Kind: provider.Conflict, Operation: createTask, Host: s.client.endpoint.Host,
			Code: "task", Advice: meanwhileAdvice, RetryAfter: crowdPause}
	}
	made, requestID, err := create(ctx, s, request{
		operation: createTask,
		path:      []string{"deploymentTasks"},
		body: func(stamp) (any, error) {
			return map[string]any{"name": r.name(), "target": r.at, "actions": r.actions}, nil
		},
	}, "deploymentTasks", 1)
	if err != nil {
		return "", "", err
	}
	return made[0], requestID, nil
}

// trouble is what went wrong with a task that failed, which the list does not tell.
func (t task) trouble(ctx context.Context, s *session) (*provider.Error, error) {
	if t.Details == "" {
		detailed, err := s.task(ctx, string(t.ID))
		if err != nil {
			return nil, err
		}
		t = detailed
	}
	advice := "the provider could not deploy the certificate; look at the deployment task in its console, or ask its support"
	if details := plain(t.Details, maxDetails); details != "" {
		advice = "the provider could not deploy the certificate and says: " + details
	}
	return &provider.Error{Kind: provider.Unavailable, Operation: createTask, Host: s.client.endpoint.Host, Code: "task-failed",
		Advice: advice, RequestID: identifier(string(t.RequestID))}, nil
}

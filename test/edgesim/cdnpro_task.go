package edgesim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CDNProTaskKind is one of the two kinds of tasks.
type CDNProTaskKind string

const (
	// CDNProDeployment is a task made by POST /cdn/deploymentTasks.
	CDNProDeployment CDNProTaskKind = "deployment"
	// CDNProValidation is a task made by POST /cdn/validations.
	CDNProValidation CDNProTaskKind = "validation"
)

// CDNProTask is a deployment or validation task.
type CDNProTask struct {
	// ID, Kind, Name and Target are those of the request; a validation has no target.
	ID     string         `json:"id"`
	Kind   CDNProTaskKind `json:"kind"`
	Name   string         `json:"name,omitempty"`
	Target CDNProTarget   `json:"target,omitempty"`
	// Actions are what it does; of a validation, the property version that it checks.
	Actions []CDNProAction `json:"actions"`
	// Status is waiting, in progress, succeeded or failed.
	Status string `json:"status"`
	// Details are what is said about the status.
	Details string `json:"details,omitempty"`
	// Submitted is when the task was made, Finished when it ended.
	Submitted time.Time `json:"submitted"`
	Finished  time.Time `json:"finished,omitzero"`
	// RequestID is the id of the call that made the task.
	RequestID string `json:"requestID"`
}

// CDNProAction is one action of a deployment task.
type CDNProAction struct {
	// Action is deploy_cert, remove_cert, deploy_property or remove_property.
	Action string `json:"action,omitempty"`
	// CertificateID or PropertyID is what is deployed or removed.
	CertificateID string `json:"certificateId,omitempty"`
	PropertyID    string `json:"propertyId,omitempty"`
	// Version is the version to deploy. The SDK sends and expects text, everybody else
	// sends numbers: both are taken, and the answer repeats the form that was sent.
	Version CDNProVersion `json:"version,omitzero"`
}

// CDNProVersion is a version number, in JSON a number or text.
type CDNProVersion struct {
	// Number is the version, from 1.
	Number int
	// Text tells that it was sent as text.
	Text bool
}

// MarshalJSON writes the version as it was sent.
func (v CDNProVersion) MarshalJSON() ([]byte, error) {
	if v.Text {
		return json.Marshal(strconv.Itoa(v.Number))
	}
	return json.Marshal(v.Number)
}

// UnmarshalJSON reads a number or text.
func (v *CDNProVersion) UnmarshalJSON(text []byte) error {
	plain := strings.Trim(string(text), `"`)
	number, err := strconv.Atoi(plain)
	if err != nil || number < 1 {
		return errors.New("a version is a whole number from 1")
	}
	*v = CDNProVersion{Number: number, Text: len(plain) < len(text)}
	return nil
}

// CDNProFailure makes tasks to come fail.
type CDNProFailure struct {
	// Account is whose tasks fail.
	Account string `json:"account"`
	// Kind is the kind of tasks. Default CDNProDeployment.
	Kind CDNProTaskKind `json:"kind,omitempty"`
	// Count is how many tasks fail, beginning with the next. Default 1.
	Count int `json:"count,omitempty"`
	// Details are what the task says then.
	Details string `json:"details,omitempty"`
}

// withDefaults fills what was left empty.
func (f CDNProFailure) withDefaults() CDNProFailure {
	fill(&f.Kind, CDNProDeployment)
	fill(&f.Count, 1)
	fill(&f.Details, "The task failed on some servers.")
	return f
}

// validate refuses failures that would never happen.
func (f CDNProFailure) validate() error {
	if f.Count < 1 {
		return fmt.Errorf("count %d is not a number of tasks", f.Count)
	}
	return oneOf("kind", f.Kind, CDNProDeployment, CDNProValidation)
}

// cdnproTask is a task and how it will go.
type cdnproTask struct {
	CDNProTask
	account *cdnproAccount
	webhook string
	// duration is how long it takes, propagation how long after its end the edge follows.
	duration, propagation time.Duration
	// fails makes it fail; Details say why.
	fails bool
}

func (t *cdnproTask) finish() time.Time { return t.Submitted.Add(t.duration) }

func (t *cdnproTask) ended(now time.Time) bool { return !t.finish().After(now) }

// at is the task as it shows at a time; stale is the status before.
func (t *cdnproTask) at(now time.Time, stale bool) CDNProTask {
	shown := t.CDNProTask
	ended := t.ended(now)
	begun := ended || !t.Submitted.Add(t.duration/2).After(now)
	switch {
	case ended && !stale:
		shown.Status, shown.Finished = "succeeded", t.finish()
		if t.fails {
			shown.Status = "failed"
		}
	case ended || begun && !stale:
		shown.Status, shown.Details = "in progress", ""
	default:
		shown.Status, shown.Details = "waiting", ""
	}
	return shown
}

// failing takes the next failure that is meant for a task of the kind.
func (a *cdnproAccount) failing(kind CDNProTaskKind) (CDNProFailure, bool) {
	for i := range a.failures {
		if f := &a.failures[i]; f.Kind == kind && f.Count > 0 {
			f.Count--
			return *f, true
		}
	}
	return CDNProFailure{}, false
}

// submit makes a task, which takes effect at once if tasks take no time.
func (c *cdnproCall) submit(task CDNProTask, webhook string) {
	submitted := &cdnproTask{CDNProTask: task, account: c.account, webhook: webhook,
		duration: time.Duration(c.settings.CDNPro.TaskDuration), propagation: time.Duration(c.settings.PropagationDelay)}
	if failure, fails := c.account.failing(task.Kind); fails {
		submitted.fails, submitted.Details = true, failure.Details
	}
	if task.Kind == CDNProValidation {
		c.account.validations = append(c.account.validations, submitted)
	} else {
		c.account.deployments = append(c.account.deployments, submitted)
	}
	c.account.pending = append(c.account.pending, submitted)
	c.world.settleAccount(c.account, c.now)
	c.entry.Applied = true
}

// apply lets an ended task take effect: all of it, or nothing of it (inferred).
func (w *cdnproWorld) apply(task *cdnproTask) {
	if task.Kind == CDNProValidation {
		w.applyValidation(task)
		return
	}
	if missing := task.missing(); missing != "" && !task.fails {
		task.fails, task.Details = true, missing
	}
	if task.fails {
		return
	}
	servedAt := task.finish().Add(task.propagation)
	for _, action := range task.Actions {
		switch action.Action {
		case actionDeployCert:
			w.deploy(task.account.certificates[action.CertificateID], task.Target, action.Version.Number, servedAt)
		case actionRemoveCert:
			w.deploy(task.account.certificates[action.CertificateID], task.Target, 0, servedAt)
		case actionDeployProperty:
			w.deployProperty(task.account.properties[action.PropertyID], task.Target, action.Version.Number, servedAt)
		case actionRemoveProperty:
			w.deployProperty(task.account.properties[action.PropertyID], task.Target, 0, servedAt)
		}
	}
}

func (w *cdnproWorld) applyValidation(task *cdnproTask) {
	property, known := task.account.properties[task.Actions[0].PropertyID]
	if !known {
		return
	}
	if version, known := property.version(task.Actions[0].Version.Number); known {
		version.validation = "Validated"
		if task.fails {
			version.validation = "Failed"
		}
	}
}

// missing says what was deleted between the task's submission and its end.
func (t *cdnproTask) missing() string {
	for _, action := range t.Actions {
		if action.CertificateID != "" {
			held, known := t.account.certificates[action.CertificateID]
			if known && action.Action == actionDeployCert {
				_, known = held.version(action.Version.Number)
			}
			if !known {
				return "The certificate was deleted."
			}
		}
	}
	return ""
}

// text is the version as it stands in messages.
func (v CDNProVersion) text() string { return strconv.Itoa(v.Number) }

package edgesim

import (
	"net/http"
	"slices"
	"strings"
)

// Actions of a deployment task (POST /cdn/deploymentTasks, actions[].action).
const (
	actionDeployCert     = "deploy_cert"
	actionRemoveCert     = "remove_cert"
	actionDeployProperty = "deploy_property"
	actionRemoveProperty = "remove_property"
)

// cdnproDeploymentForm is the body of POST /cdn/deploymentTasks.
type cdnproDeploymentForm struct {
	Name    string         `json:"name"`
	Target  CDNProTarget   `json:"target"`
	Actions []CDNProAction `json:"actions"`
	Webhook string         `json:"webhook"`
}

// createCDNProDeployment answers POST /cdn/deploymentTasks.
func createCDNProDeployment(c *cdnproCall) (cdnproAnswer, error) {
	var form cdnproDeploymentForm
	if err := c.decode(&form); err != nil {
		return cdnproAnswer{}, err
	}
	if !slices.Contains(cdnproTargets(), form.Target) {
		return cdnproAnswer{}, badCDNProRequest("target is neither staging nor production")
	}
	c.noted.Target = form.Target
	if len(form.Actions) == 0 {
		return cdnproAnswer{}, badCDNProRequest("actions is empty")
	}
	for _, action := range form.Actions {
		if err := c.checkAction(form, action); err != nil {
			return cdnproAnswer{}, err
		}
	}
	task := CDNProTask{ID: strings.ToLower(requestID()), Kind: CDNProDeployment, Name: printable(form.Name), Target: form.Target,
		Actions: form.Actions, Submitted: c.now, RequestID: c.entry.RequestID}
	c.noted.TaskID = task.ID
	if !c.withoutEffect {
		c.submit(task, form.Webhook)
	}
	return cdnproAnswer{status: http.StatusCreated, location: "/cdn/deploymentTasks/" + task.ID}, nil
}

// listCDNProDeployments answers GET /cdn/deploymentTasks, newest first. The filter spells
// the status "in progress" without a space.
func listCDNProDeployments(c *cdnproCall) (cdnproAnswer, error) {
	page, err := c.page()
	if err != nil {
		return cdnproAnswer{}, err
	}
	list := []document{}
	for _, task := range slices.Backward(c.account.deployments) {
		shown := task.at(c.now, false)
		if !shown.about(c.query.Get("certificateId"), c.query.Get("propertyId")) || !page.wants(shown.Target == CDNProProduction, shown.Target == CDNProStaging) ||
			!is(c.query.Get("status"), strings.ReplaceAll(shown.Status, " ", "")) ||
			!strings.Contains(shown.Name, c.query.Get("search")) && shown.ID != c.query.Get("search") {
			continue
		}
		listed := shown.document()
		delete(listed, "statusDetails")
		listed["id"], listed["target"] = shown.ID, shown.Target
		list = append(list, listed)
	}
	return cdnproAnswer{status: http.StatusOK, body: document{"count": len(list), "deploy": paged(list, page)}}, nil
}

// about reports whether an action is about the certificate and one about the property;
// an empty id is about any.
func (t CDNProTask) about(certificateID, propertyID string) bool {
	return slices.ContainsFunc(t.Actions, func(a CDNProAction) bool { return is(certificateID, a.CertificateID) }) &&
		slices.ContainsFunc(t.Actions, func(a CDNProAction) bool { return is(propertyID, a.PropertyID) })
}

// getCDNProDeployment answers GET /cdn/deploymentTasks/{id}.
func getCDNProDeployment(c *cdnproCall) (cdnproAnswer, error) {
	task, known := c.task(c.account.deployments)
	if !known {
		return cdnproAnswer{}, unknownCDNProDeployment()
	}
	shown := task.at(c.now, c.stale)
	answer := shown.document()
	answer["actions"], answer["target"] = shown.Actions, shown.Target
	c.noted.Target = shown.Target
	if task.webhook != "" {
		answer["webhook"] = task.webhook
	}
	return cdnproAnswer{status: http.StatusOK, body: answer}, nil
}

// task finds the task of the path.
func (c *cdnproCall) task(list []*cdnproTask) (*cdnproTask, bool) {
	i := slices.IndexFunc(list, func(t *cdnproTask) bool { return t.ID == c.http.PathValue("id") })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// document is what both kinds of tasks answer.
func (t CDNProTask) document() document {
	answer := document{"status": t.Status, "submissionTime": cdnproTime(t.Submitted), "apiRequestId": t.RequestID}
	if t.Name != "" {
		answer["name"] = t.Name
	}
	if t.Details != "" {
		answer["statusDetails"] = t.Details
	}
	if !t.Finished.IsZero() {
		answer["finishTime"] = cdnproTime(t.Finished)
	}
	return answer
}

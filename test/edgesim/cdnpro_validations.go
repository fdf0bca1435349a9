package edgesim

import (
	"net/http"
	"strings"
)

// createCDNProValidation answers POST /cdn/validations.
func createCDNProValidation(c *cdnproCall) (cdnproAnswer, error) {
	var form struct {
		Name       string        `json:"name"`
		PropertyID string        `json:"propertyId"`
		Version    CDNProVersion `json:"version"`
		Webhook    string        `json:"webhook"`
	}
	if err := c.decode(&form); err != nil {
		return cdnproAnswer{}, err
	}
	c.noted.PropertyID, c.noted.Version = printable(form.PropertyID), form.Version.Number
	held, known := c.account.properties[form.PropertyID]
	if !known {
		return cdnproAnswer{}, unknownCDNProProperty()
	}
	version, known := held.version(form.Version.Number)
	if !known {
		return cdnproAnswer{}, unknownCDNProPropertyVersion()
	}
	if held.frozen(version.number) {
		return cdnproAnswer{}, frozenCDNProProperty()
	}
	task := CDNProTask{ID: strings.ToLower(requestID()), Kind: CDNProValidation, Name: printable(form.Name), Submitted: c.now, RequestID: c.entry.RequestID,
		Actions: []CDNProAction{{PropertyID: held.id, Version: form.Version}}}
	c.noted.TaskID = task.ID
	if !c.withoutEffect {
		c.submit(task, form.Webhook)
	}
	return cdnproAnswer{status: http.StatusCreated, location: "/cdn/validations/" + task.ID}, nil
}

// getCDNProValidation answers GET /cdn/validations/{id}.
func getCDNProValidation(c *cdnproCall) (cdnproAnswer, error) {
	task, known := c.task(c.account.validations)
	if !known {
		return cdnproAnswer{}, unknownCDNProValidation()
	}
	shown := task.at(c.now, c.stale)
	answer := shown.document()
	answer["propertyId"], answer["version"] = shown.Actions[0].PropertyID, shown.Actions[0].Version.Number
	c.noted.PropertyID, c.noted.Version = shown.Actions[0].PropertyID, shown.Actions[0].Version.Number
	return cdnproAnswer{status: http.StatusOK, body: answer}, nil
}

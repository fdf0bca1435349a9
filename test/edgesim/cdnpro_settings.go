package edgesim

import (
	"errors"
	"fmt"
)

// CDNProSettings are the switches of CDN Pro. The zero value is the default.
type CDNProSettings struct {
	// TaskDuration is how long deployment and validation tasks take: waiting for the
	// first half, in progress for the second. The real product says about five minutes
	// for removing, and nothing for deploying. Default 0: a task has ended when it is
	// first looked at.
	TaskDuration Duration `json:"taskDuration"`
	// ClockWindow is how far the Date of a request may be from the simulator's clock.
	// Default 5m, which is documented for calls signed with an access key (API overview,
	// x-cnc-timestamp) and inferred for those with an API key.
	ClockWindow Duration `json:"clockWindow,omitempty"`
	// MaxVersions is how many versions a certificate may have. Default 100, inferred: the
	// error TooManyVersions is known, its figure is not. Negative is no limit.
	MaxVersions int `json:"maxVersions,omitempty"`
	// DeleteVersions says whether versions of a certificate can be deleted by DELETE
	// /cdn/certificates/{id}/versions/{version}. The field "deletable" of a version is
	// documented, such a call is not. Default CDNProDeleteLatest.
	DeleteVersions CDNProDeleteVersions `json:"deleteVersions,omitempty"`
	// Throttle is the answer to calls beyond the quota "cdnpro" of Settings.Quotas.
	Throttle CDNProThrottle `json:"throttle"`
}

// CDNProThrottle is the answer to calls beyond the quota. Both fields are inferred.
type CDNProThrottle struct {
	// Status is the HTTP status. Default 429.
	Status int `json:"status,omitempty"`
	// Code is the error code. Default TooManyRequests.
	Code string `json:"code,omitempty"`
}

// CDNProDeleteVersions says which versions of a certificate can be deleted.
type CDNProDeleteVersions string

const (
	// CDNProDeleteLatest deletes the latest version if it was never deployed, which is
	// what the description of "deletable" says (certificate version details).
	CDNProDeleteLatest CDNProDeleteVersions = "latest"
	// CDNProDeleteNone knows no such call.
	CDNProDeleteNone CDNProDeleteVersions = "none"
)

// withDefaults fills what was left empty.
func (s CDNProSettings) withDefaults() CDNProSettings {
	fill(&s.ClockWindow, 5*Minute)
	fill(&s.MaxVersions, 100)
	fill(&s.DeleteVersions, CDNProDeleteLatest)
	fill(&s.Throttle.Status, 429)
	fill(&s.Throttle.Code, "TooManyRequests")
	return s
}

// validate refuses values that would silently mean nothing.
func (s CDNProSettings) validate() error {
	if s.TaskDuration < 0 || s.ClockWindow < 0 {
		return errors.New("cdnpro: taskDuration and clockWindow cannot be negative")
	}
	if s.Throttle.Status < 400 || s.Throttle.Status > 599 {
		return fmt.Errorf("cdnpro: throttle.status %d is not an HTTP status from 400 to 599", s.Throttle.Status)
	}
	return oneOf("cdnpro.deleteVersions", s.DeleteVersions, CDNProDeleteLatest, CDNProDeleteNone)
}

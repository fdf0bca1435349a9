package edgesim

import (
	"fmt"
	"net/http"
)

// Refusals of CDN Pro. Those with a page in their comment have code, status and
// meaning from its error table; the others are inferred, code and status alike.

// unknownCDNProCertificate is on the page of GET /cdn/certificates/{certificateId}.
func unknownCDNProCertificate() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidCertId", message: "The specified certificate ID does not exist."}
}

// unknownCDNProVersion is on the page of GET /cdn/certificates/{certificateId}/versions/{version}.
func unknownCDNProVersion(id, version string) *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidCertVersion",
		message: fmt.Sprintf("The specified version %s of certificate %s does not exist.", printable(version), id)}
}

// cdnproCertificateInUse is on the page of DELETE /cdn/certificates/{certificateId}.
func cdnproCertificateInUse() *refusalError {
	return &refusalError{status: http.StatusConflict, code: "CertificateInUse",
		message: "The certificate cannot be deleted because it is in use on production or staging."}
}

// unknownCDNProProperty is on the page of GET /cdn/properties/{propertyId}.
func unknownCDNProProperty() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidPropertyId", message: "The specified property ID does not exist."}
}

// unknownCDNProPropertyVersion is on the page of DELETE /cdn/properties/{propertyId}/versions/{version}.
func unknownCDNProPropertyVersion() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidVersion", message: "The property version specified does not exist."}
}

// cdnproPropertyInUse is the code of DELETE /cdn/properties/{propertyId}; that removing
// a property meets it too is inferred.
func cdnproPropertyInUse() *refusalError {
	return &refusalError{status: http.StatusConflict, code: "PropertyInUse",
		message: "The hostnames of the property were requested in the past 24 hours."}
}

// unknownCDNProDeployment is on the page of GET /cdn/deploymentTasks/{id}.
func unknownCDNProDeployment() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidDeploymentTaskId", message: "The specified deployment task ID does not exist."}
}

// cdnproDenied is on the page of GET /cdn/deploymentTasks/{id}.
func cdnproDenied() *refusalError {
	return &refusalError{status: http.StatusForbidden, code: "AccessDenied", message: "This user is not allowed to perform this request."}
}

// badCDNProTarget is on the page of GET /cdn/hostnames.
func badCDNProTarget() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidTarget",
		message: "Invalid target query parameter. Only 'all', 'staging', or 'production' are allowed."}
}

// badCDNProLimit is on the page of GET /cdn/hostnames.
func badCDNProLimit() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidListLimit",
		message: "The value of limit should be between 1 and 200, inclusive."}
}

// badCDNProOffset is on the page of GET /cdn/hostnames.
func badCDNProOffset() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidListOffset", message: "The offset must be a valid non-negative integer."}
}

// Seen in the field, without a page: InvalidKey and TooManyVersions.

func badCDNProKey(reason string) *refusalError {
	return (&refusalError{status: http.StatusBadRequest, code: "InvalidKey", message: "The private key is invalid."}).because(reason)
}

func tooManyCDNProVersions(limit int) *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "TooManyVersions",
		message: fmt.Sprintf("The certificate has %d versions already.", limit)}
}

// From here on everything is inferred.

func unauthorizedCDNPro(reason string) *refusalError {
	return (&refusalError{status: http.StatusUnauthorized, code: "Unauthorized", message: "Authentication failed."}).because(reason)
}

func badCDNProDate(reason string) *refusalError {
	return (&refusalError{status: http.StatusUnauthorized, code: "InvalidDate",
		message: "The date of the request is missing, malformed or expired."}).because(reason)
}

func unknownCDNProPath() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "NotFound", message: "There is no such API."}
}

func unknownCDNProHostname() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidHostname", message: "The specified hostname does not exist."}
}

func unknownCDNProValidation() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidValidationId", message: "The specified validation task ID does not exist."}
}

func badCDNProRequest(reason string) *refusalError {
	return (&refusalError{status: http.StatusBadRequest, code: "InvalidRequest", message: "The request is invalid: " + reason + "."}).because(reason)
}

func badCDNProCertificate(reason string) *refusalError {
	return (&refusalError{status: http.StatusBadRequest, code: "InvalidCertificate", message: "The certificate is invalid."}).because(reason)
}

func keptCDNProVersion() *refusalError {
	return &refusalError{status: http.StatusConflict, code: "CertVersionNotDeletable",
		message: "Only the latest version can be deleted, and only if it was never deployed."}
}

func unfitCDNProCertificate(reason string) *refusalError {
	return (&refusalError{status: http.StatusBadRequest, code: "CertificateCheckFailed",
		message: "The certificate has expired or does not cover the hostnames."}).because(reason)
}

func absentCDNProCertificate(id string) *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "CertificateNotDeployed",
		message: fmt.Sprintf("The certificate %s is not deployed to the target environment.", id)}
}

func unvalidatedCDNProProperty() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "PropertyNotValidated", message: "The property version has not been validated."}
}

func contestedCDNProHostname(hostname string) *refusalError {
	return &refusalError{status: http.StatusConflict, code: "HostnameConflict",
		message: fmt.Sprintf("The hostname %s belongs to another property.", hostname)}
}

func frozenCDNProProperty() *refusalError {
	return &refusalError{status: http.StatusConflict, code: "PropertyVersionFrozen", message: "The property version was deployed and is frozen."}
}

package edgesim

import "net/http"

// The refusals of STS. Codes, statuses and messages are of its page of error codes and
// of ACK's troubleshooting of RRSA; statuses of those that have none there are inferred.

func wronglyFormed(parameter string) *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidParameter." + parameter,
		message: "The parameter " + parameter + " is wrongly formed."}
}

func invalidDuration() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidParameter.DurationSeconds",
		message: "The Min/Max value of DurationSeconds is 15min/12hr."}
}

func invalidPolicy() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidParameter.PolicyGrammar",
		message: "The parameter Policy has not passed grammar check."}
}

func unknownRole() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "EntityNotExist.Role", message: "The role not exists."}
}

// notAuthorized is AssumeRole's refusal of who is not trusted, or sends another external
// id: the answer does not tell which.
func notAuthorized(reason string) *refusalError {
	return (&refusalError{status: http.StatusForbidden, code: "NoPermission",
		message: "You are not authorized to do this action. You should be authorized by RAM."}).because(reason)
}

// failedAuthentication is AssumeRoleWithOIDC's refusal of a provider, token or role.
func failedAuthentication(code, message, reason string) *refusalError {
	return (&refusalError{status: http.StatusUnauthorized, code: "AuthenticationFail." + code, message: message}).because(reason)
}

func invalidToken(message, reason string) *refusalError {
	return failedAuthentication("OIDCToken.Invalid", message, reason)
}

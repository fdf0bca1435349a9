package edgesim

import "net/http"

// refusalError is an error answer of the API.
type refusalError struct {
	status  int
	code    string
	message string
	// detail is AccessDeniedDetail, for RAM's refusals only.
	detail document
	// reason is the simulator's own explanation for whoever reads the journal. It
	// never repeats what a client sent.
	reason string
}

// Error makes a refusal an error.
func (r *refusalError) Error() string { return r.code + ": " + r.message }

// because adds the simulator's own explanation.
func (r *refusalError) because(reason string) *refusalError {
	r.reason = reason
	return r
}

// missing is the gateway's answer to a mandatory parameter that was not sent; the
// form Missing<Name> was seen with other products.
func missing(parameter string) *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "Missing" + parameter,
		message: parameter + " is mandatory for this action."}
}

// denied is RAM's refusal; the code is that of other products' pages, the fields of
// its detail were seen in answers of other products.
func denied(action, user string) *refusalError {
	return &refusalError{
		status: http.StatusForbidden, code: "NoPermission",
		message: "You are not authorized to do this action.",
		detail: document{
			"AuthAction": action, "AuthPrincipalDisplayName": user, "AuthPrincipalType": "SubUser",
			"NoPermissionType": "ImplicitDeny", "PolicyType": "AccountLevelIdentityBasedPolicy",
		},
	}
}

// The gateway's own refusals, common to all products. Statuses and messages follow
// vendor error tables of several products; those without a table are inferred.

func unknownAction() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidAction.NotFound",
		message: "Specified api is not found, please check your url and method."}
}

func unknownVersion() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidVersion",
		message: "Specified parameter Version is not valid."}
}

func unsupportedMethod() *refusalError {
	return &refusalError{status: http.StatusMethodNotAllowed, code: "UnsupportedHTTPMethod",
		message: "This http method is not supported."}
}

func unreadable(reason string) *refusalError {
	return (&refusalError{status: http.StatusBadRequest, code: "InvalidParameter",
		message: "The request could not be read."}).because(reason)
}

func incompleteSignature(reason string) *refusalError {
	return (&refusalError{status: http.StatusBadRequest, code: "IncompleteSignature",
		message: "The request signature does not conform to Aliyun standards."}).because(reason)
}

func unknownKey() *refusalError {
	return &refusalError{status: http.StatusNotFound, code: "InvalidAccessKeyId.NotFound",
		message: "Specified access key is not found."}
}

func disabledKey() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidAccessKeyId.Inactive",
		message: "Specified access key is disabled."}
}

// wrongSignature's status is that of the CDN page's error table.
func wrongSignature(reason string) *refusalError {
	return (&refusalError{status: http.StatusForbidden, code: "SignatureDoesNotMatch",
		message: "Specified signature is not matched with our calculation."}).because(reason)
}

func malformedTime() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidTimeStamp.Format",
		message: "Specified time stamp or date value is not well formatted."}
}

func expiredTime() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidTimeStamp.Expired",
		message: "Specified time stamp or date value is expired."}
}

func usedNonce() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "SignatureNonceUsed",
		message: "Specified signature nonce was used already."}
}

func expiredToken() *refusalError {
	return &refusalError{status: http.StatusForbidden, code: "InvalidSecurityToken.Expired",
		message: "Specified SecurityToken is expired."}
}

func foreignToken() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidSecurityToken.MismatchWithAccessKey",
		message: "Specified SecurityToken mismatch with the AccessKey."}
}

func throttled(t Throttle) *refusalError {
	return &refusalError{status: t.Status, code: t.Code, message: "Request was denied due to user flow control."}
}

func internalError(reason string) *refusalError {
	return (&refusalError{status: http.StatusInternalServerError, code: "InternalError",
		message: "The request processing has failed due to some unknown error."}).because(reason)
}

func invalidParameter(name string) *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "Invalid" + name + ".Malformed",
		message: "Specified parameter " + name + " is not valid."}
}

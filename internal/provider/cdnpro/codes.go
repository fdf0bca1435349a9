package cdnpro

import (
	"net/http"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// meaning is what a code of the product means for the object.
type meaning struct {
	kind provider.Kind
	// account is true if the code refuses the account as a whole.
	account bool
	// advice tells a human what to do, in a sentence without a final stop.
	advice string
	// documented is false of a code that no page of the product has: it was seen in
	// the field, or is inferred from its neighbours.
	documented bool
}

const (
	throttledAdvice = "the account's requests for these minutes are used up; lower the quota in the EdgeProvider if other programs use the account too"
	keyAdvice       = "check user name and API key in the credentials: the product does not let them in"
	allowAdvice     = "ask the product's support to enable the API for CDN Pro, and allow the API user to use certificates, properties and deployment tasks"
	domainAdvice    = "deploy a property with this hostname in this account; if spec.domainName is wrong, create this object anew"
	vanishedAdvice  = "something the operator was working with was removed at the provider; the operator looks again by itself"
	meanwhileAdvice = "another change at the provider is in the way; the operator repeats the call by itself"
	privateAdvice   = "issue the certificate again with an RSA or ECDSA key, and check that the API key in the credentials is the user's: private keys are encrypted with it"
	chainAdvice     = "issue the certificate again and check its Secret: the provider does not accept its form"
	coverAdvice     = "issue a certificate that is valid and covers all hostnames of the property"
	capAdvice       = "the certificate at the provider has as many versions as it can have, and the operator does not replace one that it has not made all of; create a new certificate in the console and put it on the property: the operator goes on with that one"
	dateAdvice      = "set the clock of the operator's node: the request's date was not accepted"
	codeAdvice      = "look the code up on the product's page of error codes"
)

// The codes that this adapter acts upon, apart from their kind.
const (
	codeTooManyVersions    = "TooManyVersions"
	codeInvalidCertificate = "InvalidCertId"
	codeInvalidVersion     = "InvalidCertVersion"
	codeInvalidDate        = "InvalidDate"
)

// meanings is the table of codes. Those marked are from the pages of the calls that
// answer with them (query certificate details, query certificate version details,
// delete a certificate, query a property, delete a property, query a deployment
// task, query hostnames); the others are from the field or inferred, and would all
// mean much the same by their HTTP status.
func meanings() map[string]meaning {
	const documented = true
	return map[string]meaning{
		codeInvalidCertificate:    {provider.Conflict, false, vanishedAdvice, documented},
		codeInvalidVersion:        {provider.Conflict, false, vanishedAdvice, documented},
		"InvalidPropertyId":       {provider.Conflict, false, vanishedAdvice, documented},
		"InvalidVersion":          {provider.Conflict, false, vanishedAdvice, documented},
		"InvalidDeploymentTaskId": {provider.Conflict, false, vanishedAdvice, documented},
		"CertificateInUse":        {provider.Conflict, false, meanwhileAdvice, documented},
		"PropertyInUse":           {provider.Conflict, false, meanwhileAdvice, documented},
		"AccessDenied":            {provider.Denied, false, allowAdvice, documented},

		"InvalidKey":              {provider.Rejected, false, privateAdvice, false},
		codeTooManyVersions:       {provider.Rejected, false, capAdvice, false},
		"InvalidHostname":         {provider.NotFound, false, domainAdvice, false},
		"InvalidCertificate":      {provider.Rejected, false, chainAdvice, false},
		"CertificateCheckFailed":  {provider.Rejected, false, coverAdvice, false},
		"CertVersionNotDeletable": {provider.Conflict, false, meanwhileAdvice, false},
		"HostnameConflict":        {provider.Conflict, false, meanwhileAdvice, false},
		"CertificateNotDeployed":  {provider.Conflict, false, meanwhileAdvice, false},
		"PropertyNotValidated":    {provider.Conflict, false, meanwhileAdvice, false},
		"PropertyVersionFrozen":   {provider.Conflict, false, meanwhileAdvice, false},
		"Unauthorized":            {provider.Denied, true, keyAdvice, false},
		codeInvalidDate:           {provider.Unavailable, true, dateAdvice, false},
		"TooManyRequests":         {provider.Throttled, false, throttledAdvice, false},
	}
}

// meaningOf is what a code means as the answer to a request.
func meaningOf(of request, code string, status int) meaning {
	if status == http.StatusTooManyRequests {
		return meaning{kind: provider.Throttled, advice: throttledAdvice}
	}
	for known, found := range meanings() {
		if strings.EqualFold(known, code) {
			return found
		}
	}
	switch {
	case status == http.StatusUnauthorized:
		return meaning{kind: provider.Denied, account: true, advice: keyAdvice}
	case status == http.StatusForbidden:
		return meaning{kind: provider.Denied, advice: allowAdvice}
	case status == http.StatusNotFound && of.aboutDomain:
		return meaning{kind: provider.NotFound, advice: domainAdvice}
	case status == http.StatusNotFound:
		return meaning{kind: provider.Conflict, advice: vanishedAdvice}
	case status == http.StatusConflict:
		return meaning{kind: provider.Conflict, advice: meanwhileAdvice}
	case status >= 400 && status < 500:
		return meaning{kind: provider.Rejected, advice: codeAdvice}
	default:
		return meaning{kind: provider.Unavailable, advice: codeAdvice}
	}
}

// isAboutDate reports whether a code refuses a request for its date: nothing of it
// was carried out.
func isAboutDate(code string) bool { return strings.EqualFold(code, codeInvalidDate) }

// isCode reports whether err is the product's refusal with this code.
func isCode(err error, code string) bool {
	return err != nil && strings.EqualFold(provider.AsError(err).Code, code)
}

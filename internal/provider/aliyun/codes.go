package aliyun

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// Meaning is what a vendor's error code means for the object.
type Meaning struct {
	Kind provider.Kind
	// Account is true if the code refuses the account as a whole.
	Account bool
	// Advice tells a human what to do, in a sentence without a final stop.
	Advice string
}

// Codes is a table from vendor code to meaning. A key that ends in ".*" stands
// for the word before it and for every code that begins with that word and a
// dot.
type Codes map[string]Meaning

// find looks a code up: as it is written, then in any case, since the pages
// and the products do not always agree, then by its family.
func (c Codes) find(code string) (Meaning, bool) {
	if meaning, found := c[code]; found {
		return meaning, true
	}
	var family Meaning
	matched := ""
	for known, meaning := range c {
		if strings.EqualFold(known, code) {
			return meaning, true
		}
		word, isFamily := strings.CutSuffix(known, ".*")
		if isFamily && len(word) > len(matched) && inFamily(code, word) {
			family, matched = meaning, word
		}
	}
	return family, matched != ""
}

func inFamily(code, word string) bool {
	return len(code) >= len(word) && strings.EqualFold(code[:len(word)], word) &&
		(len(code) == len(word) || code[len(word)] == '.')
}

const throttledAdvice = "the account's quota for this call is used up; lower the quota in the EdgeProvider if other programs use the account too"

// gatewayCodes are the codes that every product's gateway answers with.
//
// Nothing here is a matter of the HTTP status: throttling comes as 400, 429 and
// 503, a missing parameter as 404.
func gatewayCodes() Codes {
	const (
		checkKey   = "check the access key in the credentials: it is unknown, disabled or not of this account"
		renewal    = "renew the security token in the credentials: it is expired or belongs to another access key"
		checkClock = "set the clock of the operator's node: the request's time is more than 15 minutes off"
		checkHost  = "check that the endpoint belongs to the product of this provider"
		permission = "grant the permission for this call to the access key's RAM user or role"
		repeated   = "the product had a temporary fault; the operator repeats the call by itself"
	)
	return Codes{
		"SignatureDoesNotMatch":      {provider.Denied, true, "check the access key secret in the credentials: the signature does not match"},
		"IncompleteSignature":        {provider.Denied, true, "check the access key secret in the credentials: the signature does not match"},
		"InvalidAccessKeyId.*":       {provider.Denied, true, checkKey},
		"InvalidSecurityToken.*":     {provider.Denied, true, renewal},
		"MissingSecurityToken":       {provider.Denied, true, renewal},
		"NoPermission.*":             {provider.Denied, false, permission},
		"Forbidden.*":                {provider.Denied, false, permission},
		"InvalidTimeStamp.*":         {provider.Unavailable, true, checkClock},
		"IllegalTimestamp":           {provider.Unavailable, true, checkClock},
		"SignatureNonceUsed":         {provider.Unavailable, false, repeated},
		"InternalError":              {provider.Unavailable, false, repeated},
		"ServiceUnavailable":         {provider.Unavailable, false, repeated},
		"InvalidAction.NotFound":     {provider.Unavailable, true, checkHost},
		"InvalidVersion":             {provider.Unavailable, true, checkHost},
		"Throttling.*":               {provider.Throttled, false, throttledAdvice},
		"Rejected.Throttling":        {provider.Throttled, false, throttledAdvice},
		"FlowControlError":           {provider.Throttled, false, throttledAdvice},
		"ServiceBusy":                {provider.Conflict, false, "another change to the domain is being applied; the operator repeats the call by itself"},
		"UnsupportedSignatureMethod": {provider.Unavailable, true, "set the provider's signature version to the one that the endpoint supports"},
	}
}

// isAboutDate reports whether a code refuses a request for its date: nothing of it
// was carried out.
func isAboutDate(code string) bool {
	return inFamily(code, "InvalidTimeStamp") || inFamily(code, "IllegalTimestamp")
}

// byStatus is the meaning of a code that no table knows.
func byStatus(status int) Meaning {
	const advice = "look the code up on the product's page of error codes"
	switch {
	case status == http.StatusTooManyRequests:
		return Meaning{Kind: provider.Throttled, Advice: throttledAdvice}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Meaning{Kind: provider.Denied, Advice: advice}
	case status == http.StatusNotFound:
		return Meaning{Kind: provider.NotFound, Advice: advice}
	case status >= 400 && status < 500:
		return Meaning{Kind: provider.Rejected, Advice: advice}
	default:
		return Meaning{Kind: provider.Unavailable, Advice: advice}
	}
}

// statusCode is our own code for a reply that brought none.
func statusCode(status int) string { return "http-" + strconv.Itoa(status) }

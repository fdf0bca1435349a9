package edgesim

import (
	"fmt"
	"maps"
	"slices"
)

// Settings are the switches of a running simulator. The zero value is the default:
// no delay, documented quotas, documented forms of answers.
type Settings struct {
	// PropagationDelay is the time from a Set to the edge serving it. The real
	// product says about five minutes. Default 0.
	PropagationDelay Duration `json:"propagationDelay"`
	// DescribeDelay is the time from a Set to the describe calls showing it. Default 0.
	DescribeDelay Duration `json:"describeDelay"`
	// Quotas replace documented quotas, by operation, in calls per account and
	// sliding second. A negative number means no quota.
	Quotas map[string]int `json:"quotas,omitempty"`
	// Throttle is the answer to calls beyond a quota.
	Throttle Throttle `json:"throttle"`
	// DuplicateContent says what an upload meets whose certificate is already stored
	// in the account under another name. Default DuplicateReplace.
	DuplicateContent DuplicateContent `json:"duplicateContent,omitempty"`
	// CertInfo is the JSON form of CertInfo in describe answers. Default FormArray.
	CertInfo CertInfoForm `json:"certInfo,omitempty"`
	// NoCertificate says what describing a domain without certificate answers.
	// Default NoCertificateOff.
	NoCertificate NoCertificate `json:"noCertificate,omitempty"`
	// Wrapped puts describe answers under the key SetLiveDomainCertificateResponse,
	// as the sample on the page of DescribeLiveDomainCertificateInfo does.
	Wrapped bool `json:"wrapped"`
	// OmitRequestID leaves RequestId out of successful answers.
	OmitRequestID bool `json:"omitRequestID"`
	// SSLPub says how much of the uploaded chain describe calls return. Default SSLPubChain.
	SSLPub SSLPubForm `json:"sslPub,omitempty"`
	// PEM says how strictly uploads are read. Default PEMDocumented.
	PEM PEMRules `json:"pem,omitempty"`
	// MaxCertificateBytes is the longest SSLPub taken; the page names the error but no
	// figure. Default 65536, inferred.
	MaxCertificateBytes int `json:"maxCertificateBytes,omitempty"`
	// OmitStringToSign leaves the server's string to sign out of answers to a wrong
	// signature. The real gateway repeats it, and under signature V1 it contains every
	// parameter, private key included: clients must not log that message.
	OmitStringToSign bool `json:"omitStringToSign"`
	// ClockSkew moves the simulator's clock, and the Date header, ahead of the real
	// one; a negative skew moves it back.
	ClockSkew Duration `json:"clockSkew"`
	// APICertificate is what the HTTPS API presents. Default APICertificateValid.
	APICertificate APICertificate `json:"apiCertificate,omitempty"`
}

// Throttle is the answer to calls beyond a quota.
type Throttle struct {
	// Status is the HTTP status. Default 400, as vendor error tables have it; 429 and
	// 503 were seen too.
	Status int `json:"status,omitempty"`
	// Code is the error code. Default Throttling.User.
	Code string `json:"code,omitempty"`
	// TimeLeft adds the header x-ratelimit-user-api with the milliseconds until the
	// next call would pass.
	TimeLeft bool `json:"timeLeft"`
}

// DuplicateContent says what an upload of already stored content meets.
type DuplicateContent string

// The documentation names the error but not its condition; both readings are inferred.
const (
	// DuplicateReplace stores it again under the new name.
	DuplicateReplace DuplicateContent = "replace"
	// DuplicateReject answers CertificateContent.Duplicated.
	DuplicateReject DuplicateContent = "reject"
)

// CertInfoForm is the JSON form of CertInfo.
type CertInfoForm string

const (
	// FormArray is a list of one object, as the SDKs expect.
	FormArray CertInfoForm = "array"
	// FormObject is a bare object, as the page's sample has it.
	FormObject CertInfoForm = "object"
)

// NoCertificate is the answer about a domain that has no certificate.
type NoCertificate string

// None of the three is documented; all are inferred.
const (
	// NoCertificateOff is a CertInfo with SSLProtocol off and empty fields.
	NoCertificateOff NoCertificate = "off"
	// NoCertificateEmpty is a CertInfos with an empty list.
	NoCertificateEmpty NoCertificate = "empty"
	// NoCertificateAbsent is a CertInfos without CertInfo.
	NoCertificateAbsent NoCertificate = "absent"
)

// SSLPubForm says how much of a chain is returned.
type SSLPubForm string

// Which of the two the real cloud does is not stated anywhere.
const (
	// SSLPubChain returns the chain as uploaded.
	SSLPubChain SSLPubForm = "chain"
	// SSLPubLeaf returns the first certificate only.
	SSLPubLeaf SSLPubForm = "leaf"
)

// PEMRules say how strictly an upload is read.
type PEMRules string

const (
	// PEMDocumented takes what the console's pages on certificate formats describe:
	// no blank lines, lines of at most 64 characters, keys as PKCS#1 or SEC1. That the
	// API refuses everything else is inferred.
	PEMDocumented PEMRules = "documented"
	// PEMLenient takes whatever Go's PEM decoder takes, and PKCS#8 keys.
	PEMLenient PEMRules = "lenient"
)

// APICertificate is what the HTTPS API presents.
type APICertificate string

const (
	// APICertificateValid is valid and signed by the simulator's authority.
	APICertificateValid APICertificate = "valid"
	// APICertificateExpired has expired.
	APICertificateExpired APICertificate = "expired"
	// APICertificateWrongHost is for another host.
	APICertificateWrongHost APICertificate = "wrongHost"
	// APICertificateUnknownCA is signed by an authority that nobody knows.
	APICertificateUnknownCA APICertificate = "unknownCA"
	// APICertificateTLS10 is valid, but the server speaks nothing newer than TLS 1.0.
	APICertificateTLS10 APICertificate = "tls10"
)

// withDefaults fills what was left empty.
func (s Settings) withDefaults() Settings {
	fill(&s.DuplicateContent, DuplicateReplace)
	fill(&s.CertInfo, FormArray)
	fill(&s.NoCertificate, NoCertificateOff)
	fill(&s.SSLPub, SSLPubChain)
	fill(&s.PEM, PEMDocumented)
	fill(&s.APICertificate, APICertificateValid)
	fill(&s.Throttle.Status, 400)
	fill(&s.Throttle.Code, "Throttling.User")
	fill(&s.MaxCertificateBytes, 64<<10)
	return s
}

// clone makes the settings safe to change.
func (s Settings) clone() Settings {
	s.Quotas = maps.Clone(s.Quotas)
	return s
}

// validate refuses values that would silently mean nothing.
func (s Settings) validate() error {
	checks := []error{
		oneOf("duplicateContent", s.DuplicateContent, DuplicateReplace, DuplicateReject),
		oneOf("certInfo", s.CertInfo, FormArray, FormObject),
		oneOf("noCertificate", s.NoCertificate, NoCertificateOff, NoCertificateEmpty, NoCertificateAbsent),
		oneOf("sslPub", s.SSLPub, SSLPubChain, SSLPubLeaf),
		oneOf("pem", s.PEM, PEMDocumented, PEMLenient),
		oneOf("apiCertificate", s.APICertificate, APICertificateValid, APICertificateExpired,
			APICertificateWrongHost, APICertificateUnknownCA, APICertificateTLS10),
	}
	if s.Throttle.Status < 200 || s.Throttle.Status > 599 {
		checks = append(checks, fmt.Errorf("throttle.status %d is not an HTTP status from 200 to 599", s.Throttle.Status))
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

func fill[T comparable](field *T, value T) {
	var empty T
	if *field == empty {
		*field = value
	}
}

func oneOf[T ~string](field string, value T, allowed ...T) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s %q is not one of %q", field, string(value), allowed)
}

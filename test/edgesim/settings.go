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
	// sliding second. A negative number means no quota. "cdnpro" is the one quota of all
	// interfaces of CDN Pro, in calls per account and five minutes.
	Quotas map[string]int `json:"quotas,omitempty"`
	// Throttle is the answer to calls beyond a quota.
	Throttle Throttle `json:"throttle"`
	// DuplicateContent says what an upload meets whose certificate is already stored
	// in the account under another name. Default DuplicateReplace.
	DuplicateContent DuplicateContent `json:"duplicateContent,omitempty"`
	// RepeatedUpload says what an upload through CDN, DCDN or VOD meets whose name and
	// certificate are already stored. Default RepeatedAccept.
	RepeatedUpload RepeatedUpload `json:"repeatedUpload,omitempty"`
	// TakenName is what an upload through CDN, DCDN or VOD meets whose name another
	// certificate has. Default TakenNameDuplicated.
	TakenName TakenName `json:"takenName,omitempty"`
	// CertificateQuota is how many uploads an account can store in Certificate Management
	// Service. Default 5000, as in the sample of GetCertWarehouseQuota.
	CertificateQuota int `json:"certificateQuota,omitempty"`
	// CertificateRegion is where Certificate Management Service stores certificates:
	// cn-hangzhou (default) or ap-southeast-1.
	CertificateRegion string `json:"certificateRegion,omitempty"`
	// CertFilter is what GetUserCertificateDetail leaves out when asked to with its
	// CertFilter. Default CertFilterContent.
	CertFilter CertFilter `json:"certFilter,omitempty"`
	// FreePending says what a Set with a free certificate meets that is not issued yet.
	// Default FreePendingReject.
	FreePending FreePending `json:"freePending,omitempty"`
	// UnknownCertificate is what DescribeCertificateInfoByID answers about an id that it
	// does not know. Default UnknownNotFound.
	UnknownCertificate UnknownCertificate `json:"unknownCertificate,omitempty"`
	// DomainList is the JSON form of DomainList in DescribeCertificateInfoByID. Default
	// DomainListText.
	DomainList DomainListForm `json:"domainList,omitempty"`
	// CertInfo is the JSON form of CertInfo in describe answers. Default FormArray.
	CertInfo CertInfoForm `json:"certInfo,omitempty"`
	// NoCertificate says what describing a domain without certificate answers.
	// Default NoCertificateOff.
	NoCertificate NoCertificate `json:"noCertificate,omitempty"`
	// Wrapped puts answers about certificates under a key: SetLiveDomainCertificateResponse,
	// as the sample on the page of DescribeLiveDomainCertificateInfo does, or with other
	// products the name of the operation and Response (inferred).
	Wrapped bool `json:"wrapped"`
	// OmitRequestID leaves RequestId out of successful answers.
	OmitRequestID bool `json:"omitRequestID"`
	// StrayNewline ends every RequestId of a success with a line feed, as samples of
	// SetCdnDomainSSLCertificate do.
	StrayNewline bool `json:"strayNewline"`
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
	// MetadataTokensRequired makes the metadata service refuse requests without a token,
	// as an instance with HttpTokens set to required does (ModifyInstanceMetadataOptions).
	MetadataTokensRequired bool `json:"metadataTokensRequired"`
	// APICertificate is what the HTTPS API presents. Default APICertificateValid.
	APICertificate APICertificate `json:"apiCertificate,omitempty"`
	// CDNPro are the switches of CDN Pro.
	CDNPro CDNProSettings `json:"cdnpro,omitzero"`
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

// withDefaults fills what was left empty.
func (s Settings) withDefaults() Settings {
	fill(&s.DuplicateContent, DuplicateReplace)
	fill(&s.RepeatedUpload, RepeatedAccept)
	fill(&s.TakenName, TakenNameDuplicated)
	fill(&s.CertificateQuota, 5000)
	fill(&s.CertificateRegion, certificateRegions()[0])
	fill(&s.CertFilter, CertFilterContent)
	fill(&s.FreePending, FreePendingReject)
	fill(&s.UnknownCertificate, UnknownNotFound)
	fill(&s.DomainList, DomainListText)
	fill(&s.CertInfo, FormArray)
	fill(&s.NoCertificate, NoCertificateOff)
	fill(&s.SSLPub, SSLPubChain)
	fill(&s.PEM, PEMDocumented)
	fill(&s.APICertificate, APICertificateValid)
	fill(&s.Throttle.Status, 400)
	fill(&s.Throttle.Code, "Throttling.User")
	s.CDNPro = s.CDNPro.withDefaults()
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
		s.CDNPro.validate(),
		oneOf("duplicateContent", s.DuplicateContent, DuplicateReplace, DuplicateReject),
		oneOf("repeatedUpload", s.RepeatedUpload, RepeatedAccept, RepeatedReject),
		oneOf("takenName", s.TakenName, TakenNameDuplicated, TakenNameExists),
		oneOf("certificateRegion", s.CertificateRegion, certificateRegions()...),
		oneOf("certFilter", s.CertFilter, CertFilterContent, CertFilterKey),
		oneOf("freePending", s.FreePending, FreePendingReject, FreePendingAccept),
		oneOf("unknownCertificate", s.UnknownCertificate, UnknownNotFound, UnknownNotExisted),
		oneOf("domainList", s.DomainList, DomainListText, DomainListArray),
		oneOf("certInfo", s.CertInfo, FormArray, FormObject, FormBare),
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

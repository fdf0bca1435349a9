package edgesim

// DuplicateContent says what an upload of already stored content meets.
type DuplicateContent string

// The documentation names the error but not its condition; both readings are inferred.
const (
	// DuplicateReplace stores it again under the new name.
	DuplicateReplace DuplicateContent = "replace"
	// DuplicateReject answers CertificateContent.Duplicated.
	DuplicateReject DuplicateContent = "reject"
)

// RepeatedUpload says what a repeated upload meets.
type RepeatedUpload string

// Both are inferred; the error is documented without its condition.
const (
	// RepeatedAccept takes it for the certificate that is stored already.
	RepeatedAccept RepeatedUpload = "accept"
	// RepeatedReject answers Certificate.Duplicated.
	RepeatedReject RepeatedUpload = "reject"
)

// TakenName says which of CDN's two errors for a taken name is met.
type TakenName string

// SetCdnDomainSSLCertificate, error codes, has both, without their conditions.
const (
	// TakenNameDuplicated answers Certificate.Duplicated.
	TakenNameDuplicated TakenName = "duplicated"
	// TakenNameExists answers CertNameAlreadyExists.
	TakenNameExists TakenName = "exists"
)

// CertFilter says what a filtered GetUserCertificateDetail leaves out.
type CertFilter string

const (
	// CertFilterContent leaves out certificate and key, as the response parameters say.
	CertFilterContent CertFilter = "content"
	// CertFilterKey leaves out the key only (inferred).
	CertFilterKey CertFilter = "key"
)

// FreePending says what a Set meets whose free certificate is not issued yet.
type FreePending string

// Both are inferred. That describe calls show statuses such as applying speaks for the
// second.
const (
	// FreePendingReject answers Certificate.StatusError.
	FreePendingReject FreePending = "reject"
	// FreePendingAccept accepts it; describe calls show it with its status, and the edge
	// serves it once it is success.
	FreePendingAccept FreePending = "accept"
)

// UnknownCertificate is an error about a certificate that is not there.
type UnknownCertificate string

// Both are documented, the second on the page of DescribeCertificateInfoByID itself, but
// not in all of its versions.
const (
	// UnknownNotFound answers InvalidCertId.NotFound, as DescribeCdnCertificateDetailById.
	UnknownNotFound UnknownCertificate = "notFound"
	// UnknownNotExisted answers CertNotExisted.
	UnknownNotExisted UnknownCertificate = "notExisted"
)

// DomainListForm is the JSON form of DomainList.
type DomainListForm string

// The page of DescribeCertificateInfoByID has both.
const (
	// DomainListText is a string that holds a JSON list, as its parameter table says.
	DomainListText DomainListForm = "text"
	// DomainListArray is a JSON list, as its sample has it.
	DomainListArray DomainListForm = "array"
)

// CertInfoForm is the JSON form of CertInfo.
type CertInfoForm string

const (
	// FormArray is a list of one object, as the SDKs expect.
	FormArray CertInfoForm = "array"
	// FormObject is one object, as the sample on the page of
	// DescribeLiveDomainCertificateInfo has it.
	FormObject CertInfoForm = "object"
	// FormBare makes CertInfos itself the list, as the parameter tables of the CDN's
	// pages have it.
	FormBare CertInfoForm = "bare"
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

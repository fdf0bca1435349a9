package edgesim

import (
	"errors"
	"net/http"
)

// cdnRefusals is the table of SetCdnDomainSSLCertificate, "Error codes", as far as it can
// be met, row by row. Most codes are Live's with other messages; one has another status,
// and four are CDN's own. That DCDN has the same table is inferred.
func cdnRefusals() []refusalError {
	const bad, forbidden, absent = http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound
	return []refusalError{
		{status: bad, code: "InvalidSSLProtocol.ValueNotSupported", message: "The specified SSLProtocol is invalid."},
		{status: bad, code: "SSLPub.MissingParameter", message: "The SSLPub parameter is required."},
		{status: bad, code: "SSLPri.MissingParameter", message: "The SSLPri parameter is required."},
		{status: bad, code: "InvalidSSLPub", message: "The specified SSLPub is invalid."},
		{status: bad, code: "InvalidSSLPri", message: "The specified SSLPri is invalid."},
		{status: bad, code: "Certificate.MissMatch", message: "The SSLPri does not match the certificate."},
		{status: bad, code: "InvalidCertificate.TooLong", message: "The maximum length of the certificate is exceeded."},
		{status: bad, code: "InvalidCertName.TooLong", message: "The length of the certificate name cannot exceed 128 characters."},
		{status: bad, code: "AuthenticationFailed", message: "Error performing verification."},
		{status: bad, code: "SetDomainCertificate.ParameterError", message: "The specified parameters are invalid."},
		{status: bad, code: "Certificate.StatusError", message: "The status of the certificate is invalid."},
		{status: bad, code: "DeleteFailed", message: "Error deleting the certificate."},
		{status: bad, code: "Certificate.NotFind", message: "The certificate does not exist."},
		{status: bad, code: "Certificate.Duplicated", message: "The certificate name already exists."},
		{status: bad, code: "Certificate.FormatError", message: "The format of the certificate is invalid."},
		{status: bad, code: "Certificate.KeyNull", message: "The private key is required."},
		{status: bad, code: "Key.Malformed", message: "The specified Key format is invalid."},
		{status: bad, code: "CertStorage.failed", message: "Error saving the certificate."},
		{status: bad, code: "CertificateContent.Duplicated", message: "The certificate has been uploaded; do not upload again."},
		{status: bad, code: "Certificate.Expired", message: "The certificate has expired."},
		{status: bad, code: "InvalidDomain.notOnline", message: "The domain is offline. Check the status of the domain and try again later."},
		{status: bad, code: "Decode.Error", message: "Error decoding the SSLPub or SSLPri certificate."},
		{status: bad, code: "sslPub.Error", message: "Error encoding SSLPub."},
		{status: bad, code: "sslPri.Error", message: "Error encoding SSLPri."},
		{status: bad, code: "DomainInSafeMode", message: "The domain is in safe mode. To request permission, contact Customer Service."},
		{status: bad, code: "CreateCertificateFailed", message: "Create certificate failed,please try again."},
		{status: bad, code: "Abs.CertRegion.ValueNotSupported", message: "CertRegion is not supported."},
		{status: bad, code: "CertNameAlreadyExists", message: "The CertName already exists."},
		{status: bad, code: "InvalidDomain.Offline", message: "The domain provided is offline."},
		{status: forbidden, code: "DomainInProtectedMode", message: "The domain is in protection mode. To request permission, contact Customer Service."},
		{status: absent, code: "CertName.MissingParameter", message: "You must specify CertName."},
	}
}

// cdnRefusal is the documented refusal with the code.
func cdnRefusal(code string) *refusalError {
	for _, r := range cdnRefusals() {
		if r.code == code {
			return &r
		}
	}
	return internalError("no such documented error: " + code)
}

// inWordsOf gives a refusal of Live's table the status and message that the product's
// own page has for its code. VOD's page shares Live's words.
func inWordsOf(product Product, err error) error {
	refused := new(refusalError)
	if product == ProductVOD || !errors.As(err, &refused) {
		return err
	}
	for _, own := range cdnRefusals() {
		if own.code == refused.code {
			return own.because(refused.reason)
		}
	}
	return err
}

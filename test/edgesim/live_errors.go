package edgesim

import "net/http"

// liveRefusals is the table of SetLiveDomainCertificate, "Error codes", row by row,
// with its spelling. Two codes stand in it twice with different messages. Last comes
// the one special code of DescribeLiveDomainCertificateInfo.
func liveRefusals() []refusalError {
	const bad, forbidden, absent = http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound
	return []refusalError{
		{status: bad, code: "InvalidSSLProtocol.ValueNotSupported", message: "The specified value of parameter SSLProtocol is not supported."},
		{status: bad, code: "SSLPub.MissingParameter", message: `An input parameter "SSLPub" that is mandatory for processing the request is not supplied.`},
		{status: bad, code: "SSLPri.MissingParameter", message: `An input parameter "SSLPri" that is mandatory for processing the request is not supplied.`},
		{status: bad, code: "InvalidSSLPub", message: "The SSLPub you provided is malformed!"},
		{status: bad, code: "InvalidSSLPri", message: "The SSLPri you provided is malformed!"},
		{status: bad, code: "Certificate.MissMatch", message: "The SSLPri does not math the specified Certificate!"},
		{status: bad, code: "InvalidCertificate.TooLong", message: "The Certificate you provided is over the max length!"},
		{status: bad, code: "InvalidCertName.TooLong", message: "The Certificate name you provided is over the max length 128!"},
		{status: bad, code: "IllegalOperationDomain", message: "You are not authorized to operate the domain."},
		{status: bad, code: "Certificate.NotPermittedOff", message: "Turn off certificate will change domain scheduling, please contact customer service"},
		{status: bad, code: "Certificate.SettedNotEffect", message: "Certificate was successfully setted but does't take effect for protecting current service, please contact customer service"},
		{status: bad, code: "Certificate.NotFind", message: "Not find the certificate info."},
		{status: bad, code: "AuthenticationFailed", message: "Authentication failed."},
		{status: bad, code: "SetDomainCertificate.ParameterError", message: "Parameters have error."},
		{status: bad, code: "InvalidSSLPubOrInvalidSSLPri", message: "The SSLPri or SSLPub you provided is malformed!"},
		{status: bad, code: "Certificate.MissMatch", message: "The certificate is not match the private key."},
		{status: bad, code: "Certificate.StatusError", message: "Certificate is not exist or its status is error."},
		{status: bad, code: "DeleteFailed", message: "Delete certificate is failed."},
		{status: bad, code: "Certificate.Duplicated", message: "The certificate name is duplicated."},
		{status: bad, code: "Certificate.FormatError", message: "The certificate format is error."},
		{status: bad, code: "Certificate.StatusError", message: "The certificate status is error."},
		{status: bad, code: "Certificate.KeyNull", message: "The private key is not null."},
		{status: bad, code: "Key.Malformed", message: "The private key format is error."},
		{status: bad, code: "CertStorage.failed", message: "The certificate storage failed."},
		{status: bad, code: "CertificateContent.Duplicated", message: "The certificate is already uploaded, please don't upload again."},
		{status: bad, code: "Certificate.Expired", message: "The certificate is expired."},
		{status: bad, code: "InvalidDomain.notOnline", message: "The domain is not online, please check the domain status and try again later."},
		{status: bad, code: "Decode.Error", message: "The certificate sslpub or sslpri decode error."},
		{status: bad, code: "sslPub.Error", message: "The SSLPub encoded failed."},
		{status: bad, code: "sslPri.Error", message: "The SSLPri encoded failed."},
		{status: bad, code: "DomainInSafeMode", message: "This domain is in the safe mode. if you want to do this operation, please contact us!"},
		{status: bad, code: "DomainInProtectedMode", message: "This domain is in the protected mode. if you want to do this operation, please contact us!"},
		{status: bad, code: "FunctionMutex", message: "Function is mutex with other function."},
		{status: forbidden, code: "IllegalOperation", message: "Illegal domain operate is not permitted."},
		{status: absent, code: "CertName.MissingParameter", message: "The CertName parameter is required."},
		{status: absent, code: "InvalidDomain.NotFound", message: "The domain provided does not belong to you."},
	}
}

// liveRefusal is the documented refusal with the code; of a code that is documented
// twice, variant 1 or 2.
func liveRefusal(code string, variant int) *refusalError {
	for _, r := range liveRefusals() {
		if r.code != code {
			continue
		}
		if variant--; variant == 0 {
			return &r
		}
	}
	return internalError("no such documented error: " + code)
}

// serviceBusy is what a domain in configuration answers with other products of the
// family; inferred for Live.
func serviceBusy() *refusalError {
	return &refusalError{status: http.StatusForbidden, code: "ServiceBusy",
		message: "The specified Domain is being configured, please try again later."}
}

package coverage_test

// names are what a page has of one kind.
type names []string

// page has its names by kind.
type page map[string]names

// The kinds of rows.
const (
	header   = "header" // of the sample request
	request  = "request"
	response = "response"
	value    = "value" // a field and a documented value that is acted upon
	failing  = "error"
)

// pages are the five pages, with nothing but their names. Codes that a page has
// twice stand here once. A field of an element is written after the element's.
func pages() map[string]page {
	return map[string]page{
		"SetLiveDomainCertificate": {
			request:  {"DomainName", "CertName", "CertType", "SSLProtocol", "SSLPub", "SSLPri", "ForceSet"},
			response: {"RequestId"},
			value:    {"CertType=upload", "CertType=cas", "CertType=free", "SSLProtocol=on", "SSLProtocol=off", "ForceSet=1"},
			failing: {
				"InvalidSSLProtocol.ValueNotSupported", "SSLPub.MissingParameter", "SSLPri.MissingParameter", "InvalidSSLPub", "InvalidSSLPri",
				"Certificate.MissMatch", "InvalidCertificate.TooLong", "InvalidCertName.TooLong", "IllegalOperationDomain",
				"Certificate.NotPermittedOff", "Certificate.SettedNotEffect", "Certificate.NotFind", "AuthenticationFailed",
				"SetDomainCertificate.ParameterError", "InvalidSSLPubOrInvalidSSLPri", "Certificate.StatusError", "DeleteFailed",
				"Certificate.Duplicated", "Certificate.FormatError", "Certificate.KeyNull", "Key.Malformed", "CertStorage.failed",
				"CertificateContent.Duplicated", "Certificate.Expired", "InvalidDomain.notOnline", "Decode.Error", "sslPub.Error",
				"sslPri.Error", "DomainInSafeMode", "DomainInProtectedMode", "FunctionMutex", "IllegalOperation", "CertName.MissingParameter",
			},
		},
		"DescribeLiveDomainCertificateInfo": {
			request: {"Action", "DomainName"},
			response: {
				"SetLiveDomainCertificateResponse", // the sample's wrapper
				"RequestId", "CertInfos", "CertInfo", "Status", "CertLife", "CertExpireTime", "SSLPub", "SSLProtocol", "CertType",
				"CertDomainName", "CertName", "CertOrg", "DomainName",
			},
			failing: {"InvalidDomain.NotFound"},
		},
		"DescribeDomainCertificateInfo": {
			request: {"DomainName"},
			response: {
				"RequestId", "CertInfos", "CertInfo", "CertExpireTime", "CertLife", "Status", "CertUpdateTime", "CertDomainName",
				"ServerCertificateStatus", "CertOrg", "DomainName", "CertStartTime", "CertType", "CertName", "DomainCnameStatus",
				"ServerCertificate", "CertId", "CertRegion",
			},
			value: {
				"Status=success", "Status=checking", "Status=cname_error", "Status=top_domain_cname_error", "Status=domain_invalid",
				"Status=unsupport_wildcard", "Status=applying", "Status=get_token_timeout", "Status=check_token_timeout",
				"Status=get_cert_timeout", "Status=failed",
				"DomainCnameStatus=ok", "DomainCnameStatus=cname_error", "DomainCnameStatus=op_domain_cname_error",
				"DomainCnameStatus=unsupport_wildcard",
				"CertType=free", "CertType=cas", "CertType=upload", "ServerCertificateStatus=on", "ServerCertificateStatus=off",
			},
			failing: {"SignatureDoesNotMatch", "InternalError"},
		},
		"DescribeCertificateInfoByID": {
			request: {"Action", "CertId"},
			response: {
				"CertInfos", "CertInfo", "CertExpireTime", "CertId", "CertName", "CertType", "CreateTime", "DomainList", "HttpsCrt", "RequestId",
			},
		},
		"CDN Pro: query a certificate": {
			header:  {"Authorization", "Date", "Accept"},
			request: {"certificateId"},
			response: {
				"certificateId", "name", "description", "versions", "versions.version", "versions.type", "versions.expirationTime",
				"versions.creationTime", "versions.fingerprint", "versions.comments", "autoRenew", "usageInProduction",
				"usageInProduction.propertyId", "usageInProduction.hostnames", "usageInProduction.origins", "versionInStaging",
				"usageInStaging", "usageInStaging.propertyId", "usageInStaging.hostnames", "usageInStaging.origins",
				"versionInProduction", "forceRenew",
			},
			value:   {"versions.type=uploaded", "versions.type=selfsigned", "autoRenew=Off", "autoRenew=LE"},
			failing: {"InvalidCertId"},
		},
	}
}

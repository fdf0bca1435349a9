package aliyuncas

import (
	"maps"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// codeNameTaken is the code that this adapter acts upon, apart from its kind.
const codeNameTaken = "NameRepeat"

// The advices that several codes share.
const (
	adviceCertificate = "issue the certificate again and check its Secret: the provider does not accept its form"
	adviceBody        = "check for a proxy on the way that removes parts of the request, or for another endpoint than Certificate Management Service's"
	adviceTemporary   = "the provider had a temporary fault; the operator repeats the call by itself"
	adviceMissing     = "check the id of the certificate and the region of the account's certificates: it does not exist there"
	adviceRoom        = "remove certificates that are not needed from Certificate Management Service, or raise its quota: the account has no room for more"
	adviceRemoval     = "the certificate stays until nothing is served with it; take it off there, or remove it in the console"
)

// readCodes are the codes of a call that changes nothing. The service has one
// page of codes for all its calls ("Error codes", 2020-04-07), and answers nearly
// all of them with status 400.
func readCodes(action string) aliyun.Codes {
	allow := aliyun.Meaning{Kind: provider.Denied, Advice: "allow the access key's RAM user or role the action yundun-cert:" + action + " on all resources"}
	return aliyun.Codes{
		"PermissionDenied": allow,
		"NoPermission.*":   allow,
		"Forbidden.*":      allow,
		// Inferred are a word behind NotFound, as tools in the field expect it, and
		// the code by which CDN says the same.
		"NotFound.*":                      {Kind: provider.NotFound, Advice: adviceMissing},
		"InvalidCertId.NotFound":          {Kind: provider.NotFound, Advice: adviceMissing},
		"InvalidParameter.*":              {Kind: provider.Rejected, Advice: adviceBody},
		"MissingParameter.*":              {Kind: provider.Rejected, Advice: adviceBody},
		"OperationDenied.SystemUpgrading": {Kind: provider.Unavailable, Advice: "the provider is being maintained; the operator repeats the call by itself"},
		"InternalError":                   {Kind: provider.Unavailable, Advice: adviceTemporary},
	}
}

// uploadCodes are the codes of UploadUserCertificate.
func uploadCodes() aliyun.Codes {
	rejected := func(advice string) aliyun.Meaning {
		return aliyun.Meaning{Kind: provider.Rejected, Advice: advice}
	}
	const adviceMismatch = "issue the certificate again and check its Secret: private key, certificate and chain do not belong together"
	codes := readCodes("UploadUserCertificate")
	maps.Copy(codes, aliyun.Codes{
		codeNameTaken:              {Kind: provider.Conflict, Advice: "the provider has a certificate of this name already"},
		"ParamRepeat":              {Kind: provider.Conflict, Advice: "the provider has this certificate already under another name"},
		"ParseCertificateFailed":   rejected(adviceCertificate),
		"CertificateChainNotMatch": rejected(adviceMismatch),
		"CertificateExpired":       rejected("renew the certificate: it has expired"),
		// Seen in the field, on no page.
		"NotMatch.*":                rejected(adviceMismatch),
		"PrivateKeyFormatException": rejected("issue the certificate again with an RSA or ECDSA key: the provider does not accept the form of this private key"),

		"InsufficientQuota": rejected(adviceRoom),
		"DeductQuotaFailed": {Kind: provider.Unavailable, Advice: adviceTemporary},
		// Inferred.
		"QuotaExceeded.*": rejected(adviceRoom),
	})
	return codes
}

// removeCodes are the codes of DeleteUserCertificate.
func removeCodes() aliyun.Codes {
	codes := readCodes("DeleteUserCertificate")
	used := aliyun.Meaning{Kind: provider.Conflict, Advice: adviceRemoval}
	maps.Copy(codes, aliyun.Codes{
		"InvalidStatus.*":           used,
		"ResourceAlreadyAssociated": used,
		// Inferred.
		"OperationDenied.*": used,
		"CertificateInUse":  used,
	})
	return codes
}

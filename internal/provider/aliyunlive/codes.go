package aliyunlive

import (
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// The codes that this adapter acts upon, apart from their kind.
const (
	codeDomainNotFound      = "InvalidDomain.NotFound"
	codeContentDuplicated   = "CertificateContent.Duplicated"
	codeCertificateNotFound = "Certificate.NotFind"
	codeCertificateStatus   = "Certificate.StatusError"
)

// The advices that several codes share.
const (
	adviceCertificate = "issue the certificate again and check its Secret: the provider does not accept its form"
	adviceKey         = "issue the certificate again with an RSA key: the provider does not accept the form or kind of this private key"
	adviceMismatch    = "issue the certificate again and check its Secret: private key and certificate do not belong together"
	adviceDomain      = "add the domain to ApsaraVideo Live in this account; if spec.domainName is wrong, create this object anew"
	adviceOwner       = "use the credentials of the account that owns the domain"
	adviceSupport     = "ask the provider's support to lift the restriction on the domain"
	adviceBody        = "check for a proxy on the way that removes parts of the request, or for another endpoint than ApsaraVideo Live's"
	adviceTemporary   = "the provider had a temporary fault; the operator repeats the call by itself"
	adviceName        = "check the name of the certificate at the provider: another certificate is in its way"
)

// setCodes is the page's table of error codes (SetLiveDomainCertificate, error
// codes; two codes stand there twice, with different messages), and the code
// for an unknown domain, which only the describe page has.
func setCodes() aliyun.Codes {
	rejected := func(advice string) aliyun.Meaning {
		return aliyun.Meaning{Kind: provider.Rejected, Advice: advice}
	}
	denied := func(advice string) aliyun.Meaning {
		return aliyun.Meaning{Kind: provider.Denied, Advice: advice}
	}
	allow := denied("allow the access key's RAM user or role the action live:SetLiveDomainCertificate on acs:cdn:*:<account>:domain/<domain>")
	temporary := aliyun.Meaning{Kind: provider.Unavailable, Advice: adviceTemporary}
	return aliyun.Codes{
		"InvalidSSLProtocol.ValueNotSupported": rejected(adviceBody),
		"SSLPub.MissingParameter":              rejected(adviceBody),
		"SSLPri.MissingParameter":              rejected(adviceBody),
		"CertName.MissingParameter":            rejected(adviceBody),
		"SetDomainCertificate.ParameterError":  rejected(adviceBody),

		"InvalidSSLPub":                rejected(adviceCertificate),
		"sslPub.Error":                 rejected(adviceCertificate),
		"Certificate.FormatError":      rejected(adviceCertificate),
		"Decode.Error":                 rejected(adviceCertificate),
		"InvalidSSLPubOrInvalidSSLPri": rejected(adviceCertificate),
		"InvalidSSLPri":                rejected(adviceKey),
		"sslPri.Error":                 rejected(adviceKey),
		"Key.Malformed":                rejected(adviceKey),
		"Certificate.KeyNull":          rejected(adviceBody), // its message says the opposite
		"Certificate.MissMatch":        rejected(adviceMismatch),
		"Certificate.Expired":          rejected("renew the certificate: it has expired"),
		"InvalidCertificate.TooLong":   rejected("shorten the chain in the Secret, or use a smaller key: the provider does not accept a certificate of this length"),
		"InvalidCertName.TooLong":      rejected("shorten the names of the object and its namespace: the certificate's name is made of them"),

		"Certificate.Duplicated":  rejected(adviceName),
		codeCertificateNotFound:   rejected(adviceName),
		codeCertificateStatus:     rejected(adviceName),
		codeContentDuplicated:     {Kind: provider.Conflict, Advice: "the provider has this certificate under another name, which the next attempt uses"},
		"FunctionMutex":           {Kind: provider.Conflict, Advice: "another function of the domain excludes this change for now; switch it off if this stays"},
		"CertStorage.failed":      temporary,
		"DeleteFailed":            temporary,
		codeDomainNotFound:        {Kind: provider.NotFound, Advice: adviceDomain},
		"InvalidDomain.notOnline": {Kind: provider.NotFound, Advice: "bring the domain online in ApsaraVideo Live: it takes no certificate while it is stopped or being configured"},

		"IllegalOperationDomain": denied(adviceOwner),
		"IllegalOperation":       denied(adviceOwner),
		"AuthenticationFailed":   denied(adviceOwner),
		"NoPermission.*":         allow,
		"Forbidden.*":            allow,

		"Certificate.NotPermittedOff": rejected("ask the provider's support to switch HTTPS off for the domain, or set deletionPolicy to Retain"),
		"Certificate.SettedNotEffect": {Kind: provider.HeldBack, Advice: "ask the provider's support to put the certificate into effect: it is stored but held back to protect the service"},
		"DomainInSafeMode":            rejected(adviceSupport),
		"DomainInProtectedMode":       rejected(adviceSupport),
	}
}

// describeCodes are the codes of the calls about a domain
// (DescribeLiveDomainCertificateInfo, error codes).
func describeCodes() aliyun.Codes {
	allow := aliyun.Meaning{Kind: provider.Denied, Advice: "allow the access key's RAM user or role the actions live:DescribeLive* on all resources"}
	return aliyun.Codes{
		codeDomainNotFound:       {Kind: provider.NotFound, Advice: adviceDomain},
		"IllegalOperationDomain": {Kind: provider.Denied, Advice: adviceOwner},
		"IllegalOperation":       {Kind: provider.Denied, Advice: adviceOwner},
		"NoPermission.*":         allow,
		"Forbidden.*":            allow,
	}
}

// detailCodes are the codes of the call about a certificate. What Set says of a
// certificate that cannot be used is here just one that does not exist.
func detailCodes() aliyun.Codes {
	codes := describeCodes()
	codes[codeCertificateNotFound] = aliyun.Meaning{Kind: provider.NotFound, Advice: adviceName}
	codes[codeCertificateStatus] = codes[codeCertificateNotFound]
	return codes
}

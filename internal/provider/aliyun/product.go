package aliyun

import "github.com/domaincert/domaincert/internal/provider"

// Product is what the advices that several products share need to name.
type Product struct {
	// Name as users know it, "ApsaraVideo Live".
	Name string
	// SetAction is the RAM action that changes a domain's certificate, and
	// ReadActions are those of all calls that read.
	SetAction, ReadActions string
	// Resource is what SetAction is allowed on.
	Resource string
}

// The codes of calls about certificates that adapters act upon, apart from their
// kind.
const (
	CodeDomainNotFound      = "InvalidDomain.NotFound"
	CodeNameDuplicated      = "Certificate.Duplicated"
	CodeContentDuplicated   = "CertificateContent.Duplicated"
	CodeCertificateNotFound = "Certificate.NotFind"
	CodeCertificateStatus   = "Certificate.StatusError"
)

// CodeUnsupported is our own word for what a product has no call for: nothing was
// sent.
const CodeUnsupported = "unsupported"

const (
	adviceOwner = "use the credentials of the account that owns the domain"
	adviceName  = "check the name of the certificate at the provider: another certificate is in its way"
)

func (p Product) notFound() Meaning {
	return Meaning{Kind: provider.NotFound, Advice: "add the domain to " + p.Name + " in this account; if spec.domainName is wrong, create this object anew"}
}

// SetCodes is the table of error codes of the call that sets a domain's
// certificate (SetLiveDomainCertificate, error codes; two codes stand there
// twice, with different messages), and the code for an unknown domain, which
// only the describe page has. That CDN, DCDN and VOD answer with the same family
// is inferred: their pages name a part of it.
func SetCodes(p Product) Codes {
	const (
		certificate = "issue the certificate again and check its Secret: the provider does not accept its form"
		key         = "issue the certificate again with an RSA key: the provider does not accept the form or kind of this private key"
		mismatch    = "issue the certificate again and check its Secret: private key and certificate do not belong together"
		support     = "ask the provider's support to lift the restriction on the domain"
	)
	body := "check for a proxy on the way that removes parts of the request, or for another endpoint than " + p.Name + "'s"
	rejected := func(advice string) Meaning { return Meaning{Kind: provider.Rejected, Advice: advice} }
	denied := func(advice string) Meaning { return Meaning{Kind: provider.Denied, Advice: advice} }
	allow := denied("allow the access key's RAM user or role the action " + p.SetAction + " on " + p.Resource)
	temporary := Meaning{Kind: provider.Unavailable, Advice: "the provider had a temporary fault; the operator repeats the call by itself"}
	return Codes{
		"InvalidSSLProtocol.ValueNotSupported": rejected(body),
		"SSLPub.MissingParameter":              rejected(body),
		"SSLPri.MissingParameter":              rejected(body),
		"CertName.MissingParameter":            rejected(body),
		"SetDomainCertificate.ParameterError":  rejected(body),

		"InvalidSSLPub":                rejected(certificate),
		"sslPub.Error":                 rejected(certificate),
		"Certificate.FormatError":      rejected(certificate),
		"Decode.Error":                 rejected(certificate),
		"InvalidSSLPubOrInvalidSSLPri": rejected(certificate),
		"InvalidSSLPri":                rejected(key),
		"sslPri.Error":                 rejected(key),
		"Key.Malformed":                rejected(key),
		"Certificate.KeyNull":          rejected(body), // its message says the opposite
		"Certificate.MissMatch":        rejected(mismatch),
		"Certificate.Expired":          rejected("renew the certificate: it has expired"),
		"InvalidCertificate.TooLong":   rejected("shorten the chain in the Secret, or use a smaller key: the provider does not accept a certificate of this length"),
		"InvalidCertName.TooLong":      rejected("shorten the names of the object and its namespace: the certificate's name is made of them"),

		CodeNameDuplicated:        rejected(adviceName),
		CodeCertificateNotFound:   rejected(adviceName),
		CodeCertificateStatus:     rejected(adviceName),
		CodeContentDuplicated:     {Kind: provider.Conflict, Advice: "the provider has this certificate under another name, which the next attempt uses"},
		"FunctionMutex":           {Kind: provider.Conflict, Advice: "another function of the domain excludes this change for now; switch it off if this stays"},
		"CertStorage.failed":      temporary,
		"DeleteFailed":            temporary,
		CodeDomainNotFound:        p.notFound(),
		"InvalidDomain.notOnline": {Kind: provider.NotFound, Advice: "bring the domain online in " + p.Name + ": it takes no certificate while it is stopped or being configured"},

		"IllegalOperationDomain": denied(adviceOwner),
		"IllegalOperation":       denied(adviceOwner),
		"AuthenticationFailed":   denied(adviceOwner),
		"NoPermission.*":         allow,
		"Forbidden.*":            allow,

		"Certificate.NotPermittedOff": rejected("ask the provider's support to switch HTTPS off for the domain, or set deletionPolicy to Retain"),
		"Certificate.SettedNotEffect": {Kind: provider.HeldBack, Advice: "ask the provider's support to put the certificate into effect: it is stored but held back to protect the service"},
		"DomainInSafeMode":            rejected(support),
		"DomainInProtectedMode":       rejected(support),
	}
}

// StoredCodes is [SetCodes] for a certificate that lives at the provider
// already: no Secret can be at fault, and no key is sent.
func StoredCodes(p Product) Codes {
	rejected := func(advice string) Meaning { return Meaning{Kind: provider.Rejected, Advice: advice} }
	absent := rejected("check name, id and region of the certificate at the provider, and that it is issued: it is not there, or not in a state to be used")
	// An answer that was seen in the field where the provider had not found the
	// certificate in its repository.
	missing := rejected("check name, id and region of the certificate at the provider: it asks for the certificate's content, which it should have; the access key may lack the permission to read Certificate Management Service")
	codes := SetCodes(p)
	codes["SSLPub.MissingParameter"] = missing
	codes["SSLPri.MissingParameter"] = missing
	codes["Certificate.KeyNull"] = missing
	codes[CodeCertificateNotFound] = absent
	codes[CodeCertificateStatus] = absent
	codes["Certificate.Expired"] = rejected("renew the certificate at the provider: it has expired")
	return codes
}

// DescribeCodes are the codes of the calls that read
// (DescribeLiveDomainCertificateInfo, error codes).
func DescribeCodes(p Product) Codes {
	allow := Meaning{Kind: provider.Denied, Advice: "allow the access key's RAM user or role the actions " + p.ReadActions + " on all resources"}
	return Codes{
		CodeDomainNotFound:       p.notFound(),
		"IllegalOperationDomain": {Kind: provider.Denied, Advice: adviceOwner},
		"IllegalOperation":       {Kind: provider.Denied, Advice: adviceOwner},
		"NoPermission.*":         allow,
		"Forbidden.*":            allow,
	}
}

// CertificateCodes are the codes of the calls about a stored certificate. What a
// Set says of one that cannot be used is here just one that does not exist.
func CertificateCodes(p Product) Codes {
	codes := DescribeCodes(p)
	codes[CodeCertificateNotFound] = Meaning{Kind: provider.NotFound, Advice: adviceName}
	codes[CodeCertificateStatus] = codes[CodeCertificateNotFound]
	return codes
}

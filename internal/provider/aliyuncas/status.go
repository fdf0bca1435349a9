package aliyuncas

import (
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// meaning is what a status means for putting the certificate on a domain.
type meaning struct {
	kind   provider.Kind
	advice string
}

// statuses are the states in which a certificate cannot be put on a domain, in
// lower case. ISSUED and WILLEXPIRED can; so may a state that is not known here,
// since the product that is to serve it will say so if it cannot.
//
// The words are those of ListUserCertificateOrder (Status), ListCertificates
// (CertificateStatus) and DescribeCertificateState (Type); closed, cancel,
// refund and refunded are inferred from the console.
func statuses() map[string]meaning {
	const (
		unapplied = "apply for the certificate in Certificate Management Service: it is paid for and not applied for"
		verify    = "complete the verification of the domain in Certificate Management Service: the certificate waits for it"
		issuing   = "the certificate is being issued; the operator looks again by itself"
		failed    = "apply for the certificate again in Certificate Management Service: its review failed"
		expired   = "renew the certificate in Certificate Management Service, or name another one: it is expired"
		revoked   = "name another certificate: this one is revoked"
		closed    = "name another certificate: the order of this one is closed"
	)
	return map[string]meaning{
		"payed":         {provider.Rejected, unapplied}, //nolint:misspell // the product's word
		"notactivated":  {provider.Rejected, unapplied},
		"domain_verify": {provider.Conflict, verify},
		"checking":      {provider.Conflict, issuing},
		"process":       {provider.Conflict, issuing},
		"checked_fail":  {provider.Rejected, failed},
		"verify_fail":   {provider.Rejected, failed},
		"expired":       {provider.Rejected, expired},
		"revoked":       {provider.Rejected, revoked},
		"refund":        {provider.Rejected, closed},
		"refunded":      {provider.Rejected, closed},
		"closed":        {provider.Rejected, closed},
		"cancel":        {provider.Rejected, closed},
	}
}

// troubleOf is why a certificate of this status cannot be put on a domain, nil if
// it can.
func troubleOf(status aliyun.Text) *provider.Error {
	found, known := statuses()[strings.ToLower(aliyun.Plain(status))]
	if !known {
		return nil
	}
	return &provider.Error{Kind: found.kind, Operation: "ListUserCertificateOrder", Code: code(status), Advice: found.advice}
}

// code is a status as an error's code, which must be a single word.
func code(status aliyun.Text) string {
	return strings.ReplaceAll(aliyun.Plain(status), " ", "_")
}

package aliyun

import (
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// verdict is what a status word means. The zero value is good news.
type verdict struct {
	// pending words tell of a certificate that is on its way.
	pending bool
	// kind is empty for words that tell of no trouble.
	kind   provider.Kind
	advice string
}

// wildcardWord is what both status fields say of a wildcard domain.
const wildcardWord = "unsupport_wildcard"

// verdicts are the words of Status and DomainCnameStatus
// (DescribeDomainCertificateInfo and DescribeLiveDomainCertificateInfo, response
// parameters). The page writes one of them without its first letter.
func verdicts(product Product) map[string]verdict {
	const (
		console = "look in the provider's console why the certificate's application failed, and apply for it again"
		slow    = "the provider ran out of time over the certificate's application; apply for it again in its console if this stays"
	)
	rejected := func(advice string) verdict { return verdict{kind: provider.Rejected, advice: advice} }
	parent := rejected("point the CNAME record of the top-level domain to the name that " + product.Name + " shows for it")
	timeout := verdict{kind: provider.Unavailable, advice: slow}
	return map[string]verdict{
		"success":                {},
		"ok":                     {},
		"applying":               {pending: true},
		"checking":               {pending: true},
		"cname_error":            rejected("point the domain's CNAME record to the name that " + product.Name + " shows for it"),
		"top_domain_cname_error": parent,
		"op_domain_cname_error":  parent,
		"domain_invalid":         rejected("use a domain name without the characters that the provider issues no certificates for"),
		wildcardWord:             rejected("use a certificate of your own, in a Secret: the provider issues none for wildcard domains"),
		"get_token_timeout":      timeout,
		"check_token_timeout":    timeout,
		"get_cert_timeout":       timeout,
		"failed":                 rejected(console),
	}
}

// issuance judges the product's own words: whether a certificate is on its way,
// and what went wrong. Status tells of certificates that the provider issues or
// sells, and means nothing of an uploaded one; the domain's CNAME record matters
// to all. That it cannot be checked for a wildcard domain matters to free ones
// alone: others are served there all the same. A word that is not known decides
// nothing.
func issuance(info CertInfo, product Product, operation string) (pending bool, trouble *provider.Error) {
	words := verdicts(product)
	report := func(word string) *provider.Error {
		if words[word].kind == "" {
			return nil
		}
		return &provider.Error{Kind: words[word].kind, Operation: operation, Code: word, Advice: words[word].advice}
	}
	free := isType(info, provider.ExistingFree)
	if free || isType(info, provider.ExistingCAS) {
		status := strings.ToLower(Plain(info.Status))
		pending, trouble = words[status].pending, report(status)
	}
	cname := strings.ToLower(Plain(info.DomainCnameStatus))
	if trouble == nil && (free || cname != wildcardWord) {
		trouble = report(cname)
	}
	return pending, trouble
}

func isType(info CertInfo, kind provider.ExistingType) bool {
	return strings.EqualFold(string(info.CertType), string(kind))
}

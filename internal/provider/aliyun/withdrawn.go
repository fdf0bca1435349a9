package aliyun

import "github.com/domaincert/domaincert/internal/provider"

// Withdrawn judges the answer to a request to switch HTTPS off. That the domain
// is gone is success. A refusal for want of a certificate is, if the domain has
// none: the refusal alone proves nothing, for it may be the name that is missing,
// with another certificate still being served.
func Withdrawn(answer error, observe func() (provider.Observation, error)) error {
	switch {
	case IsCode(answer, CodeDomainNotFound):
		return nil
	case !IsCode(answer, CodeCertificateNotFound, CodeCertificateStatus):
		return answer
	}
	observation, err := observe()
	switch {
	case IsCode(err, CodeDomainNotFound):
		return nil
	case err != nil:
		return err
	case observation.Found && observation.HTTPS != provider.HTTPSOff:
		return answer
	}
	return nil
}

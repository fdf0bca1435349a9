package edgesim

import "errors"

// Product is the service that a domain belongs to. A domain belongs to one only, as
// its DNS has one CNAME; the calls of other products do not find it.
type Product string

const (
	// ProductLive is ApsaraVideo Live, 2016-11-01.
	ProductLive Product = "live"
	// ProductCDN is Alibaba Cloud CDN, 2018-05-10.
	ProductCDN Product = "cdn"
	// ProductDCDN is Dynamic Content Delivery Network, 2018-01-15.
	ProductDCDN Product = "dcdn"
	// ProductVOD is ApsaraVideo VOD, 2017-03-21.
	ProductVOD Product = "vod"
)

// certificateService is how Certificate Management Service (CAS, 2020-04-07) is named
// in RAM actions. It holds certificates and has no domains.
const certificateService Product = "yundun-cert"

// domainTypes are the types that a product's domains can have, the default first.
// DCDN and VOD name none.
func (p Product) domainTypes() []string {
	switch p {
	case ProductLive:
		return []string{"liveVideo", "liveEdge"}
	case ProductCDN:
		return []string{"web", "download", "video"}
	default:
		return []string{""}
	}
}

// domainStatuses are the states that a product's domains can have (DescribeLiveDomainDetail
// and DescribeUserDomains, DomainStatus), the default first.
func (p Product) domainStatuses() []string {
	if p == ProductLive {
		return []string{"online", "offline", "configuring"}
	}
	return []string{"online", "offline", "configuring", "configure_failed", "checking", "check_failed", "stopping", "deleting"}
}

// cnameStatuses are the values of DomainCnameStatus (DescribeDomainCertificateInfo,
// response parameters), the default first.
func cnameStatuses() []string {
	return []string{"ok", "cname_error", "op_domain_cname_error", "unsupport_wildcard"}
}

// certificateStatuses are the values of Status (DescribeDomainCertificateInfo, response
// parameters).
func certificateStatuses() []string {
	return []string{"success", "checking", "cname_error", "top_domain_cname_error", "domain_invalid", "unsupport_wildcard",
		"applying", "get_token_timeout", "check_token_timeout", "get_cert_timeout", "failed"}
}

// validate refuses attributes that a domain of the product does not have.
func (p Product) validate(d Domain) error {
	if err := oneOf("product", p, ProductLive, ProductCDN, ProductDCDN, ProductVOD); err != nil {
		return err
	}
	if err := oneOf("type", d.Type, p.domainTypes()...); err != nil {
		return err
	}
	if err := oneOf("status", d.Status, p.domainStatuses()...); err != nil {
		return err
	}
	if p == ProductLive {
		if d.CnameStatus != "" || d.CertificateStatus != "" {
			return errors.New("a Live domain has no cnameStatus and no certificateStatus")
		}
		return nil
	}
	if err := oneOf("cnameStatus", d.CnameStatus, cnameStatuses()...); err != nil {
		return err
	}
	return oneOf("certificateStatus", d.CertificateStatus, append(certificateStatuses(), "")...)
}

// refusesStatus is the refusal of a Set that a domain's status calls for, if any. CDN's
// page has two codes for a domain that is not online (SetCdnDomainSSLCertificate, error
// codes), VOD's the second; which is met when is inferred. So is ServiceBusy outside VOD,
// and that a domain whose configuration failed may be configured again.
func (p Product) refusesStatus(status string) error {
	switch status {
	case "online", "configure_failed":
		return nil
	case "configuring":
		return serviceBusy()
	case "stopping", "deleting":
		return cdnRefusal("InvalidDomain.Offline")
	}
	if p == ProductVOD {
		return cdnRefusal("InvalidDomain.Offline")
	}
	return liveRefusal("InvalidDomain.notOnline", 1)
}

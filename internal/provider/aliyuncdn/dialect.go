package aliyuncdn

import (
	"maps"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// dialect is how one product says what all three can do. The names of the fields
// in replies differ too; those are told apart where they are read
// ([aliyun.CertInfo]).
type dialect struct {
	product aliyun.Product
	version string
	// setAction and describeAction change and read a domain's certificate.
	setAction, describeAction string
	// listAction lists the certificates that can be put on a domain.
	listAction string
	// byIDAction tells of a certificate which domains are served with it; empty
	// if the product has no such call.
	byIDAction string
	// servedAction lists the domains that are served, each with its
	// certificate's name; empty if the product has no such call.
	servedAction string
	// codes are the product's own, beyond those that all have.
	codes aliyun.Codes
}

// cdn is Alibaba Cloud CDN.
func cdn() dialect {
	suspended := aliyun.Meaning{Kind: provider.Denied, Advice: "activate Alibaba Cloud CDN in this account, or settle what is owed for it"}
	return dialect{
		product: aliyun.Product{
			Name:        "Alibaba Cloud CDN",
			SetAction:   "cdn:SetCdnDomainSSLCertificate",
			ReadActions: "cdn:Describe*",
			Resource:    "acs:cdn:*:<account>:domain/<domain>",
		},
		version:        "2018-05-10",
		setAction:      "SetCdnDomainSSLCertificate",
		describeAction: "DescribeDomainCertificateInfo",
		listAction:     "DescribeCdnSSLCertificateList",
		byIDAction:     "DescribeCertificateInfoByID",
		codes:          aliyun.Codes{"CdnServiceNotFound": suspended, "CdnServiceSuspended": suspended},
	}
}

// dcdn is Dynamic Content Delivery Network.
func dcdn() dialect {
	return dialect{
		product: aliyun.Product{
			Name:        "Alibaba Cloud DCDN",
			SetAction:   "dcdn:SetDcdnDomainSSLCertificate",
			ReadActions: "dcdn:DescribeDcdn*",
			Resource:    "acs:dcdn:*:<account>:domain/<domain>",
		},
		version:        "2018-01-15",
		setAction:      "SetDcdnDomainSSLCertificate",
		describeAction: "DescribeDcdnDomainCertificateInfo",
		listAction:     "DescribeDcdnSSLCertificateList",
		servedAction:   "DescribeDcdnHttpsDomainList",
	}
}

// vod is ApsaraVideo VOD, whose RAM permissions know no single domains
// (SetVodDomainSSLCertificate, authorization information).
func vod() dialect {
	return dialect{
		product: aliyun.Product{
			Name:        "ApsaraVideo VOD",
			SetAction:   "vod:SetVodDomainSSLCertificate",
			ReadActions: "vod:DescribeVod*",
			Resource:    "all resources",
		},
		version:        "2017-03-21",
		setAction:      "SetVodDomainSSLCertificate",
		describeAction: "DescribeVodDomainCertificateInfo",
		listAction:     "DescribeVodSSLCertificateList",
		codes: aliyun.Codes{
			"InvalidDomain.Offline": {Kind: provider.NotFound, Advice: "bring the domain online in ApsaraVideo VOD: it takes no certificate while it is stopped"},
		},
	}
}

// The codes that the products have beyond the family of Live's.
const (
	codeIDNotFound = "InvalidCertId.NotFound"
	codeRegion     = "Abs.CertRegion.ValueNotSupported"
	codeNoneServed = "NoHttpsDomain"
)

// set is the Set that uploads a certificate, or switches HTTPS off.
func (d dialect) set() aliyun.Operation {
	codes := aliyun.SetCodes(d.product)
	codes[aliyun.CodeNameDuplicated] = aliyun.Meaning{Kind: provider.Conflict, Advice: "the provider has this certificate already, and the next attempt puts it on the domain"}
	codes[aliyun.CodeContentDuplicated] = codes[aliyun.CodeNameDuplicated]
	return d.operation(d.setAction, codes)
}

// setStored is the Set that names a certificate in the repository.
func (d dialect) setStored() aliyun.Operation {
	codes := aliyun.StoredCodes(d.product)
	codes[codeIDNotFound] = codes[aliyun.CodeCertificateNotFound]
	codes[codeRegion] = aliyun.Meaning{Kind: provider.Rejected, Advice: "set the region of the certificate to cn-hangzhou or ap-southeast-1, where the provider stores certificates"}
	return d.operation(d.setAction, codes)
}

func (d dialect) describe() aliyun.Operation {
	return d.operation(d.describeAction, aliyun.DescribeCodes(d.product))
}

func (d dialect) list() aliyun.Operation {
	return d.operation(d.listAction, aliyun.DescribeCodes(d.product))
}

// byID takes GET requests only, as all of the vendor's SDKs have it.
func (d dialect) byID() aliyun.Operation {
	codes := aliyun.CertificateCodes(d.product)
	codes[codeIDNotFound] = codes[aliyun.CodeCertificateNotFound]
	operation := d.operation(d.byIDAction, codes)
	operation.Get = true
	return operation
}

func (d dialect) served() aliyun.Operation {
	codes := aliyun.DescribeCodes(d.product)
	codes[codeNoneServed] = aliyun.Meaning{Kind: provider.NotFound, Advice: "no domain of the account is served over HTTPS"}
	return d.operation(d.servedAction, codes)
}

func (d dialect) operation(action string, codes aliyun.Codes) aliyun.Operation {
	maps.Copy(codes, d.codes)
	return aliyun.Operation{Action: action, Version: d.version, Codes: codes}
}

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
			ReadActions: "cdn:DescribeDomainCertificateInfo, cdn:DescribeCertificateInfoByID and cdn:DescribeCdnSSLCertificateList",
			Resource:    "acs:cdn:*:<account>:domain/<domain>",
		},
		version:        "2018-05-10",
		setAction:      "SetCdnDomainSSLCertificate",
		describeAction: "DescribeDomainCertificateInfo",
		listAction:     "DescribeCdnSSLCertificateList",
		byIDAction:     "DescribeCertificateInfoByID",
		codes: aliyun.Codes{
			"CdnServiceNotFound":    suspended,
			"CdnServiceSuspended":   suspended,
			"InvalidDomain.Offline": offline("Alibaba Cloud CDN"),
		},
	}
}

// dcdn is Dynamic Content Delivery Network.
func dcdn() dialect {
	return dialect{
		product: aliyun.Product{
			Name:        "Alibaba Cloud DCDN",
			SetAction:   "dcdn:SetDcdnDomainSSLCertificate",
			ReadActions: "dcdn:DescribeDcdnDomainCertificateInfo, dcdn:DescribeDcdnSSLCertificateList and dcdn:DescribeDcdnHttpsDomainList",
			Resource:    "acs:dcdn:*:<account>:domain/<domain>",
		},
		version:        "2018-01-15",
		setAction:      "SetDcdnDomainSSLCertificate",
		describeAction: "DescribeDcdnDomainCertificateInfo",
		listAction:     "DescribeDcdnSSLCertificateList",
		servedAction:   "DescribeDcdnHttpsDomainList",
		codes:          aliyun.Codes{"InvalidDomain.Offline": offline("Alibaba Cloud DCDN")},
	}
}

// vod is ApsaraVideo VOD, whose RAM permissions know no single domains
// (SetVodDomainSSLCertificate, authorization information).
func vod() dialect {
	return dialect{
		product: aliyun.Product{
			Name:        "ApsaraVideo VOD",
			SetAction:   "vod:SetVodDomainSSLCertificate",
			ReadActions: "vod:DescribeVodDomainCertificateInfo and vod:DescribeVodSSLCertificateList",
			Resource:    "all resources",
		},
		version:        "2017-03-21",
		setAction:      "SetVodDomainSSLCertificate",
		describeAction: "DescribeVodDomainCertificateInfo",
		listAction:     "DescribeVodSSLCertificateList",
		codes:          aliyun.Codes{"InvalidDomain.Offline": offline("ApsaraVideo VOD")},
	}
}

// offline is a domain that is stopped.
func offline(product string) aliyun.Meaning {
	return aliyun.Meaning{Kind: provider.NotFound, Advice: "bring the domain online in " + product + ": it takes no certificate while it is stopped"}
}

// The codes that the products have beyond the family of Live's.
const (
	// codeNameExists is the other code for a name that is taken
	// (SetCdnDomainSSLCertificate, error codes).
	codeNameExists = "CertNameAlreadyExists"
	// codeIDNotFound and codeNotExisted say that there is no certificate with an
	// id (DescribeCdnCertificateDetailById and DescribeCertificateInfoByID, error
	// codes).
	codeIDNotFound = "InvalidCertId.NotFound"
	codeNotExisted = "CertNotExisted"
	codeRegion     = "Abs.CertRegion.ValueNotSupported"
	codeNoneServed = "NoHttpsDomain"
)

// operations are a dialect's calls, with what their codes mean.
type operations struct {
	// set uploads a certificate, or switches HTTPS off; setStored names one in
	// the repository.
	set, setStored aliyun.Operation
	describe, list aliyun.Operation
	// byID and served have no action if the product has no such call.
	byID, served aliyun.Operation
}

func (d dialect) operations() operations {
	p := d.product
	set, stored, byID, served := aliyun.SetCodes(p), aliyun.StoredCodes(p), aliyun.CertificateCodes(p), aliyun.DescribeCodes(p)

	set[aliyun.CodeNameDuplicated] = aliyun.Meaning{Kind: provider.Conflict, Advice: "the provider has this certificate already, and the next attempt puts it on the domain"}
	set[aliyun.CodeContentDuplicated] = set[aliyun.CodeNameDuplicated]
	set[codeNameExists] = set[aliyun.CodeNameDuplicated]
	for _, codes := range []aliyun.Codes{set, stored} {
		codes["CreateCertificateFailed"] = codes["CertStorage.failed"]
	}
	stored[codeIDNotFound] = stored[aliyun.CodeCertificateNotFound]
	stored[codeNotExisted] = stored[aliyun.CodeCertificateNotFound]
	stored[codeRegion] = aliyun.Meaning{Kind: provider.Rejected, Advice: "set the region of the certificate to cn-hangzhou or ap-southeast-1, where the provider stores certificates"}
	byID[codeIDNotFound] = byID[aliyun.CodeCertificateNotFound]
	byID[codeNotExisted] = byID[aliyun.CodeCertificateNotFound]
	served[codeNoneServed] = aliyun.Meaning{Kind: provider.NotFound, Advice: "no domain of the account is served over HTTPS"}

	named := operations{
		set:       d.operation(d.setAction, set),
		setStored: d.operation(d.setAction, stored),
		describe:  d.operation(d.describeAction, aliyun.DescribeCodes(p)),
		list:      d.operation(d.listAction, aliyun.DescribeCodes(p)),
		byID:      d.operation(d.byIDAction, byID),
		served:    d.operation(d.servedAction, served),
	}
	named.byID.Get = true // it takes nothing else, as all of the vendor's SDKs have it
	return named
}

// operation is a call with its codes, to which the product's own are added.
func (d dialect) operation(action string, codes aliyun.Codes) aliyun.Operation {
	maps.Copy(codes, d.codes)
	return aliyun.Operation{Action: action, Version: d.version, Codes: codes}
}

package edgesim

// cdnVersion is Alibaba Cloud CDN's API version.
const cdnVersion = "2018-05-10"

// cdnOperations is the table of Alibaba Cloud CDN. Quotas are those of each operation's
// page; that of DescribeCdnSSLCertificateList is inferred from the older list's.
func cdnOperations() []operation {
	row := func(action string, quota int, run func(*Server, *call, Settings) (document, error)) operation {
		return operation{version: cdnVersion, action: action, product: string(ProductCDN), quota: quota, run: run}
	}
	return []operation{
		row("SetCdnDomainSSLCertificate", 30, setOn(ProductCDN)),
		row("DescribeDomainCertificateInfo", 100, describeOn(ProductCDN, cdnCertInfo)),
		row("DescribeCertificateInfoByID", 100, (*Server).describeCertificateInfoByID),
		row("DescribeCdnCertificateList", 30, (*Server).describeCdnCertificateList),
		row("DescribeCdnSSLCertificateList", 30, sslCertificateListOf(ProductCDN)),
		row("DescribeCdnCertificateDetailById", 20, (*Server).describeCdnCertificateDetailByID),
		row("DescribeCdnHttpsDomainList", 100, httpsDomainListOf(ProductCDN, cdnPageSizeMax)),
		row("DescribeUserDomains", 100, (*Server).describeUserDomains),
		row("DescribeCdnDomainDetail", 30, (*Server).describeCdnDomainDetail),
	}
}

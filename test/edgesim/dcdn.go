package edgesim

// dcdnVersion is Dynamic Content Delivery Network's API version.
const dcdnVersion = "2018-01-15"

// dcdnOperations is the table of DCDN. Quotas are those of each operation's page.
func dcdnOperations() []operation {
	row := func(action string, quota int, run func(*Server, *call, Settings) (document, error)) operation {
		return operation{version: dcdnVersion, action: action, product: string(ProductDCDN), quota: quota, run: run}
	}
	return []operation{
		row("SetDcdnDomainSSLCertificate", 30, setOn(ProductDCDN)),
		row("DescribeDcdnDomainCertificateInfo", 100, describeOn(ProductDCDN, dcdnCertInfo)),
		row("DescribeDcdnHttpsDomainList", 100, httpsDomainListOf(ProductDCDN, cdnPageSizeMax)),
		// It lists the same repository; its quota is inferred from CDN's.
		row("DescribeDcdnSSLCertificateList", 30, sslCertificateListOf(ProductDCDN)),
	}
}

// dcdnCertInfo is the CertInfo of DescribeDcdnDomainCertificateInfo: CDN's with Live's
// names for the certificate and its state, and without DomainCnameStatus.
func dcdnCertInfo(held *domain, shown deployment, settings Settings) document {
	info := cdnCertInfo(held, shown, settings)
	info["SSLPub"], info["SSLProtocol"] = info["ServerCertificate"], info["ServerCertificateStatus"]
	delete(info, "ServerCertificate")
	delete(info, "ServerCertificateStatus")
	delete(info, "DomainCnameStatus")
	return info
}

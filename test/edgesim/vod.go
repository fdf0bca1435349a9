package edgesim

// vodVersion is ApsaraVideo VOD's API version.
const vodVersion = "2017-03-21"

// vodOperations is the table of VOD. Quotas are those of each operation's page.
func vodOperations() []operation {
	row := func(action string, quota int, run func(*Server, *call, Settings) (document, error)) operation {
		return operation{version: vodVersion, action: action, product: string(ProductVOD), quota: quota, run: run}
	}
	return []operation{
		row("SetVodDomainSSLCertificate", 30, setOn(ProductVOD)),
		row("DescribeVodDomainCertificateInfo", 100, describeOn(ProductVOD, vodCertInfo)),
		// It lists the same repository; its quota is inferred from CDN's.
		row("DescribeVodSSLCertificateList", 30, sslCertificateListOf(ProductVOD)),
	}
}

// vodCertInfo is the CertInfo of DescribeVodDomainCertificateInfo: CDN's, but with an
// empty Status unless the certificate is free, and VOD sets no free ones by this call.
func vodCertInfo(held *domain, shown deployment, settings Settings) document {
	info := cdnCertInfo(held, shown, settings)
	info["Status"] = held.CertificateStatus
	return info
}

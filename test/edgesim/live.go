package edgesim

// liveVersion is ApsaraVideo Live's API version.
const liveVersion = "2016-11-01"

// liveOperations is the table of ApsaraVideo Live. Quotas are those of each
// operation's page, "QPS limit".
func liveOperations() []operation {
	row := func(action string, quota int, run func(*Server, *call, Settings) (document, error)) operation {
		return operation{version: liveVersion, action: action, product: "live", quota: quota, run: run}
	}
	return []operation{
		row("SetLiveDomainCertificate", 30, (*Server).setLiveDomainCertificate),
		row("DescribeLiveDomainCertificateInfo", 100, (*Server).describeLiveDomainCertificateInfo),
		row("DescribeLiveCertificateDetail", 50, (*Server).describeLiveCertificateDetail),
		row("DescribeLiveCertificateList", 50, (*Server).describeLiveCertificateList),
		row("DescribeLiveUserDomains", 100, (*Server).describeLiveUserDomains),
		row("DescribeLiveDomainDetail", 50, (*Server).describeLiveDomainDetail),
	}
}

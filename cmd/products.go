package main

import (
	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
)

// products are the ones this operator can serve. A new one is added here.
func products(requests *metrics.Requests) map[string]controllers.Product {
	all := map[string]controllers.Product{cdnProService: cdnProProduct(requests)}
	for service, product := range alibabaCloudProducts() {
		all[service] = product.product(requests)
	}
	return all
}

func alibabaCloudProducts() map[string]alibabaCloudProduct {
	return map[string]alibabaCloudProduct{
		string(domaincertv1alpha1.LiveService): {
			service: domaincertv1alpha1.LiveService,
			quota:   liveQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return adapter{Provider: aliyunlive.New(a.client)} },
		},
		string(domaincertv1alpha1.CDNService): {
			service: domaincertv1alpha1.CDNService,
			quota:   cdnQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return asking(aliyuncdn.NewCDN(a.client)) },
		},
		string(domaincertv1alpha1.DCDNService): {
			service: domaincertv1alpha1.DCDNService,
			quota:   dcdnQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return asking(aliyuncdn.NewDCDN(a.client)) },
		},
		string(domaincertv1alpha1.VODService): {
			service: domaincertv1alpha1.VODService,
			quota:   vodQuota(),
			adapter: func(a *alibabaCloudAccount) adapter {
				return adapter{Provider: aliyuncdn.NewVOD(a.client), uploads: true}
			},
		},
	}
}

// adapter is a product's, and what it leaves in the certificate store.
type adapter struct {
	provider.Provider
	// uploads is true if what was deployed stays in the store.
	uploads bool
	// users tells whom the product serves with an upload; nil if it has no call for
	// that, as VOD.
	users aliyuncas.Users
}

// asking is an adapter whose uploads stay, and that can be asked who is served.
func asking(a *aliyuncdn.Adapter) adapter {
	return adapter{Provider: a, uploads: true, users: a.Users}
}

// The quotas of one account, each from the page of its operation, "QPS limit".

// liveQuota is that of SetLiveDomainCertificate,
// DescribeLiveDomainCertificateInfo and DescribeLiveCertificateDetail.
func liveQuota() provider.Quota {
	return provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 50}
}

// cdnQuota is that of SetCdnDomainSSLCertificate, DescribeDomainCertificateInfo
// and DescribeCertificateInfoByID.
func cdnQuota() provider.Quota {
	return provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 100}
}

// dcdnQuota is that of SetDcdnDomainSSLCertificate and
// DescribeDcdnDomainCertificateInfo.
func dcdnQuota() provider.Quota { return provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100} }

// vodQuota is that of SetVodDomainSSLCertificate. The page of
// DescribeVodDomainCertificateInfo names none; its siblings' is taken.
func vodQuota() provider.Quota { return provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100} }

// casQuota is that of ListUserCertificateOrder for what reads. A search takes two
// calls at least, for what is valid and for what has expired, and only half as many
// searches as calls may begin in a second. What changes removes superseded uploads,
// which is never urgent: two in a second, each with its question who is served, are
// far less than any of the products concerned allows.
func casQuota() provider.Quota {
	const most, removals = 1 + aliyuncdn.MaxUsersCalls, 2
	return provider.Quota{DeployPerSecond: removals*most + removals, ObservePerSecond: 10, LookupPerSecond: 5, Most: most}
}

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

// adapter is a product's.
type adapter struct {
	provider.Provider
	// uploads is true if they stay in the certificate store.
	uploads bool
	// users tells whom the product serves with one of them; nil if it cannot be
	// asked, as VOD.
	users aliyuncas.Users
}

// uploading is an adapter whose uploads stay in the certificate store.
func uploading(a *aliyuncdn.Adapter) adapter {
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

// casQuota is that of ListUserCertificateOrder for what reads. What changes
// removes superseded uploads, which is never urgent: far less is used than
// DeleteUserCertificate allows, and than the products that are asked first who is
// served with an upload.
func casQuota() provider.Quota {
	return provider.Quota{DeployPerSecond: 20, ObservePerSecond: 10, Most: 1 + aliyuncdn.MaxUsersCalls}
}

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
	return map[string]controllers.Product{
		string(domaincertv1alpha1.LiveService): alibabaCloudProduct{
			service: domaincertv1alpha1.LiveService,
			quota:   liveQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return adapter{Provider: aliyunlive.New(a.client)} },
		}.product(requests),
		string(domaincertv1alpha1.CDNService): alibabaCloudProduct{
			service: domaincertv1alpha1.CDNService,
			quota:   cdnQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return uploading(aliyuncdn.NewCDN(a.client)) },
		}.product(requests),
		string(domaincertv1alpha1.DCDNService): alibabaCloudProduct{
			service: domaincertv1alpha1.DCDNService,
			quota:   dcdnQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return uploading(aliyuncdn.NewDCDN(a.client)) },
		}.product(requests),
		string(domaincertv1alpha1.VODService): alibabaCloudProduct{
			service: domaincertv1alpha1.VODService,
			quota:   vodQuota(),
			adapter: func(a *alibabaCloudAccount) adapter { return uploading(aliyuncdn.NewVOD(a.client)) },
		}.product(requests),
		cdnProService: cdnProProduct(requests),
	}
}

// adapter is a product's, and whom it serves with a stored certificate. Users is
// nil if the product leaves nothing in the certificate store.
type adapter struct {
	provider.Provider
	users aliyuncas.Users
}

// uploading is an adapter whose uploads stay in the certificate store.
func uploading(a *aliyuncdn.Adapter) adapter { return adapter{Provider: a, users: a.Users} }

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
// removes superseded uploads, which is never urgent, so that far less is used
// than DeleteUserCertificate allows.
func casQuota() provider.Quota { return provider.Quota{DeployPerSecond: 5, ObservePerSecond: 10} }

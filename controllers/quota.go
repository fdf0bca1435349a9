package controllers

import (
	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// quotaOf returns a product's quota with what the spec overrides. Lookups keep
// their share of the reading requests.
func quotaOf(spec *domaincertv1alpha1.EdgeProviderSpec, documented provider.Quota) provider.Quota {
	quota, asked := documented, spec.Quota
	switch {
	case asked == nil:
		return quota
	case documented.Total > 0:
		if asked.RequestsPerFiveMinutes != nil {
			quota.Total = int(*asked.RequestsPerFiveMinutes)
		}
		return quota
	}
	if asked.SetPerSecond != nil {
		quota.DeployPerSecond = int(*asked.SetPerSecond)
	}
	if asked.DescribePerSecond != nil {
		quota.ObservePerSecond = int(*asked.DescribePerSecond)
		quota.LookupPerSecond = lookups(quota.ObservePerSecond, documented)
	}
	return quota
}

// lookups is the share that a product documents, of so many reading requests.
func lookups(observations int, documented provider.Quota) int {
	if documented.LookupPerSecond == 0 {
		return 0
	}
	return max(1, observations*documented.LookupPerSecond/documented.ObservePerSecond)
}

// keepOf is how many superseded uploads a spec keeps.
func keepOf(spec *domaincertv1alpha1.EdgeProviderSpec) int {
	const usual = 2
	if keep := retentionOf(spec).Keep; keep != nil {
		return int(*keep)
	}
	return usual
}

func retentionOf(spec *domaincertv1alpha1.EdgeProviderSpec) domaincertv1alpha1.CertificateRetention {
	switch {
	case spec.AlibabaCloud != nil:
		return spec.AlibabaCloud.CertificateRetention
	case spec.CDNPro != nil:
		return spec.CDNPro.CertificateRetention
	default:
		return domaincertv1alpha1.CertificateRetention{}
	}
}

package main

import (
	"context"
	"net"
	"strings"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
)

// liveEndpoint is ApsaraVideo Live's public host.
const liveEndpoint = "live.aliyuncs.com"

// ApsaraVideo Live's quotas, as documented on the pages of
// SetLiveDomainCertificate, DescribeLiveDomainCertificateInfo and
// DescribeLiveCertificateDetail, "QPS limit".
const (
	liveSetsPerSecond      = 30
	liveDescribesPerSecond = 100
	liveDetailsPerSecond   = 50
)

// products are the ones this operator can serve. A new one is added here.
func products(requests *metrics.Requests) map[string]controllers.Product {
	secretKeys := []string{domaincertv1alpha1.AccessKeyIDKey, domaincertv1alpha1.AccessKeySecretKey}
	return map[string]controllers.Product{
		string(domaincertv1alpha1.LiveService): {
			Quota: provider.Quota{
				DeployPerSecond:  liveSetsPerSecond,
				ObservePerSecond: liveDescribesPerSecond,
				LookupPerSecond:  liveDetailsPerSecond,
			},
			SecretKeys: secretKeys,
			Open: func(spec *domaincertv1alpha1.EdgeProviderSpec, credentials map[string][]byte) (controllers.Account, error) {
				client, err := openAlibabaCloud(spec.AlibabaCloud, credentials, liveEndpoint)
				if err != nil {
					return nil, err
				}
				return &liveAccount{client: client, requests: requests}, nil
			},
		},
	}
}

// openAlibabaCloud makes a client for one product of Alibaba Cloud.
func openAlibabaCloud(spec *domaincertv1alpha1.AlibabaCloudProvider, credentials map[string][]byte, publicHost string) (*aliyun.Client, error) {
	key, err := aliyun.AccessKey(
		string(credentials[domaincertv1alpha1.AccessKeyIDKey]),
		string(credentials[domaincertv1alpha1.AccessKeySecretKey]),
		string(credentials[domaincertv1alpha1.SecurityTokenKey]),
	)
	if err != nil {
		return nil, err
	}
	endpoint := spec.Endpoint
	if endpoint == "" {
		endpoint = publicHost
	}
	return aliyun.New(aliyun.Config{
		Endpoint:         endpoint,
		STSEndpoint:      stsEndpoint(spec),
		Region:           spec.Region,
		SignatureVersion: string(spec.SignatureVersion),
		Credentials:      key,
	})
}

// stsEndpoint says whom to ask whose credentials these are. A host that is not
// Alibaba Cloud's own, a simulator or a gateway, is expected to answer for all
// products.
func stsEndpoint(spec *domaincertv1alpha1.AlibabaCloudProvider) string {
	if spec.STSEndpoint != "" || spec.Endpoint == "" {
		return spec.STSEndpoint
	}
	host := strings.TrimPrefix(strings.TrimPrefix(spec.Endpoint, "http://"), "https://")
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.HasSuffix(strings.ToLower(host), ".aliyuncs.com") {
		return ""
	}
	return spec.Endpoint
}

// liveAccount is an account at ApsaraVideo Live.
type liveAccount struct {
	client   *aliyun.Client
	requests *metrics.Requests
}

// Adapter implements controllers.Account.
func (a *liveAccount) Adapter(accountID string) provider.Provider {
	return provider.Instrument(aliyunlive.New(a.client), a.requests.Of(string(domaincertv1alpha1.LiveService), accountID))
}

// Identify implements controllers.Account.
func (a *liveAccount) Identify(ctx context.Context) (string, error) { return a.client.Identify(ctx) }

// Close implements controllers.Account.
func (a *liveAccount) Close() { a.client.Close() }

package main

import (
	"context"
	"net"
	"slices"
	"strings"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
)

// casService is Certificate Management Service, which keeps the certificates of
// all products of an account.
const casService = "CAS"

// alibabaCloudProduct is one of Alibaba Cloud's products.
type alibabaCloudProduct struct {
	service domaincertv1alpha1.AlibabaCloudService
	quota   provider.Quota
	adapter func(*alibabaCloudAccount) adapter
}

// product is what the controllers know of it.
func (p alibabaCloudProduct) product(requests *metrics.Requests) controllers.Product {
	return controllers.Product{
		Quota:      p.quota,
		Store:      controllers.Store{Name: casService, Quota: casQuota()},
		SecretKeys: []string{domaincertv1alpha1.AccessKeyIDKey, domaincertv1alpha1.AccessKeySecretKey},
		Open: func(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
			return p.open(spec.AlibabaCloud, material, requests)
		},
	}
}

// open makes the clients of one account: the product's, and the store's.
func (p alibabaCloudProduct) open(spec *domaincertv1alpha1.AlibabaCloudProvider, material controllers.Material, requests *metrics.Requests) (controllers.Account, error) {
	credentials, err := credentialsOf(spec, material)
	if err != nil {
		return nil, err
	}
	config := aliyun.Config{
		Endpoint:         endpoint(spec, p.service),
		STSEndpoint:      stsEndpoint(spec),
		Region:           spec.Region,
		SignatureVersion: string(spec.SignatureVersion),
		Credentials:      credentials,
	}
	client, err := aliyun.New(config)
	if err != nil {
		return nil, err
	}
	config.Endpoint = casEndpoint(spec)
	store, err := aliyun.New(config)
	if err != nil {
		return nil, err
	}
	return &alibabaCloudAccount{alibabaCloudProduct: p, client: client, store: store, requests: requests}, nil
}

// alibabaCloudAccount is an account at one of the products.
type alibabaCloudAccount struct {
	alibabaCloudProduct
	client, store *aliyun.Client
	requests      *metrics.Requests
}

// Access implements controllers.Account.
func (a *alibabaCloudAccount) Access(accountID string) controllers.Access {
	adapter := a.adapter(a)
	store, recorder := aliyuncas.New(a.store, adapter.users), a.requests.Of(casService, accountID)
	access := controllers.Access{
		Provider: provider.Instrument(adapter.Provider, a.requests.Of(string(a.service), accountID)),
		Catalog:  provider.InstrumentCatalog(store, recorder),
	}
	if adapter.uploads {
		access.Repository = provider.InstrumentRepository(store, recorder)
		access.Gauge = store
	}
	return access
}

// Identify implements controllers.Account.
func (a *alibabaCloudAccount) Identify(ctx context.Context) (string, error) {
	return a.client.Identify(ctx)
}

// Close implements controllers.Account.
func (a *alibabaCloudAccount) Close() {
	a.client.Close()
	a.store.Close()
}

// endpoint is the host of a product.
func endpoint(spec *domaincertv1alpha1.AlibabaCloudProvider, service domaincertv1alpha1.AlibabaCloudService) string {
	if spec.Endpoint != "" {
		return spec.Endpoint
	}
	switch service {
	case domaincertv1alpha1.CDNService:
		return "cdn.aliyuncs.com"
	case domaincertv1alpha1.DCDNService:
		return "dcdn.aliyuncs.com"
	case domaincertv1alpha1.VODService:
		const home = "cn-shanghai" // where VOD's domains are administered unless told
		if spec.Region == "" {
			return "vod." + home + ".aliyuncs.com"
		}
		return "vod." + spec.Region + ".aliyuncs.com"
	default:
		return "live.aliyuncs.com"
	}
}

// casEndpoint is the host of Certificate Management Service: one for each site
// that keeps certificates of its own, and a central one (CAS, endpoints).
func casEndpoint(spec *domaincertv1alpha1.AlibabaCloudProvider) string {
	switch {
	case isForeign(spec.Endpoint):
		return spec.Endpoint
	case slices.Contains([]string{"ap-southeast-1", "eu-central-1"}, spec.Region):
		return "cas." + spec.Region + ".aliyuncs.com"
	default:
		return "cas.aliyuncs.com"
	}
}

// stsEndpoint says whom to ask whose credentials these are; empty for the
// client's own choice.
func stsEndpoint(spec *domaincertv1alpha1.AlibabaCloudProvider) string {
	if spec.STSEndpoint == "" && isForeign(spec.Endpoint) {
		return spec.Endpoint
	}
	return spec.STSEndpoint
}

// isForeign reports whether an endpoint is not Alibaba Cloud's own but a
// simulator or a gateway, which is expected to answer for all products.
func isForeign(endpoint string) bool {
	host := strings.TrimPrefix(strings.TrimPrefix(endpoint, "http://"), "https://")
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return endpoint != "" && !strings.HasSuffix(strings.ToLower(host), ".aliyuncs.com")
}

package sweep_test

import (
	"context"
	"time"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

// product is one of the products, as the operator and as the simulator know it.
type product struct {
	service string
	// simulated is empty for CDN Pro.
	simulated edgesim.Product
	// set is the operation that changes a domain's certificate.
	set string
	// adapter is the operator's, and repository true if its uploads pile up.
	adapter    func(*aliyun.Client) (provider.Provider, aliyuncas.Users)
	repository bool
	quota      provider.Quota
}

func live() product {
	return product{service: "Live", simulated: edgesim.ProductLive, set: "SetLiveDomainCertificate",
		adapter: func(c *aliyun.Client) (provider.Provider, aliyuncas.Users) { return aliyunlive.New(c), nil },
		quota:   provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 50}}
}

func cdn() product {
	return product{service: "CDN", simulated: edgesim.ProductCDN, set: "SetCdnDomainSSLCertificate", repository: true,
		adapter: func(c *aliyun.Client) (provider.Provider, aliyuncas.Users) { return asking(aliyuncdn.NewCDN(c)) },
		quota:   provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 100}}
}

func dcdn() product {
	return product{service: "DCDN", simulated: edgesim.ProductDCDN, set: "SetDcdnDomainSSLCertificate", repository: true,
		adapter: func(c *aliyun.Client) (provider.Provider, aliyuncas.Users) { return asking(aliyuncdn.NewDCDN(c)) },
		quota:   provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100}}
}

func vod() product {
	return product{service: "VOD", simulated: edgesim.ProductVOD, set: "SetVodDomainSSLCertificate", repository: true,
		adapter: func(c *aliyun.Client) (provider.Provider, aliyuncas.Users) { return aliyuncdn.NewVOD(c), nil },
		quota:   provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100}}
}

func cdnPro() product { return product{service: "CDNPro"} }

func asking(a *aliyuncdn.Adapter) (provider.Provider, aliyuncas.Users) { return a, a.Users }

// opened keeps the accounts that were opened, whose idle connections must be closed
// before time can pass in a bubble.
type opened struct{ accounts []controllers.Account }

func (o *opened) closeIdle() {
	for _, account := range o.accounts {
		account.Close()
	}
}

// wired is a product as the operator is given it.
func (p product) wired(o *opened) map[string]controllers.Product {
	if p.simulated == "" {
		return map[string]controllers.Product{p.service: wiredCDNPro(o)}
	}
	const removals = 2
	most := 1 + aliyuncdn.MaxUsersCalls
	return map[string]controllers.Product{p.service: {
		Quota: p.quota,
		Store: controllers.Store{Name: "CAS",
			Quota: provider.Quota{DeployPerSecond: removals*most + removals, ObservePerSecond: 10, LookupPerSecond: 5, Most: most}},
		SecretKeys: []string{domaincertv1alpha1.AccessKeyIDKey, domaincertv1alpha1.AccessKeySecretKey},
		Open: func(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
			credentials, err := aliyun.AccessKey(string(material.Secret[domaincertv1alpha1.AccessKeyIDKey]),
				string(material.Secret[domaincertv1alpha1.AccessKeySecretKey]), "")
			if err != nil {
				return nil, err
			}
			at := spec.AlibabaCloud.Endpoint
			client, err := aliyun.New(aliyun.Config{Endpoint: at, STSEndpoint: at, Credentials: credentials})
			if err != nil {
				return nil, err
			}
			account := &alibabaAccount{product: p, client: client}
			o.accounts = append(o.accounts, account)
			return account, nil
		},
	}}
}

// alibabaAccount is an account at one of Alibaba Cloud's products.
type alibabaAccount struct {
	product
	client *aliyun.Client
}

func (a *alibabaAccount) Access(string) controllers.Access {
	adapter, users := a.adapter(a.client)
	store := aliyuncas.New(a.client, users)
	access := controllers.Access{Provider: adapter, Catalog: store}
	if a.repository {
		access.Repository, access.Gauge = store, store
	}
	return access
}

func (a *alibabaAccount) Identify(ctx context.Context) (string, error) { return a.client.Identify(ctx) }

func (a *alibabaAccount) Close() { a.client.Close() }

func wiredCDNPro(o *opened) controllers.Product {
	const pace = 10 * time.Second
	return controllers.Product{
		Quota:      provider.Quota{Total: cdnpro.Requests, Window: cdnpro.Window, Most: cdnpro.MostCalls},
		SecretKeys: []string{domaincertv1alpha1.CDNProUserKey, domaincertv1alpha1.CDNProAPIKeyKey},
		Pace:       pace,
		Open: func(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
			client, err := cdnpro.New(cdnpro.Config{
				Endpoint: spec.CDNPro.Endpoint,
				User:     string(material.Secret[domaincertv1alpha1.CDNProUserKey]),
				APIKey:   cdnpro.NewAPIKey(string(material.Secret[domaincertv1alpha1.CDNProAPIKeyKey])),
				Target:   cdnpro.Target(spec.CDNPro.Target),
			})
			if err != nil {
				return nil, err
			}
			account := &cdnProAccount{client: client}
			o.accounts = append(o.accounts, account)
			return account, nil
		},
	}
}

// cdnProAccount is an account at CDN Pro.
type cdnProAccount struct{ client *cdnpro.Client }

func (a *cdnProAccount) Access(string) controllers.Access {
	adapter := cdnpro.NewAdapter(a.client)
	return controllers.Access{Provider: adapter, Repository: adapter}
}

func (a *cdnProAccount) Identify(ctx context.Context) (string, error) { return a.client.Identify(ctx) }

func (a *cdnProAccount) Close() { a.client.Close() }

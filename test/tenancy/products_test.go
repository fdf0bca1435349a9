package tenancy_test

import (
	"context"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// products are ApsaraVideo Live and CDN Pro as the operator has them, asked at the
// simulator where a spec names no host of its own.
func (o *operator) products() map[string]controllers.Product {
	return map[string]controllers.Product{
		"Live": {
			Quota:      o.quota,
			SecretKeys: []string{domaincertv1alpha1.AccessKeyIDKey, domaincertv1alpha1.AccessKeySecretKey},
			Open:       o.openLive,
		},
		"CDNPro": {
			Quota:      provider.Quota{Total: cdnpro.Requests, Window: cdnpro.Window, Most: cdnpro.MostCalls},
			SecretKeys: []string{domaincertv1alpha1.CDNProUserKey, domaincertv1alpha1.CDNProAPIKeyKey},
			Open:       o.openCDNPro,
		},
	}
}

func (o *operator) openLive(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
	at := spec.AlibabaCloud
	credentials, err := aliyun.AccessKey(string(material.Secret[domaincertv1alpha1.AccessKeyIDKey]), string(material.Secret[domaincertv1alpha1.AccessKeySecretKey]), "")
	if uri := at.Credentials.CredentialsURI; uri != "" {
		credentials, err = aliyun.FromURI(uri, aliyun.Exchange{STSEndpoint: o.cloud()})
	}
	if err != nil {
		return nil, err
	}
	client, err := aliyun.New(aliyun.Config{
		Endpoint:    orElse(at.Endpoint, o.cloud()),
		STSEndpoint: orElse(at.STSEndpoint, orElse(at.Endpoint, o.cloud())),
		Credentials: credentials,
	})
	if err != nil {
		return nil, err
	}
	return account{Provider: aliyunlive.New(client), identify: client.Identify, close: client.Close, seen: o.seen}, nil
}

func (o *operator) openCDNPro(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
	client, err := cdnpro.New(cdnpro.Config{
		Endpoint: orElse(spec.CDNPro.Endpoint, o.cloud()),
		User:     string(material.Secret[domaincertv1alpha1.CDNProUserKey]),
		APIKey:   cdnpro.NewAPIKey(string(material.Secret[domaincertv1alpha1.CDNProAPIKeyKey])),
		Target:   cdnpro.Production,
	})
	if err != nil {
		return nil, err
	}
	return account{Provider: cdnpro.NewAdapter(client), identify: client.Identify, close: client.Close, seen: o.seen}, nil
}

func orElse(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

// account is one identity at one product.
type account struct {
	provider.Provider
	identify func(context.Context) (string, error)
	close    func()
	// seen is called when the provider was read, before anything is done about it.
	seen func()
}

func (a account) Access(string) controllers.Access { return controllers.Access{Provider: a} }

func (a account) Identify(ctx context.Context) (string, error) { return a.identify(ctx) }

func (a account) Close() { a.close() }

// Observe tells when it is done.
func (a account) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	observation, err := a.Provider.Observe(ctx, target)
	a.seen()
	return observation, err
}

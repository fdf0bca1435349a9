package main

import (
	"context"
	"time"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

const (
	// cdnProService is the name of CDN Pro among the products.
	cdnProService = "CDNPro"
	// cdnProPace is the time between two looks at a deployment: its requests come
	// out of the same quota as everything else.
	cdnProPace = 10 * time.Second
)

// cdnProProduct is CDN Pro of Wangsu or CDNetworks.
func cdnProProduct(requests *metrics.Requests) controllers.Product {
	return controllers.Product{
		Quota:      provider.Quota{Total: cdnpro.Requests, Window: cdnpro.Window, Most: cdnpro.MostCalls},
		SecretKeys: []string{domaincertv1alpha1.CDNProUserKey, domaincertv1alpha1.CDNProAPIKeyKey},
		Pace:       cdnProPace,
		Open: func(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
			client, err := cdnpro.New(cdnpro.Config{
				Endpoint:   spec.CDNPro.Endpoint,
				User:       string(material.Secret[domaincertv1alpha1.CDNProUserKey]),
				APIKey:     cdnpro.NewAPIKey(string(material.Secret[domaincertv1alpha1.CDNProAPIKeyKey])),
				OnBehalfOf: spec.CDNPro.OnBehalfOf,
				Target:     cdnpro.Target(spec.CDNPro.Target),
			})
			if err != nil {
				return nil, err
			}
			return &cdnProAccount{client: client, requests: requests}, nil
		},
	}
}

// cdnProAccount is an account at CDN Pro.
type cdnProAccount struct {
	client   *cdnpro.Client
	requests *metrics.Requests
}

// Access implements controllers.Account.
func (a *cdnProAccount) Access(accountID string) controllers.Access {
	adapter, recorder := cdnpro.NewAdapter(a.client), a.requests.Of(cdnProService, accountID)
	return controllers.Access{
		Provider:   provider.Instrument(adapter, recorder),
		Repository: provider.InstrumentRepository(adapter, recorder),
	}
}

// Identify implements controllers.Account.
func (a *cdnProAccount) Identify(ctx context.Context) (string, error) { return a.client.Identify(ctx) }

// Close implements controllers.Account.
func (a *cdnProAccount) Close() { a.client.Close() }

package aliyuncdn_test

import (
	"context"
	"maps"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

func TestAliyunCDN(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "aliyuncdn")
}

const (
	domain = "www.example.com"
	name   = "default-www-12345678"
	// nodeTimeout ends a spec that would hang without what it tests.
	nodeTimeout = 20 * time.Second
)

// product is one of the three, as the specs know it.
type product struct {
	name                string
	simulated           edgesim.Product
	adapter             func(*aliyun.Client) *aliyuncdn.Adapter
	version             string
	set, describe, list string
	// body and https are its names for the certificate and its state.
	body, https string
	// calls that an observation takes that is told nothing.
	calls int
}

func cdn() product {
	return product{
		name: "Alibaba Cloud CDN", simulated: edgesim.ProductCDN, adapter: aliyuncdn.NewCDN, version: "2018-05-10",
		set: "SetCdnDomainSSLCertificate", describe: "DescribeDomainCertificateInfo", list: "DescribeCdnSSLCertificateList",
		body: "ServerCertificate", https: "ServerCertificateStatus", calls: 2,
	}
}

func dcdn() product {
	return product{
		name: "Alibaba Cloud DCDN", simulated: edgesim.ProductDCDN, adapter: aliyuncdn.NewDCDN, version: "2018-01-15",
		set: "SetDcdnDomainSSLCertificate", describe: "DescribeDcdnDomainCertificateInfo", list: "DescribeDcdnSSLCertificateList",
		body: "SSLPub", https: "SSLProtocol", calls: 1,
	}
}

func vod() product {
	return product{
		name: "ApsaraVideo VOD", simulated: edgesim.ProductVOD, adapter: aliyuncdn.NewVOD, version: "2017-03-21",
		set: "SetVodDomainSSLCertificate", describe: "DescribeVodDomainCertificateInfo", list: "DescribeVodSSLCertificateList",
		body: "ServerCertificate", https: "ServerCertificateStatus", calls: 1,
	}
}

func products() []product { return []product{cdn(), dcdn(), vod()} }

// provider is the adapter as the port knows it.
func (p product) provider(client *aliyun.Client) provider.Provider { return p.adapter(client) }

// domain is one of the product's domains.
func (p product) domain(name string) edgesim.Domain {
	return edgesim.Domain{Name: name, Product: p.simulated}
}

// before is an adapter before a simulator.
func (p product) before(simulator *edgesim.Server, change ...func(*aliyun.Config)) *aliyuncdn.Adapter {
	GinkgoHelper()
	return p.adapter(alibaba.NewClient("http://"+simulator.APIAddress(), change...))
}

// scripted is an adapter before a server that answers as told.
func (p product) scripted(script alibaba.Answers) *aliyuncdn.Adapter {
	GinkgoHelper()
	return p.adapter(alibaba.Scripted(script))
}

// info is a CertInfo with all fields, in the product's own names.
func (p product) info(change map[string]any) map[string]any {
	all := map[string]any{
		"DomainName": domain, "CertId": "9002448", "CertName": "stored", "CertType": "upload", "CertRegion": "cn-hangzhou",
		"CertOrg": "Let's Encrypt", "CertDomainName": "*.example.com", "CertLife": "months",
		"CertStartTime": "2018-03-05T22:03:39Z", "CertExpireTime": "2018-06-03T22:03:39Z", "CertUpdateTime": "2018-03-06T00:00:00Z",
		"Status": "success", "DomainCnameStatus": "ok", p.https: "on", p.body: "asdadaxxxx",
	}
	maps.Copy(all, change)
	return all
}

// target is the domain of most specs.
func target() provider.Target { return provider.Target{Domain: domain, Name: name} }

// aBundle is a certificate for the domain of most specs.
func aBundle() certbundle.Bundle {
	GinkgoHelper()
	return alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{domain}})
}

// aBundleOnce is a bundle made when it is first asked for.
func aBundleOnce() func() certbundle.Bundle {
	var bundle *certbundle.Bundle
	return func() certbundle.Bundle {
		if bundle == nil {
			made := aBundle()
			bundle = &made
		}
		return *bundle
	}
}

// deploy puts a bundle on the target and expects success.
func deploy(ctx context.Context, adapter *aliyuncdn.Adapter, t provider.Target, bundle certbundle.Bundle) provider.Handle {
	GinkgoHelper()
	handle, err := adapter.Deploy(ctx, t, bundle)
	Expect(err).NotTo(HaveOccurred())
	return handle
}

package coverage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/testcerts"
)

// sent is a request as a product gets it.
type sent struct {
	action, query string
	form          url.Values
}

// recorder answers success to everything, with the fields given for an operation,
// and keeps what was asked.
func recorder(fields map[string]string) (*aliyun.Client, *[]sent) {
	GinkgoHelper()
	var requests []sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer GinkgoRecover()
		Expect(r.ParseForm()).To(Succeed())
		action := r.Header.Get("x-acs-action")
		requests = append(requests, sent{action, r.URL.RawQuery, r.PostForm})
		fmt.Fprintf(w, `{%s "RequestId": "R-1"}`, fields[action])
	}))
	DeferCleanup(server.Close)
	return clientOf(server.URL), &requests
}

// clientOf is a client of a server.
func clientOf(address string) *aliyun.Client {
	GinkgoHelper()
	credentials, err := aliyun.AccessKey("id", "secret", "")
	Expect(err).NotTo(HaveOccurred())
	client, err := aliyun.New(aliyun.Config{Endpoint: address, STSEndpoint: address, Credentials: credentials})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	return client
}

// bundle is a certificate for the domain of these specs.
func bundle() certbundle.Bundle {
	GinkgoHelper()
	pair := testcerts.NewCA("Coverage").Issue(testcerts.Options{DNSNames: []string{"www.example.com"}})
	parsed, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	return parsed
}

// step is one of the things that an adapter does.
type step func(context.Context, provider.Provider, certbundle.Bundle) error

var _ = Describe("What is sent", func() {
	target := provider.Target{Domain: "www.example.com", Name: "object"}
	deploy := step(func(ctx context.Context, p provider.Provider, b certbundle.Bundle) error {
		_, err := p.Deploy(ctx, target, b)
		return err
	})
	withdraw := step(func(ctx context.Context, p provider.Provider, _ certbundle.Bundle) error {
		return p.Withdraw(ctx, target)
	})
	observe := step(func(ctx context.Context, p provider.Provider, _ certbundle.Bundle) error {
		_, err := p.Observe(ctx, target)
		return err
	})
	live := func(c *aliyun.Client) provider.Provider { return aliyunlive.New(c) }
	cdn := func(c *aliyun.Client) provider.Provider { return aliyuncdn.NewCDN(c) }
	described := map[string]string{"DescribeDomainCertificateInfo": `"CertInfos": {"CertInfo": [{"CertId": "9002448"}]},`}

	DescribeTable("are these parameters and no others, and none in the URL that changes anything",
		func(ctx SpecContext, adapter func(*aliyun.Client) provider.Provider, act step, expected func(certbundle.Bundle) []sent) {
			client, requests := recorder(described)
			uploaded := bundle()
			Expect(act(ctx, adapter(client), uploaded)).To(Succeed())
			Expect(*requests).To(Equal(expected(uploaded)))
		},
		Entry("Live, to upload", live, deploy, func(b certbundle.Bundle) []sent {
			return []sent{{action: "SetLiveDomainCertificate", form: url.Values{
				"DomainName": {"www.example.com"}, "CertName": {"object"}, "CertType": {"upload"}, "SSLProtocol": {"on"},
				"SSLPub": {string(b.CertificatePEM())}, "SSLPri": {string(b.PrivateKey().Bytes())}, "ForceSet": {"1"},
			}}}
		}),
		Entry("Live, to switch off", live, withdraw, func(certbundle.Bundle) []sent {
			return []sent{{action: "SetLiveDomainCertificate", form: url.Values{"DomainName": {"www.example.com"}, "CertName": {"object"}, "SSLProtocol": {"off"}}}}
		}),
		Entry("Live, to look", live, observe, func(certbundle.Bundle) []sent {
			return []sent{{action: "DescribeLiveDomainCertificateInfo", form: url.Values{"DomainName": {"www.example.com"}}}}
		}),
		Entry("CDN, to look at the domain and at its certificate", cdn, observe, func(certbundle.Bundle) []sent {
			return []sent{
				{action: "DescribeDomainCertificateInfo", form: url.Values{"DomainName": {"www.example.com"}}},
				{action: "DescribeCertificateInfoByID", query: "CertId=9002448", form: url.Values{}},
			}
		}),
	)

	It("to CDN Pro for a certificate is its id, who asks and when", func(ctx SpecContext) {
		var asked []*http.Request
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Cnc-Request-Id", "R-1")
			fmt.Fprint(w, `{"propertyInProduction": {"propertyId": "p1", "version": 1, "certificateId": "c1"}}`)
		}))
		DeferCleanup(server.Close)
		client, err := cdnpro.New(cdnpro.Config{Endpoint: server.URL, User: "user", APIKey: cdnpro.NewAPIKey("key")})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(client.Close)
		Expect(observe(ctx, cdnpro.NewAdapter(client), certbundle.Bundle{})).To(Succeed())
		Expect(asked).To(HaveLen(2))
		Expect(asked[1].Method + " " + asked[1].RequestURI).To(Equal("GET /cdn/certificates/c1"))
		header := asked[1].Header
		Expect(header).To(HaveKeyWithValue("Accept", []string{"application/json"}))
		Expect(header).To(HaveKeyWithValue("Authorization", ConsistOf(HavePrefix("Basic "))))
		_, err = time.Parse(http.TimeFormat, header.Get("Date"))
		Expect(err).NotTo(HaveOccurred())
	})
})

package main

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// cas is the store of every product of Alibaba Cloud.
var cas = controllers.Store{Name: "CAS", Quota: provider.Quota{DeployPerSecond: 12, ObservePerSecond: 10, LookupPerSecond: 5, Most: 5}}

var _ = DescribeTable("The Security Token Service is asked",
	func(endpoint, stsEndpointInSpec, asked string) {
		Expect(stsEndpoint(&domaincertv1alpha1.AlibabaCloudProvider{Endpoint: endpoint, STSEndpoint: stsEndpointInSpec})).To(Equal(asked))
	},
	Entry("at the region's host, which the client knows", "", "", ""),
	Entry("at the region's host for a host inside Alibaba Cloud", "live-vpc.cn-shanghai.aliyuncs.com", "", ""),
	Entry("at the region's host for a host with scheme and port", "https://live.aliyuncs.com:443", "", ""),
	Entry("at the region's host for a host in capitals", "LIVE.Aliyuncs.com", "", ""),
	Entry("at a simulator for all products", "http://127.0.0.1:8790", "", "http://127.0.0.1:8790"),
	Entry("at a simulator over IPv6", "http://[::1]:8790", "", "http://[::1]:8790"),
	Entry("at a simulator over IPv6 without port", "https://[::1]", "", "https://[::1]"),
	Entry("at a gateway", "gateway.example.com", "", "gateway.example.com"),
	Entry("at a gateway whose name ends almost like Alibaba Cloud's", "notaliyuncs.com", "", "notaliyuncs.com"),
	Entry("at a gateway with Alibaba Cloud's name inside", "live.aliyuncs.com.example.com", "", "live.aliyuncs.com.example.com"),
	Entry("where the spec says, before anything else", "http://127.0.0.1:8790", "sts.example.com", "sts.example.com"),
	Entry("where the spec says, without an endpoint", "", "sts.example.com", "sts.example.com"),
)

var _ = DescribeTable("Each product is asked at its own host",
	func(service domaincertv1alpha1.AlibabaCloudService, region, own, host, store string) {
		spec := &domaincertv1alpha1.AlibabaCloudProvider{Region: region, Endpoint: own}
		Expect([]string{endpoint(spec, service), casEndpoint(spec)}).To(Equal([]string{host, store}))
	},
	Entry("Live", domaincertv1alpha1.LiveService, "", "", "live.aliyuncs.com", "cas.aliyuncs.com"),
	Entry("CDN", domaincertv1alpha1.CDNService, "cn-shanghai", "", "cdn.aliyuncs.com", "cas.aliyuncs.com"),
	Entry("DCDN", domaincertv1alpha1.DCDNService, "", "", "dcdn.aliyuncs.com", "cas.aliyuncs.com"),
	Entry("VOD, which is in Shanghai unless told", domaincertv1alpha1.VODService, "", "", "vod.cn-shanghai.aliyuncs.com", "cas.aliyuncs.com"),
	Entry("VOD in a region, whose site has a store of its own", domaincertv1alpha1.VODService, "ap-southeast-1", "", "vod.ap-southeast-1.aliyuncs.com", "cas.ap-southeast-1.aliyuncs.com"),
	Entry("a host inside Alibaba Cloud is one product's", domaincertv1alpha1.CDNService, "", "cdn.ap-southeast-1.aliyuncs.com", "cdn.ap-southeast-1.aliyuncs.com", "cas.aliyuncs.com"),
	Entry("a simulator answers for the store, too", domaincertv1alpha1.CDNService, "ap-southeast-1", "http://127.0.0.1:8790", "http://127.0.0.1:8790", "http://127.0.0.1:8790"),
)

var _ = Describe("The products", func() {
	var (
		all      map[string]controllers.Product
		requests *metrics.Requests
	)
	accessKey := controllers.Material{Secret: map[string][]byte{"accessKeyID": []byte("test-id"), "accessKeySecret": []byte("test-secret")}}
	user := controllers.Material{Secret: map[string][]byte{"username": []byte("test-user"), "apiKey": []byte("test-secret")}}
	token := controllers.Material{Token: func(context.Context) (string, error) { return "test-token", nil }}
	alibaba := func(service domaincertv1alpha1.AlibabaCloudService, credentials domaincertv1alpha1.AlibabaCloudCredentials) *domaincertv1alpha1.EdgeProviderSpec {
		return &domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{Service: service, Credentials: credentials}}
	}
	byKey := domaincertv1alpha1.AlibabaCloudCredentials{AccessKey: &domaincertv1alpha1.AccessKeyCredentials{}}
	federated := domaincertv1alpha1.OIDCCredentials{RoleARN: "acs:ram::1:role/x", OIDCProviderARN: "acs:ram::1:oidc-provider/x"}

	BeforeEach(func() {
		var err error
		requests, err = metrics.NewRequests(prometheus.NewRegistry())
		Expect(err).NotTo(HaveOccurred())
		all = products(requests)
	})

	DescribeTable("have the documented quotas",
		func(service string, quota provider.Quota, store controllers.Store, keys ...string) {
			Expect(all).To(HaveLen(5))
			Expect(all[service].Quota).To(Equal(quota))
			Expect(all[service].Store).To(Equal(store))
			Expect(all[service].SecretKeys).To(ConsistOf(keys))
		},
		Entry("Live", "Live", provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 50}, cas, "accessKeyID", "accessKeySecret"),
		Entry("CDN", "CDN", provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 100}, cas, "accessKeyID", "accessKeySecret"),
		Entry("DCDN", "DCDN", provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100}, cas, "accessKeyID", "accessKeySecret"),
		Entry("VOD", "VOD", provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100}, cas, "accessKeyID", "accessKeySecret"),
		Entry("CDN Pro, one for everything", "CDNPro", provider.Quota{Total: 300, Window: 5 * time.Minute, Most: cdnpro.MostCalls}, controllers.Store{}, "username", "apiKey"),
	)

	It("remove at most two superseded uploads in a second", func() {
		budget := provider.NewBudget(cas.Quota, func(string) {})
		for i, turn := range []provider.Turn{{Object: "a/0"}, {Object: "a/1"}, {Object: "a/2"}} {
			Expect(budget.Reserve(provider.OperationDeploy, turn) == nil).To(Equal(i < 2))
		}
	})

	DescribeTable("ask who is served with an upload, where there is a call for it",
		func(service string, uploads, asks bool) {
			made, isAlibaba := alibabaCloudProducts()[service]
			Expect(isAlibaba).To(BeTrue())
			opened := made.adapter(&alibabaCloudAccount{})
			Expect(opened.uploads).To(Equal(uploads))
			Expect(opened.users != nil).To(Equal(asks))
		},
		Entry(nil, "Live", false, false),
		Entry(nil, "CDN", true, true),
		Entry(nil, "DCDN", true, true),
		Entry(nil, "VOD", true, false),
	)

	DescribeTable("open an account without calling anybody",
		func(spec *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material, keepsUploads, hasCatalog bool) {
			service := "CDNPro"
			if spec.AlibabaCloud != nil {
				service = string(spec.AlibabaCloud.Service)
			}
			account, err := all[service].Open(spec, material)
			Expect(err).NotTo(HaveOccurred())
			access := account.Access("1000000000000001")
			Expect(access.Provider).NotTo(BeNil())
			Expect(access.Repository != nil).To(Equal(keepsUploads))
			Expect(access.Catalog != nil).To(Equal(hasCatalog))
			account.Close()
		},
		Entry("Live, which replaces what it is sent", alibaba("Live", byKey), accessKey, false, true),
		Entry("CDN", alibaba("CDN", byKey), accessKey, true, true),
		Entry("DCDN", alibaba("DCDN", byKey), accessKey, true, true),
		Entry("VOD", alibaba("VOD", byKey), accessKey, true, true),
		Entry("CDN Pro", &domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{}}, user, true, false),
		Entry("with the token of a ServiceAccount", alibaba("CDN", domaincertv1alpha1.AlibabaCloudCredentials{OIDC: &federated}), token, true, true),
		Entry("with a token file", alibaba("CDN", domaincertv1alpha1.AlibabaCloudCredentials{OIDC: &domaincertv1alpha1.OIDCCredentials{
			RoleARN: federated.RoleARN, OIDCProviderARN: federated.OIDCProviderARN, TokenFile: "/run/token"}}), controllers.Material{}, true, true),
		Entry("with the role of the instance", alibaba("CDN", domaincertv1alpha1.AlibabaCloudCredentials{ECSRAMRole: &domaincertv1alpha1.ECSRAMRoleCredentials{}}), controllers.Material{}, true, true),
		Entry("with a URI", alibaba("CDN", domaincertv1alpha1.AlibabaCloudCredentials{CredentialsURI: "http://127.0.0.1:1/credentials"}), controllers.Material{}, true, true),
		Entry("with what the SDK finds", alibaba("CDN", domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}}), controllers.Material{}, true, true),
		Entry("with a role on top", alibaba("CDN", domaincertv1alpha1.AlibabaCloudCredentials{
			AccessKey: byKey.AccessKey, AssumeRole: &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::1:role/x"}}), accessKey, true, true),
	)

	DescribeTable("refuse what cannot work",
		func(change func(*domaincertv1alpha1.AlibabaCloudProvider), complaint string) {
			spec := alibaba("Live", byKey)
			change(spec.AlibabaCloud)
			_, err := all["Live"].Open(spec, accessKey)
			Expect(err).To(MatchError(ContainSubstring(complaint)))
			Expect(err).NotTo(MatchError(ContainSubstring("test-secret")))
		},
		Entry("an endpoint with a path", func(s *domaincertv1alpha1.AlibabaCloudProvider) { s.Endpoint = "live.aliyuncs.com/path" }, "endpoint"),
		Entry("a service of tokens with a user", func(s *domaincertv1alpha1.AlibabaCloudProvider) { s.STSEndpoint = "user@sts.aliyuncs.com" }, "endpoint"),
		Entry("a signature version", func(s *domaincertv1alpha1.AlibabaCloudProvider) { s.SignatureVersion = "V2" }, "signature version"),
		Entry("a token from nowhere", func(s *domaincertv1alpha1.AlibabaCloudProvider) {
			s.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{OIDC: &federated}
		}, "serviceAccountRef or tokenFile"),
		Entry("a URI with a query", func(s *domaincertv1alpha1.AlibabaCloudProvider) {
			s.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{CredentialsURI: "http://127.0.0.1/?x=1"}
		}, "credentialsURI"),
	)

	It("refuse a user of CDN Pro without a key", func() {
		_, err := all["CDNPro"].Open(&domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{}}, controllers.Material{})
		Expect(err).To(MatchError(ContainSubstring("API key")))
	})
})

package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/metrics"
	"github.com/domaincert/domaincert/internal/provider"
)

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

var _ = Describe("The products", func() {
	var spec *domaincertv1alpha1.EdgeProviderSpec
	credentials := map[string][]byte{"accessKeyID": []byte("test-id"), "accessKeySecret": []byte("test-secret")}

	BeforeEach(func() {
		spec = &domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{Service: domaincertv1alpha1.LiveService}}
	})

	It("are the one that is supported, with its documented quota", func() {
		all := products(nil)
		Expect(all).To(HaveLen(1))
		Expect(all["Live"].Quota).To(Equal(provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100, LookupPerSecond: 50}))
		Expect(all["Live"].SecretKeys).To(ConsistOf("accessKeyID", "accessKeySecret"))
	})

	It("open an account without calling anybody", func() {
		requests, err := metrics.NewRequests(prometheus.NewRegistry())
		Expect(err).NotTo(HaveOccurred())
		account, err := products(requests)["Live"].Open(spec, credentials)
		Expect(err).NotTo(HaveOccurred())
		Expect(account.Adapter("1000000000000001")).NotTo(BeNil())
		account.Close()
	})

	DescribeTable("refuse what cannot work",
		func(change func(), complaint string) {
			change()
			_, err := products(nil)["Live"].Open(spec, credentials)
			Expect(err).To(MatchError(ContainSubstring(complaint)))
			Expect(err).NotTo(MatchError(ContainSubstring("test-secret")))
		},
		Entry("an endpoint with a path", func() { spec.AlibabaCloud.Endpoint = "live.aliyuncs.com/path" }, "endpoint"),
		Entry("a service of tokens with a user", func() { spec.AlibabaCloud.STSEndpoint = "user@sts.aliyuncs.com" }, "endpoint"),
		Entry("a signature version", func() { spec.AlibabaCloud.SignatureVersion = "V2" }, "signature version"),
	)
})

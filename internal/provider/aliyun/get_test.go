package aliyun_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = Describe("A call that takes GET requests only", func() {
	// call makes one, and returns what was sent.
	call := func(ctx SpecContext, version string) recorded {
		GinkgoHelper()
		server := serve(answering(http.StatusOK, `{"RequestId":"R","CertId":17}`))
		operation := aliyun.Operation{Action: "DescribeThing", Version: "2018-05-10", Get: true}
		reply, err := aliyun.Read[struct{ CertID aliyun.Text }](ctx, newClient(server.URL, signature(version)), operation, map[string]string{"CertId": "17"})
		Expect(err).NotTo(HaveOccurred())
		Expect(string(reply.CertID)).To(Equal("17"))
		Expect(server.seen()).To(HaveLen(1))
		return server.seen()[0]
	}

	It("has its parameters in the URL, and V3's signature in the headers", func(ctx SpecContext) {
		seen := call(ctx, aliyun.SignatureV3)
		Expect(seen.method).To(Equal(http.MethodGet))
		Expect(seen.uri).To(Equal("/?CertId=17"))
		Expect(seen.form).To(BeEmpty())
		Expect(seen.header.Get("x-acs-action")).To(Equal("DescribeThing"))
		Expect(seen.header.Get("x-acs-security-token")).To(Equal(securityToken))
	})

	It("is a POST with V1, whose signature and token are parameters", func(ctx SpecContext) {
		seen := call(ctx, aliyun.SignatureV1)
		Expect(seen.method).To(Equal(http.MethodPost))
		Expect(seen.uri).To(Equal("/"))
		Expect(seen.form.Get("CertId")).To(Equal("17"))
		Expect(seen.form.Get("Signature")).NotTo(BeEmpty())
		Expect(seen.form.Get("SecurityToken")).To(Equal(securityToken))
	})
})

var _ = DescribeTable("No request with signature V1 has a query",
	func(ctx SpecContext, operation aliyun.Operation, parameters map[string]string) {
		server := serve(answering(http.StatusOK, accepted))
		operation.Action, operation.Version = "Thing", "2018-05-10"
		_, err := newClient(server.URL, signature(aliyun.SignatureV1)).Call(ctx, operation, parameters)
		Expect(err).NotTo(HaveOccurred())
		Expect(server.seen()).To(HaveLen(1))
		Expect(server.seen()[0].uri).To(Equal("/"))
		Expect(server.seen()[0].form.Get("Action")).To(Equal("Thing"))
	},
	Entry("GET with parameters", aliyun.Operation{Get: true}, map[string]string{"CertId": "17"}),
	Entry("GET without", aliyun.Operation{Get: true}, nil),
	Entry("POST with parameters", aliyun.Operation{}, map[string]string{"CertId": "17"}),
	Entry("POST without", aliyun.Operation{}, nil),
)

package aliyun_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = DescribeTable("A call that takes GET requests only",
	func(ctx SpecContext, version, form string) {
		server := serve(answering(http.StatusOK, `{"RequestId":"R","CertId":17}`))
		client := newClient(server.URL, signature(version))
		operation := aliyun.Operation{Action: "DescribeThing", Version: "2018-05-10", Get: true}
		reply, err := aliyun.Read[struct{ CertID aliyun.Text }](ctx, client, operation, map[string]string{"CertId": "17"})
		Expect(err).NotTo(HaveOccurred())
		Expect(string(reply.CertID)).To(Equal("17"))
		Expect(server.seen()).To(HaveLen(1))
		seen := server.seen()[0]
		Expect(seen.method).To(Equal(http.MethodGet))
		Expect(seen.uri).To(ContainSubstring("CertId=17"))
		Expect(seen.uri).To(ContainSubstring(form))
		Expect(seen.uri).NotTo(ContainSubstring(accessSecret))
		Expect(seen.form).To(BeEmpty())
		Expect(seen.header.Get("x-acs-action")).To(Equal(map[string]string{aliyun.SignatureV3: "DescribeThing"}[version]), "V1 has no such header")
	},
	Entry("is signed with V3 in the headers", aliyun.SignatureV3, "CertId="),
	Entry("is signed with V1 in the URL", aliyun.SignatureV1, "Signature="),
)

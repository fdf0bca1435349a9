package edgesim_test

import (
	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

// The vendor's own client signs these calls: a mistake that the signer in these tests
// shared with the simulator would show here.
var _ = Describe("the vendor's client", func() {
	text := func(s string) *string { return &s }
	pointers := func(p params) map[string]*string {
		all := map[string]*string{}
		for name, value := range p {
			all[name] = &value
		}
		return all
	}

	DescribeTable("is understood",
		func(version string, viaQuery bool, token string) {
			sim := start(func(c *edgesim.Config) { c.Accounts[0].Keys[0].SecurityToken = edgesim.Secret(token) })
			config := &openapiutil.Config{AccessKeyId: text(keyID), AccessKeySecret: text(keySecret), Protocol: text("HTTP"), Endpoint: text(sim.APIAddress())}
			if version == "V1" {
				config.SignatureAlgorithm = text("v2")
			}
			if token != "" {
				config.SecurityToken = text(token)
			}
			vendor, err := openapi.NewClient(config)
			Expect(err).NotTo(HaveOccurred())
			cert := issueFor(domainName)
			request := &openapiutil.OpenApiRequest{Body: pointers(cert.on())}
			if viaQuery {
				request = &openapiutil.OpenApiRequest{Query: pointers(cert.on())}
			}
			answered, err := vendor.CallApi(&openapiutil.Params{Action: text(setOperation), Version: text("2016-11-01"), Protocol: text("HTTP"),
				Pathname: text("/"), Method: text("POST"), AuthType: text("AK"), Style: text("RPC"), ReqBodyType: text("formData"), BodyType: text("json")},
				request, &dara.RuntimeOptions{})
			Expect(err).NotTo(HaveOccurred())
			Expect(answered["body"]).To(HaveKey("RequestId"))
			Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(And(HaveField("Signature", version), HaveField("Outcome", edgesim.OutcomeOK),
				HaveField("Fingerprint", cert.fingerprint), HaveField("KeyInURL", viaQuery))))
		},
		Entry("V3, form", "V3", false, ""),
		Entry("V3, query", "V3", true, ""),
		Entry("V3, form, temporary credentials", "V3", false, "token"),
		Entry("V1, form", "V1", false, ""),
		Entry("V1, query", "V1", true, ""),
		Entry("V1, form, temporary credentials", "V1", false, "token"),
	)
})

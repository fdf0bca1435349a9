package integration_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// edgeProvider is the smallest valid one.
func edgeProvider() *unstructured.Unstructured {
	return newObject("EdgeProvider", "default", alibabaCloud())
}

// alibabaCloud is the smallest valid spec of a provider.
func alibabaCloud() fields {
	return fields{"alibabaCloud": fields{
		"service":     "Live",
		"credentials": fields{"accessKey": fields{"secretRef": fields{"name": "live-credentials"}}},
	}}
}

// cdnPro makes the provider one at CDN Pro.
var cdnPro = all(
	unset("spec.alibabaCloud"),
	set("spec.cdnPro", fields{"credentials": fields{"secretRef": fields{"name": "cdnpro-credentials"}}}),
)

// credentials replaces the credentials at Alibaba Cloud.
func credentials(value fields) change {
	return set("spec.alibabaCloud.credentials", value)
}

// oidc is a valid exchange of a token for a role.
func oidc() fields {
	return fields{"roleARN": "acs:ram::123456789:role/live", "oidcProviderARN": "acs:ram::123456789:oidc-provider/cluster"}
}

var _ = Describe("An EdgeProvider", func() {
	const (
		service  = "spec.alibabaCloud.service"
		region   = "spec.alibabaCloud.region"
		endpoint = "spec.alibabaCloud.endpoint"
		sts      = "spec.alibabaCloud.stsEndpoint"
		creds    = "spec.alibabaCloud.credentials"
		notHost  = "must be a host name or IP address"
	)

	DescribeTable("is refused", func(ctx SpecContext, change change, field, words string) {
		object := edgeProvider()
		change(object)
		expectRefused(k8s.Create(ctx, object, client.DryRunAll), field, words)
	},
		Entry("without a spec", unset("spec"), "spec", "Required value"),
		Entry("without a product", unset("spec.alibabaCloud"), "spec", "exactly one of the fields in [alibabaCloud cdnPro]"),
		Entry("with two products", set("spec.cdnPro", fields{"credentials": fields{"secretRef": fields{"name": "x"}}}), "spec", "exactly one of the fields in [alibabaCloud cdnPro]"),
		Entry("without a service", unset(service), service, "Required value"),
		Entry("with an unknown service", set(service, "live"), service, `supported values: "Live", "CDN", "DCDN", "VOD"`),
		Entry("with a region in upper case", set(region, "CN-Hangzhou"), region, "should match"),
		Entry("with an empty region", set(region, ""), region, "at least 2 chars long"),
		Entry("with a region that is a host", set(region, "cn-hangzhou.aliyuncs.com"), region, "should match"),
		Entry("with an unknown signature", set("spec.alibabaCloud.signatureVersion", "V2"), "spec.alibabaCloud.signatureVersion", `supported values: "V3", "V1"`),
		Entry("with a negative retention", set("spec.alibabaCloud.certificateRetention", fields{"keep": int64(-1)}), "spec.alibabaCloud.certificateRetention.keep", "greater than or equal to 0"),
		Entry("with too long a retention", set("spec.alibabaCloud.certificateRetention", fields{"keep": int64(101)}), "spec.alibabaCloud.certificateRetention.keep", "less than or equal to 100"),

		Entry("with an empty endpoint", set(endpoint, ""), endpoint, "at least 1 chars long"),
		Entry("with an endpoint that has a path", set(endpoint, "https://live.aliyuncs.com/"), endpoint, "without a path"),
		Entry("with an endpoint that has a query", set(endpoint, "live.aliyuncs.com?x=y"), endpoint, notHost),
		Entry("with an endpoint that has user information", set(endpoint, "https://me:secret@live.aliyuncs.com"), endpoint, notHost),
		Entry("with an endpoint of another scheme", set(endpoint, "ftp://live.aliyuncs.com"), endpoint, notHost),
		Entry("with an endpoint that is a scheme", set(endpoint, "https://"), endpoint, notHost),
		Entry("with an endpoint at port 0", set(endpoint, "live.aliyuncs.com:0"), endpoint, "between 1 and 65535"),
		Entry("with an endpoint at port 65536", set(endpoint, "https://live.aliyuncs.com:65536"), endpoint, "between 1 and 65535"),
		Entry("with an endpoint that has a trailing dot", set(endpoint, "live.aliyuncs.com."), endpoint, notHost),
		Entry("with an endpoint whose label is too long", set(endpoint, label64+".aliyuncs.com"), endpoint, notHost),
		Entry("with an endpoint that is no IPv4 address", set(endpoint, "http://127.0.0.1.1:8080"), endpoint, notHost),
		Entry("with an endpoint that is no IPv6 address", set(endpoint, "[1::2::3]"), endpoint, notHost),
		Entry("with an endpoint that is too long", set(endpoint, "https://"+strings.Repeat("a.", 130)), endpoint, "may not be more than 267"),
		Entry("with an STS endpoint that has a path", set(sts, "sts.aliyuncs.com/x"), sts, notHost),
		Entry("with an STS endpoint at port 65536", set(sts, "sts.aliyuncs.com:65536"), sts, "between 1 and 65535"),

		Entry("without credentials", unset(creds), creds, "Required value"),
		Entry("with empty credentials", credentials(fields{}), creds, "exactly one of the fields in [accessKey oidc ecsRAMRole credentialsURI default]"),
		Entry("with a role to assume by nobody", credentials(fields{"assumeRole": fields{"roleARN": "acs:ram::1:role/x"}}), creds, "exactly one of"),
		Entry("with two kinds of credentials", set(creds+".default", fields{}), creds, "exactly one of"),
		Entry("with an access key without a Secret", credentials(fields{"accessKey": fields{}}), creds+".accessKey.secretRef", "Required value"),
		Entry("with an access key in a Secret without a name", credentials(fields{"accessKey": fields{"secretRef": fields{}}}), creds+".accessKey.secretRef.name", "Required value"),
		Entry("with OIDC without a role", credentials(fields{"oidc": fields{"oidcProviderARN": "acs:ram::1:oidc-provider/x"}}), creds+".oidc.roleARN", "Required value"),
		Entry("with OIDC without an identity provider", credentials(fields{"oidc": fields{"roleARN": "acs:ram::1:role/x"}}), creds+".oidc.oidcProviderARN", "Required value"),
		Entry("with OIDC and a role of another cloud", all(credentials(fields{"oidc": oidc()}), set(creds+".oidc.roleARN", "arn:aws:iam::1:role/x")), creds+".oidc.roleARN", "should match"),
		Entry("with OIDC and a role where its provider belongs", all(credentials(fields{"oidc": oidc()}), set(creds+".oidc.oidcProviderARN", "acs:ram::1:role/x")), creds+".oidc.oidcProviderARN", "should match"),
		Entry("with OIDC and two tokens", all(credentials(fields{"oidc": oidc()}), set(creds+".oidc.tokenFile", "/var/run/token"), set(creds+".oidc.serviceAccountRef", fields{"name": "x"})), creds+".oidc", "at most one of the fields in [serviceAccountRef tokenFile]"),
		Entry("with OIDC and a relative token file", all(credentials(fields{"oidc": oidc()}), set(creds+".oidc.tokenFile", "token")), creds+".oidc.tokenFile", "should match"),
		Entry("with OIDC and a directory as token file", all(credentials(fields{"oidc": oidc()}), set(creds+".oidc.tokenFile", "/var/run/")), creds+".oidc.tokenFile", "should match"),
		Entry("with OIDC and a ServiceAccount without a name", all(credentials(fields{"oidc": oidc()}), set(creds+".oidc.serviceAccountRef", fields{})), creds+".oidc.serviceAccountRef.name", "Required value"),
		Entry("with a RAM role's ARN where its name belongs", credentials(fields{"ecsRAMRole": fields{"name": "acs:ram::1:role/x"}}), creds+".ecsRAMRole.name", "should match"),
		Entry("with a credentials URI of another scheme", credentials(fields{"credentialsURI": "file:///etc/passwd"}), creds+".credentialsURI", "should match"),
		Entry("with a credentials URI without a host", credentials(fields{"credentialsURI": "http:///credentials"}), creds+".credentialsURI", "should match"),
		Entry("with a credentials URI that carries a password", credentials(fields{"credentialsURI": "http://me:secret@localhost/"}), creds+".credentialsURI", "should match"),
		Entry("with a role to assume that is a name", set(creds+".assumeRole", fields{"roleARN": "live"}), creds+".assumeRole.roleARN", "should match"),
		Entry("with an external id of one character", set(creds+".assumeRole", fields{"roleARN": "acs:ram::1:role/x", "externalID": "x"}), creds+".assumeRole.externalID", "at least 2 chars long"),
		Entry("with a session name that has blanks", set(creds+".assumeRole", fields{"roleARN": "acs:ram::1:role/x", "sessionName": "a b"}), creds+".assumeRole.sessionName", "should match"),

		Entry("with CDN Pro without credentials", all(cdnPro, unset("spec.cdnPro.credentials")), "spec.cdnPro.credentials", "Required value"),
		Entry("with CDN Pro and credentials without a Secret", all(cdnPro, set("spec.cdnPro.credentials", fields{})), "spec.cdnPro.credentials.secretRef", "Required value"),
		Entry("with CDN Pro and an unknown target", all(cdnPro, set("spec.cdnPro.target", "production")), "spec.cdnPro.target", `supported values: "Production", "Staging", "StagingThenProduction"`),
		Entry("with CDN Pro and an endpoint that has a path", all(cdnPro, set("spec.cdnPro.endpoint", "https://open.chinanetcenter.com/cdn")), "spec.cdnPro.endpoint", "without a path"),
		Entry("with CDN Pro on behalf of a header", all(cdnPro, set("spec.cdnPro.onBehalfOf", "a\r\nX-Admin: true")), "spec.cdnPro.onBehalfOf", "should match"),

		Entry("with a quota of nothing", set("spec.quota", fields{"setPerSecond": int64(0)}), "spec.quota.setPerSecond", "greater than or equal to 1"),
		Entry("with a quota that is too large", set("spec.quota", fields{"describePerSecond": int64(10001)}), "spec.quota.describePerSecond", "less than or equal to 10000"),
		Entry("with a quota that is a fraction", set("spec.quota", fields{"setPerSecond": 0.5}), "spec.quota.setPerSecond", "must be of type int32"),
		Entry("with a domain in upper case", set("spec.allowedDomains", []any{"Example.com"}), "spec.allowedDomains[0]", "lower-case DNS names"),
		Entry("with a domain of one label", set("spec.allowedDomains", []any{"example.com", "localhost"}), "spec.allowedDomains[1]", "lower-case DNS names"),
		Entry("with a bare wildcard", set("spec.allowedDomains", []any{"*"}), "spec.allowedDomains[0]", "at least 4 chars long"),
		Entry("with a wildcard within a domain", set("spec.allowedDomains", []any{"a.*.example.com"}), "spec.allowedDomains[0]", "lower-case DNS names"),
		Entry("with a domain given twice", set("spec.allowedDomains", []any{"example.com", "example.com"}), "spec.allowedDomains[1]", "Duplicate value"),
	)

	DescribeTable("is accepted", func(ctx SpecContext, change change, matcher types.GomegaMatcher) {
		object := edgeProvider()
		create(ctx, object, change)
		accepted := &domaincertv1alpha1.EdgeProvider{}
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(object), accepted)).To(Succeed())
		Expect(accepted).To(matcher)
	},
		Entry("and signs with ACS3-HMAC-SHA256 unless told", unchanged, HaveField("Spec.AlibabaCloud.SignatureVersion", domaincertv1alpha1.SignatureV3)),
		Entry("and not observed yet", unchanged, HaveField("Status.ObservedGeneration", HaveValue(BeEquivalentTo(-1)))),
		Entry("with the older signature", set("spec.alibabaCloud.signatureVersion", "V1"), HaveField("Spec.AlibabaCloud.SignatureVersion", domaincertv1alpha1.SignatureV1)),
		Entry("for another service", set(service, "DCDN"), HaveField("Spec.AlibabaCloud.Service", domaincertv1alpha1.DCDNService)),
		Entry("in another region", set(region, "ap-southeast-1"), HaveField("Spec.AlibabaCloud.Region", "ap-southeast-1")),
		Entry("with an endpoint without a scheme", set(endpoint, "live-vpc.cn-shanghai.aliyuncs.com"), HaveField("Spec.AlibabaCloud.Endpoint", "live-vpc.cn-shanghai.aliyuncs.com")),
		Entry("with an endpoint on loopback", set(endpoint, "http://127.0.0.1:8080"), HaveField("Spec.AlibabaCloud.Endpoint", "http://127.0.0.1:8080")),
		Entry("with an endpoint at an IPv6 address", set(endpoint, "https://[::1]:8443"), HaveField("Spec.AlibabaCloud.Endpoint", "https://[::1]:8443")),
		Entry("with an STS endpoint", set(sts, "sts-vpc.cn-hangzhou.aliyuncs.com"), HaveField("Spec.AlibabaCloud.STSEndpoint", "sts-vpc.cn-hangzhou.aliyuncs.com")),
		Entry("with two certificates kept unless told", set("spec.alibabaCloud.certificateRetention", fields{}), HaveField("Spec.AlibabaCloud.CertificateRetention.Keep", HaveValue(BeEquivalentTo(2)))),
		Entry("with no certificate kept", set("spec.alibabaCloud.certificateRetention", fields{"keep": int64(0)}), HaveField("Spec.AlibabaCloud.CertificateRetention.Keep", HaveValue(BeZero()))),
		Entry("with OIDC and the operator's token", credentials(fields{"oidc": oidc()}), HaveField("Spec.AlibabaCloud.Credentials.OIDC.RoleARN", "acs:ram::123456789:role/live")),
		Entry("with the instance's RAM role", credentials(fields{"ecsRAMRole": fields{}}), HaveField("Spec.AlibabaCloud.Credentials.ECSRAMRole", Not(BeNil()))),
		Entry("with a credentials URI", credentials(fields{"credentialsURI": "http://127.0.0.1:9000/credentials"}), HaveField("Spec.AlibabaCloud.Credentials.CredentialsURI", "http://127.0.0.1:9000/credentials")),
		Entry("with the SDK's default chain", credentials(fields{"default": fields{}}), HaveField("Spec.AlibabaCloud.Credentials.Default", Not(BeNil()))),
		Entry("with a role to assume", set(creds+".assumeRole", fields{"roleARN": "acs:ram::1:role/x", "externalID": "a:b", "sessionName": "edge"}), HaveField("Spec.AlibabaCloud.Credentials.AssumeRole.SessionName", "edge")),
		Entry("with CDN Pro, into production unless told", cdnPro, HaveField("Spec.CDNPro.Target", domaincertv1alpha1.CDNProProduction)),
		Entry("with CDN Pro on behalf of a customer", all(cdnPro, set("spec.cdnPro.onBehalfOf", "customer-1")), HaveField("Spec.CDNPro.OnBehalfOf", "customer-1")),
		Entry("with a quota", set("spec.quota", fields{"setPerSecond": int64(1), "describePerSecond": int64(10000)}), HaveField("Spec.Quota.SetPerSecond", HaveValue(BeEquivalentTo(1)))),
		Entry("with domains", set("spec.allowedDomains", []any{"example.com", "*.example.com", "*.cn"}), HaveField("Spec.AllowedDomains", HaveLen(3))),
		Entry("with as many domains as there may be", set("spec.allowedDomains", manyDomains(256)), HaveField("Spec.AllowedDomains", HaveLen(256))),
	)
})

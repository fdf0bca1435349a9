package tenancy_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

var _ = Describe("The policy of namespaced providers", func() {
	// edge is an EdgeProvider with an edited spec.
	edge := func(namespace string, edit func(*domaincertv1alpha1.EdgeProviderSpec)) *domaincertv1alpha1.EdgeProvider {
		object := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "edge"}, Spec: live("credentials")}
		edit(&object.Spec)
		return object
	}
	plain := func(*domaincertv1alpha1.EdgeProviderSpec) {}
	tokenFile := domaincertv1alpha1.OIDCCredentials{RoleARN: "acs:ram::1:role/x", OIDCProviderARN: "acs:ram::1:oidc-provider/x", TokenFile: "/token"}
	account := tokenFile
	account.TokenFile, account.ServiceAccountRef = "", &domaincertv1alpha1.ServiceAccountReference{Name: "mine"}
	credentials := func(edit func(*domaincertv1alpha1.AlibabaCloudCredentials)) func(*domaincertv1alpha1.EdgeProviderSpec) {
		return func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{}
			edit(&s.AlibabaCloud.Credentials)
		}
	}
	pro := func(endpoint string) func(*domaincertv1alpha1.EdgeProviderSpec) {
		return func(s *domaincertv1alpha1.EdgeProviderSpec) {
			*s = domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Endpoint: endpoint, Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "pro"}},
			}}
		}
	}

	DescribeTable("refuses, where no label allows it,", func(ctx context.Context, label string, edit func(*domaincertv1alpha1.EdgeProviderSpec)) {
		tenant := newNamespace(ctx, nil)
		guard(ctx, tenant)
		Expect(try(ctx, kube, edge(tenant, edit))).To(And(MatchError(apierrors.IsForbidden, "IsForbidden"), MatchError(ContainSubstring(label))))

		object := edge(tenant, plain)
		Expect(kube.Create(ctx, object)).To(Succeed())
		edit(&object.Spec)
		Expect(kube.Update(ctx, object)).To(And(MatchError(apierrors.IsForbidden, "IsForbidden"), MatchError(ContainSubstring(label))))

		other := map[string]string{domaincertv1alpha1.NamespacedEndpointsLabel: domaincertv1alpha1.AmbientCredentialsLabel, domaincertv1alpha1.AmbientCredentialsLabel: domaincertv1alpha1.NamespacedEndpointsLabel}[label]
		Expect(try(ctx, kube, edge(marked(ctx, other, domaincertv1alpha1.AllowedLabelValue), edit))).NotTo(Succeed(), "the other label is no help")
		Expect(try(ctx, kube, edge(marked(ctx, label, "true"), edit))).NotTo(Succeed(), "nor is another value")
		Expect(try(ctx, kube, edge(marked(ctx, label, domaincertv1alpha1.AllowedLabelValue), edit))).To(Succeed())
	},
		Entry("an endpoint", domaincertv1alpha1.NamespacedEndpointsLabel, func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.Endpoint = "live.example.net" }),
		Entry("an STS endpoint", domaincertv1alpha1.NamespacedEndpointsLabel, func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.STSEndpoint = "sts.example.net" }),
		Entry("an endpoint of CDN Pro", domaincertv1alpha1.NamespacedEndpointsLabel, pro("https://pro.example.net")),
		Entry("the default chain", domaincertv1alpha1.AmbientCredentialsLabel, credentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials) {
			c.Default = &domaincertv1alpha1.DefaultCredentials{}
		})),
		Entry("the node's role", domaincertv1alpha1.AmbientCredentialsLabel, credentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials) {
			c.ECSRAMRole = &domaincertv1alpha1.ECSRAMRoleCredentials{}
		})),
		Entry("a URI", domaincertv1alpha1.AmbientCredentialsLabel, credentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials) {
			c.CredentialsURI = "http://169.254.169.254/"
		})),
		Entry("a file in the operator's container", domaincertv1alpha1.AmbientCredentialsLabel, credentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials) { c.OIDC = tokenFile.DeepCopy() })),
	)

	DescribeTable("accepts", func(ctx context.Context, edit func(*domaincertv1alpha1.EdgeProviderSpec)) {
		tenant := newNamespace(ctx, nil)
		guard(ctx, tenant)
		object := edge(tenant, edit)
		Expect(kube.Create(ctx, object)).To(Succeed())
		object.Spec.AllowedDomains = []string{"*.example.com"}
		Expect(kube.Update(ctx, object)).To(Succeed())
	},
		Entry("an access key", plain),
		Entry("a ServiceAccount of its own", credentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials) { c.OIDC = account.DeepCopy() })),
		Entry("a role of its own", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials.AssumeRole = &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::1:role/x"}
		}),
		Entry("CDN Pro", pro("")),
	)

	It("lets providers of before stay as they are, and not become worse", func(ctx context.Context) {
		tenant := newNamespace(ctx, nil)
		object := edge(tenant, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			credentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials) { c.OIDC = tokenFile.DeepCopy() })(s)
			s.AlibabaCloud.Endpoint = "live.example.net"
		})
		Expect(kube.Create(ctx, object)).To(Succeed())
		guard(ctx, tenant)
		object.Spec.AllowedDomains = []string{"*.example.com"}
		Expect(kube.Update(ctx, object)).To(Succeed())

		for _, edit := range []func(*domaincertv1alpha1.EdgeProviderSpec){
			func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.Endpoint = "live.example.org" },
			func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.Endpoint = "" }, // the identity would go to another host
			func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.STSEndpoint = "live.example.net" },
			func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.Credentials.OIDC.TokenFile = "/other" },
			func(s *domaincertv1alpha1.EdgeProviderSpec) {
				s.AlibabaCloud.Credentials.AssumeRole = &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::2:role/x"}
			},
		} {
			worse := object.DeepCopy()
			edit(&worse.Spec)
			Expect(kube.Update(ctx, worse)).To(MatchError(apierrors.IsForbidden, "IsForbidden"))
		}
		object.Spec = live("credentials")
		Expect(kube.Update(ctx, object)).To(Succeed(), "it may become better")
	})
})

// marked makes a guarded namespace with a label.
func marked(ctx context.Context, label, value string) string {
	GinkgoHelper()
	namespace := newNamespace(ctx, map[string]string{label: value})
	guard(ctx, namespace)
	return namespace
}

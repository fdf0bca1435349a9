package controllers_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
)

var _ = Describe("what a spec may ask for", func() {
	var p *checks
	BeforeEach(func(ctx context.Context) { p = newChecks(ctx) })

	DescribeTable("needs a flag in a namespaced provider",
		func(ctx context.Context, edit func(*domaincertv1alpha1.EdgeProviderSpec), flag string, allow controllers.Permissions) {
			p.connector.Permissions = controllers.Permissions{}
			p.store(ctx, everything)
			spec := liveSpec()
			edit(&spec)
			p.create(ctx, spec)
			edge := p.check(ctx)
			Expect(ready(edge)).To(Equal("False NotAllowed"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(ContainSubstring(flag))
			Expect([]int{p.opened, p.answers.identified, p.requests}).To(Equal([]int{0, 0, 0}))
			p.connector.Permissions = allow
			Expect(ready(p.check(ctx))).To(Equal("True CredentialsAccepted"))
		},
		Entry("the default chain", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}}
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("the default chain below a role", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}, AssumeRole: &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::1:role/x"}}
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("the role of the instance", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{ECSRAMRole: &domaincertv1alpha1.ECSRAMRoleCredentials{}}
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("a URI", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{CredentialsURI: "http://127.0.0.1/x"}
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("the operator's own token", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = federatedBy("")
			s.AlibabaCloud.Credentials.OIDC.ServiceAccountRef = nil
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("a token file", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = federatedBy("")
			s.AlibabaCloud.Credentials.OIDC.ServiceAccountRef, s.AlibabaCloud.Credentials.OIDC.TokenFile = nil, "/run/token"
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("an endpoint of CDN Pro", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud = nil
			s.CDNPro = &domaincertv1alpha1.CDNProProvider{Endpoint: "evil.example.net", Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}}}
		}, "--allow-namespaced-endpoints", controllers.Permissions{NamespacedEndpoints: true}),
		Entry("plain http to CDN Pro", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud = nil
			s.CDNPro = &domaincertv1alpha1.CDNProProvider{Endpoint: "http://127.0.0.1:1", Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}}}
		}, "--allow-namespaced-endpoints", controllers.Permissions{NamespacedEndpoints: true, InsecureEndpoints: true}),
	)

	DescribeTable("is refused from the first moment after a restart without the flag, whatever the status says",
		func(ctx context.Context, edit func(*domaincertv1alpha1.EdgeProviderSpec), allow controllers.Permissions) {
			p.connector.Permissions = allow
			p.store(ctx, everything)
			spec := liveSpec()
			edit(&spec)
			p.create(ctx, spec)
			edge := p.check(ctx)
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))

			restarted := &controllers.Connector{Reader: kube, Tokens: p.connector.Tokens, Products: p.connector.Products, Budgets: p.connector.Budgets, ClusterNamespace: p.namespace}
			p.opened, p.requests = 0, 0
			connection, err := restarted.Connect(ctx, edge)
			Expect(connection).To(BeNil())
			Expect(err).To(BeAssignableToTypeOf(&controllers.CredentialsError{}))
			Expect(err).To(HaveField("Reason", "NotAllowed"))
			Expect([]int{p.opened, p.requests}).To(Equal([]int{0, 0}))

			restarted.Permissions = allow
			Expect(restarted.Connect(ctx, edge)).NotTo(BeNil())
		},
		Entry("an endpoint", func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.Endpoint = "live.example.net" }, controllers.Permissions{NamespacedEndpoints: true}),
		Entry("plain http", func(s *domaincertv1alpha1.EdgeProviderSpec) { s.AlibabaCloud.Endpoint = "http://127.0.0.1:1" }, controllers.Permissions{NamespacedEndpoints: true, InsecureEndpoints: true}),
		Entry("the operator's own identity", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}}
		}, controllers.Permissions{AmbientCredentials: true}),
		Entry("a URI", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{CredentialsURI: "http://127.0.0.1/x"}
		}, controllers.Permissions{AmbientCredentials: true}),
	)
})

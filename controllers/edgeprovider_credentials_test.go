package controllers_test

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
)

var _ = Describe("the sources of credentials", func() {
	var p *checks
	BeforeEach(func(ctx context.Context) { p = newChecks(ctx) })

	// arms are the sources that need no Secret of a certain form beside them.
	arms := []TableEntry{
		Entry("an access key", func() domaincertv1alpha1.EdgeProviderSpec { return liveSpec() }),
		Entry("a token of a ServiceAccount", func() domaincertv1alpha1.EdgeProviderSpec { return specWith(federatedBy("default")) }),
		Entry("a token file", func() domaincertv1alpha1.EdgeProviderSpec {
			credentials := federatedBy("")
			credentials.OIDC.ServiceAccountRef, credentials.OIDC.TokenFile = nil, "/run/token"
			return specWith(credentials)
		}),
		Entry("the role of the instance", func() domaincertv1alpha1.EdgeProviderSpec {
			return specWith(domaincertv1alpha1.AlibabaCloudCredentials{ECSRAMRole: &domaincertv1alpha1.ECSRAMRoleCredentials{}})
		}),
		Entry("a URI", func() domaincertv1alpha1.EdgeProviderSpec {
			return specWith(domaincertv1alpha1.AlibabaCloudCredentials{CredentialsURI: "http://127.0.0.1/x"})
		}),
		Entry("the default chain", func() domaincertv1alpha1.EdgeProviderSpec {
			return specWith(domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}})
		}),
		Entry("a role on top", func() domaincertv1alpha1.EdgeProviderSpec {
			credentials := liveSpec().AlibabaCloud.Credentials
			credentials.AssumeRole = &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::1:role/x"}
			return specWith(credentials)
		}),
		Entry("a user of CDN Pro", func() domaincertv1alpha1.EdgeProviderSpec {
			return domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}},
			}}
		}),
	}
	DescribeTable("are checked once, connect, and are in order after a restart",
		func(ctx context.Context, spec func() domaincertv1alpha1.EdgeProviderSpec) {
			p.createServiceAccount(ctx)
			p.store(ctx, everything)
			p.create(ctx, spec())
			edge := p.check(ctx)
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			Expect(edge.Status.AccountID).To(Equal("1001"))
			Expect(edge.Status.Credentials).NotTo(BeNil())
			connection, err := p.connector.Connect(ctx, edge)
			Expect(err).NotTo(HaveOccurred())
			Expect(connection.Provider).NotTo(BeNil())
			Expect(p.opened).To(Equal(1))

			p.reconciler.Ledger = controllers.NewLedger()
			again := p.check(ctx)
			Expect(p.answers.identified).To(Equal(1))
			Expect(again.ResourceVersion).To(Equal(edge.ResourceVersion))
		}, arms)

	DescribeTable("mark the provider once when they are refused, and are not tried again at once",
		func(ctx context.Context, spec func() domaincertv1alpha1.EdgeProviderSpec) {
			p.createServiceAccount(ctx)
			p.answers.failure = &provider.Error{Kind: provider.Denied, Code: "Refused", Advice: "mend it", Account: true}
			p.store(ctx, everything)
			p.create(ctx, spec())
			for range 3 {
				edge := p.check(ctx)
				Expect(ready(edge)).To(Equal("False CredentialsRefused"))
				Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Stalled")).To(BeTrue())
			}
			Expect(p.answers.identified).To(Equal(1))
			Expect(p.events.take()).To(Equal([]string{"Warning CredentialsRefused Ready"}))
		}, arms)

	Describe("a token of a ServiceAccount", func() {
		It("is asked for the one audience, for a short time, and kept while it is good", func(ctx context.Context) {
			p.createServiceAccount(ctx)
			var asked authenticationv1.TokenRequestSpec
			p.tokens.SubResourceCreate = func(ctx context.Context, c client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
				p.requests++
				Expect(name).To(Equal("token"))
				Expect(object.GetNamespace()).To(Equal(p.namespace))
				Expect(object.GetName()).To(Equal("default"))
				err := c.SubResource(name).Create(ctx, object, body, options...)
				asked = body.(*authenticationv1.TokenRequest).Spec
				return err
			}
			p.create(ctx, specWith(federatedBy("default")))
			Expect(ready(p.check(ctx))).To(Equal("True CredentialsAccepted"))
			Expect(asked.Audiences).To(Equal([]string{"sts.aliyuncs.com"}))
			Expect(asked.ExpirationSeconds).To(HaveValue(BeNumerically("==", 600)))
			Expect(p.material.Secret).To(BeNil())
			for range 3 {
				token, err := p.material.Token(ctx)
				Expect(err).NotTo(HaveOccurred())
				Expect(token).NotTo(BeEmpty())
			}
			Expect(p.requests).To(Equal(1))
		})

		It("may be requested as soon as that is granted", func(ctx context.Context) {
			p.createServiceAccount(ctx)
			p.requestTokensAs("operator-" + p.namespace)
			p.create(ctx, specWith(federatedBy("default")))
			edge := p.check(ctx)
			Expect(ready(edge)).To(Equal("False CredentialsForbidden"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(And(
				ContainSubstring("may not use ServiceAccount "+p.namespace+"/default;"),
				ContainSubstring("serviceaccounts/token with the resource name default in namespace "+p.namespace),
				ContainSubstring("docs/providers/credentials.md"),
			))
			p.check(ctx)
			Expect(p.requests).To(Equal(1), "it is not tried again at once")

			p.grantTokens(ctx, "operator-"+p.namespace, "default")
			// The API server minds a new Role a moment after it was stored.
			Eventually(func(ctx context.Context) string {
				p.clock.SetTime(p.clock.Now().Add(6 * time.Minute))
				return ready(p.check(ctx))
			}).WithContext(ctx).Should(Equal("True CredentialsAccepted"))
		})

		DescribeTable("that cannot be had",
			func(ctx context.Context, failure error, expected, message string, retried bool) {
				p.tokens.SubResourceCreate = func(context.Context, client.Client, string, client.Object, client.Object, ...client.SubResourceCreateOption) error {
					return failure
				}
				p.create(ctx, specWith(federatedBy("robot")))
				edge, err := p.tryCheck(ctx)
				Expect(err != nil).To(Equal(retried))
				Expect(ready(edge)).To(Equal("False " + expected))
				Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(And(ContainSubstring("robot"), ContainSubstring(message)))
				Expect(p.opened).To(BeZero())
			},
			Entry("the ServiceAccount is missing", apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccounts"}, "robot"), "CredentialsNotFound", "create it", false),
			Entry("the operator may not", apierrors.NewForbidden(schema.GroupResource{Resource: "serviceaccounts"}, "robot", nil), "CredentialsForbidden", "serviceaccounts/token", false),
			Entry("the API server is away", errors.New("connection refused"), "Unavailable", "tried again", true),
		)
	})
})

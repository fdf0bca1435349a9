package controllers_test

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
)

// counted is a repository that is so full, or cannot be looked at.
type counted struct {
	used, limit int64
	err         error
}

func (c *counted) Usage(context.Context) (used, limit int64, err error) {
	return c.used, c.limit, c.err
}

var _ = Describe("the sources of credentials", func() {
	var (
		namespace  string
		clock      *testclock.FakePassiveClock
		events     *recorder
		answers    *account
		material   controllers.Material
		opened     int
		tokens     interceptor.Funcs
		requests   int
		connector  *controllers.Connector
		reconciler *controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]
	)

	BeforeEach(func(ctx context.Context) {
		created := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "credentials-"}}
		Expect(kube.Create(ctx, created)).To(Succeed())
		namespace = created.Name
		clock = testclock.NewFakePassiveClock(time.Now().Truncate(time.Second))
		events, answers, opened, requests = &recorder{}, &account{id: "1001"}, 0, 0
		tokens = interceptor.Funcs{SubResourceCreate: func(ctx context.Context, c client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
			requests++
			return c.SubResource(name).Create(ctx, object, body, options...)
		}}
		withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		product := controllers.Product{
			Quota: provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
			Open: func(_ *domaincertv1alpha1.EdgeProviderSpec, given controllers.Material) (controllers.Account, error) {
				opened++
				material = given
				return answers, nil
			},
		}
		pro := product
		pro.SecretKeys = []string{"username", "apiKey"}
		connector = &controllers.Connector{
			Reader: kube, Budgets: provider.NewBudgets(func(string) {}), ClusterNamespace: namespace,
			Tokens: interceptor.NewClient(withWatch, interceptor.Funcs{SubResourceCreate: func(ctx context.Context, c client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
				return tokens.SubResourceCreate(ctx, c, name, object, body, options...)
			}}),
			Products: map[string]controllers.Product{"Live": product, "CDN": product, "CDNPro": pro},
		}
		reconciler = &controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
			Client: kube, Connector: connector, Recorder: events, Clock: clock, Ledger: controllers.NewLedger(),
			Permissions: controllers.Permissions{AmbientCredentials: true},
		}
	})

	create := func(ctx context.Context, spec domaincertv1alpha1.EdgeProviderSpec) {
		GinkgoHelper()
		Expect(kube.Create(ctx, &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "live"}, Spec: spec})).To(Succeed())
	}
	with := func(credentials domaincertv1alpha1.AlibabaCloudCredentials) domaincertv1alpha1.EdgeProviderSpec {
		spec := liveSpec()
		spec.AlibabaCloud.Credentials = credentials
		return spec
	}
	federated := func(name string) domaincertv1alpha1.AlibabaCloudCredentials {
		return domaincertv1alpha1.AlibabaCloudCredentials{OIDC: &domaincertv1alpha1.OIDCCredentials{
			RoleARN: "acs:ram::1:role/x", OIDCProviderARN: "acs:ram::1:oidc-provider/x",
			ServiceAccountRef: &domaincertv1alpha1.ServiceAccountReference{Name: name},
		}}
	}
	store := func(ctx context.Context, values map[string][]byte) {
		GinkgoHelper()
		Expect(kube.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "credentials"}, Data: values})).To(Succeed())
	}
	check := func(ctx context.Context) *domaincertv1alpha1.EdgeProvider {
		GinkgoHelper()
		name := keyOf(namespace, "live")
		_, err := reconcile.AsReconciler(kube, reconciler).Reconcile(ctx, reconcile.Request{NamespacedName: name})
		Expect(err).NotTo(HaveOccurred())
		after := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, name, after)).To(Succeed())
		return after
	}
	ready := func(edge *domaincertv1alpha1.EdgeProvider) string {
		GinkgoHelper()
		found := meta.FindStatusCondition(edge.Status.Conditions, "Ready")
		Expect(found).NotTo(BeNil())
		return string(found.Status) + " " + found.Reason
	}
	// arms are the sources that need no Secret of a certain form beside them.
	arms := []TableEntry{
		Entry("an access key", func() domaincertv1alpha1.EdgeProviderSpec { return liveSpec() }),
		Entry("a token of a ServiceAccount", func() domaincertv1alpha1.EdgeProviderSpec { return with(federated("default")) }),
		Entry("a token file", func() domaincertv1alpha1.EdgeProviderSpec {
			credentials := federated("")
			credentials.OIDC.ServiceAccountRef, credentials.OIDC.TokenFile = nil, "/run/token"
			return with(credentials)
		}),
		Entry("the role of the instance", func() domaincertv1alpha1.EdgeProviderSpec {
			return with(domaincertv1alpha1.AlibabaCloudCredentials{ECSRAMRole: &domaincertv1alpha1.ECSRAMRoleCredentials{}})
		}),
		Entry("a URI", func() domaincertv1alpha1.EdgeProviderSpec {
			return with(domaincertv1alpha1.AlibabaCloudCredentials{CredentialsURI: "http://127.0.0.1/x"})
		}),
		Entry("the default chain", func() domaincertv1alpha1.EdgeProviderSpec {
			return with(domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}})
		}),
		Entry("a role on top", func() domaincertv1alpha1.EdgeProviderSpec {
			credentials := liveSpec().AlibabaCloud.Credentials
			credentials.AssumeRole = &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::1:role/x"}
			return with(credentials)
		}),
		Entry("a user of CDN Pro", func() domaincertv1alpha1.EdgeProviderSpec {
			return domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}},
			}}
		}),
	}
	everything := map[string][]byte{"accessKeyID": []byte("id"), "accessKeySecret": []byte("secret"), "username": []byte("user"), "apiKey": []byte("key")}

	DescribeTable("are checked once, connect, and are in order after a restart",
		func(ctx context.Context, spec func() domaincertv1alpha1.EdgeProviderSpec) {
			createServiceAccount(ctx, namespace)
			store(ctx, everything)
			create(ctx, spec())
			edge := check(ctx)
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			Expect(edge.Status.AccountID).To(Equal("1001"))
			Expect(edge.Status.Credentials).NotTo(BeNil())
			connection, err := connector.Connect(ctx, edge)
			Expect(err).NotTo(HaveOccurred())
			Expect(connection.Provider).NotTo(BeNil())
			Expect(opened).To(Equal(1))

			reconciler.Ledger = controllers.NewLedger()
			again := check(ctx)
			Expect(answers.identified).To(Equal(1))
			Expect(again.ResourceVersion).To(Equal(edge.ResourceVersion))
		}, arms)

	DescribeTable("mark the provider once when they are refused, and are not tried again at once",
		func(ctx context.Context, spec func() domaincertv1alpha1.EdgeProviderSpec) {
			createServiceAccount(ctx, namespace)
			answers.failure = &provider.Error{Kind: provider.Denied, Code: "Refused", Advice: "mend it", Account: true}
			store(ctx, everything)
			create(ctx, spec())
			for range 3 {
				edge := check(ctx)
				Expect(ready(edge)).To(Equal("False CredentialsRefused"))
				Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Stalled")).To(BeTrue())
			}
			Expect(answers.identified).To(Equal(1))
			Expect(events.take()).To(Equal([]string{"Warning CredentialsRefused Ready"}))
		}, arms)

	Describe("a token of a ServiceAccount", func() {
		It("is asked for the one audience, for a short time, and kept while it is good", func(ctx context.Context) {
			createServiceAccount(ctx, namespace)
			var asked authenticationv1.TokenRequestSpec
			tokens.SubResourceCreate = func(ctx context.Context, c client.Client, name string, object, body client.Object, options ...client.SubResourceCreateOption) error {
				requests++
				Expect(name).To(Equal("token"))
				Expect(object.GetNamespace()).To(Equal(namespace))
				Expect(object.GetName()).To(Equal("default"))
				err := c.SubResource(name).Create(ctx, object, body, options...)
				asked = body.(*authenticationv1.TokenRequest).Spec
				return err
			}
			create(ctx, with(federated("default")))
			Expect(ready(check(ctx))).To(Equal("True CredentialsAccepted"))
			Expect(asked.Audiences).To(Equal([]string{"sts.aliyuncs.com"}))
			Expect(asked.ExpirationSeconds).To(HaveValue(BeNumerically("==", 600)))
			Expect(material.Secret).To(BeNil())
			for range 3 {
				token, err := material.Token(ctx)
				Expect(err).NotTo(HaveOccurred())
				Expect(token).NotTo(BeEmpty())
			}
			Expect(requests).To(Equal(1))
		})

		DescribeTable("that cannot be had",
			func(ctx context.Context, failure error, expected, message string, retried bool) {
				tokens.SubResourceCreate = func(context.Context, client.Client, string, client.Object, client.Object, ...client.SubResourceCreateOption) error {
					return failure
				}
				create(ctx, with(federated("robot")))
				name := keyOf(namespace, "live")
				_, err := reconcile.AsReconciler(kube, reconciler).Reconcile(ctx, reconcile.Request{NamespacedName: name})
				Expect(err != nil).To(Equal(retried))
				edge := &domaincertv1alpha1.EdgeProvider{}
				Expect(kube.Get(ctx, name, edge)).To(Succeed())
				Expect(ready(edge)).To(Equal("False " + expected))
				Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(And(ContainSubstring("robot"), ContainSubstring(message)))
				Expect(opened).To(BeZero())
			},
			Entry("the ServiceAccount is missing", apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccounts"}, "robot"), "CredentialsNotFound", "create it", false),
			Entry("the operator may not", apierrors.NewForbidden(schema.GroupResource{Resource: "serviceaccounts"}, "robot", nil), "CredentialsForbidden", "serviceaccounts/token", false),
			Entry("the API server is away", errors.New("connection refused"), "Unavailable", "tried again", true),
		)
	})

	DescribeTable("need a flag in a namespaced provider",
		func(ctx context.Context, edit func(*domaincertv1alpha1.EdgeProviderSpec), flag string, allow controllers.Permissions) {
			reconciler.Permissions = controllers.Permissions{}
			store(ctx, everything)
			spec := liveSpec()
			edit(&spec)
			create(ctx, spec)
			edge := check(ctx)
			Expect(ready(edge)).To(Equal("False NotAllowed"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(ContainSubstring(flag))
			Expect([]int{opened, answers.identified, requests}).To(Equal([]int{0, 0, 0}))
			reconciler.Permissions = allow
			Expect(ready(check(ctx))).To(Equal("True CredentialsAccepted"))
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
			s.AlibabaCloud.Credentials = federated("")
			s.AlibabaCloud.Credentials.OIDC.ServiceAccountRef = nil
		}, "--allow-ambient-credentials", controllers.Permissions{AmbientCredentials: true}),
		Entry("a token file", func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = federated("")
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

	Describe("a repository of certificates", func() {
		full := func(edge *domaincertv1alpha1.EdgeProvider) *metav1.Condition {
			return meta.FindStatusCondition(edge.Status.Conditions, "RepositoryNearlyFull")
		}
		later := func(ctx context.Context) *domaincertv1alpha1.EdgeProvider {
			GinkgoHelper()
			clock.SetTime(clock.Now().Add(7 * time.Hour))
			return check(ctx)
		}

		It("is told of while it is nearly full", func(ctx context.Context) {
			gauge := &counted{used: 89, limit: 100}
			answers.gauge = gauge
			store(ctx, everything)
			create(ctx, liveSpec())
			Expect(full(check(ctx))).To(BeNil())
			events.take()
			gauge.used = 90
			edge := later(ctx)
			Expect(full(edge)).To(HaveValue(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", "RepositoryNearlyFull"), HaveField("Message", ContainSubstring("90 % of the 100")))))
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			gauge.used = 95
			Expect(full(later(ctx))).NotTo(BeNil())
			Expect(events.take()).To(Equal([]string{"Warning RepositoryNearlyFull RepositoryNearlyFull"}))
			gauge.err = &provider.Error{Kind: provider.Unavailable, Code: "timeout"}
			Expect(full(later(ctx))).NotTo(BeNil(), "nobody has seen it empty")
			gauge.err, gauge.used = nil, 10
			Expect(full(later(ctx))).To(BeNil())
		})

		It("has the limit of the spec where the provider tells none", func(ctx context.Context) {
			answers.gauge = &counted{used: 95}
			store(ctx, everything)
			spec, limit := liveSpec(), int32(100)
			spec.AlibabaCloud.CertificateRetention.RepositoryLimit = &limit
			create(ctx, spec)
			Expect(full(check(ctx))).NotTo(BeNil())
		})

		It("is no failure if it may not be looked at", func(ctx context.Context) {
			answers.gauge = &counted{err: &provider.Error{Kind: provider.Denied, Code: "NoPermission", Advice: "grant yundun-cert"}}
			store(ctx, everything)
			create(ctx, liveSpec())
			edge := check(ctx)
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(ContainSubstring("grant yundun-cert"))
			Expect(full(edge)).To(BeNil())
			resourceVersion := edge.ResourceVersion
			Expect(later(ctx).ResourceVersion).To(Equal(resourceVersion))
		})

		It("is looked at after uploads, at most once in an hour", func(ctx context.Context) {
			answers.gauge = &counted{used: 10, limit: 100}
			store(ctx, everything)
			create(ctx, liveSpec())
			edge := check(ctx)
			var waker controllers.Waker
			rechecks := &controllers.Rechecks{Ledger: reconciler.Ledger, Namespaced: &waker, Cluster: &waker}
			for range 5 {
				clock.SetTime(clock.Now().Add(25 * time.Minute))
				rechecks.Uploaded(edge, clock.Now())
				check(ctx)
			}
			Expect(answers.identified).To(Equal(2))
		})
	})

	It("keep the budget of the store for all products of an account", func(ctx context.Context) {
		for name, product := range connector.Products {
			product.Store = controllers.Store{Name: "CAS", Quota: provider.Quota{DeployPerSecond: 5, ObservePerSecond: 10}}
			connector.Products[name] = product
		}
		store(ctx, everything)
		create(ctx, liveSpec())
		edge := check(ctx)
		other := edge.DeepCopy()
		other.UID, other.Spec.AlibabaCloud.Service = "another", domaincertv1alpha1.CDNService
		first, err := connector.Connect(ctx, edge)
		Expect(err).NotTo(HaveOccurred())
		second, err := connector.Connect(ctx, other)
		Expect(err).NotTo(HaveOccurred())
		Expect(second.Budget).NotTo(BeIdenticalTo(first.Budget))
		Expect(second.StoreBudget).To(BeIdenticalTo(first.StoreBudget))
		Expect(first.Keep).To(Equal(2))
	})
})

// createServiceAccount makes a namespace's default ServiceAccount, which nobody
// does without a controller manager.
func createServiceAccount(ctx context.Context, namespace string) {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default"}}
	Expect(client.IgnoreAlreadyExists(kube.Create(ctx, account))).To(Succeed())
}

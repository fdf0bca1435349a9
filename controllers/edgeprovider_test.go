package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

// account is one that says who it is, or fails to.
type account struct {
	secret     string
	failure    *provider.Error
	id         string
	identified int
	closed     int
	gauge      provider.Gauge
	// during runs in the middle of the next Identify.
	during func()
}

func (a *account) Access(string) controllers.Access {
	return controllers.Access{Provider: fake.New(domain), Gauge: a.gauge}
}
func (a *account) Close() { a.closed++ }
func (a *account) Identify(context.Context) (string, error) {
	a.identified++
	if during := a.during; during != nil {
		a.during = nil
		during()
	}
	if a.failure != nil {
		return "", a.failure
	}
	return a.id, nil
}

var _ = Describe("checking a provider's credentials", func() {
	var (
		namespace  string
		clock      *testclock.FakePassiveClock
		events     *recorder
		answers    *account
		connector  *controllers.Connector
		reconciler *controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]
		ledger     *controllers.Ledger
	)

	BeforeEach(func(ctx context.Context) {
		created := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "provider-"}}
		Expect(kube.Create(ctx, created)).To(Succeed())
		namespace = created.Name
		clock = testclock.NewFakePassiveClock(time.Now().Truncate(time.Second))
		events = &recorder{}
		answers = &account{id: "1001"}
		connector = &controllers.Connector{
			Reader:           kube,
			Budgets:          provider.NewBudgets(func(string) {}),
			ClusterNamespace: namespace,
			Products: map[string]controllers.Product{"Live": {
				Quota:      provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
				SecretKeys: []string{"accessKeyID", "accessKeySecret"},
				Open: func(_ *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
					answers.secret = string(material.Secret["accessKeySecret"])
					return answers, nil
				},
			}},
		}
		ledger = controllers.NewLedger()
		reconciler = &controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
			Client: kube, Connector: connector, Recorder: events, Clock: clock, Ledger: ledger,
		}
	})

	create := func(ctx context.Context, edits ...func(*domaincertv1alpha1.EdgeProviderSpec)) *domaincertv1alpha1.EdgeProvider {
		GinkgoHelper()
		edge := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "live"}, Spec: liveSpec()}
		for _, edit := range edits {
			edit(&edge.Spec)
		}
		Expect(kube.Create(ctx, edge)).To(Succeed())
		return edge
	}
	store := func(ctx context.Context, values map[string][]byte) {
		GinkgoHelper()
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "credentials"}}
		if kube.Get(ctx, client.ObjectKeyFromObject(secret), secret) == nil {
			secret.Data = values
			Expect(kube.Update(ctx, secret)).To(Succeed())
			return
		}
		secret.Data = values
		Expect(kube.Create(ctx, secret)).To(Succeed())
	}
	key := func(secret string) map[string][]byte {
		return map[string][]byte{"accessKeyID": []byte("id"), "accessKeySecret": []byte(secret)}
	}
	check := func(ctx context.Context) (*domaincertv1alpha1.EdgeProvider, reconcile.Result, error) {
		GinkgoHelper()
		name := keyOf(namespace, "live")
		result, err := reconcile.AsReconciler(kube, reconciler).Reconcile(ctx, reconcile.Request{NamespacedName: name})
		after := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, name, after)).To(Succeed())
		return after, result, err
	}
	ready := func(edge *domaincertv1alpha1.EdgeProvider) string {
		GinkgoHelper()
		found := meta.FindStatusCondition(edge.Status.Conditions, "Ready")
		Expect(found).NotTo(BeNil())
		return string(found.Status) + " " + found.Reason
	}

	It("says whose they are, once", func(ctx context.Context) {
		store(ctx, key("secret"))
		create(ctx)
		edge, result, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
		Expect(edge.Status.AccountID).To(Equal("1001"))
		Expect(edge.Status.Credentials.SecretName).To(Equal("credentials"))
		Expect(result.RequeueAfter).To(BeNumerically(">", 5*time.Hour))
		Expect(events.take()).To(Equal([]string{"Normal CredentialsAccepted Ready"}))

		_, _, err = check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(answers.identified).To(Equal(1), "nothing has changed")
		Expect(events.take()).To(BeEmpty())
	})

	It("reads nothing and asks nobody after a restart with everything in order", func(ctx context.Context) {
		store(ctx, key("secret"))
		create(ctx)
		edge, _, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		reconciler.Ledger = controllers.NewLedger()
		answers.secret = "not read"
		again, result, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(answers.identified).To(Equal(1))
		Expect(answers.secret).To(Equal("not read"))
		Expect(again.ResourceVersion).To(Equal(edge.ResourceVersion))
		Expect(result.RequeueAfter).To(BeNumerically(">", 30*time.Minute))
	})

	It("takes a rotated key at once", func(ctx context.Context) {
		store(ctx, key("before"))
		create(ctx)
		before, _, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		store(ctx, key("after"))
		after, _, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(answers.secret).To(Equal("after"))
		Expect(after.Status.Credentials.ResourceVersion).NotTo(Equal(before.Status.Credentials.ResourceVersion))
		Expect(answers.closed).To(Equal(1), "the connection with the old key is given up")
	})

	It("checks a spec that was changed while the one before was being checked", func(ctx context.Context) {
		store(ctx, key("secret"))
		edge := create(ctx)
		answers.during = func() {
			edge.Spec.AlibabaCloud.Region = "cn-shanghai"
			Expect(kube.Update(ctx, edge)).To(Succeed())
		}
		_, _, err := check(ctx)
		Expect(err).To(HaveOccurred(), "what was checked is not there any more")
		edge, _, err = check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(edge.Status.ObservedGeneration).To(HaveValue(Equal(edge.Generation)))
		Expect(answers.identified).To(Equal(2))
	})

	DescribeTable("what is wrong with the Secret, mended without a restart",
		func(ctx context.Context, values map[string][]byte, message string) {
			if values != nil {
				store(ctx, values)
			}
			create(ctx)
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(ready(edge)).To(Equal("False CredentialsNotFound"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Ready").Message).To(ContainSubstring(message))
			Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Stalled")).To(BeTrue())
			Expect(answers.identified).To(BeZero())

			store(ctx, key("secret"))
			edge, _, err = check(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
			Expect(meta.FindStatusCondition(edge.Status.Conditions, "Stalled")).To(BeNil())
		},
		Entry("it does not exist", nil, "does not exist; create it"),
		Entry("it has no key", map[string][]byte{"accessKeyID": []byte("id")}, "no key accessKeySecret"),
		Entry("its key is empty", map[string][]byte{"accessKeyID": []byte("id"), "accessKeySecret": {}}, "no key accessKeySecret"),
	)

	It("reports refused credentials, and asks again at most every five minutes", func(ctx context.Context) {
		answers.failure = &provider.Error{Kind: provider.Denied, Code: "InvalidAccessKeyId.NotFound", Account: true}
		store(ctx, key("wrong"))
		create(ctx)
		edge, result, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(ready(edge)).To(Equal("False CredentialsRefused"))
		Expect(result.RequeueAfter).To(And(BeNumerically(">=", 4*time.Minute), BeNumerically("<=", 6*time.Minute)))
		for range 3 {
			_, _, err = check(ctx)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(answers.identified).To(Equal(1))

		answers.failure = nil
		clock.SetTime(clock.Now().Add(result.RequeueAfter))
		edge, _, err = check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
	})

	It("does not refuse accepted credentials because nobody can be asked", func(ctx context.Context) {
		store(ctx, key("secret"))
		create(ctx)
		_, result, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		answers.failure = &provider.Error{Kind: provider.Unavailable, Code: "timeout"}
		clock.SetTime(clock.Now().Add(result.RequeueAfter))
		edge, _, err := check(ctx)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
		Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Reconciling")).To(BeTrue())
		clock.SetTime(clock.Now().Add(11 * time.Minute))
		edge, _, err = check(ctx)
		Expect(err).To(HaveOccurred())
		Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Stalled")).To(BeTrue())
	})

	It("calls nobody for the first failure after a human has mended something", func(ctx context.Context) {
		create(ctx)
		edge, _, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Stalled")).To(BeTrue(), "the Secret is missing")
		store(ctx, key("secret"))
		answers.failure = &provider.Error{Kind: provider.Unavailable, Code: "timeout"}
		edge, _, err = check(ctx)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(meta.IsStatusConditionTrue(edge.Status.Conditions, "Reconciling")).To(BeTrue())
		Expect(meta.FindStatusCondition(edge.Status.Conditions, "Stalled")).To(BeNil())
	})

	It("does not vouch for a new key because nobody can be asked", func(ctx context.Context) {
		store(ctx, key("before"))
		create(ctx)
		_, _, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		store(ctx, key("after"))
		answers.failure = &provider.Error{Kind: provider.Unavailable, Code: "timeout"}
		edge, _, err := check(ctx)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(ready(edge)).To(Equal("False Unavailable"))
	})

	It("waits as long as the provider asks for", func(ctx context.Context) {
		answers.failure = &provider.Error{Kind: provider.Throttled, Code: "Throttling.User", RetryAfter: 20 * time.Second}
		store(ctx, key("secret"))
		create(ctx)
		_, result, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically("~", 20*time.Second, 2*time.Second))
		_, _, err = check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(answers.identified).To(Equal(1))
	})

	It("is checked again when an object finds its account refused, but at most every five minutes", func(ctx context.Context) {
		store(ctx, key("secret"))
		create(ctx)
		edge, _, err := check(ctx)
		Expect(err).NotTo(HaveOccurred())
		var waker controllers.Waker
		rechecks := &controllers.Rechecks{Ledger: ledger, Namespaced: &waker, Cluster: &waker}
		rechecks.Recheck(edge, clock.Now())
		_, _, err = check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(answers.identified).To(Equal(1), "it was checked a moment ago")
		clock.SetTime(clock.Now().Add(5 * time.Minute))
		_, _, err = check(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(answers.identified).To(Equal(2))
	})

	DescribeTable("what needs a flag of the operator, or a later version",
		func(ctx context.Context, reason string, allow controllers.Permissions, edit func(*domaincertv1alpha1.EdgeProviderSpec)) {
			store(ctx, key("secret"))
			create(ctx, edit)
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(ready(edge)).To(Equal("False " + reason))
			Expect(answers.identified).To(BeZero())
			Expect(answers.secret).To(BeEmpty(), "the Secret is not even read")

			reconciler.Connector.Permissions = allow
			edge, _, err = check(ctx)
			Expect(err).NotTo(HaveOccurred())
			if reason == "NotAllowed" {
				Expect(ready(edge)).NotTo(HaveSuffix("NotAllowed"))
			}
		},
		Entry("an endpoint in a namespaced provider", "NotAllowed", controllers.Permissions{NamespacedEndpoints: true}, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Endpoint = "evil.example.net"
		}),
		Entry("an STS endpoint in a namespaced provider", "NotAllowed", controllers.Permissions{NamespacedEndpoints: true}, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.STSEndpoint = "evil.example.net"
		}),
		Entry("plain http", "NotAllowed", controllers.Permissions{NamespacedEndpoints: true, InsecureEndpoints: true}, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Endpoint = "http://127.0.0.1:1"
		}),
		Entry("the operator's own identity", "NotAllowed", controllers.Permissions{AmbientCredentials: true}, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}}
		}),
		Entry("another service", "NotSupported", controllers.Permissions{}, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud.Service = domaincertv1alpha1.CDNService
		}),
		Entry("another vendor", "NotSupported", controllers.Permissions{}, func(s *domaincertv1alpha1.EdgeProviderSpec) {
			s.AlibabaCloud = nil
			s.CDNPro = &domaincertv1alpha1.CDNProProvider{Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}}}
		}),
	)

	Describe("connecting", func() {
		It("reads the Secret once for everybody", func(ctx context.Context) {
			store(ctx, key("secret"))
			create(ctx)
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			answers.secret = "not read"
			first, err := connector.Connect(ctx, edge)
			Expect(err).NotTo(HaveOccurred())
			second, err := connector.Connect(ctx, edge)
			Expect(err).NotTo(HaveOccurred())
			Expect(second.Budget).To(BeIdenticalTo(first.Budget))
			Expect(answers.secret).To(Equal("not read"))
		})

		It("shares one budget between the providers of an account", func(ctx context.Context) {
			store(ctx, key("secret"))
			create(ctx)
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			other := edge.DeepCopy()
			other.UID = "another"
			first, err := connector.Connect(ctx, edge)
			Expect(err).NotTo(HaveOccurred())
			second, err := connector.Connect(ctx, other)
			Expect(err).NotTo(HaveOccurred())
			Expect(second.Budget).To(BeIdenticalTo(first.Budget))

			foreign := edge.DeepCopy()
			foreign.UID, foreign.Status.AccountID = "a third", "2002"
			third, err := connector.Connect(ctx, foreign)
			Expect(err).NotTo(HaveOccurred())
			Expect(third.Budget).NotTo(BeIdenticalTo(first.Budget))
		})

		It("takes its quota along when its credentials are another account's", func(ctx context.Context) {
			store(ctx, key("secret"))
			one := int32(1)
			create(ctx, func(s *domaincertv1alpha1.EdgeProviderSpec) {
				s.Quota = &domaincertv1alpha1.Quota{SetPerSecond: &one}
			})
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			other := edge.DeepCopy()
			other.UID, other.Spec.Quota = "another", nil
			stays, err := connector.Connect(ctx, other)
			Expect(err).NotTo(HaveOccurred())
			reserve := func(object string) error {
				return stays.Budget.Reserve(provider.OperationDeploy, provider.Turn{Object: object, Namespace: "any"})
			}
			Expect(reserve("any/first")).To(Succeed())
			Expect(reserve("any/second")).NotTo(Succeed(), "the lowest quota of the account holds")

			answers.id = "2002"
			store(ctx, key("of another account"))
			_, _, err = check(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(reserve("any/second")).To(Succeed())
		})

		It("does not go where nobody has checked whether it may", func(ctx context.Context) {
			store(ctx, key("secret"))
			create(ctx)
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			edge.Spec.AlibabaCloud.Endpoint = "http://evil.example.net"
			Expect(kube.Update(ctx, edge)).To(Succeed())
			Expect(ready(edge)).To(Equal("True CredentialsAccepted"), "as of the spec before")
			answers.secret = "not read"
			_, err = connector.Connect(ctx, edge)
			Expect(err).To(MatchError(ContainSubstring("being checked")))
			Expect(answers.secret).To(Equal("not read"))
		})

		It("does not use a key that was not checked", func(ctx context.Context) {
			store(ctx, key("secret"))
			create(ctx)
			edge, _, err := check(ctx)
			Expect(err).NotTo(HaveOccurred())
			connector.Forget(edge.UID)
			store(ctx, key("unchecked"))
			_, err = connector.Connect(ctx, edge)
			Expect(err).To(MatchError(ContainSubstring("are being checked")))
		})
	})
})

package controllers_test

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
)

// intercepted is a client of the API server with some of its calls changed.
func intercepted(funcs interceptor.Funcs) client.Client {
	GinkgoHelper()
	withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return interceptor.NewClient(withWatch, funcs)
}

// isSecret reports whether a Secret, or its metadata, is asked for.
func isSecret(object client.Object) bool {
	_, whole := object.(*corev1.Secret)
	return whole || object.GetObjectKind().GroupVersionKind().Kind == "Secret"
}

// nobody reads as a user who was granted nothing.
func nobody() client.Reader {
	GinkgoHelper()
	config := rest.CopyConfig(kubeConfig)
	config.Impersonate.UserName = "nobody"
	reader, err := client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return reader
}

// uncached fails where a Secret is asked of the cache, which has none where they
// are not watched.
func uncached() client.Client {
	GinkgoHelper()
	return intercepted(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if isSecret(object) {
				return errors.New("no informer for Secrets")
			}
			return c.Get(ctx, key, object, options...)
		},
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return nil // no siblings
		},
	})
}

var _ = Describe("a Secret that is not watched", func() {
	var w *world
	const poll = 5 * time.Minute
	use := func(mode controllers.SecretMode) {
		w.reconciler.Secrets = controllers.SecretAccess{Mode: mode, Poll: poll}
	}
	inTime := And(BeNumerically("<=", poll), BeNumerically(">=", poll*4/5))

	BeforeEach(func(ctx context.Context) {
		w = newWorld(ctx)
		w.reconciler.Client = uncached()
	})

	DescribeTable("is looked at by its metadata, from time to time", func(ctx context.Context, mode controllers.SecretMode) {
		use(mode)
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		reads, version := w.secretReads.Load(), object.ResourceVersion
		for range 3 {
			after, result, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.RequeueAfter).To(inTime)
			Expect(after.ResourceVersion).To(Equal(version), "nothing is written")
		}
		Expect(w.secretReads.Load()).To(Equal(reads), "no body is read to compare")

		renewed := w.issue(1)
		w.store(ctx, renewed)
		w.settle(ctx, object)
		Expect(w.deployed()).To(HaveExactElements(HaveLen(64), renewed.Fingerprint))
		Expect(w.secretReads.Load()).To(BeNumerically(">", reads))
	},
		Entry("where any may be read", controllers.SecretsGot),
		Entry("where some may be read", controllers.SecretsNamed),
	)

	It("costs a restart with everything in sync no body and no write", func(ctx context.Context) {
		use(controllers.SecretsGot)
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		w.restart()
		w.reconciler.Client = uncached()
		use(controllers.SecretsGot)
		w.provider.ForgetCalls()
		reads := w.secretReads.Load()
		after, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(inTime)
		Expect(after.ResourceVersion).To(Equal(object.ResourceVersion))
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(w.secretReads.Load()).To(Equal(reads))
	})

	DescribeTable("is not looked at for an object", func(ctx context.Context, edit func(*domaincertv1alpha1.DomainCertificate)) {
		use(controllers.SecretsGot)
		_, result, err := w.reconcile(ctx, w.create(ctx, edit))
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).NotTo(inTime)
	},
		Entry("that is suspended", func(o *domaincertv1alpha1.DomainCertificate) { o.Spec.Suspend = new(true) }),
		Entry("that has no provider", func(o *domaincertv1alpha1.DomainCertificate) { o.Spec.ProviderRef.Name = "none" }),
		Entry("whose certificate lives at the provider", free),
	)

	It("is looked for while it does not exist", func(ctx context.Context) {
		use(controllers.SecretsGot)
		object := w.create(ctx)
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"))
		Expect(result.RequeueAfter).To(inTime)
	})

	DescribeTable("that may not be read says what to grant, and is tried again", func(ctx context.Context, mode controllers.SecretMode, words string) {
		use(mode)
		w.store(ctx, w.issue(2))
		object := w.create(ctx)
		allowed := w.reconciler.Reader
		w.reconciler.Reader = nobody()
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretForbidden"))
		Expect(messageOf(object, "CertificateValid")).To(ContainSubstring(words))
		Expect(result.RequeueAfter).To(inTime)
		w.reconciler.Reader = allowed
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	},
		Entry("where any may be read", controllers.SecretsGot, "grant its ServiceAccount the verb get"),
		Entry("where some may be read", controllers.SecretsNamed, "in the chart's values, add it to rbac.secretNames."),
	)

	It("leaves everything as it is while the API server does not answer", func(ctx context.Context) {
		use(controllers.SecretsGot)
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx))
		answering := w.reconciler.Reader
		w.reconciler.Reader = intercepted(interceptor.Funcs{
			Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
				return apierrors.NewServerTimeout(corev1.Resource("secrets"), "get", 1)
			},
		})
		after, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred(), "it is tried again with backoff")
		Expect(after.ResourceVersion).To(Equal(object.ResourceVersion))

		w.pass(2 * time.Minute)
		after, _, err = w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(after).To(haveCondition("CertificateValid", metav1.ConditionFalse, "SecretNotFound"), "it has lasted")
		Expect(after).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))

		w.reconciler.Reader = answering
		Expect(w.settle(ctx, after)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(HaveLen(1))
	})
})

var _ = Describe("a provider's Secret that is not watched", func() {
	const poll = 5 * time.Minute
	var p *checks
	look := func(ctx context.Context) time.Duration {
		GinkgoHelper()
		result, err := reconcile.AsReconciler(p.reconciler.Client, p.reconciler).Reconcile(ctx, reconcile.Request{NamespacedName: keyOf(p.namespace, "live")})
		Expect(err).NotTo(HaveOccurred())
		return result.RequeueAfter
	}

	BeforeEach(func(ctx context.Context) {
		p = newChecks(ctx)
		p.reconciler.Client = uncached()
		p.connector.Secrets = controllers.SecretAccess{Mode: controllers.SecretsNamed, Poll: poll}
	})

	It("is looked at from time to time, and checked only when it has changed", func(ctx context.Context) {
		p.store(ctx, everything)
		p.create(ctx, liveSpec())
		for range 3 {
			Expect(look(ctx)).To(And(BeNumerically("<=", poll), BeNumerically(">=", poll*4/5)))
		}
		Expect(p.answers.identified).To(Equal(1))
		secret := &corev1.Secret{}
		Expect(kube.Get(ctx, keyOf(p.namespace, "credentials"), secret)).To(Succeed())
		secret.Data["accessKeySecret"] = []byte("rotated")
		Expect(kube.Update(ctx, secret)).To(Succeed())
		look(ctx)
		Expect(p.answers.identified).To(Equal(2))
		Expect(p.material.Secret).To(HaveKeyWithValue("accessKeySecret", []byte("rotated")))
	})

	It("is looked at as soon as an object finds that it has changed", func(ctx context.Context) {
		var told []string
		p.connector.Changed = func(edge controllers.ProviderObject) { told = append(told, edge.GetName()) }
		p.store(ctx, everything)
		p.create(ctx, liveSpec())
		look(ctx)
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(p.namespace, "live"), edge)).To(Succeed())
		Expect(p.connector.Outdated(ctx, edge)).To(BeFalse())
		p.connector.Forget(edge.UID)
		Expect(p.connector.Connect(ctx, edge)).NotTo(BeNil())
		Expect(told).To(BeEmpty())

		Expect(kube.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "credentials"}})).To(Succeed())
		p.store(ctx, everything)
		Expect(p.connector.Outdated(ctx, edge)).To(BeTrue())
		Expect(told).To(HaveExactElements("live"))
		p.connector.Forget(edge.UID)
		_, err := p.connector.Connect(ctx, edge)
		Expect(err).To(MatchError(ContainSubstring("being checked")))
		Expect(told).To(HaveExactElements("live", "live"))
	})

	It("that may not be read any more says what to grant, and is tried again", func(ctx context.Context) {
		p.store(ctx, everything)
		p.create(ctx, liveSpec())
		look(ctx)
		p.connector.Reader = nobody()
		Expect(look(ctx)).To(BeNumerically("<=", poll))
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(p.namespace, "live"), edge)).To(Succeed())
		Expect(ready(edge)).To(Equal("False CredentialsForbidden"))
		Expect(edge.Status.Conditions[0].Message).To(ContainSubstring("rbac.secretNames." + p.namespace))
		p.connector.Reader = kube
		look(ctx)
		Expect(kube.Get(ctx, keyOf(p.namespace, "live"), edge)).To(Succeed())
		Expect(ready(edge)).To(Equal("True CredentialsAccepted"))
	})

	It("has no part in credentials from elsewhere", func(ctx context.Context) {
		p.create(ctx, specWith(domaincertv1alpha1.AlibabaCloudCredentials{Default: &domaincertv1alpha1.DefaultCredentials{}}))
		Expect(look(ctx)).To(BeNumerically(">", time.Hour))
	})
})

var _ = Describe("a Secret that is watched", func() {
	It("is looked at past the cache with each read-back, in case an event was missed", func(ctx context.Context) {
		w := newWorld(ctx)
		first := w.issue(2)
		w.store(ctx, first)
		object := w.settle(ctx, w.create(ctx))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		frozen := &metav1.PartialObjectMetadata{}
		frozen.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		Expect(kube.Get(ctx, client.ObjectKey{Namespace: w.namespace, Name: "tls"}, frozen)).To(Succeed())
		w.reconciler.Client = forgetful{Client: w.reconciler.Client, secret: frozen}

		second := w.issue(1)
		w.store(ctx, second)
		w.settle(ctx, object)
		Expect(w.deployed()).To(HaveExactElements(first.Fingerprint), "the cache does not know it")
		w.pass(7 * time.Hour) // the interval is 6h
		w.settle(ctx, object)
		Expect(w.deployed()).To(HaveExactElements(first.Fingerprint, second.Fingerprint))
	})
})

// forgetful is a cache that no event of a Secret reaches any more.
type forgetful struct {
	client.Client
	secret *metav1.PartialObjectMetadata
}

func (f forgetful) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if metadata, ok := object.(*metav1.PartialObjectMetadata); ok && isSecret(object) {
		f.secret.DeepCopyInto(metadata)
		return nil
	}
	return f.Client.Get(ctx, key, object, options...)
}

package controllers_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apitypes "k8s.io/apimachinery/pkg/types"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

const domain = "live.example.com"

var ca = testcerts.NewCA("Controllers' Test CA")

// world is one namespace of the real API server with a reconciler whose clock,
// provider and edge follow a script. Specs call the reconciler themselves.
type world struct {
	namespace string
	clock     *testclock.FakePassiveClock
	provider  *fake.Provider
	budget    *provider.Budget
	opener    *opener
	edge      *edge
	recorder  *recorder
	recheck   *rechecker
	ledger    *controllers.Ledger

	secretReads, statusWrites atomic.Int32
	failStatusWrites          atomic.Int32

	reconciler *controllers.DomainCertificateReconciler
}

func newWorld(ctx context.Context) *world {
	GinkgoHelper()
	w := &world{
		clock:    testclock.NewFakePassiveClock(time.Now().Truncate(time.Second)),
		provider: fake.New(domain),
		edge:     &edge{},
		recorder: &recorder{},
		recheck:  &rechecker{},
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "case-", Labels: map[string]string{"team": "video"}}}
	Expect(kube.Create(ctx, namespace)).To(Succeed())
	w.namespace = namespace.Name
	DeferCleanup(w.deleteEverything)
	w.budget = provider.NewBudget(provider.Quota{DeployPerSecond: 1000, ObservePerSecond: 1000}, func(string) {})
	w.opener = &opener{connection: &controllers.Connection{
		Provider: provider.Limit(w.provider, w.budget), Budget: w.budget, StoreBudget: w.budget, Keep: 2,
		Catalog: provider.LimitCatalog(w.provider, w.budget),
	}}
	w.restart()
	w.createProvider(ctx, "live")
	return w
}

// limitStore gives the provider a repository within this quota, and tells whose
// turn has come.
func (w *world) limitStore(quota provider.Quota) <-chan string {
	woken := make(chan string, 100)
	budget := provider.NewBudget(quota, func(object string) { woken <- object })
	w.opener.connection.StoreBudget = budget
	w.opener.connection.Catalog = provider.LimitCatalog(w.provider, budget)
	w.opener.connection.Repository = provider.LimitRepository(w.provider, budget)
	return woken
}

// restart makes a new reconciler that remembers nothing, as a new process does.
func (w *world) restart() {
	w.ledger = controllers.NewLedger()
	w.reconciler = &controllers.DomainCertificateReconciler{
		Client:    w.client(),
		Reader:    w.reader(),
		Opener:    w.opener,
		Prober:    w.edge,
		Recorder:  w.recorder,
		Clock:     w.clock,
		Ledger:    w.ledger,
		Rechecker: w.recheck,
	}
}

// client stands in for the manager's: it reads the API server directly, so that
// specs need not wait for a cache, finds by index what a cache would, and
// counts the status writes.
func (w *world) client() client.Client {
	withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return interceptor.NewClient(withWatch, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			var asked client.ListOptions
			asked.ApplyOptions(options)
			if asked.FieldSelector == nil {
				return c.List(ctx, list, options...)
			}
			requirement := asked.FieldSelector.Requirements()[0]
			Expect(requirement.Field).To(Equal("domain"), "the only index that a reconcile uses")
			return c.List(ctx, list, client.MatchingFields{"spec.domainName": requirement.Value})
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, subresource string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			if w.failStatusWrites.Load() > 0 {
				w.failStatusWrites.Add(-1)
				return errors.New("the API server is away")
			}
			w.statusWrites.Add(1)
			return c.SubResource(subresource).Patch(ctx, object, patch, options...)
		},
	})
}

// reader stands in for the manager's uncached one and counts the Secrets read.
func (w *world) reader() client.Reader {
	withWatch, err := client.NewWithWatch(kubeConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return interceptor.NewClient(withWatch, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if _, isSecret := object.(*corev1.Secret); isSecret {
				w.secretReads.Add(1)
			}
			return c.Get(ctx, key, object, options...)
		},
	})
}

func (w *world) deleteEverything(ctx context.Context) {
	Expect(kube.DeleteAllOf(ctx, &domaincertv1alpha1.ClusterEdgeProvider{})).To(Succeed())
	var left domaincertv1alpha1.DomainCertificateList
	Expect(kube.List(ctx, &left, client.InNamespace(w.namespace))).To(Succeed())
	for i := range left.Items {
		object := &left.Items[i]
		object.Finalizers = nil
		Expect(client.IgnoreNotFound(kube.Update(ctx, object))).To(Succeed())
		Expect(client.IgnoreNotFound(kube.Delete(ctx, object))).To(Succeed())
	}
}

// createProvider makes an EdgeProvider that was found in order.
func (w *world) createProvider(ctx context.Context, name string) *domaincertv1alpha1.EdgeProvider {
	GinkgoHelper()
	edge := &domaincertv1alpha1.EdgeProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec:       liveSpec(),
	}
	Expect(kube.Create(ctx, edge)).To(Succeed())
	edge.Status = readyProvider(edge.Generation, "1001")
	Expect(kube.Status().Update(ctx, edge)).To(Succeed())
	return edge
}

func liveSpec() domaincertv1alpha1.EdgeProviderSpec {
	return domaincertv1alpha1.EdgeProviderSpec{
		AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{
			Service: domaincertv1alpha1.LiveService,
			Credentials: domaincertv1alpha1.AlibabaCloudCredentials{
				AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}},
			},
		},
	}
}

func readyProvider(generation int64, account string) domaincertv1alpha1.EdgeProviderStatus {
	return domaincertv1alpha1.EdgeProviderStatus{
		ObservedGeneration: &generation,
		AccountID:          account,
		Credentials:        &domaincertv1alpha1.CredentialsStatus{SecretName: "credentials", UID: "uid", ResourceVersion: "1"},
		Conditions: []metav1.Condition{{
			Type: domaincertv1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: domaincertv1alpha1.CredentialsAcceptedReason,
			LastTransitionTime: metav1.Now(), ObservedGeneration: generation,
		}},
	}
}

// create makes a DomainCertificate for the world's domain and Secret "tls".
func (w *world) create(ctx context.Context, edits ...func(*domaincertv1alpha1.DomainCertificate)) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	object := &domaincertv1alpha1.DomainCertificate{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "live"},
		Spec: domaincertv1alpha1.DomainCertificateSpec{
			DomainName:  domain,
			SecretRef:   &domaincertv1alpha1.SecretReference{Name: "tls"},
			ProviderRef: domaincertv1alpha1.ProviderReference{Name: "live"},
		},
	}
	for _, edit := range edits {
		edit(object)
	}
	Expect(kube.Create(ctx, object)).To(Succeed())
	return object
}

func verified(object *domaincertv1alpha1.DomainCertificate) {
	object.Spec.Verification.Mode = domaincertv1alpha1.VerificationEdge
}

// issue makes a certificate for the world's domain that is valid from some days
// ago for ninety days.
func (w *world) issue(daysAgo int) testcerts.Pair {
	start := w.clock.Now().AddDate(0, 0, -daysAgo)
	return ca.Issue(testcerts.Options{DNSNames: []string{domain}, NotBefore: start, NotAfter: start.AddDate(0, 0, 90)})
}

// testOptions are a certificate for one name, with defaults.
func testOptions(name string) testcerts.Options {
	return testcerts.Options{DNSNames: []string{name}}
}

// store writes a pair into Secret "tls".
func (w *world) store(ctx context.Context, pair testcerts.Pair) {
	GinkgoHelper()
	w.storeData(ctx, map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM})
}

func (w *world) storeData(ctx context.Context, data map[string][]byte) {
	GinkgoHelper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "tls"}}
	err := kube.Get(ctx, client.ObjectKeyFromObject(secret), secret)
	secret.Data = data
	if client.IgnoreNotFound(err) == nil && err != nil {
		Expect(kube.Create(ctx, secret)).To(Succeed())
		return
	}
	Expect(err).NotTo(HaveOccurred())
	Expect(kube.Update(ctx, secret)).To(Succeed())
}

// reconcile runs one reconcile of an object and returns it as it is afterwards.
func (w *world) reconcile(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) (*domaincertv1alpha1.DomainCertificate, reconcile.Result, error) {
	GinkgoHelper()
	adapted := reconcile.AsReconciler(w.reconciler.Client, w.reconciler)
	result, err := adapted.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)})
	after := &domaincertv1alpha1.DomainCertificate{}
	Expect(client.IgnoreNotFound(kube.Get(ctx, client.ObjectKeyFromObject(object), after))).To(Succeed())
	return after, result, err
}

// settle reconciles an object, with time passing as asked for, until it asks
// for nothing before its next read-back.
func (w *world) settle(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	const enough = 20
	for range enough {
		after, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		if result.RequeueAfter > time.Minute {
			return after
		}
		w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
	}
	Fail(fmt.Sprintf("not settled after %d reconciles", enough))
	return nil
}

// pass lets time go by.
func (w *world) pass(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

// annotate sets one annotation and, unlike an update with all that a client
// fills in, nothing else.
func (w *world) annotate(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, name, value string) {
	GinkgoHelper()
	generation := object.Generation
	patch := client.RawPatch(apitypes.MergePatchType, []byte(fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, name, value)))
	Expect(kube.Patch(ctx, object, patch)).To(Succeed())
	Expect(object.Generation).To(Equal(generation))
}

// deployed is the fingerprints that were sent, in order.
func (w *world) deployed() []string {
	var sent []string
	for _, call := range w.provider.Calls(fake.Deploy) {
		sent = append(sent, call.Fingerprint)
	}
	return sent
}

// put has the provider hold a pair without the operator.
func (w *world) put(pair testcerts.Pair) {
	GinkgoHelper()
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	w.provider.Put(domain, bundle)
}

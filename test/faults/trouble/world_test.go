//go:build faults

package trouble_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	namespace = "video"
	// workers are the operator's default.
	workers = 10
)

// world is a cluster, some accounts, and the operator, in one bubble.
type world struct {
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	cluster *cluster
	events  *told
	clouds  map[string]*cloud
	ca      testcerts.CA
	budgets *provider.Budgets
	ledger  *controllers.Ledger

	certificates, providers priorityqueue.PriorityQueue[reconcile.Request]
	punctual                *punctual
}

func newWorld(ctx context.Context) *world {
	w := &world{
		cluster: newCluster(),
		events:  &told{reasons: map[string][]string{}},
		clouds:  map[string]*cloud{},
		ca:      testcerts.NewCA("Trouble"),
		ledger:  controllers.NewLedger(),
	}
	w.ctx, w.cancel = context.WithCancel(ctx)
	w.cluster.checked = w.wakeUsers
	w.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "credentials"},
		Data:       map[string][]byte{domaincertv1alpha1.AccessKeyIDKey: []byte("id"), domaincertv1alpha1.AccessKeySecretKey: []byte("secret")},
	})
	w.startOperator()
	return w
}

// end stops the operator and waits for it.
func (w *world) end() {
	w.cancel()
	w.running.Wait()
}

func (w *world) create(object client.Object) {
	GinkgoHelper()
	Expect(w.cluster.Create(w.ctx, object)).To(Succeed())
}

// startOperator starts both controllers, as cmd does.
func (w *world) startOperator() {
	GinkgoHelper()
	w.budgets = provider.NewBudgets(w.wake)
	providers := controllers.NewLedger()
	connector := &controllers.Connector{
		Reader: w.cluster, Products: map[string]controllers.Product{"Live": product(w.clouds)}, Budgets: w.budgets,
		ClusterNamespace: namespace, Permissions: controllers.Permissions{},
	}
	certificates := &controllers.DomainCertificateReconciler{
		Client: w.cluster, Reader: w.cluster, Opener: connector, Recorder: w.events, Clock: clock.RealClock{}, Ledger: w.ledger,
		Rechecker: &rechecks{controllers.Rechecks{Ledger: providers, Namespaced: &controllers.Waker{}, Cluster: &controllers.Waker{}}, w},
	}
	w.punctual = &punctual{reconciler: reconcile.AsReconciler(w.cluster, certificates), promised: map[types.NamespacedName]time.Time{}}
	w.certificates = w.run("certificates", w.punctual, workers)
	w.providers = w.run("providers", reconcile.AsReconciler(w.cluster, &controllers.EdgeProviderReconciler[*domaincertv1alpha1.EdgeProvider]{
		Client: w.cluster, Connector: connector, Recorder: w.events, Clock: clock.RealClock{}, Ledger: providers,
	}), 1)
}

// run runs a controller, and returns its queue.
func (w *world) run(name string, reconciler reconcile.Reconciler, workers int) priorityqueue.PriorityQueue[reconcile.Request] {
	GinkgoHelper()
	skip := true
	running, err := controller.NewTypedUnmanaged(name, controller.Options{
		Reconciler: reconciler, MaxConcurrentReconciles: workers, RateLimiter: controllers.NewBackoff(), SkipNameValidation: &skip,
	})
	Expect(err).NotTo(HaveOccurred())
	queues := make(chan priorityqueue.PriorityQueue[reconcile.Request], 1)
	Expect(running.Watch(source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		queues <- queue.(priorityqueue.PriorityQueue[reconcile.Request])
		return nil
	}))).To(Succeed())
	w.running.Go(func() {
		defer GinkgoRecover()
		Expect(running.Start(w.ctx)).To(Succeed())
	})
	return <-queues
}

// wake is told by the budgets whose turn has come, and puts it before others, as
// the operator's Waker does.
func (w *world) wake(object string) {
	const turnPriority = 100
	namespace, name, _ := strings.Cut(object, "/")
	priority := turnPriority
	w.certificates.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, requestFor(namespace, name))
}

// wakeUsers wakes whoever uses a provider.
func (w *world) wakeUsers(edge controllers.ProviderObject) {
	var all domaincertv1alpha1.DomainCertificateList
	if err := w.cluster.List(w.ctx, &all); err != nil {
		return
	}
	for i := range all.Items {
		if all.Items[i].Spec.ProviderRef.Name == edge.GetName() {
			w.certificates.Add(requestFor(namespace, all.Items[i].Name))
		}
	}
}

func requestFor(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

// rechecks wake what they make due.
type rechecks struct {
	controllers.Rechecks
	world *world
}

// Recheck implements controllers.Rechecker.
func (r *rechecks) Recheck(edge controllers.ProviderObject, now time.Time) {
	r.Rechecks.Recheck(edge, now)
	r.world.providers.Add(requestFor(namespace, edge.GetName()))
}

// account makes an account and the EdgeProvider for it, and waits until it is
// accepted.
func (w *world) account(name string, setPerSecond int32) *cloud {
	GinkgoHelper()
	known := newCloud("account-of-" + name)
	w.clouds[name] = known
	w.create(&domaincertv1alpha1.EdgeProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: domaincertv1alpha1.EdgeProviderSpec{
			Quota: &domaincertv1alpha1.Quota{SetPerSecond: &setPerSecond},
			AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{
				Service: domaincertv1alpha1.LiveService,
				Region:  name,
				Credentials: domaincertv1alpha1.AlibabaCloudCredentials{
					AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}},
				},
			},
		},
	})
	w.providers.Add(requestFor(namespace, name))
	time.Sleep(time.Second)
	Expect(w.edge(name)).To(Equal(metav1.ConditionTrue))
	return known
}

// edge is whether an EdgeProvider is Ready.
func (w *world) edge(name string) metav1.ConditionStatus {
	GinkgoHelper()
	edge := &domaincertv1alpha1.EdgeProvider{}
	Expect(w.cluster.Get(w.ctx, client.ObjectKey{Namespace: namespace, Name: name}, edge)).To(Succeed())
	if ready := meta.FindStatusCondition(edge.Status.Conditions, domaincertv1alpha1.ReadyCondition); ready != nil {
		return ready.Status
	}
	return metav1.ConditionUnknown
}

// domains makes so many objects at an account, which share the Secret of its name.
// The operator deploys the first; the others are in place as that one is, as if
// they had been deployed before the operator was started.
func (w *world) domains(account string, count int, interval time.Duration) []string {
	GinkgoHelper()
	w.renew(account)
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d", account, i)
		w.clouds[account].AddDomain(domainOf(names[i]))
		object := w.domain(account, names[i], interval)
		if i > 0 {
			object.Status = w.object(names[0]).Status
			for j := range object.Status.Conditions {
				message := &object.Status.Conditions[j].Message
				*message = strings.ReplaceAll(*message, domainOf(names[0]), domainOf(names[i]))
			}
			Expect(w.cluster.Status().Update(w.ctx, object)).To(Succeed())
			held := w.clouds[account].Held(domainOf(names[0]))
			w.clouds[account].Change(domainOf(names[i]), func(its *provider.Observation) { *its = held })
		}
		w.notice(names[i])
		if i == 0 {
			w.await(names[:1], isServed, time.Minute)
		}
	}
	time.Sleep(time.Second)
	return names
}

// domain makes an object.
func (w *world) domain(account, name string, interval time.Duration) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	object := &domaincertv1alpha1.DomainCertificate{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: domaincertv1alpha1.DomainCertificateSpec{
			DomainName:  domainOf(name),
			SecretRef:   &domaincertv1alpha1.SecretReference{Name: account},
			ProviderRef: domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.EdgeProviderKind, Name: account},
			Interval:    metav1.Duration{Duration: interval},
		},
	}
	w.create(object)
	return object
}

// await waits until each of the objects was seen to be so.
func (w *world) await(names []string, is func(*domaincertv1alpha1.DomainCertificate) bool, atMost time.Duration) {
	GinkgoHelper()
	deadline := time.Now().Add(atMost)
	for _, name := range names {
		for !is(w.object(name)) {
			Expect(time.Now()).To(BeTemporally("<", deadline), name)
			time.Sleep(time.Second)
		}
	}
}

func domainOf(name string) string { return name + ".example.com" }

// renew issues the certificate of an account anew into its Secret, and returns its
// fingerprint. Nobody is told.
func (w *world) renew(account string) string {
	GinkgoHelper()
	pair := w.issue()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account}}
	err := w.cluster.Get(w.ctx, client.ObjectKeyFromObject(secret), secret)
	secret.Data = map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM}
	if client.IgnoreNotFound(err) == nil && err != nil {
		w.create(secret)
		return pair.Fingerprint
	}
	Expect(err).NotTo(HaveOccurred())
	Expect(w.cluster.Update(w.ctx, secret)).To(Succeed())
	return pair.Fingerprint
}

// issue makes a certificate for all domains that begins to be valid now.
func (w *world) issue() testcerts.Pair {
	now := time.Now().Truncate(time.Second)
	return w.ca.Issue(testcerts.Options{DNSNames: []string{"*.example.com"}, NotBefore: now, NotAfter: now.AddDate(0, 0, 90)})
}

// notice has the operator told that the Secret of these objects has changed.
func (w *world) notice(names ...string) {
	for _, name := range names {
		w.certificates.Add(requestFor(namespace, name))
	}
}

// object reads an object.
func (w *world) object(name string) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	object := &domaincertv1alpha1.DomainCertificate{}
	Expect(w.cluster.Get(w.ctx, client.ObjectKey{Namespace: namespace, Name: name}, object)).To(Succeed())
	return object
}

// count is how many of the objects are so.
func (w *world) count(names []string, is func(*domaincertv1alpha1.DomainCertificate) bool) int {
	GinkgoHelper()
	count := 0
	for _, name := range names {
		if is(w.object(name)) {
			count++
		}
	}
	return count
}

// written is how often the statuses of objects were written.
func (w *world) written(names []string) (total int) {
	for _, name := range names {
		total += w.cluster.written(types.NamespacedName{Namespace: namespace, Name: name})
	}
	return total
}

// isServed reports whether what is wanted is in place.
func isServed(object *domaincertv1alpha1.DomainCertificate) bool {
	ready := meta.FindStatusCondition(object.Status.Conditions, domaincertv1alpha1.ReadyCondition)
	return ready != nil && ready.Reason == domaincertv1alpha1.ServedReason
}

// has reports whether a condition is True.
func has(condition string) func(*domaincertv1alpha1.DomainCertificate) bool {
	return func(object *domaincertv1alpha1.DomainCertificate) bool {
		return meta.IsStatusConditionTrue(object.Status.Conditions, condition)
	}
}

// serves reports whether a fingerprint was deployed and is in place.
func serves(fingerprint string) func(*domaincertv1alpha1.DomainCertificate) bool {
	return func(object *domaincertv1alpha1.DomainCertificate) bool {
		return isServed(object) && object.Status.DeployedFingerprint == fingerprint
	}
}

// punctual notes how late reconciles are that were asked for, and how many failed.
type punctual struct {
	reconciler reconcile.Reconciler

	mu       sync.Mutex
	promised map[types.NamespacedName]time.Time
	latest   time.Duration
	kept     int
	failed   int
}

// Reconcile implements reconcile.Reconciler.
func (p *punctual) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	p.mu.Lock()
	if at, ok := p.promised[request.NamespacedName]; ok && !time.Now().Before(at) {
		p.kept++
		p.latest = max(p.latest, time.Since(at))
	}
	p.mu.Unlock()
	result, err := p.reconciler.Reconcile(ctx, request)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.promised, request.NamespacedName)
	if result.RequeueAfter > 0 {
		p.promised[request.NamespacedName] = time.Now().Add(result.RequeueAfter)
	}
	if err != nil {
		p.failed++
	}
	return result, err
}

// lateness is how late the latest reconcile came that was asked for, and how many
// there were.
func (p *punctual) lateness() (latest time.Duration, kept int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.kept
}

// failures is how many reconciles have backed off.
func (p *punctual) failures() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

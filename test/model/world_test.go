package model_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/lockstep"
	"github.com/domaincert/domaincert/test/testcerts"
)

// The small world: two namespaces, three domains at two accounts, an EdgeProvider in
// each namespace, and a ClusterEdgeProvider for the first account.
const (
	ours, theirs = "1001", "2002"
	edgeName     = "edge"
	sharedName   = "shared"
	// door is the label that lets a namespace in at the ClusterEdgeProvider's.
	door = "cdn"
)

var (
	namespaces = []string{"a", "b"}
	domains    = []string{"one.example.com", "two.example.com", "three.example.net"}
	secrets    = []string{"tls1", "tls2"}
	names      = []string{"x", "y", "z"}
)

// accountOf is the account that has a domain.
func accountOf(domain string) string {
	if domain == domains[2] {
		return theirs
	}
	return ours
}

// accountOfEdge is the account of an EdgeProvider, by its namespace; the
// ClusterEdgeProvider, which has none, shares the first.
func accountOfEdge(namespace string) string {
	if namespace == "b" {
		return theirs
	}
	return ours
}

// content is what a Secret holds, and why that can serve no domain.
type content struct {
	fingerprint string
	notBefore   time.Time
	unfit       string
}

// world is one sequence: the cluster, the accounts, the operator, and what is known
// of them for certain.
type world struct {
	*rapid.T

	ca       testcerts.CA
	api      *lockstep.Store
	cache    *lockstep.Cache
	operator *lockstep.Operator
	accounts map[string]*fake.Provider
	// contents are what Secrets hold, by namespace/name.
	contents map[string]content
	// issued are bundles by fingerprint.
	issued map[string]certbundle.Bundle

	faults faults
	judge  *judge
}

func newWorld(t *rapid.T) *world {
	w := &world{T: t, ca: testcerts.NewCA("Model"), api: lockstep.NewStore(), accounts: map[string]*fake.Provider{},
		contents: map[string]content{}, issued: map[string]certbundle.Bundle{}}
	w.cache, w.judge = lockstep.NewCache(w.api, ""), newJudge(w)
	w.faults.refused = map[string]*provider.Error{}
	for _, account := range []string{ours, theirs} {
		w.accounts[account] = fake.New()
		w.accounts[account].Before(func(_ context.Context, call fake.Call) { w.called(account, call) })
	}
	for _, domain := range domains {
		w.accounts[accountOf(domain)].AddDomain(domain)
	}
	for _, name := range namespaces {
		w.must(w.api.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{door: "yes"}}}))
		w.must(w.api.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: accountOfEdge(name)}, Data: credentials(accountOfEdge(name))}))
		w.must(w.api.Create(t.Context(), &domaincertv1alpha1.EdgeProvider{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: edgeName}, Spec: specFor(accountOfEdge(name))}))
	}
	shared := &domaincertv1alpha1.ClusterEdgeProvider{ObjectMeta: metav1.ObjectMeta{Name: sharedName}}
	shared.Spec.EdgeProviderSpec = specFor(ours)
	shared.Spec.AllowedNamespaces = &metav1.LabelSelector{MatchLabels: map[string]string{door: "yes"}}
	w.must(w.api.Create(t.Context(), shared))
	w.restart()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("the test itself failed: %v", err)
	}
}

func credentials(account string) map[string][]byte {
	return map[string][]byte{domaincertv1alpha1.AccessKeyIDKey: []byte(account), domaincertv1alpha1.AccessKeySecretKey: []byte("not-a-secret-anywhere-else")}
}

func specFor(account string) domaincertv1alpha1.EdgeProviderSpec {
	return domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{
		Service: domaincertv1alpha1.LiveService,
		Credentials: domaincertv1alpha1.AlibabaCloudCredentials{
			AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: account}}},
	}}
}

// restart begins a life of the operator that knows nothing but the API server.
func (w *world) restart() {
	w.cache = lockstep.NewCache(w.api, "")
	_, err := w.cache.CatchUp(w.Context())
	w.must(err)
	w.judge.restarted()
	w.operator = lockstep.Start(lockstep.Options{
		API: w.api, Cache: w.cache, Prober: w, Intercept: w.intercept, ClusterNamespace: namespaces[0],
		Sleep: func(d time.Duration) { time.Sleep(d); synctest.Wait() },
		Products: map[string]controllers.Product{string(domaincertv1alpha1.LiveService): {
			Quota: provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
			Open: func(_ *domaincertv1alpha1.EdgeProviderSpec, material controllers.Material) (controllers.Account, error) {
				return &account{world: w, id: string(material.Secret[domaincertv1alpha1.AccessKeyIDKey])}, nil
			},
		}},
	})
}

// account is one of the two.
type account struct {
	world *world
	id    string
}

func (a *account) Access(string) controllers.Access {
	held := a.world.accounts[a.id]
	return controllers.Access{Provider: &answering{Provider: held, judge: a.world.judge}, Repository: held}
}

// answering tells the judge what the operator was told.
type answering struct {
	*fake.Provider
	judge *judge
}

func (a *answering) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	handle, err := a.Provider.Deploy(ctx, target, bundle)
	if object := a.judge.stored(target.Turn.Object); err == nil && object != nil {
		a.judge.accepted[target.Domain] = acceptance{object.UID, bundle.Fingerprint(), time.Now()}
	}
	return handle, err
}

func (a *account) Identify(context.Context) (string, error) {
	if refusal := a.world.faults.refused[a.id]; refusal != nil {
		return "", refusal
	}
	return a.id, nil
}

func (a *account) Close() {}

// Probe is the edge, which serves what the account of the domain holds.
func (w *world) Probe(_ context.Context, request edgeprobe.Request) (edgeprobe.Result, error) {
	held := w.accounts[accountOf(request.ServerName)].Held(request.ServerName)
	if !held.Found || held.HTTPS != provider.HTTPSOn {
		return edgeprobe.Result{}, &edgeprobe.Error{Failure: edgeprobe.NoHandshake, Address: request.ServerName + ":443"}
	}
	return edgeprobe.Result{Fingerprint: held.Fingerprint, NotAfter: held.NotAfter, Address: request.ServerName + ":443"}, nil
}

// step is one reconcile, if one is due by the deadline.
func (w *world) step(deadline time.Time) bool {
	stepped, err := w.operator.Step(w.Context(), deadline)
	switch {
	case errors.Is(err, lockstep.ErrKilled):
		w.Logf("  killed")
		w.restart()
		return true
	case err != nil:
		w.must(err)
	}
	w.judge.report()
	return stepped
}

// issue makes a certificate for all domains that is valid from some time ago for so
// many days, and for the domains alone that are named, if any are.
func (w *world) issue(ago time.Duration, days int, only ...string) testcerts.Pair {
	start := time.Now().Add(-ago).Truncate(time.Second)
	if len(only) == 0 {
		only = domains
	}
	pair := w.ca.Issue(testcerts.Options{DNSNames: only, NotBefore: start, NotAfter: start.AddDate(0, 0, days)})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	w.must(err)
	w.issued[pair.Fingerprint] = bundle
	return pair
}

// write puts data into a Secret and notes what it is.
func (w *world) write(key types.NamespacedName, certificate, private []byte, what content) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	err := w.api.Get(w.Context(), key, secret)
	secret.Data = map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: private}
	if err != nil {
		w.must(w.api.Create(w.Context(), secret))
	} else {
		w.must(w.api.Update(w.Context(), secret))
	}
	w.contents[key.String()] = what
}

// objects are all DomainCertificates as they are stored, by name.
func (w *world) objects() []domaincertv1alpha1.DomainCertificate {
	var list domaincertv1alpha1.DomainCertificateList
	w.must(w.api.List(w.Context(), &list))
	return list.Items
}

// update changes an object, whatever anybody else does to it.
func (w *world) update(object client.Object, change func()) {
	w.must(w.api.Get(w.Context(), client.ObjectKeyFromObject(object), object))
	change()
	w.must(w.api.Update(w.Context(), object))
}

// held is what an account holds for a domain; false if it does not have the domain.
func (w *world) held(account, domain string) (provider.Observation, bool) {
	if accountOf(domain) != account {
		return provider.Observation{}, false
	}
	return w.accounts[account].Held(domain), true
}

// short is a fingerprint as a log shows it.
func short(fingerprint string) string {
	if fingerprint == "" {
		return "nothing"
	}
	return fingerprint[:8]
}

func key(object client.Object) string { return client.ObjectKeyFromObject(object).String() }

// describe says what an object says of itself.
func describe(object *domaincertv1alpha1.DomainCertificate) string {
	var said []string
	for _, condition := range object.Status.Conditions {
		said = append(said, fmt.Sprintf("%s=%s %s", condition.Type, condition.Status, condition.Reason))
	}
	slices.Sort(said)
	return fmt.Sprintf("%s of %s: %s; deployed %s", key(object), object.Spec.DomainName, strings.Join(said, ", "), short(object.Status.DeployedFingerprint))
}

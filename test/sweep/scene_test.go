package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/lockstep"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	accountID = "1000000000000001"
	key       = "not-a-secret-anywhere-else"
	domain    = "swept.example.com"
	// bystander is another domain of the account, that nobody asked to be changed.
	bystander = "bystander.example.com"
	// interval of the read-backs.
	interval = time.Hour
)

// simulator is one product's, which all runs of it share, one after the other.
type simulator struct {
	*edgesim.Server
	product product
	// now is the time of the bubble that uses it.
	now atomic.Int64
}

func startSimulator(p product) (*simulator, error) {
	s := &simulator{product: p}
	s.now.Store(begin.UnixNano())
	account := edgesim.Account{ID: accountID, Keys: []edgesim.AccessKey{{ID: key, Secret: key}}}
	if p.simulated == "" {
		account.CDNPro = &edgesim.CDNPro{User: key, APIKey: key, Properties: []edgesim.CDNProProperty{
			{ID: "swept", Hostnames: []string{domain}}, {ID: "bystander", Hostnames: []string{bystander}}}}
	} else {
		account.Domains = []edgesim.Domain{{Name: domain, Product: p.simulated}, {Name: bystander, Product: p.simulated}}
	}
	var err error
	s.Server, err = edgesim.Start(edgesim.Config{
		Accounts: []edgesim.Account{account},
		Clock:    func() time.Time { return time.Unix(0, s.now.Load()) },
	})
	return s, err
}

// held is what the provider holds for the domain, empty for nothing.
func (s *simulator) held(name string) string {
	state, _ := s.Edge(name)
	held := state.Stored
	if s.product.simulated == "" {
		held = state.Described // a version that no task has deployed is not in place
	}
	if held == nil {
		return ""
	}
	return held.Fingerprint
}

// put has the provider hold a pair without the operator.
func (s *simulator) put(name string, pair testcerts.Pair) error {
	if s.product.simulated != "" {
		return s.SetOutOfBand(name, "console-"+pair.Fingerprint[:8], pair.CertificatePEM, pair.KeyPEM)
	}
	certificate := edgesim.CDNProCertificate{Certificate: string(pair.CertificatePEM), PrivateKey: edgesim.Secret(pair.KeyPEM)}
	for _, account := range s.Accounts() {
		for _, property := range account.CDNPro.Properties {
			if property.Hostnames[0] == name {
				certificate.ID = property.CertificateID
			}
		}
	}
	id, _, err := s.PutCDNProCertificate(accountID, certificate)
	if err != nil || certificate.ID != "" {
		return err
	}
	return s.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: name[:len(name)-len(".example.com")], Hostnames: []string{name}, CertificateID: id})
}

// scene is one run of a scenario. It lives in a bubble of its own.
type scene struct {
	Gomega

	ctx       context.Context
	sim       *simulator
	api       lockstep.API
	namespace string
	cache     *lockstep.Cache
	operator  *lockstep.Operator
	accounts  *opened
	// closeAPI closes idle connections to the API server.
	closeAPI func()
	fault    *fault
	watch    *oracle
	// reconciles there were since the scenario's act.
	reconciles int
}

// issue makes the certificate number age of the domain; a greater one is younger.
func issue(age int) testcerts.Pair {
	const lifetime = 90
	start := begin.AddDate(0, 0, age-10)
	return ca.Issue(testcerts.Options{DNSNames: []string{domain, bystander}, NotBefore: start, NotAfter: start.AddDate(0, 0, lifetime)})
}

// pairs are the certificates that scenarios use: the one that others put in place,
// the first, and its renewal.
var foreign, first, renewed = issue(1), issue(2), issue(3)

// start begins a life of the operator, which knows what is in the cache.
func (s *scene) start() {
	s.operator = lockstep.Start(lockstep.Options{
		API: s.api, Cache: s.cache, Products: s.sim.product.wired(s.accounts), Prober: s, Intercept: s.intercept,
		ClusterNamespace: s.namespace, Sleep: s.sleep,
	})
}

// sleep lets time pass, which it only does where nobody waits for the network.
func (s *scene) sleep(d time.Duration) {
	s.closeIdle()
	time.Sleep(d)
	synctest.Wait()
	s.sim.now.Store(time.Now().UnixNano())
}

func (s *scene) closeIdle() {
	s.accounts.closeIdle()
	s.closeAPI()
}

// Probe is the edge, without the handshake.
func (s *scene) Probe(_ context.Context, request edgeprobe.Request) (edgeprobe.Result, error) {
	state, _ := s.sim.Edge(request.ServerName)
	if state.Served == nil {
		return edgeprobe.Result{}, &edgeprobe.Error{Failure: edgeprobe.NoHandshake, Address: request.ServerName + ":443"}
	}
	return edgeprobe.Result{Fingerprint: state.Served.Fingerprint, NotAfter: state.Served.NotAfter, Address: request.ServerName + ":443"}, nil
}

// errNotConverged is what a run ends with that does not come to its goal.
var errNotConverged = errors.New("not converged")

// run reconciles until the goal is reached, and then for as long as it takes to read
// everything back once: what is in order stays so.
func (s *scene) run(goal func(*scene) bool) error {
	const mostReconciles, mostTime = 150, 4 * time.Hour
	deadline := time.Now().Add(mostTime)
	for range mostReconciles {
		if s.settled() && goal(s) {
			return s.readBack(goal)
		}
		if stepped, err := s.step(deadline); err != nil || !stepped {
			return errors.Join(err, s.describe())
		}
	}
	return s.describe()
}

// settled reports whether nothing is left to do at once.
func (s *scene) settled() bool {
	if err := s.operator.CatchUp(s.ctx); err != nil {
		return false
	}
	due, ok := s.operator.Due()
	return !ok || time.Until(due) > time.Minute
}

func (s *scene) readBack(goal func(*scene) bool) error {
	s.watch.settled()
	for deadline := time.Now().Add(2 * interval); ; {
		if stepped, err := s.step(deadline); err != nil {
			return err
		} else if !stepped {
			break
		}
	}
	if !goal(s) {
		return errors.Join(errors.New("did not stay"), s.describe())
	}
	return nil
}

// step is one reconcile, and the next life if it was the last of this one.
func (s *scene) step(deadline time.Time) (bool, error) {
	stepped, err := s.operator.Step(s.ctx, deadline)
	s.reconciles++
	s.watch.look()
	if errors.Is(err, lockstep.ErrKilled) || err == nil && s.isDead() {
		return true, s.restart()
	}
	return stepped, err
}

// describe says how far a run came that did not come to its goal.
func (s *scene) describe() error {
	found := fmt.Errorf("%w after %d reconciles: held %.8s", errNotConverged, s.reconciles, s.sim.held(domain))
	var list domaincertv1alpha1.DomainCertificateList
	if err := s.api.List(s.ctx, &list); err != nil {
		return err
	}
	for i := range list.Items {
		for _, condition := range list.Items[i].Status.Conditions {
			found = fmt.Errorf("%w\n%s %s=%s %s: %s", found, list.Items[i].Name, condition.Type, condition.Status, condition.Reason, condition.Message)
		}
	}
	return found
}

// create makes an object of the scene's namespace.
func (s *scene) create(object client.Object) {
	object.SetNamespace(s.namespace)
	s.Expect(s.api.Create(s.ctx, object)).To(Succeed())
}

// createCredentials makes the Secret that the provider is called with.
func (s *scene) createCredentials() {
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "credentials"}, Data: map[string][]byte{
		domaincertv1alpha1.AccessKeyIDKey: []byte(key), domaincertv1alpha1.AccessKeySecretKey: []byte(key),
		domaincertv1alpha1.CDNProUserKey: []byte(key), domaincertv1alpha1.CDNProAPIKeyKey: []byte(key),
	}})
}

// createProvider makes the provider and its credentials.
func (s *scene) createProvider(change ...func(*domaincertv1alpha1.EdgeProviderSpec)) {
	s.createCredentials()
	edge := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Name: "edge"}}
	edge.Spec = s.providerSpec()
	for _, alter := range change {
		alter(&edge.Spec)
	}
	s.create(edge)
}

func (s *scene) providerSpec() domaincertv1alpha1.EdgeProviderSpec {
	endpoint, secret := "http://"+s.sim.APIAddress(), domaincertv1alpha1.SecretReference{Name: "credentials"}
	if s.sim.product.simulated == "" {
		return domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
			Endpoint: endpoint, Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: secret}, Target: domaincertv1alpha1.CDNProProduction}}
	}
	return domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{
		Service: domaincertv1alpha1.AlibabaCloudService(s.sim.product.service), Endpoint: endpoint, STSEndpoint: endpoint,
		Credentials: domaincertv1alpha1.AlibabaCloudCredentials{AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: secret}}}}
}

// store writes a pair into a Secret.
func (s *scene) store(name string, pair testcerts.Pair) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	err := s.api.Get(s.ctx, client.ObjectKeyFromObject(secret), secret)
	secret.Data = map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM}
	if err != nil {
		s.create(secret)
		return
	}
	s.Expect(s.api.Update(s.ctx, secret)).To(Succeed())
}

// claim makes a DomainCertificate for the domain with the Secret of its own name.
func (s *scene) claim(name string, change ...func(*domaincertv1alpha1.DomainCertificateSpec)) {
	object := &domaincertv1alpha1.DomainCertificate{ObjectMeta: metav1.ObjectMeta{Name: name}}
	object.Spec = domaincertv1alpha1.DomainCertificateSpec{
		DomainName: domain, SecretRef: &domaincertv1alpha1.SecretReference{Name: name},
		ProviderRef:  domaincertv1alpha1.ProviderReference{Name: "edge"},
		Interval:     metav1.Duration{Duration: interval},
		Verification: domaincertv1alpha1.Verification{Mode: domaincertv1alpha1.VerificationEdge},
	}
	for _, alter := range change {
		alter(&object.Spec)
	}
	s.create(object)
}

// object is a DomainCertificate as it is now; nil if it is gone.
func (s *scene) object(name string) *domaincertv1alpha1.DomainCertificate {
	object := &domaincertv1alpha1.DomainCertificate{}
	if err := s.api.Get(s.ctx, client.ObjectKey{Namespace: s.namespace, Name: name}, object); err != nil {
		s.Expect(client.IgnoreNotFound(err)).To(Succeed())
		return nil
	}
	return object
}

// serves reports whether an object says, rightly, that the domain is served with the
// pair, and nothing else.
func (s *scene) serves(name string, pair testcerts.Pair) bool {
	object := s.object(name)
	if object == nil || s.sim.held(domain) != pair.Fingerprint || object.Status.DeployedFingerprint != pair.Fingerprint ||
		*object.Status.ObservedGeneration != object.Generation || len(object.Status.Conditions) != len(answers) {
		return false
	}
	for _, answer := range answers {
		if !meta.IsStatusConditionTrue(object.Status.Conditions, answer) {
			return false
		}
	}
	return true
}

// answers are the conditions of an object that is in order.
var answers = []string{domaincertv1alpha1.AcceptedCondition, domaincertv1alpha1.CertificateValidCondition,
	domaincertv1alpha1.DeployedCondition, domaincertv1alpha1.VerifiedCondition, domaincertv1alpha1.ReadyCondition}

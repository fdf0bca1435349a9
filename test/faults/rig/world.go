package rig

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	// ProviderName is the EdgeProvider's and its credentials'.
	ProviderName = "edge"
	// Name is that of a world's first object and its Secret.
	Name = "play"
)

// WorldOptions say what a row starts with. The zero value is an account at
// ApsaraVideo Live with one domain, which has its certificate in a Secret and a
// DomainCertificate that nobody acts on yet.
type WorldOptions struct {
	// Settings of the simulated cloud.
	Settings edgesim.Settings
	// HTTPS makes the operator call the cloud by HTTPS; its environment must then
	// trust World.CloudCA.
	HTTPS bool
	// Bare leaves out the Secret and the DomainCertificate.
	Bare bool
	// Edit changes the first DomainCertificate before it is created.
	Edit func(*domaincertv1alpha1.DomainCertificate)
}

// World is what one row acts on.
type World struct {
	*Plane
	// Namespace is the row's own.
	Namespace string
	Cloud     *edgesim.Server
	// Pair is what the first object's Secret held at the beginning; empty in a
	// bare world.
	Pair testcerts.Pair
	// AccountID and Domain are the cloud's.
	AccountID, Domain string
	// Credentials is the access key's id and secret.
	Credentials map[string]string
	// ThrottledAllowed is set by rows in which the cloud may find that the operator
	// asks too much.
	ThrottledAllowed bool
	// MostSets is how often the same certificate may be sent for a domain: once,
	// unless a fault leaves open whether it arrived.
	MostSets int
	// OtherWriters is set by rows that write statuses themselves.
	OtherWriters bool

	options   WorldOptions
	issued    map[string]testcerts.Pair
	sightings *sightings
	operators []*Process
}

// NewWorld makes a row's world. It is checked and gone when the row ends.
func (p *Plane) NewWorld(ctx SpecContext, options WorldOptions) *World {
	GinkgoHelper()
	p.mu.Lock()
	p.worlds++
	number := p.worlds
	p.mu.Unlock()
	w := &World{
		Plane:     p,
		Namespace: fmt.Sprintf("row-%03d", number),
		AccountID: fmt.Sprintf("%016d", 1_000_000_000_000_000+number),
		MostSets:  1,
		options:   options,
		issued:    map[string]testcerts.Pair{},
	}
	w.Domain = Name + "." + w.Namespace + ".example.com"
	w.Credentials = map[string]string{
		domaincertv1alpha1.AccessKeyIDKey:     "key-" + w.Namespace,
		domaincertv1alpha1.AccessKeySecretKey: rand.Text(),
	}
	p.remains.learnSecret("the access key's secret of "+w.Namespace, w.Credentials[domaincertv1alpha1.AccessKeySecretKey])

	var err error
	w.Cloud, err = edgesim.Start(edgesim.Config{Settings: options.Settings})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(w.Cloud.Close()).To(Succeed()) })
	Expect(w.Cloud.PutAccount(edgesim.Account{ID: w.AccountID, Keys: []edgesim.AccessKey{{
		ID:     w.Credentials[domaincertv1alpha1.AccessKeyIDKey],
		Secret: edgesim.Secret(w.Credentials[domaincertv1alpha1.AccessKeySecretKey]),
	}}})).To(Succeed())

	p.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}})
	p.Create(ctx, w.CredentialsSecret(), w.EdgeProvider())
	w.sightings = w.watch()
	DeferCleanup(w.close)
	w.AddDomain(w.Domain)
	if !options.Bare {
		w.Pair = w.Issue(w.Domain)
		w.PutCertificate(ctx, Name, w.Pair)
		object := w.DomainCertificate(Name, w.Domain)
		if options.Edit != nil {
			options.Edit(object)
		}
		p.Create(ctx, object)
	}
	return w
}

// close ends the operators, checks the world and keeps what it leaves behind.
func (w *World) close(ctx SpecContext) {
	for _, operator := range w.operators {
		for name, content := range operator.remains(ctx) {
			w.Keep(name, content)
		}
	}
	w.sightings.stop()
	w.keep(ctx)
	if !CurrentSpecReport().Failed() {
		w.Check()
		return
	}
	for _, operator := range w.operators {
		AddReportEntry("the log of "+operator.name, operator.Log())
	}
	AddReportEntry("the cloud's journal", fmt.Sprintf("%+v", w.Cloud.Journal(edgesim.Query{})))
	AddReportEntry("the object", fmt.Sprintf("%+v", w.sightings.last()))
}

// AddDomain gives the account one more domain, in the cloud's notation.
func (w *World) AddDomain(name string) {
	GinkgoHelper()
	Expect(w.Cloud.PutDomain(w.AccountID, edgesim.Domain{Name: name})).To(Succeed())
}

// AddFault makes the cloud misbehave.
func (w *World) AddFault(fault edgesim.Fault) string {
	GinkgoHelper()
	id, err := w.Cloud.AddFault(fault)
	Expect(err).NotTo(HaveOccurred())
	return id
}

// Issue makes a certificate with a key of its own. Each begins to be valid a
// minute after the one before, so that they have an order.
func (w *World) Issue(domains ...string) testcerts.Pair {
	GinkgoHelper()
	begin := time.Now().Add(-24*time.Hour + time.Duration(len(w.issued))*time.Minute).Truncate(time.Second)
	return w.IssueWith(testcerts.Options{DNSNames: domains, NotBefore: begin})
}

// IssueWith makes any certificate whose key must then be found nowhere.
func (w *World) IssueWith(options testcerts.Options) testcerts.Pair {
	GinkgoHelper()
	if options.Signer == nil {
		options.Signer = testcerts.NewKey(options.Key)
	}
	pair := w.CA.Issue(options)
	w.issued[pair.Fingerprint] = pair
	w.remains.learnKey("a key of "+w.Namespace, pair)
	return pair
}

// CredentialsSecret is the EdgeProvider's.
func (w *World) CredentialsSecret() *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: ProviderName},
		StringData: w.Credentials,
	}
}

// EdgeProvider is the account.
func (w *World) EdgeProvider() *domaincertv1alpha1.EdgeProvider {
	endpoint := "http://" + w.Cloud.APIAddress()
	if w.options.HTTPS {
		endpoint = "https://" + w.Cloud.APITLSAddress()
	}
	return &domaincertv1alpha1.EdgeProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: ProviderName},
		Spec: domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{
			Service:  domaincertv1alpha1.LiveService,
			Endpoint: endpoint,
			Credentials: domaincertv1alpha1.AlibabaCloudCredentials{
				AccessKey: &domaincertv1alpha1.AccessKeyCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: ProviderName}},
			},
		}},
	}
}

// DomainCertificate is one of a domain, with the Secret of its own name, verified
// at the simulated edge.
func (w *World) DomainCertificate(name, domain string) *domaincertv1alpha1.DomainCertificate {
	return &domaincertv1alpha1.DomainCertificate{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		Spec: domaincertv1alpha1.DomainCertificateSpec{
			DomainName:   domain,
			SecretRef:    &domaincertv1alpha1.SecretReference{Name: name},
			ProviderRef:  domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.EdgeProviderKind, Name: ProviderName},
			Verification: domaincertv1alpha1.Verification{Mode: domaincertv1alpha1.VerificationEdge, Address: w.Cloud.EdgeAddress()},
		},
	}
}

// PutCertificate writes the Secret of an object, as cert-manager does: one write.
func (w *World) PutCertificate(ctx context.Context, name string, pair testcerts.Pair) {
	GinkgoHelper()
	w.PutSecret(ctx, name, map[string][]byte{corev1.TLSCertKey: pair.CertificatePEM, corev1.TLSPrivateKeyKey: pair.KeyPEM})
}

// PutSecret writes a TLS Secret with any content.
func (w *World) PutSecret(ctx context.Context, name string, data map[string][]byte) {
	GinkgoHelper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}, Type: corev1.SecretTypeTLS, Data: data}
	err := w.Client.Create(ctx, secret)
	if client.IgnoreAlreadyExists(err) == nil && err != nil {
		err = w.Client.Update(ctx, secret)
	}
	Expect(err).NotTo(HaveOccurred())
}

// Get reads an object of the row's.
func (w *World) Get(ctx context.Context, name string) *domaincertv1alpha1.DomainCertificate {
	GinkgoHelper()
	object := &domaincertv1alpha1.DomainCertificate{}
	Expect(w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: name}, object)).To(Succeed())
	return object
}

// Change changes an object of the row's by a merge patch.
func (w *World) Change(ctx context.Context, object client.Object, edit func()) {
	GinkgoHelper()
	before, ok := object.DeepCopyObject().(client.Object)
	Expect(ok).To(BeTrue())
	edit()
	Expect(w.Client.Patch(ctx, object, client.MergeFrom(before))).To(Succeed())
}

// KeyOf is the name of an object.
func KeyOf(object client.Object) client.ObjectKey { return client.ObjectKeyFromObject(object) }

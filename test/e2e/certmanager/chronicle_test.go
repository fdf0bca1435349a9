//go:build certmanager

package certmanager_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/canary"
	"github.com/domaincert/domaincert/test/stage"
)

// chronicle remembers what cert-manager has put into Secrets and what
// DomainCertificates have said, every step of it: what was true for a moment
// only, nobody would see who looks at the end.
type chronicle struct {
	mutex   sync.Mutex
	issued  map[string][]issuance // by the Secret, NAMESPACE/NAME
	answers map[string][]string   // by the object's name and the condition, NAME/TYPE
	keys    []crypto.Signer
}

// issuance is a certificate that cert-manager has put into a Secret.
type issuance struct {
	Fingerprint string
	Leaf        *x509.Certificate
	// At is when the API server told of it.
	At time.Time
}

// follow begins a chronicle. It ends with the suite, container or spec that it
// is begun in.
func follow(s *stage.Stage) *chronicle {
	GinkgoHelper()
	scheme := runtime.NewScheme()
	Expect(corev1.AddToScheme(scheme)).To(Succeed())
	Expect(domaincertv1alpha1.AddToScheme(scheme)).To(Succeed())
	informers, err := cache.New(s.Cluster.Config(), cache.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- informers.Start(ctx) }()
	DeferCleanup(func() {
		cancel()
		Expect(<-ended).To(Succeed())
	})

	c := &chronicle{issued: map[string][]issuance{}, answers: map[string][]string{}}
	for _, kind := range []client.Object{&corev1.Secret{}, &domaincertv1alpha1.DomainCertificate{}} {
		informer, err := informers.GetInformer(ctx, kind)
		Expect(err).NotTo(HaveOccurred())
		_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    c.note,
			UpdateFunc: func(_, now any) { c.note(now) },
		})
		Expect(err).NotTo(HaveOccurred())
	}
	return c
}

func (c *chronicle) note(object any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch object := object.(type) {
	case *corev1.Secret:
		c.noteSecret(object)
	case *domaincertv1alpha1.DomainCertificate:
		for _, condition := range object.Status.Conditions {
			key, answer := object.Name+"/"+condition.Type, fmt.Sprintf("%s %s", condition.Status, condition.Reason)
			if said := c.answers[key]; len(said) == 0 || said[len(said)-1] != answer {
				c.answers[key] = append(said, answer)
			}
		}
	}
}

// noteSecret keeps a pair that is new. The key of one that is being issued lies
// in a Secret without a certificate; it is kept with the certificate then.
func (c *chronicle) noteSecret(secret *corev1.Secret) {
	pair, err := tls.X509KeyPair(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return // no pair
	}
	name, fingerprint := secret.Namespace+"/"+secret.Name, stage.Fingerprint(pair.Leaf)
	if slices.ContainsFunc(c.issued[name], func(earlier issuance) bool { return earlier.Fingerprint == fingerprint }) {
		return
	}
	c.issued[name] = append(c.issued[name], issuance{Fingerprint: fingerprint, Leaf: pair.Leaf, At: time.Now()})
	if key, ok := pair.PrivateKey.(crypto.Signer); ok {
		c.keys = append(c.keys, key)
	}
}

// issuances are the certificates that a Secret has held, the oldest first.
func (c *chronicle) issuances(namespace, secret string) []issuance {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.issued[namespace+"/"+secret])
}

// roots are what a client of the domains trusts: the self-signed root alone.
func (c *chronicle) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, root := range c.issuances(stage.CertManagerNamespace, "root") {
		pool.AddCert(root.Leaf)
	}
	return pool
}

// said are the different answers that an object has given to a question, as
// "STATUS REASON", the oldest first.
func (c *chronicle) said(name, question string) []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.answers[name+"/"+question])
}

// says is the last answer of an object to a question.
func (c *chronicle) says(name, question string) string {
	said := c.said(name, question)
	if len(said) == 0 {
		return ""
	}
	return said[len(said)-1]
}

// saidSinceReady are the answers to Ready since the first yes.
func (c *chronicle) saidSinceReady(name string) []string {
	said := c.said(name, domaincertv1alpha1.ReadyCondition)
	first := slices.IndexFunc(said, func(answer string) bool { return strings.HasPrefix(answer, "True") })
	return said[max(first, 0):]
}

// searcher knows every key that was ever issued.
func (c *chronicle) searcher() *canary.Searcher {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	searcher := &canary.Searcher{}
	for i, key := range c.keys {
		searcher.AddKey(fmt.Sprintf("key %d of cert-manager", i+1), key)
	}
	return searcher
}

func (c *chronicle) keyCount() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.keys)
}

package cdnpro_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

func TestCDNPro(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cdnpro")
}

const (
	domain     = "www.example.com"
	other      = "img.example.com"
	name       = "default-www-12345678"
	accountID  = "wangsu"
	user       = "example_username"
	apiKey     = "example_apiKey"
	propertyID = "2e88917f24ede37603837a43"
	// held is the certificate of a property that has one.
	held = "b23dce5954b2e1a639aa0a45"
	// nodeTimeout ends a spec that would hang without what it tests.
	nodeTimeout = 20 * time.Second
	// taskDuration is how long tasks take where a spec looks at them.
	taskDuration = time.Minute
)

// clock is a clock that specs set.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) read() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}

// world is a simulator with an account at CDN Pro.
type world struct {
	*edgesim.Server
	clock *clock
	ca    testcerts.CA
	// most is the number of requests of the operation that took the most of them.
	most int
}

// newWorld starts a simulator with the properties.
func newWorld(settings edgesim.Settings, properties ...edgesim.CDNProProperty) *world {
	GinkgoHelper()
	w := &world{clock: &clock{now: time.Now()}, ca: testcerts.NewCA("Example")}
	var err error
	w.Server, err = edgesim.Start(edgesim.Config{
		Settings: settings,
		Clock:    w.clock.read,
		Accounts: []edgesim.Account{{ID: accountID, CDNPro: &edgesim.CDNPro{User: user, APIKey: apiKey}}},
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(w.Close)
	for _, property := range properties {
		Expect(w.PutCDNProProperty(accountID, property)).To(Succeed())
	}
	return w
}

// slow makes tasks take a while.
func slow() edgesim.Settings {
	return edgesim.Settings{CDNPro: edgesim.CDNProSettings{TaskDuration: edgesim.Duration(taskDuration)}}
}

// certified starts a simulator whose hostnames share one property with a
// certificate, version 1.
func certified(settings edgesim.Settings, hostnames ...string) *world {
	GinkgoHelper()
	if len(hostnames) == 0 {
		hostnames = []string{domain}
	}
	w := newWorld(settings)
	w.put(edgesim.CDNProCertificate{}, w.issue(hostnames...))
	Expect(w.PutCDNProProperty(accountID, edgesim.CDNProProperty{ID: propertyID, Hostnames: hostnames, CertificateID: held})).To(Succeed())
	w.ClearJournal()
	return w
}

// put makes the bundle a version of a certificate, as somebody at the console would.
func (w *world) put(as edgesim.CDNProCertificate, bundle certbundle.Bundle) {
	GinkgoHelper()
	if as.ID == "" {
		as.ID = held
	}
	as.Certificate, as.PrivateKey = string(bundle.CertificatePEM()), edgesim.Secret(bundle.PrivateKey().Bytes())
	_, _, err := w.PutCDNProCertificate(accountID, as)
	Expect(err).NotTo(HaveOccurred())
}

// issue returns a new bundle for the names.
func (w *world) issue(names ...string) certbundle.Bundle {
	GinkgoHelper()
	return w.issueWith(testcerts.Options{DNSNames: names})
}

func (w *world) issueWith(options testcerts.Options) certbundle.Bundle {
	GinkgoHelper()
	pair := w.ca.Issue(options)
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	return bundle
}

// client is a new client of the simulator, with the account's credentials.
func (w *world) client(change ...func(*cdnpro.Config)) *cdnpro.Client {
	GinkgoHelper()
	return newClient("http://"+w.APIAddress(), append([]func(*cdnpro.Config){func(c *cdnpro.Config) { c.Clock = w.clock.read }}, change...)...)
}

func newClient(endpoint string, change ...func(*cdnpro.Config)) *cdnpro.Client {
	GinkgoHelper()
	config := cdnpro.Config{Endpoint: endpoint, User: user, APIKey: cdnpro.NewAPIKey(apiKey)}
	for _, alter := range change {
		alter(&config)
	}
	client, err := cdnpro.New(config)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	return client
}

// adapter is a new adapter, as after a restart. It is for one at a time, and held to
// the requests that an operation may take.
func (w *world) adapter(to cdnpro.Target) counted {
	GinkgoHelper()
	return counted{w.shared(to), w}
}

// shared is a new adapter for many at a time.
func (w *world) shared(to cdnpro.Target) *cdnpro.Adapter {
	GinkgoHelper()
	return cdnpro.NewAdapter(w.client(func(c *cdnpro.Config) { c.Target = to }))
}

// targetOf is the target of a bundle on the domain of most specs.
func targetOf(bundle certbundle.Bundle) provider.Target {
	return provider.Target{Domain: domain, Name: name, Wanted: bundle.Fingerprint()}
}

// journey is a deployment from its beginning to its end, by the plan's rules and
// with nothing remembered from one call to the next but the handle.
type journey struct {
	// steps are the calls of Deploy, observations those of Observe.
	steps, observations int
	// most is the number of requests of the call that took the most of them.
	most int
	last provider.Observation
	// handle is what the last Deploy returned.
	handle provider.Handle
	// refused are the errors of both.
	refused []*provider.Error
}

// travel deploys the bundle as the operator would, with a new adapter for each call.
// Forgetful, it does not even keep the handle.
func (w *world) travel(ctx context.Context, to cdnpro.Target, target provider.Target, bundle certbundle.Bundle, forgetful bool) journey {
	GinkgoHelper()
	const rounds = 24
	var j journey
	begun := false
	for range rounds {
		observation, err := w.adapter(to).Observe(ctx, target)
		if err != nil {
			j.refused = append(j.refused, provider.AsError(err))
			continue
		}
		j.observations, j.last = j.observations+1, observation
		j.most = max(j.most, observation.Calls)
		if observation.Found && observation.Fingerprint == bundle.Fingerprint() {
			return j
		}
		if observation.Pending || begun && !observation.Unfinished {
			w.clock.pass(taskDuration / 2)
			continue
		}
		handle, err := w.adapter(to).Deploy(ctx, target, bundle)
		j.steps++
		if err != nil {
			j.refused = append(j.refused, provider.AsError(err))
			w.clock.pass(time.Second)
			continue
		}
		Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()))
		j.handle, begun, j.most = handle, true, max(j.most, handle.Calls)
		if !forgetful {
			target.Known = handle
		}
	}
	Fail("the certificate was not deployed")
	return j
}

// made are the changing requests in the journal, in order.
func (w *world) made() []string {
	return w.requests(func(entry edgesim.Entry) bool { return !strings.HasPrefix(entry.Operation, "GET ") })
}

// effects are the changing requests that took effect.
func (w *world) effects() []string {
	return w.requests(func(entry edgesim.Entry) bool { return entry.Applied })
}

// requests are some of the requests in the journal, in order.
func (w *world) requests(counts func(edgesim.Entry) bool) []string {
	made := []string{}
	for _, entry := range w.Journal(edgesim.Query{}) {
		if counts(entry) {
			operation := entry.Operation
			if entry.CDNPro != nil && entry.CDNPro.Target != "" {
				operation += " " + string(entry.CDNPro.Target)
			}
			made = append(made, operation)
		}
	}
	return made
}

// calls counts the requests in the journal.
func (w *world) calls() int { return len(w.Journal(edgesim.Query{})) }

// versions are the fingerprints of a certificate's versions.
func (w *world) versions(id string) []string {
	GinkgoHelper()
	all := w.CDNProCertificates(accountID)
	i := slices.IndexFunc(all, func(c edgesim.CDNProCertificateState) bool { return c.ID == id })
	Expect(i).To(BeNumerically(">=", 0), "there is no certificate %s", id)
	var prints []string
	for _, version := range all[i].Versions {
		prints = append(prints, version.Fingerprint)
	}
	return prints
}

// inject adds a fault.
func (w *world) inject(fault edgesim.Fault) {
	GinkgoHelper()
	_, err := w.AddFault(fault)
	Expect(err).NotTo(HaveOccurred())
}

// expectFailure checks an error's kind and what holds for every error.
func expectFailure(err error, kind provider.Kind) *provider.Error {
	GinkgoHelper()
	Expect(err).To(HaveOccurred())
	failure, ok := err.(*provider.Error) //nolint:errorlint // the very type is the promise
	Expect(ok).To(BeTrue(), "%T is not a *provider.Error", err)
	Expect(failure.Kind).To(Equal(kind), "%v", failure)
	Expect(len(failure.Error())).To(BeNumerically("<=", 512))
	Expect(failure.Error()).NotTo(ContainSubstring(apiKey))
	return failure
}

//go:build faults

package trouble_test

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// identify is the call of an account that is asked whose it is.
const identify fake.Method = "Identify"

// call is one that was made to an account.
type call struct {
	method fake.Method
	domain string
	at     time.Time
	failed *provider.Error
}

// cloud is an account at a provider that takes some time for each call, has a quota
// of changes in a sliding second, and fails as it is told.
type cloud struct {
	*fake.Provider
	id      string
	latency time.Duration

	mu      sync.Mutex
	quota   int
	failure *provider.Error
	calls   []call
	taken   []time.Time
	// rival is told of each domain that is about to be seen, or was changed.
	rival func(made fake.Method, domain string)
}

var (
	_ provider.Provider   = (*cloud)(nil)
	_ controllers.Account = (*cloud)(nil)
)

func newCloud(id string) *cloud { return &cloud{Provider: fake.New(), id: id} }

// fail has every call fail from now on, or none.
func (c *cloud) fail(failure *provider.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = failure
}

// fight has somebody else be told of what is done, or nobody.
func (c *cloud) fight(rival func(made fake.Method, domain string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rival = rival
}

func (c *cloud) tell(made fake.Method, domain string) {
	c.mu.Lock()
	rival := c.rival
	c.mu.Unlock()
	if rival != nil {
		rival(made, domain)
	}
}

// allow sets the quota of changes in a second, zero for none.
func (c *cloud) allow(quota int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quota = quota
}

// take counts a change, of whoever makes it.
func (c *cloud) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for len(c.taken) > 0 && now.Sub(c.taken[0]) >= time.Second {
		c.taken = c.taken[1:]
	}
	if c.quota > 0 && len(c.taken) >= c.quota {
		return false
	}
	c.taken = append(c.taken, now)
	return true
}

// admit lets time pass, and says what a call comes to.
func (c *cloud) admit(method fake.Method, domain string) error {
	time.Sleep(c.latency / 2)
	defer time.Sleep(c.latency / 2)
	c.mu.Lock()
	failed := c.failure
	c.mu.Unlock()
	if failed == nil && method == fake.Deploy && !c.take() {
		failed = &provider.Error{Kind: provider.Throttled, Operation: string(method), Code: "Throttling.Api", Status: http.StatusBadRequest}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call{method, domain, time.Now(), failed})
	if failed == nil {
		return nil
	}
	return failed
}

// since are the calls of some methods, or of all, from a time on.
func (c *cloud) since(from time.Time, methods ...fake.Method) []call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []call
	for _, made := range c.calls {
		wanted := len(methods) == 0
		for _, method := range methods {
			wanted = wanted || made.method == method
		}
		if wanted && !made.at.Before(from) {
			found = append(found, made)
		}
	}
	return found
}

// accepted are those of some calls that did not fail.
func accepted(calls []call) []call {
	var found []call
	for _, made := range calls {
		if made.failed == nil {
			found = append(found, made)
		}
	}
	return found
}

// before are those of some calls that were made before a time.
func before(calls []call, end time.Time) []call {
	var found []call
	for _, made := range calls {
		if made.at.Before(end) {
			found = append(found, made)
		}
	}
	return found
}

// byDomain counts calls.
func byDomain(calls []call) map[string]int {
	counts := map[string]int{}
	for _, made := range calls {
		counts[made.domain]++
	}
	return counts
}

// Observe implements provider.Provider.
func (c *cloud) Observe(ctx context.Context, target provider.Target) (provider.Observation, error) {
	if err := c.admit(fake.Observe, target.Domain); err != nil {
		return provider.Observation{}, err
	}
	c.tell(fake.Observe, target.Domain)
	return c.Provider.Observe(ctx, target)
}

// Deploy implements provider.Provider.
func (c *cloud) Deploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	if err := c.admit(fake.Deploy, target.Domain); err != nil {
		return provider.Handle{}, err
	}
	handle, err := c.Provider.Deploy(ctx, target, bundle)
	if err == nil {
		c.tell(fake.Deploy, target.Domain)
	}
	return handle, err
}

// Withdraw implements provider.Provider.
func (c *cloud) Withdraw(ctx context.Context, target provider.Target) error {
	if err := c.admit(fake.Withdraw, target.Domain); err != nil {
		return err
	}
	return c.Provider.Withdraw(ctx, target)
}

// Access implements controllers.Account.
func (c *cloud) Access(string) controllers.Access { return controllers.Access{Provider: c} }

// Identify implements controllers.Account.
func (c *cloud) Identify(context.Context) (string, error) {
	if err := c.admit(identify, ""); err != nil {
		return "", err
	}
	return c.id, nil
}

// Close implements controllers.Account.
func (c *cloud) Close() {}

// overwrite puts another's certificate on a domain.
func (c *cloud) overwrite(domain string, pair testcerts.Pair) {
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	if err != nil {
		panic(err)
	}
	c.Put(domain, bundle)
}

// product is what the operator knows of the clouds, which it finds by the region of
// the spec.
func product(clouds map[string]*cloud) controllers.Product {
	return controllers.Product{
		Quota:      provider.Quota{DeployPerSecond: 30, ObservePerSecond: 100},
		SecretKeys: []string{domaincertv1alpha1.AccessKeyIDKey, domaincertv1alpha1.AccessKeySecretKey},
		Open: func(spec *domaincertv1alpha1.EdgeProviderSpec, _ controllers.Material) (controllers.Account, error) {
			return clouds[spec.AlibabaCloud.Region], nil
		},
	}
}

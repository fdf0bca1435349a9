package aliyun_test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	userAccount  = "1000000000000001"
	roleAccount  = "1000000000000002"
	rolePrefix   = "acs:ram::" + roleAccount + ":role/"
	federatedARN = rolePrefix + "federated"
	targetARN    = rolePrefix + "target"
	lastARN      = rolePrefix + "last"
	providerARN  = "acs:ram::" + roleAccount + ":oidc-provider/cluster"
	externalID   = "test-external-id"
	oidcToken    = "test-oidc-token"
)

// clock is a clock that specs move, on both sides.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}

// cloud is a simulated account with a RAM user, and another with roles, whose
// sessions last a minute.
type cloud struct {
	*edgesim.Server
	clock *clock
	// endpoint of the APIs, metadata service and credentials URI, over HTTP or
	// TLS.
	endpoint, metadata, uri string
	roots                   *x509.CertPool
	// signature version of all calls.
	signature string
	accounts  []edgesim.Account
}

func newCloud() *cloud {
	GinkgoHelper()
	c := &cloud{clock: &clock{now: time.Now()}}
	c.accounts = []edgesim.Account{
		{ID: userAccount, Keys: []edgesim.AccessKey{
			{ID: accessKeyID, Secret: accessSecret, User: "operator"},
			{ID: "root", Secret: accessSecret},
		}},
		{ID: roleAccount, Roles: []edgesim.Role{
			{Name: "federated", SessionLife: edgesim.Minute,
				OIDC: &edgesim.OIDCTrust{ProviderARN: providerARN, Tokens: []edgesim.Secret{oidcToken}}},
			{Name: "instance", SessionLife: edgesim.Minute, Instance: true},
			{Name: "target", SessionLife: edgesim.Minute, ExternalID: externalID,
				TrustedKeys: []string{accessKeyID, "root"}, TrustedRoles: []string{federatedARN, rolePrefix + "instance"}},
			{Name: "last", SessionLife: edgesim.Minute, TrustedRoles: []string{targetARN}},
		}},
	}
	sim, err := edgesim.Start(edgesim.Config{Clock: c.clock.Now, Accounts: c.accounts})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(sim.Close)
	c.Server = sim
	c.endpoint, c.metadata, c.uri = "http://"+sim.APIAddress(), sim.MetadataAddress(), sim.CredentialsURI()
	return c
}

// overTLS makes everything be asked over TLS. The metadata service has none of
// its own.
func (c *cloud) overTLS() *cloud {
	GinkgoHelper()
	plain, err := url.Parse("http://" + c.MetadataAddress())
	Expect(err).NotTo(HaveOccurred())
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(plain))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	DeferCleanup(front.Close)
	c.roots = x509.NewCertPool()
	c.roots.AddCert(front.Certificate())
	Expect(c.roots.AppendCertsFromPEM(c.CAPEM())).To(BeTrue())
	c.endpoint, c.metadata = c.APITLSAddress(), front.URL
	c.uri = strings.Replace(c.CredentialsURI(), plain.String(), front.URL, 1)
	return c
}

func (c *cloud) exchange() aliyun.Exchange {
	return aliyun.Exchange{STSEndpoint: c.endpoint, MetadataEndpoint: c.metadata, RootCAs: c.roots,
		SignatureVersion: c.signature, Clock: c.clock.Now, CallTimeout: 5 * time.Second}
}

// client makes a client that asks who it is.
func (c *cloud) client(credentials aliyun.Credentials) *aliyun.Client {
	GinkgoHelper()
	return newClient(c.endpoint, func(config *aliyun.Config) {
		config.Credentials, config.RootCAs, config.SignatureVersion = credentials, c.roots, c.signature
	})
}

// count is how many calls of an operation had an outcome; any if it is empty.
func (c *cloud) count(operation, outcome string) int {
	return len(c.Journal(edgesim.Query{Operation: operation, Outcome: outcome}))
}

// signers are the access keys that GetCallerIdentity was called with, in order.
func (c *cloud) signers() []string {
	var ids []string
	for _, entry := range c.Journal(edgesim.Query{Operation: identify}) {
		ids = append(ids, entry.AccessKeyID)
	}
	return ids
}

// change changes a role while the cloud is running.
func (c *cloud) change(name string, change func(*edgesim.Role)) {
	GinkgoHelper()
	roles := c.accounts[1].Roles
	change(&roles[slices.IndexFunc(roles, func(r edgesim.Role) bool { return r.Name == name })])
	Expect(c.PutAccount(c.accounts[1])).To(Succeed())
}

func (c *cloud) fault(f edgesim.Fault) {
	GinkgoHelper()
	_, err := c.AddFault(f)
	Expect(err).NotTo(HaveOccurred())
}

const (
	identify   = "GetCallerIdentity"
	assume     = "AssumeRole"
	assumeOIDC = "AssumeRoleWithOIDC"
)

// token is a source that always has the same token.
func token(text string) aliyun.TokenSource {
	return func(context.Context) (string, error) { return text, nil }
}

// federated is the role that is assumed with an OIDC token.
func federated() aliyun.OIDC {
	return aliyun.OIDC{RoleARN: federatedARN, ProviderARN: providerARN, Token: token(oidcToken)}
}

// target is the role that is assumed with other credentials.
func target() aliyun.Role { return aliyun.Role{ARN: targetARN, ExternalID: externalID} }

// must returns credentials that were made without error.
func must(credentials aliyun.Credentials, err error) aliyun.Credentials {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return credentials
}

// arms are all kinds of credentials.
func arms() map[string]func(*cloud) (aliyun.Credentials, error) {
	return map[string]func(*cloud) (aliyun.Credentials, error){
		"access key": func(*cloud) (aliyun.Credentials, error) {
			return aliyun.AccessKey(accessKeyID, accessSecret, "")
		},
		"OIDC": func(c *cloud) (aliyun.Credentials, error) { return aliyun.FromOIDC(federated(), c.exchange()) },
		"OIDC by file": func(c *cloud) (aliyun.Credentials, error) {
			path := filepath.Join(GinkgoT().TempDir(), "token")
			Expect(os.WriteFile(path, []byte(oidcToken+"\n"), 0o600)).To(Succeed())
			role := federated()
			role.Token = aliyun.TokenFile(path)
			return aliyun.FromOIDC(role, c.exchange())
		},
		"ECS role by name": func(c *cloud) (aliyun.Credentials, error) {
			return aliyun.FromECSRAMRole("instance", c.exchange())
		},
		"ECS role": func(c *cloud) (aliyun.Credentials, error) { return aliyun.FromECSRAMRole("", c.exchange()) },
		"URI":      func(c *cloud) (aliyun.Credentials, error) { return aliyun.FromURI(c.uri, c.exchange()) },
		"default chain": func(c *cloud) (aliyun.Credentials, error) {
			GinkgoT().Setenv("HOME", GinkgoT().TempDir())
			GinkgoT().Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
			GinkgoT().Setenv("ALIBABA_CLOUD_CREDENTIALS_URI", c.CredentialsURI())
			return aliyun.FromDefaultChain()
		},
	}
}

var _ = Describe("Credentials of every kind", func() {
	for _, name := range slices.Sorted(maps.Keys(arms())) {
		arm, account := arms()[name], roleAccount
		if name == "access key" {
			account = userAccount
		}
		for _, way := range []struct {
			name      string
			tls       bool
			signature string
		}{{"HTTP, V3", false, aliyun.SignatureV3}, {"TLS, V3", true, aliyun.SignatureV3}, {"TLS, V1", true, aliyun.SignatureV1}} {
			It("are good for calls, and to assume roles with: "+name+", "+way.name, func(ctx SpecContext) {
				at := newCloud()
				at.signature = way.signature
				if way.tls {
					at.overTLS()
				}
				own := must(arm(at))
				Expect(at.client(own).Identify(ctx)).To(Equal(account))
				assumed := must(own.AssumeRole(target(), at.exchange()))
				Expect(at.client(assumed).Identify(ctx)).To(Equal(roleAccount))
				last := must(assumed.AssumeRole(aliyun.Role{ARN: lastARN, SessionName: "named"}, at.exchange()))
				Expect(at.client(last).Identify(ctx)).To(Equal(roleAccount))
				Expect(at.count(assume, edgesim.OutcomeOK)).To(Equal(2), "one session each")
				Expect(at.Journal(edgesim.Query{})).To(HaveEach(HaveField("KeyInURL", false)))
				roles := at.Journal(edgesim.Query{Operation: assume})
				Expect(roles[0].Role).To(Equal("target/domaincert"))
				Expect(roles[1].Role).To(Equal("last/named"))
			}, NodeTimeout(nodeTimeout))
		}
	}
})

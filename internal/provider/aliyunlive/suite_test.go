package aliyunlive_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

func TestAliyunLive(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "aliyunlive")
}

const (
	domain    = "live.example.com"
	name      = "default-live-12345678"
	accountID = "1000000000000001"
	keyID     = "test-access-key-id"
	keySecret = "test-access-key-secret"
	// nodeTimeout ends a spec that would hang without what it tests.
	nodeTimeout = 20 * time.Second
)

// target is the domain of most specs.
func target() provider.Target { return provider.Target{Domain: domain, Name: name} }

// newBundle issues a certificate for the names.
func newBundle(ca testcerts.CA, options testcerts.Options) certbundle.Bundle {
	GinkgoHelper()
	pair := ca.Issue(options)
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	return bundle
}

// aBundle is a certificate for the domain of most specs.
func aBundle() certbundle.Bundle {
	GinkgoHelper()
	return newBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{domain}})
}

// newClient makes a client of an endpoint, as the account of newSimulator.
func newClient(endpoint string, change ...func(*aliyun.Config)) *aliyun.Client {
	GinkgoHelper()
	credentials, err := aliyun.AccessKey(keyID, keySecret, "")
	Expect(err).NotTo(HaveOccurred())
	config := aliyun.Config{Endpoint: endpoint, STSEndpoint: endpoint, Credentials: credentials}
	for _, alter := range change {
		alter(&config)
	}
	client, err := aliyun.New(config)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	return client
}

func signature(version string) func(*aliyun.Config) {
	return func(c *aliyun.Config) { c.SignatureVersion = version }
}

// newSimulator starts a simulator with one account and its domains.
func newSimulator(settings edgesim.Settings, domains ...edgesim.Domain) *edgesim.Server {
	GinkgoHelper()
	simulator, err := edgesim.Start(edgesim.Config{
		Settings: settings,
		Accounts: []edgesim.Account{{
			ID:      accountID,
			Keys:    []edgesim.AccessKey{{ID: keyID, Secret: keySecret}},
			Domains: domains,
		}},
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(simulator.Close)
	return simulator
}

// newAdapter is an adapter of a simulator.
func newAdapter(simulator *edgesim.Server, change ...func(*aliyun.Config)) *aliyunlive.Adapter {
	GinkgoHelper()
	return aliyunlive.New(newClient("http://"+simulator.APIAddress(), change...))
}

// operations are the operations in a journal, in order.
func operations(simulator *edgesim.Server) []string {
	made := []string{}
	for _, entry := range simulator.Journal(edgesim.Query{}) {
		made = append(made, entry.Operation)
	}
	return made
}

// answers says by operation how a scripted server answers.
type answers map[string]func(form url.Values) (status int, body any)

// scripted starts a server with the answers; an operation without one fails the
// spec.
func scripted(script answers) *aliyunlive.Adapter {
	GinkgoHelper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		defer GinkgoRecover()
		Expect(request.ParseForm()).To(Succeed())
		action := request.Header.Get("x-acs-action")
		Expect(script).To(HaveKey(action))
		status, body := script[action](request.PostForm)
		w.WriteHeader(status)
		Expect(json.NewEncoder(w).Encode(body)).To(Succeed())
	}))
	DeferCleanup(server.Close)
	return aliyunlive.New(newClient(server.URL))
}

// refusing answers with a code.
func refusing(status int, code, message string) func(url.Values) (int, any) {
	return func(url.Values) (int, any) {
		return status, map[string]string{"Code": code, "Message": message, "RequestId": "R-1", "HostId": "live"}
	}
}

// accepting answers with success and no more.
func accepting(url.Values) (int, any) { return http.StatusOK, map[string]string{"RequestId": "R-1"} }

// expectFailure checks an error's kind and what holds for every error.
func expectFailure(err error, kind provider.Kind) *provider.Error {
	GinkgoHelper()
	Expect(err).To(HaveOccurred())
	failure, ok := err.(*provider.Error) //nolint:errorlint // the very type is the promise
	Expect(ok).To(BeTrue(), "%T is not a *provider.Error", err)
	Expect(failure.Kind).To(Equal(kind), "%v", failure)
	Expect(len(failure.Error())).To(BeNumerically("<=", 512))
	return failure
}

// deploy puts a bundle on the target and expects success.
func deploy(ctx context.Context, adapter *aliyunlive.Adapter, t provider.Target, bundle certbundle.Bundle) provider.Handle {
	GinkgoHelper()
	handle, err := adapter.Deploy(ctx, t, bundle)
	Expect(err).NotTo(HaveOccurred())
	return handle
}

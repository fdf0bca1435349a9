package aliyuncas_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

func TestAliyunCAS(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "aliyuncas")
}

const (
	domain    = "www.example.com"
	name      = "default-www-12345678"
	accountID = "1000000000000001"
	keyID     = "test-access-key-id"
	keySecret = "test-access-key-secret"
)

// The operations of the adapter.
const (
	list   = "ListUserCertificateOrder"
	detail = "GetUserCertificateDetail"
	upload = "UploadUserCertificate"
	remove = "DeleteUserCertificate"
)

// target is the object of most specs.
func target() provider.Target { return provider.Target{Domain: domain, Name: name} }

// naming is the target with a certificate that lives at the provider.
func naming(id, name string) provider.Target {
	t := target()
	t.Existing = &provider.Existing{Type: provider.ExistingCAS, ID: id, Name: name}
	return t
}

// newBundle issues a certificate.
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

// newSimulator starts a simulator with one account.
func newSimulator(settings edgesim.Settings, account edgesim.Account) *edgesim.Server {
	GinkgoHelper()
	account.ID, account.Keys = accountID, []edgesim.AccessKey{{ID: keyID, Secret: keySecret}}
	simulator, err := edgesim.Start(edgesim.Config{Settings: settings, Accounts: []edgesim.Account{account}})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(simulator.Close)
	return simulator
}

// newAdapter is an adapter of a simulator that asks no product.
func newAdapter(simulator *edgesim.Server) *aliyuncas.Adapter {
	GinkgoHelper()
	return aliyuncas.New(newClient("http://"+simulator.APIAddress()), nil)
}

// answers says by operation how a scripted server answers.
type answers map[string]func(form url.Values) (status int, body any)

// scripted starts a server with the answers; an operation without one fails the
// spec.
func scripted(script answers) *aliyun.Client {
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
	return newClient(server.URL)
}

// replying answers with success and these fields.
func replying(fields map[string]any) func(url.Values) (int, any) {
	return func(url.Values) (int, any) {
		reply := map[string]any{"RequestId": "R-1"}
		for field, value := range fields {
			reply[field] = value
		}
		return http.StatusOK, reply
	}
}

// refusing answers with a code.
func refusing(status int, code string) func(url.Values) (int, any) {
	return func(url.Values) (int, any) {
		return status, map[string]string{"Code": code, "Message": "a message that may repeat a secret", "RequestId": "R-1"}
	}
}

// expectFailure checks an error's kind and what holds for every error.
func expectFailure(err error, kind provider.Kind) *provider.Error {
	GinkgoHelper()
	Expect(err).To(HaveOccurred())
	failure, ok := err.(*provider.Error) //nolint:errorlint // the very type is the promise
	Expect(ok).To(BeTrue(), "%T is not a *provider.Error", err)
	Expect(failure.Kind).To(Equal(kind), "%v", failure)
	Expect(len(failure.Error())).To(BeNumerically("<=", 512))
	Expect(failure.Advice).NotTo(BeEmpty())
	return failure
}

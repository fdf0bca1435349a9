package aliyun_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

func TestAliyun(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "aliyun")
}

const (
	accessKeyID   = "test-access-key-id"
	accessSecret  = "test-access-key-secret"
	securityToken = "test-security-token"
	// canary stands for a private key: it is sent with every request and must
	// come back in no error.
	canary = "canary MC4CAQAwBQYDK2VwBCIEIH+/= key"
)

// proxy is in the environment of the whole suite, with a password, so that
// every spec proves what it does with it. The variable is read once per
// process.
var proxy *recorder

var _ = BeforeSuite(func() {
	proxy = newRecorder(tunnel)
	at, err := url.Parse(proxy.URL)
	Expect(err).NotTo(HaveOccurred())
	at.User = url.UserPassword("proxy-user", "proxy-password")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		Expect(os.Setenv(name, at.String())).To(Succeed())
	}
	Expect(os.Setenv("NO_PROXY", unresolvable)).To(Succeed())
	DeferCleanup(proxy.Close)
})

// unresolvable is no domain name, which a resolver sees without asking anyone.
const unresolvable = "no..name"

// recorded is a request as a server saw it.
type recorded struct {
	method, uri, host string
	header            http.Header
	form              url.Values
}

// recorder is a server that remembers its requests.
type recorder struct {
	*httptest.Server
	mutex    sync.Mutex
	requests []recorded
}

func newRecorder(answer http.HandlerFunc) *recorder {
	r := &recorder{}
	r.Server = httptest.NewServer(r.recording(answer))
	return r
}

func (r *recorder) recording(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		seen := recorded{method: request.Method, uri: request.RequestURI, host: request.Host, header: request.Header}
		if request.ParseForm() == nil {
			seen.form = request.PostForm
		}
		r.mutex.Lock()
		r.requests = append(r.requests, seen)
		r.mutex.Unlock()
		answer(w, request)
	})
}

func (r *recorder) seen() []recorded {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]recorded(nil), r.requests...)
}

// serve starts a recorder for one spec.
func serve(answer http.HandlerFunc) *recorder {
	GinkgoHelper()
	server := newRecorder(answer)
	DeferCleanup(server.Close)
	return server
}

// answering answers every request with the same status and body.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		mustWrite(w, body)
	}
}

func mustWrite(w http.ResponseWriter, body string) {
	if _, err := w.Write([]byte(body)); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// keys are the credentials of most specs.
func keys() aliyun.Credentials {
	GinkgoHelper()
	credentials, err := aliyun.AccessKey(accessKeyID, accessSecret, securityToken)
	Expect(err).NotTo(HaveOccurred())
	return credentials
}

// newClient makes a client of the endpoint; change may alter its configuration.
func newClient(endpoint string, change ...func(*aliyun.Config)) *aliyun.Client {
	GinkgoHelper()
	config := aliyun.Config{Endpoint: endpoint, STSEndpoint: endpoint, Credentials: keys(), CallTimeout: 10 * time.Second}
	for _, alter := range change {
		alter(&config)
	}
	client, err := aliyun.New(config)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	return client
}

func timeout(d time.Duration) func(*aliyun.Config) {
	return func(c *aliyun.Config) { c.CallTimeout = d }
}

func signature(version string) func(*aliyun.Config) {
	return func(c *aliyun.Config) { c.SignatureVersion = version }
}

// set is an operation that carries a key.
func set() (aliyun.Operation, map[string]string) {
	return aliyun.Operation{Action: "SetThing", Version: "2016-11-01"},
		map[string]string{"DomainName": ".example.com", "SSLPri": canary}
}

// expectError checks what holds for every error, and returns it.
func expectError(err error) *provider.Error {
	GinkgoHelper()
	Expect(err).To(HaveOccurred())
	failure, ok := err.(*provider.Error) //nolint:errorlint // the very type is the promise
	Expect(ok).To(BeTrue(), "%T is not a *provider.Error", err)
	for _, secret := range []string{canary, url.QueryEscape(canary), "MC4CAQAwBQYDK2VwBCIEIH", accessSecret, securityToken, "proxy-password"} {
		Expect(strings.Join([]string{
			failure.Error(), failure.Host, failure.Code, failure.RequestID, failure.Advice, failure.Operation,
		}, " ")).NotTo(ContainSubstring(secret))
	}
	Expect(failure.Error()).NotTo(ContainSubstring("http://"))
	return failure
}

package aliyuncas_test

import (
	"net/http"
	"net/url"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

func TestAliyunCAS(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "aliyuncas")
}

const (
	domain = "www.example.com"
	name   = "default-www-12345678"
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
	return alibaba.NewBundle(ca, options)
}

// aBundle is a certificate for the domain of most specs.
func aBundle() certbundle.Bundle {
	GinkgoHelper()
	return newBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{domain}})
}

// newSimulator starts a simulator with an account that has some certificates.
func newSimulator(settings edgesim.Settings, certificates ...edgesim.ProvidedCertificate) *edgesim.Server {
	GinkgoHelper()
	simulator := alibaba.NewSimulator(settings)
	Expect(simulator.PutAccount(edgesim.Account{ID: alibaba.AccountID, Certificates: certificates,
		Keys: []edgesim.AccessKey{{ID: alibaba.KeyID, Secret: alibaba.KeySecret}}})).To(Succeed())
	return simulator
}

// newAdapter is an adapter of a simulator that asks no product.
func newAdapter(simulator *edgesim.Server) *aliyuncas.Adapter {
	GinkgoHelper()
	return aliyuncas.New(alibaba.NewClient("http://"+simulator.APIAddress()), nil)
}

// answers says by operation how a scripted server answers.
type answers = alibaba.Answers

// scripted starts a server with the answers; an operation without one fails the
// spec.
func scripted(script answers) *aliyun.Client {
	GinkgoHelper()
	return alibaba.Scripted(script)
}

// replying answers with success and these fields.
func replying(fields map[string]any) alibaba.Answer {
	return func(url.Values) (int, any) {
		reply := map[string]any{"RequestId": "R-1"}
		for field, value := range fields {
			reply[field] = value
		}
		return http.StatusOK, reply
	}
}

// refusing answers with a code.
func refusing(status int, code string) alibaba.Answer {
	return alibaba.Refusing(status, code, "a message that may repeat a secret")
}

// expectFailure checks an error's kind and what holds for every error.
func expectFailure(err error, kind provider.Kind) *provider.Error {
	GinkgoHelper()
	failure := alibaba.ExpectFailure(err, kind)
	Expect(failure.Advice).NotTo(BeEmpty())
	return failure
}

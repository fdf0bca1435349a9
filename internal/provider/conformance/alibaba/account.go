// Package alibaba holds what the specs of Alibaba Cloud's adapters share: an
// account at the simulator, servers that answer as scripted, and the proof that
// nothing tells a private key.
package alibaba

import (
	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// The account of all specs.
const (
	AccountID = "1000000000000001"
	KeyID     = "test-access-key-id"
	KeySecret = "test-access-key-secret"
)

// SignatureVersions are the versions of the signature.
func SignatureVersions() []string { return []string{aliyun.SignatureV3, aliyun.SignatureV1} }

// Signature chooses a version of the signature for [NewClient].
func Signature(version string) func(*aliyun.Config) {
	return func(c *aliyun.Config) { c.SignatureVersion = version }
}

// NewClient makes a client of an endpoint, as the account of [NewSimulator].
func NewClient(endpoint string, change ...func(*aliyun.Config)) *aliyun.Client {
	ginkgo.GinkgoHelper()
	credentials, err := aliyun.AccessKey(KeyID, KeySecret, "")
	Expect(err).NotTo(HaveOccurred())
	config := aliyun.Config{Endpoint: endpoint, STSEndpoint: endpoint, Credentials: credentials}
	for _, alter := range change {
		alter(&config)
	}
	client, err := aliyun.New(config)
	Expect(err).NotTo(HaveOccurred())
	ginkgo.DeferCleanup(client.Close)
	return client
}

// NewSimulator starts a simulator with one account and its domains.
func NewSimulator(settings edgesim.Settings, domains ...edgesim.Domain) *edgesim.Server {
	ginkgo.GinkgoHelper()
	simulator, err := edgesim.Start(edgesim.Config{
		Settings: settings,
		Accounts: []edgesim.Account{{
			ID:      AccountID,
			Keys:    []edgesim.AccessKey{{ID: KeyID, Secret: KeySecret}},
			Domains: domains,
		}},
	})
	Expect(err).NotTo(HaveOccurred())
	ginkgo.DeferCleanup(simulator.Close)
	return simulator
}

// NewBundle issues a certificate for the names.
func NewBundle(ca testcerts.CA, options testcerts.Options) certbundle.Bundle {
	ginkgo.GinkgoHelper()
	pair := ca.Issue(options)
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	return bundle
}

// Operations are the operations in a journal, in order.
func Operations(simulator *edgesim.Server) []string {
	made := []string{}
	for _, entry := range simulator.Journal(edgesim.Query{}) {
		made = append(made, entry.Operation)
	}
	return made
}

//go:build witness

package witness_test

import (
	"crypto/rsa"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	keyID     = "witness-id"
	keySecret = "witness secret/with+signs=*~" // what has to be encoded, if anything has
	token     = "token+/=*~"
	tokenID   = "witness-session"

	// userID is the key of a RAM user who may assume the role.
	userID     = "witness-user"
	roleARN    = "acs:ram::" + accountID + ":role/witness"
	externalID = "witness:external=id"
	accountID  = "1000000000000001"
)

// start starts a simulator with an account that the keys belong to, and that has a
// role and a domain of each product.
func start() *edgesim.Server {
	GinkgoHelper()
	var domains []edgesim.Domain
	for _, p := range []product{live(), cdn(), dcdn(), vod()} {
		domains = append(domains, edgesim.Domain{Name: p.domain(), Product: p.name})
	}
	sim, err := edgesim.Start(edgesim.Config{Accounts: []edgesim.Account{{
		ID: accountID,
		Keys: []edgesim.AccessKey{
			{ID: keyID, Secret: keySecret},
			{ID: tokenID, Secret: keySecret, SecurityToken: token, User: "role/session"},
			{ID: userID, Secret: keySecret, User: "user"},
		},
		Roles:   []edgesim.Role{{Name: "witness", TrustedKeys: []string{userID}, ExternalID: externalID}},
		Domains: domains,
	}}})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(sim.Close)
	return sim
}

// configure changes settings of a running simulator.
func configure(sim *edgesim.Server, change func(*edgesim.Settings)) {
	GinkgoHelper()
	settings := sim.Settings()
	change(&settings)
	Expect(sim.SetSettings(settings)).To(Succeed())
}

// of sets the client up for a simulator.
func (c client) of(sim *edgesim.Server) client {
	c.Endpoint = sim.APIAddress()
	if c.Key == (key{}) {
		c.Key = key{ID: keyID, Secret: keySecret}
	}
	return c
}

// certificate is a certificate of an authority of its own, in the forms that those
// who meet here take.
type certificate struct {
	pub, pri    string
	fingerprint string
	bundle      certbundle.Bundle
	root        []byte
}

// issue makes a certificate.
func issue(name string) certificate {
	GinkgoHelper()
	ca := testcerts.NewCA("Witness")
	pair := ca.Issue(testcerts.Options{DNSNames: []string{name}})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	Expect(err).NotTo(HaveOccurred())
	encoded := testcerts.SEC1
	if _, isRSA := pair.Signer.(*rsa.PrivateKey); isRSA {
		encoded = testcerts.PKCS1
	}
	return certificate{string(pair.CertificatePEM), string(encoded(pair.Signer)), pair.Fingerprint, bundle, ca.RootPEM()}
}

// operator is the operator's own client of the simulator.
func operator(sim *edgesim.Server) *aliyun.Client {
	GinkgoHelper()
	credentials, err := aliyun.AccessKey(keyID, keySecret, "")
	Expect(err).NotTo(HaveOccurred())
	client, err := aliyun.New(aliyun.Config{Endpoint: "http://" + sim.APIAddress(), STSEndpoint: "http://" + sim.APIAddress(), Credentials: credentials})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	return client
}

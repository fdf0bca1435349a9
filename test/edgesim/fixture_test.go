package edgesim_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	accountID      = "1000000000000001"
	otherAccountID = "1000000000000002"
	keyID          = "test-id"
	keySecret      = "test-secret"
	domainName     = "live.example.com"
	setOperation   = "SetLiveDomainCertificate"
	describe       = "DescribeLiveDomainCertificateInfo"
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// start starts a simulator with the account that newClient calls for.
func start(change ...func(*edgesim.Config)) *edgesim.Server {
	GinkgoHelper()
	config := edgesim.Config{Accounts: []edgesim.Account{{
		ID:      accountID,
		Keys:    []edgesim.AccessKey{{ID: keyID, Secret: keySecret}},
		Domains: []edgesim.Domain{{Name: domainName}, {Name: "two.example.com"}, {Name: ".wild.example.com"}},
	}}}
	for _, apply := range change {
		apply(&config)
	}
	sim, err := edgesim.Start(config)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(sim.Close)
	return sim
}

// mustSet changes settings of a running simulator.
func mustSet(sim *edgesim.Server, change func(*edgesim.Settings)) {
	GinkgoHelper()
	settings := sim.Settings()
	change(&settings)
	Expect(sim.SetSettings(settings)).To(Succeed())
}

// mustFault adds a fault.
func mustFault(sim *edgesim.Server, f edgesim.Fault) string {
	GinkgoHelper()
	id, err := sim.AddFault(f)
	Expect(err).NotTo(HaveOccurred())
	return id
}

// upload is a certificate as it is sent to the API.
type upload struct {
	pub, pri    string
	fingerprint string
}

// issue makes a certificate of a fresh CA in the documented form.
func issue(o testcerts.Options) upload {
	pair := testcerts.NewCA("edgesim test CA").Issue(o)
	key := testcerts.SEC1
	if _, isRSA := pair.Signer.(*rsa.PrivateKey); isRSA {
		key = testcerts.PKCS1
	}
	return upload{pub: string(pair.CertificatePEM), pri: string(key(pair.Signer)), fingerprint: pair.Fingerprint}
}

func issueFor(names ...string) upload { return issue(testcerts.Options{DNSNames: names}) }

// on are the parameters that put the certificate on the usual domain.
func (u upload) on() params {
	return params{"DomainName": domainName, "SSLProtocol": "on", "CertType": "upload", "CertName": "first",
		"SSLPub": u.pub, "SSLPri": u.pri, "ForceSet": "1"}
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// handshake asks the edge for a server name and returns the leaf's fingerprint.
func handshake(sim *edgesim.Server, serverName string) (string, error) {
	GinkgoHelper()
	conn, err := tls.Dial("tcp", sim.EdgeAddress(), &tls.Config{ServerName: serverName, InsecureSkipVerify: true})
	if err != nil {
		return "", err
	}
	leaf := conn.ConnectionState().PeerCertificates[0]
	return fingerprint(leaf.Raw), conn.Close()
}

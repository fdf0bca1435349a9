package edgesim_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

// buffer is a bytes.Buffer for several writers.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// traces are forms in which a private key could turn up somewhere.
func traces(keyPEM string) []string {
	block, _ := pem.Decode([]byte(keyPEM))
	lines := strings.Split(strings.TrimSpace(keyPEM), "\n")
	middle := lines[len(lines)/2]
	secret := block.Bytes[8:40]
	return []string{middle, url.QueryEscape(middle), hex.EncodeToString(secret), string(secret),
		base64.StdEncoding.EncodeToString([]byte(keyPEM))[:64], "PRIVATE KEY"}
}

var _ = Describe("the journal", func() {
	It("tells time, caller, domain, fingerprint and outcome of a call", func() {
		at := newClock()
		sim := start(func(config *edgesim.Config) { config.Clock = at.Now })
		c := newClient(sim.APIAddress())
		cert := issueFor(domainName)
		got := c.call(setOperation, cert.on())
		Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(And(
			HaveField("Sequence", BeEquivalentTo(1)), HaveField("Time", BeTemporally("==", at.Now())), HaveField("Account", accountID),
			HaveField("AccessKeyID", keyID), HaveField("Signature", "V3"), HaveField("Operation", setOperation), HaveField("Domain", domainName),
			HaveField("CertificateName", "first"), HaveField("Fingerprint", cert.fingerprint), HaveField("Outcome", edgesim.OutcomeOK),
			HaveField("Status", http.StatusOK), HaveField("Applied", true), HaveField("KeyInURL", false),
			HaveField("RequestBytes", BeNumerically(">", 1000)), HaveField("RequestID", got.body["RequestId"]))))
	})

	It("selects by each field, and goes on counting after it is cleared", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		cert := issueFor(domainName)
		c.call(setOperation, cert.on())
		c.call(describe, params{"DomainName": "two.example.com"})
		c.call(describe, params{"DomainName": "nobody.example.com"})
		count := func(q edgesim.Query) int { return len(sim.Journal(q)) }
		Expect(count(edgesim.Query{Operation: describe})).To(Equal(2))
		Expect(count(edgesim.Query{Domain: "two.example.com"})).To(Equal(1))
		Expect(count(edgesim.Query{Outcome: "InvalidDomain.NotFound"})).To(Equal(1))
		Expect(count(edgesim.Query{Fingerprint: cert.fingerprint})).To(Equal(1))
		Expect(count(edgesim.Query{Account: otherAccountID})).To(Equal(0))
		Expect(count(edgesim.Query{After: 2})).To(Equal(1))
		sim.ClearJournal()
		c.call(describe, params{"DomainName": "two.example.com"})
		Expect(sim.Journal(edgesim.Query{})).To(ConsistOf(HaveField("Sequence", BeEquivalentTo(4))))
	})

	It("never holds a key, wherever clients put it; nor do the log and the admin API", func() {
		log := &buffer{}
		sim := start(func(config *edgesim.Config) {
			config.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		cert := issueFor(domainName)
		for _, change := range []params{
			{}, {"CertName": cert.pri}, {"DomainName": cert.pri}, {"CertType": cert.pri}, {"SSLProtocol": cert.pri}, {"ForceSet": cert.pri},
			{"SSLPub": cert.pri}, {"SSLPri": cert.pub}, {"SSLPri": cert.pri[:len(cert.pri)-40]}, {"Action": cert.pri}, {"Version": cert.pri},
		} {
			for _, prepare := range []func(*client){
				func(*client) {}, func(c *client) { c.viaQuery = true }, func(c *client) { c.viaV1 = true },
				func(c *client) { c.viaV1, c.secret = true, "wrong" }, func(c *client) { c.secret = "wrong" },
			} {
				c := newClient(sim.APIAddress())
				prepare(c)
				c.call(setOperation, cert.on().with(change))
			}
		}
		id := mustUpload(sim, "kept", cert)
		for _, change := range []params{
			{}, {"Name": cert.pri}, {"CertId": cert.pri}, {"Key": cert.pub}, {"Cert": cert.pri}, {"EncryptPrivateKey": cert.pri}, {"CertFilter": cert.pri},
		} {
			for _, operation := range []string{"UploadUserCertificate", "GetUserCertificateDetail", "DescribeCertificateInfoByID"} {
				for _, viaQuery := range []bool{false, true} {
					c := calling(sim, casVersion)
					c.viaQuery = viaQuery
					c.call(operation, params{"Name": "mine", "Cert": cert.pub, "Key": cert.pri, "CertId": id}.with(change))
				}
			}
		}
		c := newClient(sim.APIAddress())
		c.keyID = strings.Split(cert.pri, "\n")[1]
		c.call(describe, nil)

		held, err := json.Marshal(sim.Journal(edgesim.Query{}))
		Expect(err).NotTo(HaveOccurred())
		told := string(held) + log.String()
		for _, path := range []string{"/journal", "/accounts", "/domains", "/faults", "/settings", "/certificates", "/edge?domain=" + domainName} {
			response, err := (&http.Client{}).Get("http://" + sim.AdminAddress() + path)
			Expect(err).NotTo(HaveOccurred())
			body, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			told += string(body)
		}
		Expect(told).To(And(ContainSubstring(cert.fingerprint), ContainSubstring(`"keyInURL":true`), ContainSubstring(`"keyInAnswer":true`)), "the search is not of nothing")
		for _, trace := range traces(cert.pri) {
			Expect(strings.Contains(told, trace)).To(BeFalse(), "a trace of the key was found")
		}
	})
})

package edgesim_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	proUser     = "pro-user"
	proKey      = "pro-api-key"
	proProperty = "2e88917f24ede37603837a43"
	proHost     = "www.pro.example.com"
)

// proClient is a client of CDN Pro written for these tests from the vendor's page and
// the form of the cipher, sharing no code with the simulator.
type proClient struct {
	url          string
	user, apiKey string
	now          func() time.Time
	header       http.Header
	http         *http.Client
}

// newProClient makes a client whose clock stands still, so that a key is encrypted for the
// date that it is sent with.
func newProClient(sim *edgesim.Server) *proClient {
	made := time.Now()
	return &proClient{url: "http://" + sim.APIAddress(), user: proUser, apiKey: proKey, now: func() time.Time { return made }, header: http.Header{},
		http: &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// startPro starts a simulator whose account has CDN Pro with one property.
func startPro(change ...func(*edgesim.Config)) *edgesim.Server {
	GinkgoHelper()
	return start(append([]func(*edgesim.Config){func(config *edgesim.Config) {
		config.Accounts[0].CDNPro = &edgesim.CDNPro{User: proUser, APIKey: proKey,
			Properties: []edgesim.CDNProProperty{{ID: proProperty, Hostnames: []string{proHost}, Origins: []string{"192.0.2.1"}}}}
	}}, change...)...)
}

// proPassword is the password of a request with the date.
func proPassword(apiKey, date string) string {
	mac := hmac.New(sha1.New, []byte(apiKey))
	mac.Write([]byte(date))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// proEncrypt encrypts a private key for the date.
func proEncrypt(plain, apiKey, date string) string {
	mac := hmac.New(sha256.New, []byte(apiKey))
	mac.Write([]byte(date))
	sum := mac.Sum(nil)
	block, err := aes.NewCipher(sum[16:])
	if err != nil {
		panic(err)
	}
	padding := 16 - len(plain)%16
	padded := []byte(plain + strings.Repeat(string(rune(padding)), padding))
	cipher.NewCBCEncrypter(block, sum[:16]).CryptBlocks(padded, padded)
	return base64.StdEncoding.EncodeToString(padded)
}

func (c *proClient) date() string { return c.now().UTC().Format(http.TimeFormat) }

// try makes a call that may go unanswered; the body is a value, a text, or nothing.
func (c *proClient) try(method, path, date string, body any) (answer, error) {
	GinkgoHelper()
	var content []byte
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			panic(err) // fuzz targets have no Gomega to tell
		}
		content = encoded
	}
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(content))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Date", date)
	request.SetBasicAuth(c.user, proPassword(c.apiKey, date))
	for name, values := range c.header {
		request.Header[name] = values
		if values[0] == "" {
			request.Header.Del(name)
		}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(response.Body)
	if closing := response.Body.Close(); err == nil {
		err = closing
	}
	got := answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if err == nil && len(raw) > 0 && response.Header.Get("Content-Type") == "application/json" {
		err = json.Unmarshal(raw, &got.body)
	}
	return got, err
}

// call makes a call that must be answered.
func (c *proClient) call(method, path string, body any) answer {
	GinkgoHelper()
	got, err := c.try(method, path, c.date(), body)
	Expect(err).NotTo(HaveOccurred())
	return got
}

// proCode is the error code of an answer.
func (a answer) proCode() any { return a.body["code"] }

// made is the last part of the Location, which names what a call made.
func (a answer) made() string { return path.Base(a.header.Get("Location")) }

// object is the body of a request.
type object = map[string]any

// newVersion is the certificate as POST and PATCH take it, encrypted for the date.
func (u upload) newVersion(date string) object {
	return object{"certificate": u.pub, "privateKey": proEncrypt(u.pri, proKey, date)}
}

// create makes a certificate and returns its id.
func (c *proClient) create(name string, u upload) string {
	GinkgoHelper()
	got := c.call("POST", "/cdn/certificates", object{"name": name, "newVersion": u.newVersion(c.date())})
	Expect(got.status).To(Equal(http.StatusCreated), got.raw)
	return got.made()
}

// update makes a version of a certificate and returns its number.
func (c *proClient) update(id string, u upload) string {
	GinkgoHelper()
	got := c.call("PATCH", "/cdn/certificates/"+id, object{"newVersion": u.newVersion(c.date())})
	Expect(got.status).To(Equal(http.StatusCreated), got.raw)
	return got.made()
}

// deploy makes a task and returns its id.
func (c *proClient) deploy(target string, actions ...object) string {
	GinkgoHelper()
	got := c.call("POST", "/cdn/deploymentTasks", object{"target": target, "name": "test", "actions": actions})
	Expect(got.status).To(Equal(http.StatusCreated), got.raw)
	return got.made()
}

func deployCert(id string, version any) object {
	return object{"action": "deploy_cert", "certificateId": id, "version": version}
}

func deployProperty(id string, version any) object {
	return object{"action": "deploy_property", "propertyId": id, "version": version}
}

// issuePro makes a certificate for the usual hostname.
func issuePro() upload { return issueProOf(testcerts.Options{DNSNames: []string{proHost}}) }

// issueProOf makes a certificate in the form that this product takes, which is any.
func issueProOf(o testcerts.Options) upload {
	pair := testcerts.NewCA("edgesim test CA").Issue(o)
	return upload{pub: string(pair.CertificatePEM), pri: string(pair.KeyPEM), fingerprint: pair.Fingerprint}
}

// sha1Of is the fingerprint that the API shows.
func (u upload) sha1Of() string {
	block, _ := pem.Decode([]byte(u.pub))
	sum := sha1.Sum(block.Bytes)
	return hex.EncodeToString(sum[:])
}

// presented asks an edge for a server name and returns the leaf's fingerprint.
func presented(address, serverName string) (string, error) {
	conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: serverName, InsecureSkipVerify: true})
	if err != nil {
		return "", err
	}
	leaf := conn.ConnectionState().PeerCertificates[0]
	return fingerprint(leaf.Raw), conn.Close()
}

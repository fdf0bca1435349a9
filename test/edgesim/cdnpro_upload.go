package edgesim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// cdnproUpload is newVersion in POST and PATCH /cdn/certificates.
type cdnproUpload struct {
	PrivateKey  string `json:"privateKey"`
	Certificate string `json:"certificate"`
	ChainCert   string `json:"chainCert"`
	Comments    string `json:"comments"`
	// IdentificationInfo is what a generated certificate is for.
	IdentificationInfo struct {
		CommonName              string   `json:"commonName"`
		SubjectAlternativeNames []string `json:"subjectAlternativeNames"`
	} `json:"identificationInfo"`
}

// read makes the upload a version. What it leaves out is copied from the latest version
// (PATCH /cdn/certificates/{id}, newVersion); latest is nil for a new certificate.
func (u cdnproUpload) read(c *cdnproCall, latest *cdnproVersion) (cdnproVersion, error) {
	if u.Certificate == "GENERATE" {
		return u.generate(c.now)
	}
	var key crypto.Signer
	if latest != nil {
		if u.Certificate == "" && u.PrivateKey == "" && u.ChainCert == "" {
			return cdnproVersion{}, badCDNProRequest("chainCert is mandatory where privateKey and certificate are left out")
		}
		if u.Certificate == "" {
			u.Certificate = latest.certificate.copied(u.ChainCert != "")
		}
		if copied, signs := latest.certificate.pair.PrivateKey.(crypto.Signer); signs && u.PrivateKey == "" {
			key = copied
		}
	} else if u.Certificate == "" || u.PrivateKey == "" {
		return cdnproVersion{}, badCDNProRequest("newVersion needs certificate and privateKey")
	}
	text, chain, err := readCDNProChain(u.Certificate, u.ChainCert)
	if err != nil {
		return cdnproVersion{}, err
	}
	if u.PrivateKey != "" {
		plain, err := decryptCDNProKey(u.PrivateKey, string(c.user.APIKey), c.date, time.Duration(c.settings.CDNPro.ClockWindow))
		if err != nil {
			return cdnproVersion{}, badCDNProKey(err.Error())
		}
		if key, err = readCDNProKey(plain); err != nil {
			return cdnproVersion{}, err
		}
	}
	if key == nil || !belongs(key, chain[0]) {
		return cdnproVersion{}, badCDNProKey("privateKey is not the key of the certificate")
	}
	return cdnproVersion{kind: "uploaded", comments: u.Comments, certificate: newCertificate(text, chain, key)}, nil
}

// copied is the certificate for a version that leaves it out: without its old chain if a
// new one was sent.
func (c *certificate) copied(leafOnly bool) string {
	if leafOnly {
		return c.leafPEM()
	}
	return c.chain
}

// generatedLife is how long generated certificates are valid (POST /cdn/certificates,
// newVersion.certificate).
const generatedLife = 10 * 24 * time.Hour

// generate makes a self-signed certificate for tests.
func (u cdnproUpload) generate(now time.Time) (cdnproVersion, error) {
	key, err := generateCDNProKey(u.PrivateKey)
	if err != nil {
		return cdnproVersion{}, err
	}
	names := u.IdentificationInfo.SubjectAlternativeNames
	if len(names) == 0 && u.IdentificationInfo.CommonName != "" {
		names = []string{u.IdentificationInfo.CommonName}
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: u.IdentificationInfo.CommonName},
		DNSNames: names, NotBefore: now, NotAfter: now.Add(generatedLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return cdnproVersion{}, badCDNProRequest("identificationInfo does not fit into a certificate")
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return cdnproVersion{}, badCDNProRequest("identificationInfo does not fit into a certificate")
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cdnproVersion{kind: "selfsigned", comments: u.Comments, certificate: newCertificate(text, []*x509.Certificate{leaf}, key)}, nil
}

func generateCDNProKey(kind string) (crypto.Signer, error) {
	switch kind {
	case "RSA2048":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "ECC256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return nil, badCDNProKey("to generate a certificate, privateKey must be RSA2048 or ECC256")
	}
}

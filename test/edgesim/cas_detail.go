package edgesim

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"
	"time"
)

// getUserCertificateDetail is GetUserCertificateDetail. Unless CertFilter is true its
// answer has the private key, which the journal then tells: a client that only wants to
// know about a certificate must ask for the filter. With it, the certificate is not in
// the answer either (response parameters, Cert; see Settings.CertFilter).
func (s *Server) getUserCertificateDetail(c *call, settings Settings) (document, error) {
	now := s.now()
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := certificateByID(c)
	if err != nil {
		return nil, err
	}
	detail := held.summary(now)
	detail["Id"], detail["Common"], detail["Algorithm"] = held.id, held.commonName(), held.algorithm()
	detail["CertIdentifier"] = strconv.FormatInt(held.id, 10) + "-" + held.region
	detail["BuyInAliyun"] = held.kind == "cas"
	if detail["CertChain"], err = held.chainLinks(now); err != nil {
		return nil, err
	}
	detail["NotBefore"], detail["NotAfter"] = held.leaf.NotBefore.UnixMilli(), held.leaf.NotAfter.UnixMilli()
	filtered := c.param("CertFilter") == "true"
	if !filtered || settings.CertFilter == CertFilterKey {
		detail["Cert"] = held.body(settings)
	}
	if filtered {
		return detail, nil
	}
	if detail["Key"], err = held.keyPEM(); err != nil {
		return nil, err
	}
	c.entry.KeyInAnswer = true
	return detail, nil
}

// chainLinks is CertChain. That the leaf is in it is inferred.
func (c *certificate) chainLinks(now time.Time) ([]document, error) {
	links := make([]document, 0, len(c.pair.Certificate))
	for _, der := range c.pair.Certificate {
		link, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("read the chain of certificate %d: %w", c.id, err)
		}
		links = append(links, document{
			"CommonName": link.Subject.CommonName, "IssuerCommonName": link.Issuer.CommonName,
			"NotBefore": link.NotBefore.UnixMilli(), "NotAfter": link.NotAfter.UnixMilli(),
			"RemainDay": int(link.NotAfter.Sub(now).Hours() / 24),
		})
	}
	return links, nil
}

// keyPEM is the private key in the form that uploads are documented to have.
func (c *certificate) keyPEM() (string, error) {
	block := &pem.Block{}
	var err error
	switch key := c.pair.PrivateKey.(type) {
	case *rsa.PrivateKey:
		block.Type, block.Bytes = "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)
	case *ecdsa.PrivateKey:
		block.Type = "EC PRIVATE KEY"
		block.Bytes, err = x509.MarshalECPrivateKey(key)
	default:
		block.Type = "PRIVATE KEY"
		block.Bytes, err = x509.MarshalPKCS8PrivateKey(key)
	}
	if err != nil {
		return "", fmt.Errorf("encode the key of certificate %d: %w", c.id, err)
	}
	return string(pem.EncodeToMemory(block)), nil
}

package edgesim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"
)

// authority is a certificate authority made at start; its key never leaves memory.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// authorityLife keeps every certificate made here valid for any sensible test run,
// with clocks a day apart.
const authorityLife = 10 * 365 * 24 * time.Hour

func newAuthority(name string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make authority's key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	return &authority{certificate: parsed, key: key}, nil
}

// pem is the authority's certificate.
func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// issue makes a server certificate for the hosts.
func (a *authority) issue(hosts []string, notBefore, notAfter time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make server key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: hosts[0]},
		NotBefore: notBefore, NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("make server certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// apiTLS makes the TLS configuration of the HTTPS API, which follows the setting
// APICertificate from one connection to the next.
func (s *Server) apiTLS(now time.Time, extraHosts []string) (*tls.Config, error) {
	hosts := append([]string{"localhost", "127.0.0.1", "::1", "live.aliyuncs.com", "cdn.aliyuncs.com", "dcdn.aliyuncs.com",
		"vod.cn-shanghai.aliyuncs.com", "cas.aliyuncs.com", "sts.aliyuncs.com", "open.chinanetcenter.com",
		"api.cdnetworks.com"}, extraHosts...)
	stranger, err := newAuthority("edgesim unknown authority", now)
	if err != nil {
		return nil, err
	}
	day := 24 * time.Hour
	rows := []struct {
		setting             APICertificate
		signer              *authority
		hosts               []string
		notBefore, notAfter time.Time
	}{
		{APICertificateValid, s.ca, hosts, now.Add(-day), now.Add(authorityLife)},
		{APICertificateTLS10, s.ca, hosts, now.Add(-day), now.Add(authorityLife)},
		{APICertificateExpired, s.ca, hosts, now.Add(-3 * day), now.Add(-2 * day)},
		{APICertificateWrongHost, s.ca, []string{"elsewhere.invalid"}, now.Add(-day), now.Add(authorityLife)},
		{APICertificateUnknownCA, stranger, hosts, now.Add(-day), now.Add(authorityLife)},
	}
	configs := map[APICertificate]*tls.Config{}
	for _, row := range rows {
		issued, err := row.signer.issue(slices.Clone(row.hosts), row.notBefore, row.notAfter)
		if err != nil {
			return nil, err
		}
		// HTTP/1.1 only: faults reset connections, which HTTP/2 would share among calls.
		configs[row.setting] = &tls.Config{Certificates: []tls.Certificate{*issued}, NextProtos: []string{"http/1.1"},
			MinVersion: tls.VersionTLS12, SessionTicketsDisabled: true}
	}
	configs[APICertificateTLS10].MinVersion = tls.VersionTLS10
	configs[APICertificateTLS10].MaxVersion = tls.VersionTLS10
	base := configs[APICertificateValid].Clone()
	base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return configs[s.Settings().APICertificate], nil
	}
	return base, nil
}

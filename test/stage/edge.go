package stage

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/domaincert/domaincert/test/testcerts"
)

// Issue makes a certificate for the domain, with a key of its own.
func (s *Stage) Issue() testcerts.Pair {
	return s.CA.Issue(testcerts.Options{DNSNames: []string{Domain}})
}

// Served makes a TLS handshake with the edge, as any client of the domain would,
// and returns the certificate that it serves.
func (s *Stage) Served(ctx context.Context) (*x509.Certificate, error) {
	return s.ServedFor(ctx, Domain, s.CA.Pool())
}

// ServedFor is Served for another domain, whose clients trust these roots.
func (s *Stage) ServedFor(ctx context.Context, domain string, roots *x509.CertPool) (_ *x509.Certificate, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: domain, RootCAs: roots, MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(ctx, "tcp", s.Addresses.Edge)
	if err != nil {
		return nil, fmt.Errorf("TLS handshake with the edge: %w", err)
	}
	defer func() { err = errors.Join(err, connection.Close()) }()
	secured, ok := connection.(*tls.Conn)
	if !ok {
		return nil, fmt.Errorf("a %T is no TLS connection", connection)
	}
	return secured.ConnectionState().PeerCertificates[0], nil
}

// AwaitServed waits until the edge serves a certificate.
func (s *Stage) AwaitServed(ctx context.Context, fingerprint string) error {
	return poll(ctx, func(ctx context.Context) error {
		served, err := s.Served(ctx)
		if err != nil {
			return err
		}
		if found := Fingerprint(served); found != fingerprint {
			return fmt.Errorf("the edge serves %s instead of %s", found, fingerprint)
		}
		return nil
	})
}

// AwaitReady waits until the DomainCertificate says that this certificate is
// served, and is Ready.
func (s *Stage) AwaitReady(ctx context.Context, fingerprint string) error {
	for _, condition := range []string{"jsonpath={.status.edge.fingerprint}=" + fingerprint, "condition=Verified", "condition=Ready"} {
		if _, err := s.Kubectl(ctx, "wait", "dcert", Name, "--namespace", Namespace, "--for="+condition, "--timeout=2m"); err != nil {
			return err
		}
	}
	return nil
}

// Fingerprint is SHA-256 of a certificate's DER, lower-case hex.
func Fingerprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.Raw)
	return hex.EncodeToString(sum[:])
}

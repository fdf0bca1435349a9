package edgesim

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// namedVersion finds the certificate and version of the path.
func (c *cdnproCall) namedVersion() (*cdnproCertificate, *cdnproVersion, error) {
	held, err := c.certificate()
	if err != nil {
		return nil, nil, err
	}
	text := c.http.PathValue("version")
	number, err := strconv.Atoi(text)
	version, known := held.version(number)
	if err != nil || !known {
		return nil, nil, unknownCDNProVersion(held.id, text)
	}
	c.noted.Version, c.entry.Fingerprint = number, version.certificate.fingerprint()
	return held, version, nil
}

// getCDNProVersion answers GET /cdn/certificates/{id}/versions/{version}.
func getCDNProVersion(c *cdnproCall) (cdnproAnswer, error) {
	held, version, err := c.namedVersion()
	if err != nil {
		return cdnproAnswer{}, err
	}
	leaf := version.certificate.leaf
	algorithm, length := keyKind(leaf)
	answer := version.summary()
	delete(answer, "type")
	maps.Copy(answer, document{
		"subject": leaf.Subject.String(), "issuer": leaf.Issuer.String(), "serialNumber": fmt.Sprintf("%x", leaf.SerialNumber),
		"signatureAlgo": leaf.SignatureAlgorithm.String(), "algorithm": algorithm, "keyLength": length,
		"subjectAlternativeNames": leaf.DNSNames, "chainCertificates": version.links(),
		"inProduction": held.in(CDNProProduction) == version, "inStaging": held.in(CDNProStaging) == version,
		"deletable": held.deletable(version),
	})
	return cdnproAnswer{status: http.StatusOK, body: answer}, nil
}

// keyKind is the algorithm and length of a certificate's key; how the product spells
// the algorithm is inferred.
func keyKind(leaf *x509.Certificate) (string, int) {
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA", key.N.BitLen()
	case *ecdsa.PublicKey:
		return "EC", key.Params().BitSize
	default:
		return leaf.PublicKeyAlgorithm.String(), 0
	}
}

// links are the certificates after the leaf.
func (v *cdnproVersion) links() []document {
	links := []document{}
	for _, der := range v.certificate.pair.Certificate[1:] {
		link, err := x509.ParseCertificate(der)
		if err != nil {
			continue // was parsed when it came in
		}
		links = append(links, document{"subject": link.Subject.String(), "issuer": link.Issuer.String(),
			"signatureAlgo": link.SignatureAlgorithm.String(), "expirationTime": cdnproTime(link.NotAfter)})
	}
	return links
}

// deletable reports whether a version can be deleted: the latest can, as long as it was
// never deployed (certificate version details, deletable). That the only version cannot
// be is inferred.
func (c *cdnproCertificate) deletable(v *cdnproVersion) bool {
	return v == c.latest() && len(c.versions) > 1 && !c.everDeployed(v.number)
}

// deleteCDNProVersion answers DELETE /cdn/certificates/{id}/versions/{version}. That there
// is such a call is inferred from "deletable" and from that of properties.
func deleteCDNProVersion(c *cdnproCall) (cdnproAnswer, error) {
	if c.settings.CDNPro.DeleteVersions == CDNProDeleteNone {
		return cdnproAnswer{}, unknownCDNProPath()
	}
	held, version, err := c.namedVersion()
	if err != nil {
		return cdnproAnswer{}, err
	}
	if !held.deletable(version) {
		return cdnproAnswer{}, keptCDNProVersion()
	}
	if !c.withoutEffect {
		held.versions = slices.DeleteFunc(held.versions, func(v *cdnproVersion) bool { return v == version })
		held.updated, held.revision, c.entry.Applied = c.now, c.world.change(), true
	}
	return cdnproAnswer{status: http.StatusNoContent}, nil
}

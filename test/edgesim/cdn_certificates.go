package edgesim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// byIDTime is the form of CreateTime and CertExpireTime in DescribeCertificateInfoByID:
// "2015-12-21 08:02:07 +0000 UTC".
const byIDTime = "2006-01-02 15:04:05 -0700 MST"

// describeCertificateInfoByID is DescribeCertificateInfoByID: a certificate in the
// repository and the CDN domains that use it. One whose domains were switched off does not
// exist (operation description); one that never was on a domain does (inferred from the
// sample's DomainList). CreateTime is when it became effective, as the response parameters
// say.
func (s *Server) describeCertificateInfoByID(c *call, settings Settings) (document, error) {
	if settings.Wrapped {
		c.wrapper = c.action + "Response"
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := certificateByID(c)
	if held == nil && c.param("CertId") != "" || held != nil && c.account.switchedOff(held.id) {
		return nil, unknownByID(settings)
	}
	if err != nil {
		return nil, err
	}
	domains, err := domainList(c.account.users(held.id), settings)
	if err != nil {
		return nil, err
	}
	return certInfo(document{
		"CertId": strconv.FormatInt(held.id, 10), "CertName": held.name, "CertType": held.kind,
		"CreateTime":     held.leaf.NotBefore.UTC().Format(byIDTime),
		"CertExpireTime": held.leaf.NotAfter.UTC().Format(byIDTime),
		"HttpsCrt":       held.body(settings), "DomainList": domains,
	}, settings), nil
}

func unknownByID(settings Settings) error {
	if settings.UnknownCertificate == UnknownNotExisted {
		return &refusalError{status: http.StatusBadRequest, code: "CertNotExisted", message: "The Cert doesn't exist."}
	}
	return noSuchID()
}

// switchedOff reports whether a CDN domain was last served with the certificate before its
// HTTPS was switched off, and none is now.
func (a *account) switchedOff(id int64) bool {
	if len(a.users(id)) > 0 {
		return false
	}
	return slices.ContainsFunc(a.domainsOf(ProductCDN), func(d *domain) bool {
		before := d.deploymentAt(len(d.deployments) - 2).certificate
		return d.stored() == nil && before != nil && before.id == id
	})
}

// domainList is DomainList: the CDN domains among those that use a certificate. Of none
// it has one empty name, as in the sample (inferred).
func domainList(users []*domain, settings Settings) (any, error) {
	names := []string{}
	for _, d := range users {
		if d.Product == ProductCDN {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		names = []string{""}
	}
	if settings.DomainList == DomainListArray {
		return names, nil
	}
	text, err := json.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("encode DomainList: %w", err)
	}
	return string(text), nil
}

// certificateByID finds the certificate that CertId names. The code is that of
// DescribeCdnCertificateDetailById; for the other calls it is inferred.
func certificateByID(c *call) (*certificate, error) {
	sent := c.param("CertId")
	if sent == "" {
		return nil, missing("CertId")
	}
	held := c.account.repositoryByID(sent)
	if held == nil {
		return nil, noSuchID()
	}
	c.saw(held)
	return held, nil
}

func noSuchID() *refusalError {
	return &refusalError{status: http.StatusBadRequest, code: "InvalidCertId.NotFound",
		message: "The specified certificate does not exist."}
}

// describeCdnCertificateDetailByID is DescribeCdnCertificateDetailById. Its Key is not
// the private one: the page calls it the public key, and its sample is 32 hexadecimal
// digits (how they are made is inferred).
func (s *Server) describeCdnCertificateDetailByID(c *call, settings Settings) (document, error) {
	region := firstOf(c.param("CertRegion"), certificateRegions()[0])
	if !slices.Contains(certificateRegions(), region) {
		return nil, cdnRefusal("Abs.CertRegion.ValueNotSupported")
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, err := certificateByID(c)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(held.leaf.RawSubjectPublicKeyInfo)
	return document{"CertId": held.id, "CertName": held.name, "Cert": held.body(settings), "Key": hex.EncodeToString(key[:16])}, nil
}

// describeCdnCertificateList is DescribeCdnCertificateList: the repository's certificates,
// or those good for the domain (inferred). There is no paging.
func (s *Server) describeCdnCertificateList(c *call, _ Settings) (document, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	list, err := listedCertificates(c, ProductCDN)
	if err != nil {
		return nil, err
	}
	rows := []document{}
	for _, held := range list {
		rows = append(rows, certificateRow(held))
	}
	return document{"CertificateListModel": document{"Count": len(rows), "CertList": document{"Cert": rows}}}, nil
}

// sslCertificateListOf makes DescribeCdnSSLCertificateList and its like: the same with
// regions, page by page, and a search in the names (inferred: and in nothing else).
func sslCertificateListOf(product Product) func(*Server, *call, Settings) (document, error) {
	return func(s *Server, c *call, _ Settings) (document, error) {
		number, err := pageParameter(c, "PageNumber", 1, cdnPageMax)
		if err != nil {
			return nil, err
		}
		size, err := pageParameter(c, "PageSize", 20, 1000)
		if err != nil {
			return nil, err
		}
		s.world.mu.RLock()
		defer s.world.mu.RUnlock()
		list, err := listedCertificates(c, product)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(held *certificate) bool { return !strings.Contains(held.name, c.param("SearchKeyword")) })
		rows := []document{}
		for _, held := range page(list, number, size) {
			row := certificateRow(held)
			row["CertRegion"] = held.region
			rows = append(rows, row)
		}
		return document{"CertificateListModel": document{"Count": len(list), "PageNumber": number, "PageSize": size,
			"CertList": document{"Cert": rows}}}, nil
	}
}

// listedCertificates are the repository's, or those good for DomainName.
func listedCertificates(c *call, product Product) ([]*certificate, error) {
	list := c.account.repositoryList()
	if c.entry.Domain == "" {
		return list, nil
	}
	held, err := ownedDomain(c, product)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(listed *certificate) bool { return !listed.covers(held.Name) }), nil
}

// certificateRow is one Cert of a list. Fingerprint is in small letters, as in the sample
// of DescribeCdnSSLCertificateList. LastTime is said to be in milliseconds, and is in
// seconds in the sample; seconds here, as Live's list has them.
func certificateRow(held *certificate) document {
	return document{"CertId": held.id, "CertName": held.name, "Common": held.commonName(), "Issuer": held.issuer(),
		"Fingerprint": strings.ToLower(held.listFingerprint()), "LastTime": held.storedAt.Unix()}
}

// page is one page of a list, counted from 1.
func page[T any](list []T, number, size int) []T {
	return list[min(len(list), (number-1)*size):min(len(list), number*size)]
}

// unnamed is the name of an upload without one (inferred).
func unnamed(id int64) string { return "cert-" + strconv.FormatInt(id, 10) }

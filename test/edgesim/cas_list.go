package edgesim

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Page limits of ListUserCertificateOrder; the highest page size is inferred.
const casPageSize, casPageSizeMax, casPageMax = 50, 1000, 100_000

// casDate is the form of StartDate and EndDate.
const casDate = "2006-01-02"

// listUserCertificateOrder is ListUserCertificateOrder: orders (OrderType CPACK, the
// default, and BUY) or certificates (CERT, and UPLOAD for uploads only). Without Status it
// lists all orders, but only those certificates that are valid.
func (s *Server) listUserCertificateOrder(c *call, _ Settings) (document, error) {
	number, err := pageParameter(c, "CurrentPage", 1, casPageMax)
	if err != nil {
		return nil, err
	}
	size, err := pageParameter(c, "ShowSize", casPageSize, casPageSizeMax)
	if err != nil {
		return nil, err
	}
	orderType := firstOf(c.param("OrderType"), "CPACK")
	if !slices.Contains([]string{"CPACK", "BUY", "UPLOAD", "CERT"}, orderType) {
		return nil, invalidParameter("OrderType")
	}
	row := certificateOrder
	if orderType == "CPACK" || orderType == "BUY" {
		row = order
	}
	now := s.now()
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	found := slices.DeleteFunc(c.account.repositoryList(), func(held *certificate) bool {
		return !held.listedAs(orderType, c.param("Status"), now) || !held.matches(c.param("Keyword"))
	})
	rows := []document{}
	for _, held := range page(found, number, size) {
		rows = append(rows, row(held, now))
	}
	return document{"CertificateOrderList": rows, "CurrentPage": number, "ShowSize": size, "TotalCount": len(found)}, nil
}

// listedAs reports whether the certificate is in a list. Every order here is one of a
// resource package (CPACK).
func (c *certificate) listedAs(orderType, wanted string, now time.Time) bool {
	status := c.orderStatus(now)
	switch orderType {
	case "BUY":
		return false
	case "CPACK":
		return c.kind == "cas" && is(wanted, status)
	case "UPLOAD":
		if c.kind != "upload" {
			return false
		}
	}
	valid := status == "ISSUED" || status == "WILLEXPIRED"
	if wanted == "" {
		return valid
	}
	return (valid || status == "EXPIRED") && status == wanted
}

// orderStatus is the certificate's Status in the request parameters' words.
func (c *certificate) orderStatus(now time.Time) string {
	switch {
	case c.status == "checking":
		return "CHECKING"
	case c.status == "checked_fail" || c.status == "failed":
		return "CHECKED_FAIL"
	case c.status == "revoked":
		return "REVOKED"
	case c.status == "expired" || now.After(c.leaf.NotAfter):
		return "EXPIRED"
	case now.Add(expiresSoon).After(c.leaf.NotAfter):
		return "WILLEXPIRED"
	}
	return "ISSUED"
}

// matches reports whether Keyword is part of a domain name or the resource id; names are
// not searched (ListUserCertificateOrder, Keyword).
func (c *certificate) matches(keyword string) bool {
	return keyword == "" || strings.Contains(c.resourceID(), keyword) ||
		slices.ContainsFunc(append(c.leaf.DNSNames, c.commonName()), func(name string) bool { return strings.Contains(name, keyword) })
}

// certificateOrder is a row of a list of certificates.
func certificateOrder(held *certificate, now time.Time) document {
	row := held.summary(now)
	row["CertificateId"], row["CommonName"], row["Upload"] = held.id, held.commonName(), held.kind == "upload"
	return row
}

// summary is what lists and details have in common.
func (c *certificate) summary(now time.Time) document {
	sha2 := sha256.Sum256(c.leaf.Raw)
	return document{
		"Name": c.name, "InstanceId": c.resourceID(), "Fingerprint": c.listFingerprint(),
		"Sha2": strings.ToUpper(hex.EncodeToString(sha2[:])), "SerialNo": fmt.Sprintf("%x", c.leaf.SerialNumber.Bytes()),
		"Sans": strings.Join(c.leaf.DNSNames, ","), "Issuer": c.issuer(), "OrgName": "", "Country": "", "Province": "", "City": "",
		"StartDate": c.leaf.NotBefore.UTC().Format(casDate), "EndDate": c.leaf.NotAfter.UTC().Format(casDate),
		"Expired": now.After(c.leaf.NotAfter), "ResourceGroupId": "",
	}
}

// order is a row of a list of orders.
func order(held *certificate, now time.Time) document {
	return document{
		"InstanceId": held.resourceID(), "OrderId": held.id, "Status": held.orderStatus(now), "SourceType": "cpack", "CertType": "DV",
		"Domain": held.commonName(), "DomainCount": len(held.leaf.DNSNames), "DomainType": "ONE", "Algorithm": held.algorithm(),
		"BuyDate": held.storedAt.UnixMilli(), "CertStartTime": held.leaf.NotBefore.UnixMilli(), "CertEndTime": held.leaf.NotAfter.UnixMilli(),
		"RootBrand": held.issuer(), "TrusteeStatus": "unTrustee", "ResourceGroupId": "",
	}
}

// algorithm is Algorithm; the word for elliptic curves is inferred.
func (c *certificate) algorithm() string {
	if _, isRSA := c.leaf.PublicKey.(*rsa.PublicKey); isRSA {
		return "RSA"
	}
	return "ECC"
}

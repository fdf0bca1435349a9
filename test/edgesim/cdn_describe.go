package edgesim

import (
	"strconv"
	"strings"
	"time"
)

// describeOn makes the certificate description of CDN, DCDN or VOD; form writes its
// CertInfo, of an empty deployment too.
func describeOn(product Product, form func(*domain, deployment, Settings) document) func(*Server, *call, Settings) (document, error) {
	return func(s *Server, c *call, settings Settings) (document, error) {
		s.world.mu.RLock()
		defer s.world.mu.RUnlock()
		held, err := ownedDomain(c, product)
		if err != nil {
			return nil, err
		}
		if settings.Wrapped {
			c.wrapper = c.action + "Response"
		}
		shown := held.describedDeployment(s.now(), c.stale)
		c.saw(shown.certificate)
		info := form(held, shown, settings)
		if shown.certificate == nil {
			return noCertInfo(info, settings), nil
		}
		return certInfo(info, settings), nil
	}
}

// cdnCertInfo is the CertInfo of DescribeDomainCertificateInfo, all strings. Without
// certificate its fields are empty and ServerCertificateStatus is off (inferred). That
// Status is success for certificates that were not applied for is inferred.
func cdnCertInfo(held *domain, shown deployment, settings Settings) document {
	info := document{
		"DomainName": held.Name, "DomainCnameStatus": held.CnameStatus, "ServerCertificateStatus": "off",
		"CertId": "", "CertName": "", "CertType": "", "CertRegion": "", "CertOrg": "", "CertDomainName": "", "CertLife": "",
		"CertStartTime": "", "CertExpireTime": "", "CertUpdateTime": "", "ServerCertificate": "", "Status": held.CertificateStatus,
	}
	set := shown.certificate
	if set == nil {
		return info
	}
	info["CertId"] = strconv.FormatInt(set.id, 10)
	info["CertName"] = set.name
	info["CertType"] = set.kind
	info["CertRegion"] = set.region
	info["CertOrg"] = set.issuer()
	info["CertDomainName"] = set.matchedName(held.Name)
	info["CertLife"] = lifeUnit(set.leaf.NotBefore, set.leaf.NotAfter)
	info["CertStartTime"] = set.leaf.NotBefore.UTC().Format(liveTime)
	info["CertExpireTime"] = set.leaf.NotAfter.UTC().Format(liveTime)
	info["CertUpdateTime"] = shown.at.UTC().Format(liveTime)
	info["ServerCertificateStatus"] = "on"
	info["ServerCertificate"] = set.body(settings)
	info["Status"] = firstOf(held.CertificateStatus, "success")
	return info
}

// lifeUnit is CertLife where it is a unit alone: "months" or "years". When it is years is
// inferred.
func lifeUnit(from, to time.Time) string {
	_, unit, _ := strings.Cut(life(from, to), " ")
	return unit
}

package aliyun

// CertificateList is the reply of a call that lists stored certificates
// (DescribeLiveCertificateList, DescribeCdnSSLCertificateList and their like).
type CertificateList struct {
	CertificateListModel struct {
		CertList struct {
			Cert List[ListedCertificate]
		}
	}
}

// Certificates are those on the list.
func (l CertificateList) Certificates() []ListedCertificate {
	return l.CertificateListModel.CertList.Cert
}

// ListedCertificate is what a list tells of a certificate. CertRegion is in the
// newer lists only.
type ListedCertificate struct {
	CertID      Text `json:"CertId"`
	CertName    Text
	CertRegion  Text
	Fingerprint Text
}

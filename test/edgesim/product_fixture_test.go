package edgesim_test

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	cdnVersion  = "2018-05-10"
	casVersion  = "2020-04-07"
	cdnSet      = "SetCdnDomainSSLCertificate"
	cdnDescribe = "DescribeDomainCertificateInfo"
	cdnDomain   = "cdn.example.com"
)

// network is a product of which CDN's uploads and descriptions are typical.
type network struct {
	product       edgesim.Product
	version       string
	set, describe string
	domain        string
}

func networks() []network {
	return []network{
		{edgesim.ProductCDN, cdnVersion, cdnSet, cdnDescribe, cdnDomain},
		{edgesim.ProductDCDN, "2018-01-15", "SetDcdnDomainSSLCertificate", "DescribeDcdnDomainCertificateInfo", "dcdn.example.com"},
		{edgesim.ProductVOD, "2017-03-21", "SetVodDomainSSLCertificate", "DescribeVodDomainCertificateInfo", "vod.example.com"},
	}
}

// ofNetworks makes an entry of a table for each product.
func ofNetworks() []TableEntry {
	var entries []TableEntry
	for _, n := range networks() {
		entries = append(entries, Entry(string(n.product), n))
	}
	return entries
}

// startNetworks starts a simulator with a domain and a wildcard domain of each product.
func startNetworks(change ...func(*edgesim.Config)) *edgesim.Server {
	GinkgoHelper()
	return start(append([]func(*edgesim.Config){func(c *edgesim.Config) {
		for _, n := range networks() {
			c.Accounts[0].Domains = append(c.Accounts[0].Domains, edgesim.Domain{Name: n.domain, Product: n.product},
				edgesim.Domain{Name: ".wild-" + n.domain, Product: n.product})
		}
	}}, change...)...)
}

// calling makes a client of a product's API.
func calling(sim *edgesim.Server, version string) *client {
	c := newClient(sim.APIAddress())
	c.version = version
	return c
}

// uploadTo are the parameters that put the certificate on a domain of the network.
func (n network) uploadTo(u upload) params {
	return params{"DomainName": n.domain, "SSLProtocol": "on", "CertType": "upload", "CertName": "first", "SSLPub": u.pub, "SSLPri": u.pri}
}

// mustUpload uploads to Certificate Management Service and returns the id.
func mustUpload(sim *edgesim.Server, name string, u upload) string {
	GinkgoHelper()
	got := calling(sim, casVersion).call("UploadUserCertificate", params{"Name": name, "Cert": u.pub, "Key": u.pri})
	Expect(got.code()).To(BeEmpty(), got.raw)
	return number(got.body["CertId"])
}

// number writes a JSON number as it is sent.
func number(value any) string {
	GinkgoHelper()
	Expect(value).To(BeAssignableToTypeOf(float64(0)), "a number")
	return strconv.FormatFloat(value.(float64), 'f', -1, 64)
}

// provide gives the account a certificate that lives at the provider.
func provide(p edgesim.ProvidedCertificate, u upload) func(*edgesim.Config) {
	p.Certificate, p.PrivateKey = u.pub, edgesim.Secret(u.pri)
	return func(c *edgesim.Config) { c.Accounts[0].Certificates = append(c.Accounts[0].Certificates, p) }
}

// expiring makes a certificate with an end of its own.
func expiring(o testcerts.Options, names ...string) upload {
	o.DNSNames = names
	return issue(o)
}

// storedID is the id of the stored certificate with the name.
func storedID(sim *edgesim.Server, name string) string {
	GinkgoHelper()
	for _, stored := range sim.Stored(accountID) {
		if stored.Name == name {
			return strconv.FormatInt(stored.ID, 10)
		}
	}
	Fail("nothing is stored as " + name)
	return ""
}

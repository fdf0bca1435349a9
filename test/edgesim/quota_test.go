package edgesim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("quotas", func() {
	var (
		at  *clock
		sim *edgesim.Server
		c   *client
	)
	BeforeEach(func() {
		at = newClock()
		sim = start(func(config *edgesim.Config) {
			config.Clock = at.Now
			config.Accounts[0].Keys = append(config.Accounts[0].Keys, edgesim.AccessKey{ID: "second", Secret: keySecret})
			config.Accounts = append(config.Accounts, edgesim.Account{ID: otherAccountID,
				Keys: []edgesim.AccessKey{{ID: "other", Secret: keySecret}}, Domains: []edgesim.Domain{{Name: "other.example.net"}}})
		})
		c = newClient(sim.APIAddress())
		c.now = at.Now
	})
	// pass makes calls and counts those that were not throttled.
	pass := func(operation string, p params, calls int) int {
		GinkgoHelper()
		passed := 0
		for range calls {
			if c.call(operation, p).code() != "Throttling.User" {
				passed++
			}
		}
		return passed
	}

	DescribeTable("are those of the pages",
		func(operation string, quota int) {
			Expect(pass(operation, params{"DomainName": domainName, "CertName": "none"}, quota+2)).To(Equal(quota))
		},
		Entry(nil, setOperation, 30),
		Entry(nil, describe, 100),
		Entry(nil, "DescribeLiveCertificateDetail", 50),
		Entry(nil, "DescribeLiveCertificateList", 50),
		Entry(nil, "DescribeLiveUserDomains", 100),
		Entry(nil, "DescribeLiveDomainDetail", 50),
	)

	DescribeTable("are those of the other products' pages",
		func(version, operation string, quota int) {
			c.version = version
			Expect(pass(operation, params{"DomainName": domainName, "CertId": "17"}, quota+2)).To(Equal(quota))
		},
		Entry(nil, cdnVersion, cdnSet, 30),
		Entry(nil, cdnVersion, cdnDescribe, 100),
		Entry(nil, cdnVersion, "DescribeCertificateInfoByID", 100),
		Entry(nil, cdnVersion, "DescribeCdnCertificateList", 30),
		Entry(nil, cdnVersion, "DescribeCdnSSLCertificateList", 30),
		Entry(nil, cdnVersion, "DescribeCdnCertificateDetailById", 20),
		Entry(nil, cdnVersion, "DescribeCdnHttpsDomainList", 100),
		Entry(nil, cdnVersion, "DescribeUserDomains", 100),
		Entry(nil, cdnVersion, "DescribeCdnDomainDetail", 30),
		Entry(nil, "2018-01-15", "SetDcdnDomainSSLCertificate", 30),
		Entry(nil, "2018-01-15", "DescribeDcdnDomainCertificateInfo", 100),
		Entry(nil, "2018-01-15", "DescribeDcdnHttpsDomainList", 100),
		Entry(nil, "2018-01-15", "DescribeDcdnSSLCertificateList", 30),
		Entry(nil, "2017-03-21", "DescribeVodSSLCertificateList", 30),
		Entry(nil, "2017-03-21", "SetVodDomainSSLCertificate", 30),
		Entry(nil, "2017-03-21", "DescribeVodDomainCertificateInfo", 100),
		Entry(nil, casVersion, "UploadUserCertificate", 100),
		Entry(nil, casVersion, "DeleteUserCertificate", 100),
		Entry(nil, casVersion, "ListUserCertificateOrder", 10),
		Entry(nil, casVersion, "GetUserCertificateDetail", 100),
		Entry(nil, casVersion, "GetCertWarehouseQuota", 10),
	)

	It("count calls, refused ones too, in a window that slides", func() {
		mustSet(sim, func(s *edgesim.Settings) { s.Quotas = map[string]int{setOperation: 2} })
		Expect(pass(setOperation, nil, 1)).To(Equal(1))
		at.Advance(600 * time.Millisecond)
		Expect(pass(setOperation, nil, 2)).To(Equal(1))
		at.Advance(399 * time.Millisecond)
		Expect(pass(setOperation, nil, 1)).To(Equal(0))
		at.Advance(time.Millisecond)
		Expect(pass(setOperation, nil, 2)).To(Equal(1), "only the first call has left the window")
	})

	It("belong to an account and an operation, whichever key is used", func() {
		mustSet(sim, func(s *edgesim.Settings) { s.Quotas = map[string]int{describe: 1} })
		Expect(pass(describe, params{"DomainName": domainName}, 2)).To(Equal(1))
		c.keyID = "second"
		Expect(pass(describe, params{"DomainName": domainName}, 1)).To(Equal(0))
		Expect(pass("DescribeLiveDomainDetail", params{"DomainName": domainName}, 1)).To(Equal(1))
		c.keyID = "other"
		Expect(pass(describe, params{"DomainName": "other.example.net"}, 1)).To(Equal(1))
	})

	It("can be an account's own, or none", func() {
		mustSet(sim, func(s *edgesim.Settings) { s.Quotas = map[string]int{describe: -1} })
		Expect(pass(describe, params{"DomainName": domainName}, 120)).To(Equal(120))
		Expect(sim.PutAccount(edgesim.Account{ID: accountID, Keys: []edgesim.AccessKey{{ID: keyID, Secret: keySecret}},
			Quotas: map[string]int{describe: 0}})).To(Succeed())
		Expect(pass(describe, params{"DomainName": domainName}, 1)).To(Equal(0))
	})

	It("are answered as configured, and shown in the journal as throttled", func() {
		mustSet(sim, func(s *edgesim.Settings) {
			s.Quotas = map[string]int{describe: 0}
			s.Throttle = edgesim.Throttle{Status: http.StatusTooManyRequests, Code: "Throttling.Api", TimeLeft: true}
		})
		got := c.call(describe, params{"DomainName": domainName})
		Expect(got.status).To(Equal(http.StatusTooManyRequests))
		Expect(got.code()).To(Equal("Throttling.Api"))
		Expect(got.header.Get("x-ratelimit-user-api")).To(MatchRegexp(`^Limit:0,TimeLeft:\d+$`))
		Expect(sim.Journal(edgesim.Query{Outcome: edgesim.OutcomeThrottled})).To(ConsistOf(HaveField("Status", http.StatusTooManyRequests)))
	})
})

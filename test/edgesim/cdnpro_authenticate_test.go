package edgesim_test

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("CDN Pro: authentication", func() {
	const (
		vectorDate     = "Sat, 21 Nov 2026 17:00:00 GMT"
		vectorPassword = "1+2Qh5XE4MDuRt78vYpbBtjezR8="
	)
	var (
		at  *clock
		sim *edgesim.Server
		c   *proClient
	)
	BeforeEach(func() {
		at = newClock()
		moment, err := time.Parse(http.TimeFormat, vectorDate)
		Expect(err).NotTo(HaveOccurred())
		at.now = moment
		sim = startPro(func(config *edgesim.Config) {
			config.Clock = at.Now
			config.Accounts[0].CDNPro.User, config.Accounts[0].CDNPro.APIKey = "example_username", "example_apiKey"
		})
		c = newProClient(sim)
		c.user, c.apiKey, c.now = "example_username", "example_apiKey", at.Now
	})
	list := func() answer { return c.call("GET", "/cdn/certificates", nil) }
	last := func() edgesim.Entry {
		entries := sim.Journal(edgesim.Query{})
		return entries[len(entries)-1]
	}

	It("takes the known password of a known date, and the test client makes it too", func() {
		Expect(proPassword("example_apiKey", vectorDate)).To(Equal(vectorPassword))
		request, err := http.NewRequest(http.MethodGet, c.url+"/cdn/certificates", nil)
		Expect(err).NotTo(HaveOccurred())
		request.Header.Set("Date", vectorDate)
		request.SetBasicAuth("example_username", vectorPassword)
		response, err := c.http.Do(request)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		Expect(response.StatusCode).To(Equal(http.StatusOK))
		Expect(last()).To(And(HaveField("Account", accountID), HaveField("AccessKeyID", "example_username"), HaveField("Signature", "BASIC")))
	})

	It("decrypts the known key of the known date", func() {
		Expect(proEncrypt("TEST-PEM", "example_apiKey", vectorDate)).To(Equal("sm3GJu10gP/U3X3vy54U/w=="))
		got := c.call("POST", "/cdn/certificates", object{"name": "x", "newVersion": object{"certificate": issuePro().pub, "privateKey": "sm3GJu10gP/U3X3vy54U/w=="}})
		Expect(got.proCode()).To(Equal("InvalidKey"))
		Expect(last().Reason).To(Equal("privateKey decrypts to something that is not PEM"), "so it was decrypted")
	})

	It("takes x-cnc-date in place of Date, and records on whose behalf the call is", func() {
		c.header.Set("X-Cnc-Date", vectorDate)
		c.header.Set("On-Behalf-Of", "customer-7")
		got, err := c.try("GET", "/cdn/certificates", vectorDate, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(got.status).To(Equal(http.StatusOK))
		c.header["Date"] = []string{""}
		Expect(list().status).To(Equal(http.StatusOK))
		Expect(last().CDNPro.OnBehalfOf).To(Equal("customer-7"))
	})

	It("takes dates within five minutes of its clock, or what the setting says", func() {
		c.now = func() time.Time { return at.Now().Add(-5 * time.Minute) }
		Expect(list().status).To(Equal(http.StatusOK))
		c.now = func() time.Time { return at.Now().Add(5*time.Minute + time.Second) }
		Expect(list().proCode()).To(Equal("InvalidDate"))
		mustSet(sim, func(s *edgesim.Settings) { s.CDNPro.ClockWindow = 6 * edgesim.Minute })
		Expect(list().status).To(Equal(http.StatusOK))
		mustSet(sim, func(s *edgesim.Settings) { s.ClockSkew = -edgesim.Minute })
		Expect(list().proCode()).To(Equal("InvalidDate"))
	})

	DescribeTable("refuses",
		func(change func(), status int, code, reason string) {
			change()
			got := list()
			Expect(got.status).To(Equal(status))
			Expect(got.body).To(And(HaveKeyWithValue("code", code), HaveKeyWithValue("message", Not(BeEmpty()))))
			Expect(got.header.Get("X-Cnc-Request-Id")).To(Equal(last().RequestID))
			Expect(last()).To(And(HaveField("Outcome", code), HaveField("Reason", ContainSubstring(reason)), HaveField("Operation", "GET /cdn/certificates")))
		},
		Entry("no authentication", func() { c.header["Authorization"] = []string{""} }, 401, "Unauthorized", "Basic"),
		Entry("another scheme", func() { c.header.Set("Authorization", "Bearer x") }, 401, "Unauthorized", "Basic"),
		Entry("signing with an access key, which is not simulated", func() { c.header.Set("X-Cnc-Auth-Method", "AKSK") }, 401, "Unauthorized", "BASIC"),
		Entry("an unknown user", func() { c.user = "stranger" }, 401, "Unauthorized", "user"),
		Entry("a wrong key", func() { c.apiKey = "wrong" }, 401, "Unauthorized", "HMAC-SHA1"),
		Entry("a password for another date", func() { c.header.Set("Date", "Sat, 21 Nov 2026 17:00:01 GMT") }, 401, "Unauthorized", "HMAC-SHA1"),
		Entry("no date", func() { c.header["Date"] = []string{""} }, 401, "InvalidDate", "RFC 1123"),
		Entry("a date in another form", func() { c.header.Set("Date", "2026-11-21T17:00:00Z") }, 401, "InvalidDate", "RFC 1123"),
		Entry("an operation that the user may not call", func() {
			account := sim.Accounts()[0]
			account.Keys, account.CDNPro = nil, &edgesim.CDNPro{User: "example_username", APIKey: "example_apiKey", DeniedOperations: []string{"GET /cdn/certificates"}}
			Expect(sim.PutAccount(account)).To(Succeed())
		}, 403, "AccessDenied", ""),
	)

	It("forgets a user's old key and name when the account is changed", func() {
		change := func(user, key string) {
			Expect(sim.PutAccount(edgesim.Account{ID: accountID, CDNPro: &edgesim.CDNPro{User: user, APIKey: edgesim.Secret(key)}})).To(Succeed())
		}
		change("example_username", "new")
		Expect(list().proCode()).To(Equal("Unauthorized"))
		c.apiKey = "new"
		Expect(list().status).To(Equal(http.StatusOK))
		change("renamed", "new")
		Expect(list().proCode()).To(Equal("Unauthorized"))
		c.user = "renamed"
		Expect(list().status).To(Equal(http.StatusOK))
		Expect(sim.RemoveAccount(accountID)).To(BeTrue())
		Expect(list().proCode()).To(Equal("Unauthorized"))
	})

	It("answers what is not there, with a request id all the same", func() {
		got := c.call("PUT", "/cdn/certificates", nil)
		Expect(got.status).To(Equal(http.StatusNotFound))
		Expect(got.proCode()).To(Equal("NotFound"))
		Expect(got.header.Get("X-Cnc-Request-Id")).NotTo(BeEmpty())
		Expect(last().Operation).To(Equal("PUT /cdn/certificates"))
		for _, path := range []string{"/cdn/", "/cdn/certificates/", "/cdn//certificates", "/cdn/./certificates"} {
			got := c.call("GET", path, nil)
			Expect(got.status).To(Equal(http.StatusNotFound), path)
			Expect(got.header.Get("X-Cnc-Request-Id")).To(Equal(last().RequestID))
		}
		Expect(c.call("GET", "/cdn/"+strings.Repeat("x", 300), nil).status).To(Equal(http.StatusNotFound))
		Expect(c.call("POST", "/cdn/certificates", strings.Repeat("x", 2<<20)).proCode()).To(Equal("InvalidRequest"))
	})
})

package cdnpro_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// refusing is an adapter of a server that answers every request alike.
func refusing(status int, body any, header map[string]string) *cdnpro.Adapter {
	GinkgoHelper()
	encoded, err := json.Marshal(body)
	Expect(err).NotTo(HaveOccurred())
	return answering(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		for field, value := range header {
			w.Header().Set(field, value)
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "%s", encoded)
	})
}

func answering(answer http.HandlerFunc, change ...func(*cdnpro.Config)) *cdnpro.Adapter {
	GinkgoHelper()
	server := httptest.NewServer(answer)
	DeferCleanup(server.Close)
	return cdnpro.NewAdapter(newClient(server.URL, change...))
}

var _ = Describe("An error of the product", func() {
	It("has a row of its own in this table of rows", func() {
		expected := map[string]struct {
			kind    provider.Kind
			account bool
		}{
			"InvalidCertId":           {provider.Conflict, false},
			"InvalidCertVersion":      {provider.Conflict, false},
			"InvalidPropertyId":       {provider.Conflict, false},
			"InvalidVersion":          {provider.Conflict, false},
			"InvalidDeploymentTaskId": {provider.Conflict, false},
			"CertificateInUse":        {provider.Conflict, false},
			"PropertyInUse":           {provider.Conflict, false},
			"AccessDenied":            {provider.Denied, false},
			"InvalidKey":              {provider.Rejected, false},
			"TooManyVersions":         {provider.Rejected, false},
			"InvalidHostname":         {provider.NotFound, false},
			"InvalidCertificate":      {provider.Rejected, false},
			"CertificateCheckFailed":  {provider.Rejected, false},
			"CertVersionNotDeletable": {provider.Conflict, false},
			"HostnameConflict":        {provider.Conflict, false},
			"CertificateNotDeployed":  {provider.Conflict, false},
			"PropertyNotValidated":    {provider.Conflict, false},
			"PropertyVersionFrozen":   {provider.Conflict, false},
			"Unauthorized":            {provider.Denied, true},
			"InvalidDate":             {provider.Unavailable, true},
			"TooManyRequests":         {provider.Throttled, false},
		}
		documented := 0
		for _, row := range cdnpro.Meanings() {
			Expect(expected).To(HaveKey(row.Code))
			Expect(row.Kind).To(Equal(expected[row.Code].kind), row.Code)
			Expect(row.Account).To(Equal(expected[row.Code].account), row.Code)
			Expect(row.Advice).NotTo(BeEmpty())
			Expect(row.Advice).NotTo(HaveSuffix("."))
			if row.Documented {
				documented++
			}
			delete(expected, row.Code)
		}
		Expect(expected).To(BeEmpty())
		Expect(documented).To(Equal(8), "codes that a page of the product has")
	})

	DescribeTable("means what its code means, then what its status means",
		func(ctx SpecContext, status int, code string, kind provider.Kind, account bool, told string) {
			_, err := refusing(status, map[string]string{"code": code, "message": "canary"}, nil).Observe(ctx, provider.Target{Domain: domain, Name: name})
			failure := expectFailure(err, kind)
			Expect(failure.Account).To(Equal(account))
			Expect(failure.Code).To(Equal(told))
			Expect(failure.Status).To(Equal(status))
			Expect(failure.RequestID).To(Equal("R-1"))
			Expect(failure.Operation).To(Equal("GET /cdn/hostnames/{hostname}"))
			Expect(failure.Error()).NotTo(ContainSubstring("canary"))
			Expect(failure.Advice).NotTo(BeEmpty())
		},
		Entry("a known code", 400, "InvalidKey", provider.Rejected, false, "InvalidKey"),
		Entry("a known code in another case", 400, "invalidkey", provider.Rejected, false, "invalidkey"),
		Entry("a known code, whatever the status", 404, "AccessDenied", provider.Denied, false, "AccessDenied"),
		Entry("throttling, whatever the code", 429, "SomethingElse", provider.Throttled, false, "SomethingElse"),
		Entry("a user that is not let in", 401, "SomethingElse", provider.Denied, true, "SomethingElse"),
		Entry("a user that may not", 403, "SomethingElse", provider.Denied, false, "SomethingElse"),
		Entry("a hostname that is not there", 404, "SomethingElse", provider.NotFound, false, "SomethingElse"),
		Entry("a state that is in the way", 409, "SomethingElse", provider.Conflict, false, "SomethingElse"),
		Entry("a request that is wrong", 400, "SomethingElse", provider.Rejected, false, "SomethingElse"),
		Entry("a fault of the product", 500, "SomethingElse", provider.Unavailable, false, "SomethingElse"),
		Entry("a user that is not let in, without code", 401, "", provider.Denied, true, "http-401"),
		Entry("throttling without code", 429, "", provider.Throttled, false, "http-429"),
		Entry("a code that is none", 400, "a b\nc", provider.Unavailable, false, "http-400"),
		Entry("a fault without code", 503, "", provider.Unavailable, false, "http-503"),
	)

	DescribeTable("is waited for as long as it says",
		func(ctx SpecContext, asked string, waited time.Duration) {
			now := time.Date(2026, time.November, 21, 17, 0, 0, 0, time.UTC)
			adapter := answering(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", asked)
				w.WriteHeader(http.StatusTooManyRequests)
			}, func(c *cdnpro.Config) { c.Clock = func() time.Time { return now } })
			_, err := adapter.Observe(ctx, provider.Target{Domain: domain})
			Expect(expectFailure(err, provider.Throttled).RetryAfter).To(Equal(waited))
		},
		Entry("nothing", "", time.Duration(0)),
		Entry("seconds", "7", 7*time.Second),
		Entry("a date", "Sat, 21 Nov 2026 17:01:00 GMT", time.Minute),
		Entry("a date in the past", "Sat, 21 Nov 2026 16:00:00 GMT", time.Duration(0)),
		Entry("longer than is reasonable", "86400", 10*time.Minute),
		Entry("a date later than is reasonable", "Sun, 22 Nov 2026 17:01:00 GMT", 10*time.Minute),
		Entry("a negative number", "-3", time.Duration(0)),
		Entry("nonsense", "soon", time.Duration(0)),
	)

	It("without any code is blamed on the clock where the clock is wrong", func(ctx SpecContext) {
		adapter := refusing(http.StatusUnauthorized, map[string]string{}, map[string]string{"Date": "Sat, 21 Nov 2020 17:00:00 GMT"})
		_, err := adapter.Observe(ctx, provider.Target{Domain: domain})
		Expect(expectFailure(err, provider.Unavailable).Code).To(Equal(provider.CodeClockSkew))
	})
})

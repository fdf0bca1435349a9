package cdnpro_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

// telling answers with a status, a content type and a body.
func telling(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

var _ = Describe("A request", func() {
	target := provider.Target{Domain: domain, Name: name}

	DescribeTable("that gets no usable answer is an error without a word of it",
		func(ctx SpecContext, answer http.HandlerFunc, code string) {
			_, err := answering(answer).Observe(ctx, target)
			failure := expectFailure(err, provider.Unavailable)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Host).NotTo(BeEmpty())
			Expect(failure.Error()).NotTo(ContainSubstring("canary"))
		},
		Entry("a web page", telling(200, "text/html", "<html>canary</html>"), "malformed"),
		Entry("JSON of another name", telling(200, "text/plain", `{"hostname":"canary"}`), "malformed"),
		Entry("no content type", telling(200, "", `{"hostname":"canary"}`), "malformed"),
		Entry("a list", telling(200, "application/json", `["canary"]`), "malformed"),
		Entry("null", telling(200, "application/json", `null`), "malformed"),
		Entry("half of an object", telling(200, "application/json", `{"hostname":"canary`), "malformed"),
		Entry("nothing", telling(200, "application/json", ``), "malformed"),
		Entry("fields of another shape", telling(200, "application/json", `{"propertyInProduction":{"propertyId":"canary"},"propertyInStaging":{"version":"a"`), "malformed"),
		Entry("more than 1 MiB", telling(200, "application/json", `{"a":"`+strings.Repeat("canary", 200_000)+`"}`), "oversized"),
		Entry("no request id", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"hostname":"canary"}`)
		}, "incomplete"),
		Entry("a web page of an error", telling(502, "text/html", "<html>canary</html>"), "http-502"),
		Entry("a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/canary", http.StatusTemporaryRedirect)
		}, "redirect"),
		Entry("an end of the connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "connection"),
	)

	It("takes JSON with a character set", func(ctx SpecContext) {
		_, err := answering(telling(200, "application/json; charset=utf-8", `{"hostname":"x"}`)).Observe(ctx, target)
		Expect(expectFailure(err, provider.NotFound).Code).To(Equal("not-deployed"))
	})

	It("has a path of its own parts only", func(ctx SpecContext) {
		paths := make(chan string, 1)
		adapter := answering(func(w http.ResponseWriter, r *http.Request) {
			paths <- r.RequestURI
			w.WriteHeader(http.StatusNotFound)
		})
		_, err := adapter.Observe(ctx, provider.Target{Domain: "*.example.com/../x?y"})
		expectFailure(err, provider.Unavailable)
		Expect(paths).To(Receive(Equal("/cdn/hostnames/%2A.example.com%2F..%2Fx%3Fy")))
	})

	It("that nobody takes says why", func(ctx SpecContext) {
		refused := httptest.NewServer(nil)
		refused.Close()
		old := httptest.NewUnstartedServer(nil)
		old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		old.Config.ErrorLog = log.New(io.Discard, "", 0)
		old.StartTLS()
		DeferCleanup(old.Close)
		foreign := httptest.NewUnstartedServer(nil)
		foreign.Config.ErrorLog = log.New(io.Discard, "", 0)
		foreign.StartTLS()
		DeferCleanup(foreign.Close)
		plain := httptest.NewServer(nil)
		DeferCleanup(plain.Close)
		for endpoint, code := range map[string]string{
			refused.URL: "connection",
			old.URL:     "tls",
			foreign.URL: "tls",
			"https://" + plain.Listener.Addr().String(): "tls",
			"http://nowhere.invalid":                    "dns",
		} {
			_, err := newClient(endpoint).Identify(ctx)
			failure := expectFailure(err, provider.Unavailable)
			Expect(failure.Code).To(Equal(code), endpoint)
			Expect(failure.Error()).NotTo(ContainSubstring("/cdn/certificates?"))
		}
	})

	It("ends when its time is up, its caller's or its own", func(ctx SpecContext) {
		silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		_, err := answering(silent, func(c *cdnpro.Config) { c.CallTimeout = 50 * time.Millisecond }).Observe(ctx, target)
		failure := expectFailure(err, provider.Unavailable)
		Expect(failure.Code).To(Equal("timeout"))
		Expect(failure.Cause).NotTo(HaveOccurred())

		impatient, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err = answering(silent).Observe(impatient, target)
		Expect(expectFailure(err, provider.Unavailable).Code).To(Equal("timeout"))
		Expect(errors.Is(err, context.DeadlineExceeded)).To(BeTrue())

		gone, leave := context.WithCancel(ctx)
		leave()
		_, err = answering(silent).Observe(gone, target)
		Expect(expectFailure(err, provider.Unavailable).Code).To(Equal("canceled"))
		Expect(errors.Is(err, context.Canceled)).To(BeTrue())
	}, NodeTimeout(nodeTimeout))

	DescribeTable("that made something is not believed without a location",
		func(ctx SpecContext, location string) {
			w := newWorld(slow(), bare(domain))
			bundle := w.issue(domain)
			adapter := answering(func(out http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/hostnames/") {
					telling(200, "application/json", `{"propertyInProduction":{"propertyId":"p","version":1}}`)(out, r)
					return
				}
				if r.Method == http.MethodGet {
					telling(200, "application/json", `{"certificates":[]}`)(out, r)
					return
				}
				out.Header().Set("Location", location)
				out.Header().Set("X-Cnc-Request-Id", "R-1")
				out.WriteHeader(http.StatusCreated)
			})
			_, err := adapter.Deploy(ctx, targetOf(bundle), bundle)
			Expect(expectFailure(err, provider.Unavailable).Code).To(Equal("incomplete"))
		},
		Entry("none", ""),
		Entry("of something else", "https://host/cdn/properties/1"),
		Entry("with too little", "https://host/cdn/certificates/"),
		Entry("with too much", "https://host/cdn/certificates/1/versions/2"),
		Entry("that steps out of its path", "https://host/cdn/certificates/.."),
		Entry("that is no address", "http://[::1"),
		Entry("with what is no id", "https://host/cdn/certificates/a%20b"),
	)
})

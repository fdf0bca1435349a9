package cdnpro_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/testcerts"
)

// benchmarked is an adapter before a loopback server that has the product's sample,
// and takes every upload.
func benchmarked(b *testing.B) *cdnpro.Adapter {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		switch {
		case r.Method == http.MethodPatch:
			w.Header().Set("Location", "/cdn/certificates/"+held+"/versions/3")
			w.WriteHeader(http.StatusCreated)
		case strings.HasPrefix(r.URL.Path, "/cdn/hostnames/"):
			fmt.Fprint(w, at)
		case strings.HasPrefix(r.URL.Path, "/cdn/properties/"):
			fmt.Fprint(w, `{"version":3,"configs":{"hostnames":["`+sampleDomain+`"]}}`)
		default:
			fmt.Fprint(w, strings.ReplaceAll(sample, "testdomain-t1573511634898.domain.info", sampleDomain))
		}
	}))
	b.Cleanup(server.Close)
	client, err := cdnpro.New(cdnpro.Config{Endpoint: server.URL, User: user, APIKey: cdnpro.NewAPIKey(apiKey)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	return cdnpro.NewAdapter(client)
}

// BenchmarkObserve is a read-back with everything in place: two requests.
func BenchmarkObserve(b *testing.B) {
	adapter := benchmarked(b)
	b.ReportAllocs()
	for b.Loop() {
		observation, err := adapter.Observe(b.Context(), provider.Target{Domain: sampleDomain, Name: name})
		if err != nil || observation.Calls != 2 {
			b.Fatal(observation.Calls, err)
		}
	}
}

// BenchmarkDeploy is the first step of a renewal, with an RSA-2048 key: four
// requests.
func BenchmarkDeploy(b *testing.B) {
	adapter := benchmarked(b)
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{sampleDomain}, Key: testcerts.RSA2048})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := adapter.Deploy(b.Context(), provider.Target{Domain: sampleDomain, Name: name}, bundle); err != nil {
			b.Fatal(err)
		}
	}
}

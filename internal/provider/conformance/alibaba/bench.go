package alibaba

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/testcerts"
)

// BenchmarkClient is a client of a loopback server that answers all calls alike.
func BenchmarkClient(b *testing.B, answer any) *aliyun.Client {
	b.Helper()
	body, err := json.Marshal(answer)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write(body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	b.Cleanup(server.Close)
	credentials, err := aliyun.AccessKey(KeyID, KeySecret, "")
	if err != nil {
		b.Fatal(err)
	}
	client, err := aliyun.New(aliyun.Config{Endpoint: server.URL, Credentials: credentials})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	return client
}

// BenchmarkBundle is a bundle with an RSA-2048 key, the usual size of a request.
func BenchmarkBundle(b *testing.B, domain string) certbundle.Bundle {
	b.Helper()
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.RSA2048})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	if err != nil {
		b.Fatal(err)
	}
	return bundle
}

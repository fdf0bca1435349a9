package aliyunlive_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/testcerts"
)

// benchmarked is an adapter before a loopback server that answers all calls
// alike, and a bundle with an RSA-2048 key, the usual size of a request.
func benchmarked(b *testing.B, body string) (*aliyunlive.Adapter, certbundle.Bundle) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		if _, err := io.WriteString(w, body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	b.Cleanup(server.Close)
	credentials, err := aliyun.AccessKey(alibaba.KeyID, alibaba.KeySecret, "")
	if err != nil {
		b.Fatal(err)
	}
	client, err := aliyun.New(aliyun.Config{Endpoint: server.URL, Credentials: credentials})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.RSA2048})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	if err != nil {
		b.Fatal(err)
	}
	return aliyunlive.New(client), bundle
}

func BenchmarkDeploy(b *testing.B) {
	adapter, bundle := benchmarked(b, `{"RequestId":"R"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := adapter.Deploy(b.Context(), target(), bundle); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	pub := testcerts.SelfSigned(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.RSA2048})
	adapter, _ := benchmarked(b, describeBody(b, string(pub.CertificatePEM)))
	known := target()
	known.Known = provider.Handle{CertificateID: "1", CertificateName: name, Fingerprint: pub.Fingerprint}
	b.ReportAllocs()
	for b.Loop() {
		observation, err := adapter.Observe(b.Context(), known)
		if err != nil || observation.Calls != 1 {
			b.Fatal(observation.Calls, err)
		}
	}
}

// describeBody is the reply about a domain that has the certificate.
func describeBody(b *testing.B, sslPub string) string {
	b.Helper()
	body, err := json.Marshal(map[string]any{
		"RequestId": "R",
		"CertInfos": map[string]any{"CertInfo": []any{info(map[string]string{"SSLPub": sslPub})}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

package aliyuncdn_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/testcerts"
)

// benchmarked is CDN's adapter before a loopback server that answers all calls
// alike.
func benchmarked(b *testing.B, answer any) *aliyuncdn.Adapter {
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
	credentials, err := aliyun.AccessKey(alibaba.KeyID, alibaba.KeySecret, "")
	if err != nil {
		b.Fatal(err)
	}
	client, err := aliyun.New(aliyun.Config{Endpoint: server.URL, Credentials: credentials})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	return aliyuncdn.NewCDN(client)
}

// benchmarkBundle has an RSA-2048 key, the usual size of a request.
func benchmarkBundle(b *testing.B) certbundle.Bundle {
	b.Helper()
	pair := testcerts.NewCA("Example").Issue(testcerts.Options{DNSNames: []string{domain}, Key: testcerts.RSA2048})
	bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
	if err != nil {
		b.Fatal(err)
	}
	return bundle
}

func BenchmarkDeploy(b *testing.B) {
	adapter, bundle := benchmarked(b, map[string]string{"RequestId": "R"}), benchmarkBundle(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := adapter.Deploy(b.Context(), target(), bundle); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	bundle := benchmarkBundle(b)
	adapter := benchmarked(b, map[string]any{"RequestId": "R", "CertInfos": map[string]any{
		"CertInfo": []any{cdn().info(map[string]any{"ServerCertificate": string(bundle.CertificatePEM())})},
	}})
	for name, known := range map[string]provider.Handle{"Known": {CertificateID: "9002448", Fingerprint: bundle.Fingerprint()}, "Unknown": {}} {
		b.Run(name, func(b *testing.B) {
			t := target()
			t.Known = known
			b.ReportAllocs()
			for b.Loop() {
				observation, err := adapter.Observe(b.Context(), t)
				if err != nil || observation.Fingerprint != bundle.Fingerprint() {
					b.Fatal(err)
				}
			}
		})
	}
}

package aliyuncdn_test

import (
	"testing"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
)

func BenchmarkDeploy(b *testing.B) {
	adapter := aliyuncdn.NewCDN(alibaba.BenchmarkClient(b, map[string]string{"RequestId": "R"}))
	bundle := alibaba.BenchmarkBundle(b, domain)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := adapter.Deploy(b.Context(), target(), bundle); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	bundle := alibaba.BenchmarkBundle(b, domain)
	adapter := aliyuncdn.NewCDN(alibaba.BenchmarkClient(b, map[string]any{"RequestId": "R", "CertInfos": map[string]any{
		"CertInfo": []any{cdn().info(map[string]any{"ServerCertificate": string(bundle.CertificatePEM())})},
	}}))
	for _, row := range []struct {
		name  string
		known provider.Handle
	}{
		{"Known", provider.Handle{CertificateID: "9002448", Fingerprint: bundle.Fingerprint()}},
		{"Unknown", provider.Handle{}},
	} {
		b.Run(row.name, func(b *testing.B) {
			t := target()
			t.Known = row.known
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

package aliyunlive_test

import (
	"testing"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
)

func BenchmarkDeploy(b *testing.B) {
	adapter := aliyunlive.New(alibaba.BenchmarkClient(b, map[string]string{"RequestId": "R"}))
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
	adapter := aliyunlive.New(alibaba.BenchmarkClient(b, map[string]any{"RequestId": "R", "CertInfos": map[string]any{
		"CertInfo": []any{info(map[string]string{"SSLPub": string(bundle.CertificatePEM())})},
	}}))
	known := target()
	known.Known = provider.Handle{CertificateID: "1", CertificateName: name, Fingerprint: bundle.Fingerprint()}
	b.ReportAllocs()
	for b.Loop() {
		observation, err := adapter.Observe(b.Context(), known)
		if err != nil || observation.Calls != 1 {
			b.Fatal(observation.Calls, err)
		}
	}
}

package aliyuncdn_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/test/testcerts"
)

// FuzzReplies is about CDN, and its call that tells of a certificate by its id.
func FuzzReplies(f *testing.F) {
	seedReplies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		observation, err := aliyuncdn.Decode(body, domain)
		if err == nil {
			requireFit(t, observation)
		}
		if completed, domains, err := aliyuncdn.DecodeStored(body, observation); err == nil {
			requireFit(t, completed, domains...)
		}
	})
}

// FuzzDCDNReply is about DCDN, whose fields have Live's names.
func FuzzDCDNReply(f *testing.F) { fuzzReply(f, aliyuncdn.DecodeDCDN) }

// FuzzVODReply is about VOD, whose fields have CDN's names.
func FuzzVODReply(f *testing.F) { fuzzReply(f, aliyuncdn.DecodeVOD) }

func fuzzReply(f *testing.F, decode func([]byte, string) (provider.Observation, error)) {
	f.Helper()
	seedReplies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		observation, err := decode(body, domain)
		if err != nil {
			return
		}
		requireFit(t, observation)
		again, err := decode(body, domain)
		if err != nil || again.Fingerprint != observation.Fingerprint || again.Found != observation.Found {
			t.Fatalf("one reply tells two things: %+v, %+v", observation, again)
		}
	})
}

// seedReplies adds replies of all three products, and some of none.
func seedReplies(f *testing.F) {
	f.Helper()
	pub := string(testcerts.SelfSigned(testcerts.Options{DNSNames: []string{domain}}).CertificatePEM)
	for _, certInfo := range []any{
		cdn().info(nil), []any{dcdn().info(nil)}, vod().info(map[string]any{"ServerCertificate": pub}), []any{}, nil, "", 1,
		storedInfo(nil), storedInfo(map[string]any{"HttpsCrt": pub, "DomainList": []any{"a", 1, nil}}),
	} {
		for _, certInfos := range []any{certInfo, map[string]any{"CertInfo": certInfo}} {
			body, err := json.Marshal(map[string]any{"CertInfos": certInfos})
			if err != nil {
				f.Fatal(err)
			}
			f.Add(body)
		}
	}
}

// requireFit checks that what was decoded may be shown.
func requireFit(t *testing.T, o provider.Observation, domains ...string) {
	t.Helper()
	if o.Fingerprint != "" && (len(o.Fingerprint) != 64 || o.NotAfter.IsZero()) {
		t.Fatalf("inconsistent: %+v", o)
	}
	texts := append([]string{o.CertificateID, o.CertificateName, o.CertificateType, o.CertificateRegion, o.CertificateDomainName,
		o.Organization, o.Life, o.Status, o.CNAMEStatus}, domains...)
	for _, text := range texts {
		if len(text) > 300 || strings.ContainsAny(text, "\n\r\x00\x1b") {
			t.Fatalf("unfit for a status: %q", text)
		}
	}
	if o.Trouble != nil && len(o.Trouble.Error()) > 512 {
		t.Fatalf("too long for a condition: %q", o.Trouble)
	}
}

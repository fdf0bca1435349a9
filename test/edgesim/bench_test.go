package edgesim_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// benchmark measures whole calls over loopback, signing client included, against an
// account with 10 000 domains.
func benchmark(b *testing.B, action string, p params) {
	b.Helper()
	config := edgesim.Config{Accounts: []edgesim.Account{{ID: accountID, Keys: []edgesim.AccessKey{{ID: keyID, Secret: keySecret}},
		Domains: []edgesim.Domain{{Name: domainName}}}}}
	for i := range 10_000 {
		config.Accounts[0].Domains = append(config.Accounts[0].Domains, edgesim.Domain{Name: fmt.Sprintf("d%05d.example.com", i)})
	}
	config.Settings.Quotas = map[string]int{action: -1}
	sim, err := edgesim.Start(config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := sim.Close(); err != nil {
			b.Error(err)
		}
	})
	c := &client{url: "http://" + sim.APIAddress(), keyID: keyID, secret: keySecret, version: "2016-11-01", now: time.Now, http: &http.Client{Transport: &http.Transport{}}}
	b.ReportAllocs()
	for b.Loop() {
		got, err := c.try(context.Background(), action, p)
		if err != nil || got.status != http.StatusOK {
			b.Fatal(got.raw, err)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	for name, kind := range map[string]testcerts.KeyKind{"ECDSAP256": testcerts.ECDSAP256, "RSA2048": testcerts.RSA2048} {
		b.Run("key="+name, func(b *testing.B) {
			benchmark(b, setOperation, issue(testcerts.Options{DNSNames: []string{domainName}, Key: kind}).on())
		})
	}
}

func BenchmarkDescribe(b *testing.B) {
	benchmark(b, describe, params{"DomainName": domainName})
}

func BenchmarkUserDomains(b *testing.B) {
	benchmark(b, "DescribeLiveUserDomains", params{"PageSize": "50"})
}

package edgesim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/domaincert/domaincert/test/edgesim"
)

// FuzzCDNPro sends signed bodies of any content to the calls that take one: each must be
// answered, with an error of the API if not with success.
func FuzzCDNPro(f *testing.F) {
	calls := []string{"/cdn/certificates", "/cdn/deploymentTasks", "/cdn/validations", "/cdn/properties/" + proProperty + "/versions"}
	for _, body := range []string{
		`{"name":"x","newVersion":{"certificate":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n","privateKey":"AAAAAAAAAAAAAAAAAAAAAA=="}}`,
		`{"name":"x","newVersion":{"certificate":"GENERATE","privateKey":"ECC256","identificationInfo":{"commonName":"\u0000"}}}`,
		`{"name":"x","newVersion":{"certificate":"GENERATE","privateKey":"ECC256","identificationInfo":{"subjectAlternativeNames":["ü"," ",""]}}}`,
		`{"target":"production","actions":[{"action":"deploy_property","propertyId":"` + proProperty + `","version":"1"}]}`,
		`{"propertyId":"` + proProperty + `","version":1}`, `{"hostnames":["*."],"origins":[{"tlsCertificateId":"x"}]}`, `[]`, `null`, ``,
	} {
		for i := range calls {
			f.Add(uint8(i), body)
		}
	}
	sim, err := edgesim.Start(edgesim.Config{
		Accounts: []edgesim.Account{{ID: accountID, CDNPro: &edgesim.CDNPro{User: proUser, APIKey: proKey,
			Properties: []edgesim.CDNProProperty{{ID: proProperty, Hostnames: []string{proHost}}}}}},
		Settings: edgesim.Settings{Quotas: map[string]int{"cdnpro": -1}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := sim.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		c := &proClient{url: "http://" + sim.APIAddress(), user: proUser, apiKey: proKey, now: time.Now, http: &http.Client{}}
		got, err := c.try(http.MethodPost, calls[int(which)%len(calls)], c.date(), body)
		if err != nil {
			t.Fatal(err)
		}
		if got.status >= http.StatusInternalServerError || got.status >= http.StatusBadRequest && got.proCode() == nil {
			t.Fatalf("answered %d %s", got.status, got.raw)
		}
	})
}

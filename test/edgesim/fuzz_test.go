package edgesim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domaincert/domaincert/test/edgesim"
)

// FuzzUpload sends certificates and keys of any content: each must be answered with
// an error of the API, and with none of the simulator's own.
func FuzzUpload(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "name")
	f.Add("-----BEGIN CERTIFICATE-----", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "")
	f.Add("\ufeff", "\x00", "%")
	sim, err := edgesim.Start(edgesim.Config{
		Accounts: []edgesim.Account{{ID: accountID, Keys: []edgesim.AccessKey{{ID: keyID, Secret: keySecret}},
			Domains: []edgesim.Domain{{Name: domainName}, {Name: cdnDomain, Product: edgesim.ProductCDN}}}},
		Settings: edgesim.Settings{Quotas: map[string]int{setOperation: -1, cdnSet: -1, "UploadUserCertificate": -1}, OmitStringToSign: true},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := sim.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, pub, pri, name string) {
		sent := upload{pub: pub, pri: pri}.on().with(params{"CertName": name})
		for _, call := range []struct {
			version, operation string
			params             params
		}{
			{"2016-11-01", setOperation, sent},
			{cdnVersion, cdnSet, sent.with(params{"DomainName": cdnDomain})},
			{casVersion, "UploadUserCertificate", params{"Name": name, "Cert": pub, "Key": pri}},
		} {
			c := &client{url: "http://" + sim.APIAddress(), keyID: keyID, secret: keySecret, version: call.version, now: time.Now, http: &http.Client{}}
			got, err := c.try(t.Context(), call.operation, call.params)
			if err != nil {
				t.Fatal(err)
			}
			if got.code() == "" || got.code() == "InternalError" {
				t.Fatalf("%s answered %d %s", call.operation, got.status, got.raw)
			}
		}
	})
}

// FuzzRequest sends unsigned requests of any form: none may get in, or bring the
// simulator down.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "Action=SetLiveDomainCertificate&Version=2016-11-01", "AccessKeyId=test-id", "")
	f.Add("GET", "%zz&=&&a", "", "ACS3-HMAC-SHA256 Credential=test-id,SignedHeaders=host,Signature=00")
	f.Add("POST", "", "a=%", "ACS3-HMAC-SHA256 ,,=,")
	sim, err := edgesim.Start(edgesim.Config{Accounts: []edgesim.Account{{ID: accountID, Keys: []edgesim.AccessKey{{ID: keyID, Secret: keySecret}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := sim.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, method, query, body, authorization string) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+sim.APIAddress()+"/", strings.NewReader(body))
		request.RequestURI, request.Method = "", method
		request.URL.RawQuery = url.PathEscape(query)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Authorization", authorization)
		response, err := (&http.Client{}).Do(request)
		if err != nil {
			return // net/http refused to send it
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode < http.StatusBadRequest {
			t.Fatalf("answered %d", response.StatusCode)
		}
	})
}

package cdnpro_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
)

// echoing are servers that let an upload come and then fail in all ways, most by
// repeating what was sent to them.
func echoing() []http.HandlerFunc {
	all := func(r *http.Request) string {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		return r.URL.String() + " " + fmt.Sprint(r.Header) + " " + string(body)
	}
	telling := func(status int, contentType string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			told := all(r)
			encoded, err := json.Marshal(map[string]string{"code": told, "message": told, "details": told})
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("X-Cnc-Request-Id", strings.ReplaceAll(told, "\n", " "))
			w.WriteHeader(status)
			fmt.Fprintf(w, "%s", encoded)
		}
	}
	return []http.HandlerFunc{
		telling(http.StatusBadRequest, "application/json"),
		telling(http.StatusUnauthorized, "application/json"),
		telling(http.StatusInternalServerError, "text/html"),
		telling(http.StatusCreated, "application/json"),
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cnc-Request-Id", "R-1")
			w.Header().Set("Location", "/cdn/certificates/"+url.PathEscape(all(r)))
			w.WriteHeader(http.StatusCreated)
		},
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+url.QueryEscape(all(r)), http.StatusTemporaryRedirect)
		},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		func(_ http.ResponseWriter, r *http.Request) {
			all(r)
			<-r.Context().Done()
		},
	}
}

// brokenAt is a server whose reads succeed and whose changes do not.
func brokenAt(answer http.HandlerFunc) string {
	GinkgoHelper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		switch {
		case strings.HasPrefix(r.URL.Path, "/cdn/hostnames/"):
			fmt.Fprintf(w, `{"propertyInProduction":{"propertyId":"p","version":1,"certificateId":%q}}`, held)
		case strings.HasPrefix(r.URL.Path, "/cdn/certificates/"):
			fmt.Fprint(w, `{"versions":[]}`)
		default:
			fmt.Fprint(w, `{"version":1,"configs":{}}`)
		}
	}))
	DeferCleanup(server.Close)
	return server.URL
}

// keyMarks are pieces of the key in all the forms that it could leak in.
func keyMarks(bundle certbundle.Bundle) []string {
	GinkgoHelper()
	block, _ := pem.Decode(bundle.PrivateKey().Bytes())
	Expect(block).NotTo(BeNil())
	encoded := base64.StdEncoding.EncodeToString(block.Bytes)
	return []string{"PRIVATE KEY", "PRIVATE+KEY", "PRIVATE%20KEY", encoded[:32], encoded[len(encoded)-32:],
		url.QueryEscape(encoded)[:32], hex.EncodeToString(block.Bytes)[:32], string(block.Bytes[len(block.Bytes)/2:])}
}

var _ = Describe("Secrets", func() {
	It("come back in no error, whatever goes wrong", func(ctx SpecContext) {
		w := newWorld(edgesim.Settings{}, bare(domain))
		bundle := w.issue(domain)
		var told strings.Builder
		var failures []*provider.Error
		for _, answer := range echoing() {
			client := newClient(brokenAt(answer), func(c *cdnpro.Config) { c.CallTimeout = 200 * time.Millisecond })
			_, err := cdnpro.NewAdapter(client).Deploy(ctx, targetOf(bundle), bundle)
			Expect(err).To(HaveOccurred())
			failures = append(failures, provider.AsError(err))
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		_, err := w.adapter(cdnpro.Production).Deploy(gone, targetOf(bundle), bundle)
		failures = append(failures, provider.AsError(err))
		for _, failure := range failures {
			document, err := json.Marshal(failure)
			Expect(err).NotTo(HaveOccurred())
			fmt.Fprintf(&told, "%v %+v %#v %s\n", failure, failure, failure, document)
		}
		header, sealed, err := cdnpro.Stamped(user, apiKey, time.Now(), string(bundle.PrivateKey().Bytes()))
		Expect(err).NotTo(HaveOccurred())
		Expect(told.String()).To(ContainSubstring("PATCH /cdn/certificates/{id}"))
		for _, mark := range append(keyMarks(bundle), apiKey, "Basic ", header.Get("Authorization"), sealed[:24], "BEGIN CERTIFICATE", "domaincert sha256") {
			Expect(told.String()).NotTo(ContainSubstring(mark))
		}
	}, NodeTimeout(nodeTimeout))

	It("are never on the wire as they are, and in no journal", func(ctx SpecContext) {
		w := certified(edgesim.Settings{})
		bundle := w.issue(domain)
		before := bytes.Clone(bundle.PrivateKey().Bytes())
		w.travel(ctx, cdnpro.Production, targetOf(bundle), bundle, false)
		Expect(bytes.Equal(bundle.PrivateKey().Bytes(), before)).To(BeTrue(), "the key is the caller's still")
		journal, err := json.Marshal(w.Journal(edgesim.Query{}))
		Expect(err).NotTo(HaveOccurred())

		sent := make(chan string, 1)
		_, err = cdnpro.NewAdapter(newClient(brokenAt(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				sent <- r.RequestURI + fmt.Sprint(r.Header) + string(body)
			}
			w.WriteHeader(http.StatusBadGateway)
		}))).Deploy(ctx, targetOf(bundle), bundle)
		expectFailure(err, provider.Unavailable)
		var wire string
		Expect(sent).To(Receive(&wire))
		Expect(wire).To(ContainSubstring("BEGIN CERTIFICATE"))
		for _, mark := range append(keyMarks(bundle), apiKey) {
			Expect(wire).NotTo(ContainSubstring(mark))
			Expect(string(journal)).NotTo(ContainSubstring(mark))
		}
	})
})

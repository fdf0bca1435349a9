package aliyunlive_test

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
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("The private key", func() {
	It("comes back in no error and is printed nowhere, whatever goes wrong", func(ctx SpecContext) {
		bundle := aBundle()
		marks := keyMarks(bundle)
		var told strings.Builder
		printed := printedDuring(func() {
			for _, endpoint := range brokenEndpoints() {
				for _, version := range versions() {
					client := newClient(endpoint, signature(version), func(c *aliyun.Config) { c.CallTimeout = 100 * time.Millisecond })
					tellFailure(ctx, &told, aliyunlive.New(client), bundle)
				}
			}
			gone, cancel := context.WithCancel(ctx)
			cancel()
			tellFailure(gone, &told, aliyunlive.New(newClient(brokenEndpoints()[0])), bundle)
		})
		Expect(told.String()).To(ContainSubstring("SetLiveDomainCertificate"))
		for _, mark := range marks {
			Expect(told.String()).NotTo(ContainSubstring(mark))
			Expect(printed).NotTo(ContainSubstring(mark))
		}
	}, NodeTimeout(nodeTimeout))

	It("is not in the simulator's journal either", func(ctx SpecContext) {
		simulator := newSimulator(edgesim.Settings{}, edgesim.Domain{Name: domain})
		bundle := aBundle()
		for _, version := range versions() {
			deploy(ctx, newAdapter(simulator, signature(version)), target(), bundle)
		}
		journal, err := json.Marshal(simulator.Journal(edgesim.Query{}))
		Expect(err).NotTo(HaveOccurred())
		for _, mark := range keyMarks(bundle) {
			Expect(string(journal)).NotTo(ContainSubstring(mark))
		}
		for _, entry := range simulator.Journal(edgesim.Query{}) {
			Expect(entry.KeyInURL).To(BeFalse())
		}
	})

	It("is the caller's still after it was sent", func(ctx SpecContext) {
		simulator := newSimulator(edgesim.Settings{}, edgesim.Domain{Name: domain})
		bundle := aBundle()
		before := bytes.Clone(bundle.PrivateKey().Bytes())
		deploy(ctx, newAdapter(simulator), target(), bundle)
		Expect(bytes.Equal(bundle.PrivateKey().Bytes(), before)).To(BeTrue())
	})
})

// tellFailure deploys, and tells all that the error holds, in every way there
// is to print it.
func tellFailure(ctx context.Context, told *strings.Builder, adapter *aliyunlive.Adapter, bundle certbundle.Bundle) {
	GinkgoHelper()
	_, err := adapter.Deploy(ctx, target(), bundle)
	Expect(err).To(HaveOccurred())
	document, jsonErr := json.Marshal(err)
	Expect(jsonErr).NotTo(HaveOccurred())
	fmt.Fprintf(told, "%v %+v %#v %s\n", err, err, err, document)
}

// brokenEndpoints are servers that fail in all ways, some by repeating what was
// sent to them.
func brokenEndpoints() []string {
	GinkgoHelper()
	refused := httptest.NewServer(nil)
	refused.Close()
	endpoints := []string{refused.URL, "https://" + refused.Listener.Addr().String()}
	for _, answer := range []http.HandlerFunc{
		func(_ http.ResponseWriter, request *http.Request) {
			echo(request) // a server sees that its client has left once it has read the body
			<-request.Context().Done()
		},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		func(w http.ResponseWriter, request *http.Request) {
			http.Redirect(w, request, "/elsewhere?"+echo(request), http.StatusTemporaryRedirect)
		},
		func(w http.ResponseWriter, request *http.Request) {
			http.Error(w, echo(request), http.StatusBadGateway)
		},
		func(w http.ResponseWriter, request *http.Request) { http.Error(w, echo(request), http.StatusOK) },
		func(w http.ResponseWriter, request *http.Request) { refuseWith(w, "InternalError", echo(request)) },
		func(w http.ResponseWriter, request *http.Request) { refuseWith(w, echo(request), "") },
	} {
		server := httptest.NewServer(answer)
		DeferCleanup(server.Close)
		endpoints = append(endpoints, server.URL)
	}
	return endpoints
}

// echo is the request's body, as it is and decoded.
func echo(request *http.Request) string {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err.Error()
	}
	decoded, err := url.QueryUnescape(string(body))
	if err != nil {
		return err.Error()
	}
	return string(body) + decoded
}

func refuseWith(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusForbidden)
	if err := json.NewEncoder(w).Encode(map[string]string{"Code": code, "Message": message, "RequestId": message}); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// keyMarks are pieces of the key in all the forms that it could leak in.
func keyMarks(bundle certbundle.Bundle) []string {
	GinkgoHelper()
	text := bundle.PrivateKey().Bytes()
	block, _ := pem.Decode(text)
	Expect(block).NotTo(BeNil())
	encoded := base64.StdEncoding.EncodeToString(block.Bytes)
	return []string{
		"PRIVATE KEY",
		"PRIVATE+KEY",
		"PRIVATE%20KEY",
		encoded[:32],
		encoded[len(encoded)-32:],
		url.QueryEscape(encoded)[:32],
		url.QueryEscape(encoded)[len(url.QueryEscape(encoded))-32:],
		base64.StdEncoding.EncodeToString(text)[:32],
		hex.EncodeToString(block.Bytes)[:32],
		string(block.Bytes[len(block.Bytes)/2:]),
	}
}

// printedDuring returns what the process writes to its standard streams.
func printedDuring(act func()) string {
	GinkgoHelper()
	file, err := os.CreateTemp(GinkgoT().TempDir(), "printed")
	Expect(err).NotTo(HaveOccurred())
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = file, file
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()
	act()
	printed, err := os.ReadFile(file.Name())
	Expect(err).NotTo(HaveOccurred())
	return string(printed)
}

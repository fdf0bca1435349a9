package alibaba

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

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

// ExpectNoKeyTold deploys a bundle to servers that fail in all ways, and expects
// its private key in no error and in nothing that the process prints.
func ExpectNoKeyTold(ctx context.Context, newProvider func(*aliyun.Client) provider.Provider, target provider.Target, bundle certbundle.Bundle) {
	ginkgo.GinkgoHelper()
	var told strings.Builder
	printed := PrintedDuring(func() {
		for _, endpoint := range brokenEndpoints() {
			for _, version := range SignatureVersions() {
				client := NewClient(endpoint, Signature(version), func(c *aliyun.Config) { c.CallTimeout = 100 * time.Millisecond })
				tellFailure(ctx, &told, newProvider(client), target, bundle)
			}
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		tellFailure(gone, &told, newProvider(NewClient(brokenEndpoints()[0])), target, bundle)
	})
	Expect(told.String()).To(MatchRegexp("Set[A-Za-z]+Certificate"))
	for _, mark := range keyMarks(bundle) {
		Expect(told.String()).NotTo(ContainSubstring(mark))
		Expect(printed).NotTo(ContainSubstring(mark))
	}
}

// ExpectKeyKept deploys a bundle to the simulator, reads it back, and expects its
// private key in no URL, not in the journal either, and untouched.
func ExpectKeyKept(ctx context.Context, simulator *edgesim.Server, newProvider func(*aliyun.Client) provider.Provider, target provider.Target, bundle certbundle.Bundle) {
	ginkgo.GinkgoHelper()
	before := bytes.Clone(bundle.PrivateKey().Bytes())
	for _, version := range SignatureVersions() {
		adapter := newProvider(NewClient("http://"+simulator.APIAddress(), Signature(version)))
		_, err := adapter.Deploy(ctx, target, bundle)
		Expect(err).NotTo(HaveOccurred())
		_, err = adapter.Observe(ctx, target)
		Expect(err).NotTo(HaveOccurred())
	}
	Expect(bytes.Equal(bundle.PrivateKey().Bytes(), before)).To(BeTrue())
	journal, err := json.Marshal(simulator.Journal(edgesim.Query{}))
	Expect(err).NotTo(HaveOccurred())
	for _, mark := range keyMarks(bundle) {
		Expect(string(journal)).NotTo(ContainSubstring(mark))
	}
	for _, entry := range simulator.Journal(edgesim.Query{}) {
		Expect(entry.KeyInURL).To(BeFalse(), entry.Operation)
		Expect(entry.Outcome).To(Equal(edgesim.OutcomeOK), entry.Operation)
	}
}

// tellFailure deploys, and tells all that the error holds, in every way there
// is to print it.
func tellFailure(ctx context.Context, told *strings.Builder, p provider.Provider, target provider.Target, bundle certbundle.Bundle) {
	ginkgo.GinkgoHelper()
	_, err := p.Deploy(ctx, target, bundle)
	Expect(err).To(HaveOccurred())
	document, jsonErr := json.Marshal(err)
	Expect(jsonErr).NotTo(HaveOccurred())
	fmt.Fprintf(told, "%v %+v %#v %s\n", err, err, err, document)
}

// brokenEndpoints are servers that fail in all ways, some by repeating what was
// sent to them.
func brokenEndpoints() []string {
	ginkgo.GinkgoHelper()
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
		ginkgo.DeferCleanup(server.Close)
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
	ginkgo.GinkgoHelper()
	text := bundle.PrivateKey().Bytes()
	block, _ := pem.Decode(text)
	Expect(block).NotTo(BeNil())
	encoded := base64.StdEncoding.EncodeToString(block.Bytes)
	escaped := url.QueryEscape(encoded)
	return []string{
		"PRIVATE KEY",
		"PRIVATE+KEY",
		"PRIVATE%20KEY",
		encoded[:32],
		encoded[len(encoded)-32:],
		escaped[:32],
		escaped[len(escaped)-32:],
		base64.StdEncoding.EncodeToString(text)[:32],
		hex.EncodeToString(block.Bytes)[:32],
		string(block.Bytes[len(block.Bytes)/2:]),
	}
}

// PrintedDuring returns what the process writes to its standard streams.
func PrintedDuring(act func()) string {
	ginkgo.GinkgoHelper()
	file, err := os.CreateTemp(ginkgo.GinkgoT().TempDir(), "printed")
	Expect(err).NotTo(HaveOccurred())
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = file, file
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()
	act()
	printed, err := os.ReadFile(file.Name())
	Expect(err).NotTo(HaveOccurred())
	return string(printed)
}

package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

var _ = DescribeTable("an endpoint that is taken",
	func(text string, expected transport.Endpoint) {
		Expect(transport.ParseEndpoint(text)).To(Equal(expected))
	},
	Entry("is https by itself", "cdn.example.com", transport.Endpoint{Scheme: "https", Host: "cdn.example.com"}),
	Entry("may have a port", "cdn.example.com:8443", transport.Endpoint{Scheme: "https", Host: "cdn.example.com:8443"}),
	Entry("may be http, for a simulator", "http://127.0.0.1:8790", transport.Endpoint{Scheme: "http", Host: "127.0.0.1:8790"}),
	Entry("may end in a slash", "https://[::1]:443/", transport.Endpoint{Scheme: "https", Host: "[::1]:443"}),
)

var _ = DescribeTable("an endpoint that is refused",
	func(text string) {
		_, err := transport.ParseEndpoint(text)
		Expect(provider.AsError(err)).To(HaveField("Code", "configuration"))
		Expect(err.Error()).NotTo(ContainSubstring("secret"))
	},
	Entry("is empty", ""),
	Entry("has a user, who would end up in a log", "https://user:secret@cdn.example.com"),
	Entry("has a path", "cdn.example.com/secret"),
	Entry("has a query", "cdn.example.com?secret=1"),
	Entry("has a port without number", "cdn.example.com:"),
	Entry("has another scheme", "ftp://cdn.example.com"),
	Entry("has a zone, which is this machine's", "https://[fe80::1%25eth0]"),
	Entry("is escaped", "cdn.%65xample.com"),
)

var _ = Describe("a reply", func() {
	// send asks a server that answers as told.
	send := func(ctx context.Context, answer http.HandlerFunc) (int, []byte, error) {
		GinkgoHelper()
		server := httptest.NewServer(answer)
		DeferCleanup(server.Close)
		client := transport.NewClient(transport.New(time.Second, nil, 1))
		DeferCleanup(client.CloseIdleConnections)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("the private key"))
		Expect(err).NotTo(HaveOccurred())
		status, _, body, err := transport.Send(client, request)
		return status, body, err
	}
	write := func(w http.ResponseWriter, text string) {
		// Whoever has read enough hangs up, which is no failure of this side.
		if _, err := w.Write([]byte(text)); err != nil {
			GinkgoWriter.Println("the answer was cut off:", err)
		}
	}

	It("is read up to its bound and no further", func(ctx SpecContext) {
		whole := strings.Repeat("x", 1<<20)
		_, body, err := send(ctx, func(w http.ResponseWriter, _ *http.Request) { write(w, whole) })
		Expect(err).NotTo(HaveOccurred())
		Expect(body).To(HaveLen(len(whole)))
		_, _, err = send(ctx, func(w http.ResponseWriter, _ *http.Request) { write(w, whole+"x") })
		Expect(err).To(MatchError(transport.ErrOversize))
	})

	It("that leads elsewhere is not followed", func(ctx SpecContext) {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			defer GinkgoRecover()
			Fail("the request was repeated elsewhere, with its body")
		}))
		DeferCleanup(elsewhere.Close)
		status, _, err := send(ctx, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(status).To(Equal(http.StatusTemporaryRedirect))
	})
})

var _ = Describe("a failure", func() {
	from := transport.Origin{Operation: "Set", Host: "cdn.example.com"}

	It("of a caller that gave up has that as its cause, and no other has one", func(ctx SpecContext) {
		caller, cancel := context.WithCancel(ctx)
		cancel()
		Expect(from.Failure(caller, caller, transport.ErrUnsent)).To(MatchError(context.Canceled))
		bounded, stop := context.WithTimeout(ctx, 0)
		defer stop()
		failure := from.Failure(ctx, bounded, context.DeadlineExceeded)
		Expect(failure).To(HaveField("Code", "timeout"))
		Expect(failure.Cause).NotTo(HaveOccurred())
	})

	DescribeTable("says where to look",
		func(ctx SpecContext, err error, code string) {
			Expect(from.Failure(ctx, ctx, err)).To(HaveField("Code", code))
		},
		Entry("a name server that does not answer is no slow host", &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, "dns"),
		Entry("a name without address", &net.DNSError{IsNotFound: true}, "dns"),
		Entry("an address that drops what it gets", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "timeout"),
		Entry("a certificate that is not trusted", &tls.CertificateVerificationError{Err: errors.New("x509")}, provider.CodeTLS),
		Entry("a version of TLS that is too old", &net.OpError{Op: "remote error", Err: errors.New("tls: protocol version not supported")}, provider.CodeTLS),
		Entry("anything else", errors.New("connection refused"), "connection"),
	)

	It("tells no URL", func(ctx SpecContext) {
		client := transport.NewClient(transport.New(time.Second, nil, 1))
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:1/?key=secret", nil)
		Expect(err).NotTo(HaveOccurred())
		_, _, _, err = transport.Send(client, request)
		Expect(err).To(MatchError(ContainSubstring("secret")), "what there is to hide")
		failure := from.Failure(ctx, ctx, err)
		Expect(failure).To(HaveField("Code", "connection"))
		Expect(failure.Error()).NotTo(ContainSubstring("secret"))
	})
})

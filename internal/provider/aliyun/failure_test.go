package aliyun_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// nodeTimeout ends a spec that would hang without the hardening it tests.
const nodeTimeout = 20 * time.Second

var _ = Describe("A call that fails below the API", func() {
	// fail makes the call and checks what all such failures have in common.
	fail := func(ctx context.Context, endpoint string, change ...func(*aliyun.Config)) *provider.Error {
		GinkgoHelper()
		operation, parameters := set()
		_, err := newClient(endpoint, change...).Call(ctx, operation, parameters)
		failure := expectError(err)
		Expect(failure.Kind).To(Equal(provider.Unavailable))
		Expect(failure.Operation).To(Equal("SetThing"))
		Expect(failure.Host).NotTo(BeEmpty())
		Expect(len(failure.Advice)).To(BeNumerically("<=", 300))
		return failure
	}

	It("refused connection", func(ctx SpecContext) {
		server := httptest.NewServer(nil)
		server.Close()
		for _, version := range []string{aliyun.SignatureV3, aliyun.SignatureV1} {
			failure := fail(ctx, server.URL, signature(version))
			Expect(failure.Code).To(Equal("connection"))
			Expect(failure.Host).To(Equal(server.Listener.Addr().String()))
		}
	}, NodeTimeout(nodeTimeout))

	It("a host that does not exist", func(ctx SpecContext) {
		failure := fail(ctx, "http://"+unresolvable)
		Expect(failure.Code).To(Equal("dns"))
		Expect(failure.Advice).To(HavePrefix(unresolvable), "the object may not name the host")
	}, NodeTimeout(nodeTimeout))

	It("connection reset in the middle of the reply", func(ctx SpecContext) {
		server := serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			mustWrite(w, accepted)
			panic(http.ErrAbortHandler)
		})
		Expect(fail(ctx, server.URL).Code).To(Equal("connection"))
	}, NodeTimeout(nodeTimeout))

	It("headers that never come", func(ctx SpecContext) {
		server := hanging()
		failure := fail(ctx, server.URL, timeout(100*time.Millisecond))
		Expect(failure.Code).To(Equal("timeout"))
		Expect(failure.Cause).NotTo(HaveOccurred(), "the caller's context is not the one that expired")
	}, NodeTimeout(nodeTimeout))

	It("a body that drips", func(ctx SpecContext) {
		server := serve(func(w http.ResponseWriter, request *http.Request) {
			for request.Context().Err() == nil {
				mustWrite(w, " ")
				if err := http.NewResponseController(w).Flush(); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
		Expect(fail(ctx, server.URL, timeout(100*time.Millisecond)).Code).To(Equal("timeout"))
	}, NodeTimeout(nodeTimeout))

	It("a flood", func(ctx SpecContext) {
		server := serve(func(w http.ResponseWriter, request *http.Request) {
			block := `{"RequestId":"` + strings.Repeat("a", 64<<10)
			for request.Context().Err() == nil {
				mustWrite(w, block)
			}
		})
		Expect(fail(ctx, server.URL).Code).To(Equal("oversized"))
	}, NodeTimeout(nodeTimeout))

	It("a flood of headers", func(ctx SpecContext) {
		server := serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Flood", strings.Repeat("a", 128<<10))
			mustWrite(w, accepted)
		})
		Expect(fail(ctx, server.URL).Code).To(Equal("connection"))
	}, NodeTimeout(nodeTimeout))

	DescribeTable("redirects, which are not followed",
		func(ctx SpecContext, status int) {
			elsewhere := serve(answering(http.StatusOK, accepted))
			server := serve(func(w http.ResponseWriter, request *http.Request) {
				http.Redirect(w, request, elsewhere.URL, status)
			})
			failure := fail(ctx, server.URL)
			Expect(failure.Code).To(Equal("redirect"))
			Expect(failure.Status).To(Equal(status))
			Expect(elsewhere.seen()).To(BeEmpty())
		},
		Entry("302 would become a GET", http.StatusFound),
		Entry("307 would send the body again", http.StatusTemporaryRedirect),
		Entry("308 too", http.StatusPermanentRedirect),
	)

	It("a certificate of an unknown authority", func(ctx SpecContext) {
		server := tlsServer(tls.VersionTLS13)
		Expect(fail(ctx, server.URL).Code).To(Equal("tls"))
		Expect(server.seen()).To(BeEmpty())
	}, NodeTimeout(nodeTimeout))

	It("TLS 1.1", func(ctx SpecContext) {
		server := tlsServer(tls.VersionTLS11)
		client := func(c *aliyun.Config) { c.RootCAs = rootsOf(server) }
		Expect(fail(ctx, server.URL, client).Code).To(Equal("tls"))
		Expect(server.seen()).To(BeEmpty())
		Expect(aliyun.Transport(newClient(server.URL)).TLSClientConfig.MinVersion).To(BeNumerically(">=", tls.VersionTLS12))
	}, NodeTimeout(nodeTimeout))

	It("plain HTTP where TLS is spoken to", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, accepted))
		Expect(fail(ctx, server.Listener.Addr().String()).Code).To(Equal("tls"))
		Expect(server.seen()).To(BeEmpty())
	}, NodeTimeout(nodeTimeout))

	It("TLS with the right authority succeeds", func(ctx SpecContext) {
		server := tlsServer(tls.VersionTLS13)
		client := newClient(server.Listener.Addr().String(), func(c *aliyun.Config) { c.RootCAs = rootsOf(server) })
		operation, parameters := set()
		_, err := client.Call(ctx, operation, parameters)
		Expect(err).NotTo(HaveOccurred())
	}, NodeTimeout(nodeTimeout))

	It("a caller who gives up while the request is in flight", func(ctx SpecContext) {
		arrived := make(chan struct{})
		server := serve(func(_ http.ResponseWriter, request *http.Request) {
			close(arrived)
			<-request.Context().Done()
		})
		stopping, stop := context.WithCancel(ctx)
		go func() {
			<-arrived
			stop()
		}()
		failure := fail(stopping, server.URL)
		Expect(failure.Code).To(Equal("canceled"))
		Expect(errors.Is(failure, context.Canceled)).To(BeTrue())
	}, NodeTimeout(nodeTimeout))

	It("a caller whose deadline passes", func(ctx SpecContext) {
		bounded, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		failure := fail(bounded, hanging().URL)
		Expect(failure.Code).To(Equal("timeout"))
		Expect(errors.Is(failure, context.DeadlineExceeded)).To(BeTrue())
	}, NodeTimeout(nodeTimeout))
})

var _ = Describe("Credentials that are slow or broken", func() {
	call := func(ctx context.Context, source credentials.Credential) *provider.Error {
		GinkgoHelper()
		server := serve(answering(http.StatusOK, accepted))
		operation, parameters := set()
		client := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = aliyun.CredentialsOf(source) })
		_, err := client.Call(ctx, operation, parameters)
		Expect(server.seen()).To(BeEmpty())
		return expectError(err)
	}

	It("are given up with the caller", func(ctx SpecContext) {
		release := make(chan struct{})
		defer close(release)
		bounded, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		failure := call(bounded, scriptedSource{get: func() (*credentials.CredentialModel, error) {
			<-release
			return nil, io.EOF
		}})
		Expect(errors.Is(failure, context.DeadlineExceeded)).To(BeTrue())
	}, NodeTimeout(nodeTimeout))

	It("are an account's failure, without the SDK's text", func(ctx SpecContext) {
		failure := call(ctx, scriptedSource{get: func() (*credentials.CredentialModel, error) {
			return nil, errors.New("httpStatus: 403, message = " + securityToken)
		}})
		Expect(failure.Kind).To(Equal(provider.Unavailable))
		Expect(failure.Account).To(BeTrue())
	})

	It("are denied where nothing comes", func(ctx SpecContext) {
		failure := call(ctx, scriptedSource{get: func() (*credentials.CredentialModel, error) {
			return &credentials.CredentialModel{}, nil
		}})
		Expect(failure.Kind).To(Equal(provider.Denied))
		Expect(failure.Account).To(BeTrue())
	})

	It("do not take the process with them", func(ctx SpecContext) {
		failure := call(ctx, scriptedSource{get: func() (*credentials.CredentialModel, error) { panic(canary) }})
		Expect(failure.Code).To(Equal("credentials"))
	})

	It("are fetched once for all who wait", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, accepted))
		unguarded := 0
		id, secret := accessKeyID, accessSecret
		source := scriptedSource{get: func() (*credentials.CredentialModel, error) {
			unguarded++ // the race detector watches
			return &credentials.CredentialModel{AccessKeyId: &id, AccessKeySecret: &secret}, nil
		}}
		client := newClient(server.URL, func(c *aliyun.Config) { c.Credentials = aliyun.CredentialsOf(source) })
		done := make(chan error)
		for range 16 {
			go func() {
				_, err := client.Call(ctx, aliyun.Operation{Action: "GetThing", Version: "1"}, nil)
				done <- err
			}()
		}
		for range 16 {
			Expect(<-done).To(Succeed())
		}
		Expect(unguarded).To(Equal(1), "one exchange serves them all")
	})
})

// scriptedSource is a source of credentials that does what the spec says.
type scriptedSource struct {
	credentials.Credential
	get func() (*credentials.CredentialModel, error)
}

func (s scriptedSource) GetCredential() (*credentials.CredentialModel, error) { return s.get() }

// hanging is a server that never answers.
func hanging() *recorder {
	GinkgoHelper()
	return serve(func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
}

// tlsServer speaks TLS up to the given version.
func tlsServer(maxVersion uint16) *recorder {
	GinkgoHelper()
	server := &recorder{}
	server.Server = httptest.NewUnstartedServer(server.recording(answering(http.StatusOK, accepted)))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: maxVersion}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	DeferCleanup(server.Close)
	return server
}

// rootsOf is a pool with the server's certificate.
func rootsOf(server *recorder) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return pool
}

package aliyun_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

const accepted = `{"RequestId":"16A96B9A-F203-4EC5-8E43-CB92E68F4CD8"}`

var _ = Describe("A call on the wire", func() {
	DescribeTable("puts everything into the form body and headers, nothing into the URL",
		func(ctx SpecContext, version string) {
			server := serve(answering(http.StatusOK, accepted))
			operation, parameters := set()
			response, err := newClient(server.URL, signature(version)).Call(ctx, operation, parameters)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.RequestID).To(Equal("16A96B9A-F203-4EC5-8E43-CB92E68F4CD8"))

			Expect(server.seen()).To(HaveLen(1))
			request := server.seen()[0]
			Expect(request.method).To(Equal(http.MethodPost))
			Expect(request.uri).To(Equal("/"))
			Expect(request.form.Get("SSLPri")).To(Equal(canary))
			Expect(request.form.Get("DomainName")).To(Equal(".example.com"))
			Expect(request.header.Get("Content-Type")).To(Equal("application/x-www-form-urlencoded"))
			Expect(request.header.Get("Content-Length")).NotTo(BeEmpty())
		},
		Entry("V3", aliyun.SignatureV3),
		Entry("V1", aliyun.SignatureV1),
	)

	It("signs V3 in headers", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, accepted))
		operation, parameters := set()
		_, err := newClient(server.URL).Call(ctx, operation, parameters)
		Expect(err).NotTo(HaveOccurred())
		header := server.seen()[0].header
		Expect(header.Get("Authorization")).To(HavePrefix("ACS3-HMAC-SHA256 Credential=" + accessKeyID + ","))
		Expect(header.Get("x-acs-action")).To(Equal("SetThing"))
		Expect(header.Get("x-acs-version")).To(Equal("2016-11-01"))
		Expect(header.Get("x-acs-security-token")).To(Equal(securityToken))
	})

	It("signs V1 in the form, and works without parameters", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, accepted))
		_, err := newClient(server.URL, signature(aliyun.SignatureV1)).Call(ctx, aliyun.Operation{Action: "GetThing", Version: "2016-11-01"}, nil)
		Expect(err).NotTo(HaveOccurred())
		request := server.seen()[0]
		Expect(request.uri).To(Equal("/"))
		Expect(request.header).NotTo(HaveKey(HavePrefix("X-Acs-")), "no sign of V3")
		Expect(request.form.Get("Action")).To(Equal("GetThing"))
		Expect(request.form.Get("SignatureMethod")).To(Equal("HMAC-SHA1"))
		Expect(request.form.Get("Signature")).NotTo(BeEmpty())
		Expect(request.form.Get("SecurityToken")).To(Equal(securityToken))
	})

	It("asks STS who it is", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, `{"AccountId":"1000000000000001","UserId":"2","RequestId":"R"}`))
		client := newClient("http://nowhere.invalid", func(c *aliyun.Config) { c.STSEndpoint = server.URL })
		Expect(client.Identify(ctx)).To(Equal("1000000000000001"))
		Expect(server.seen()[0].header.Get("x-acs-action")).To(Equal("GetCallerIdentity"))
		Expect(server.seen()[0].header.Get("x-acs-version")).To(Equal("2015-04-01"))
	})

	DescribeTable("takes no other answer for an account",
		func(ctx SpecContext, body string) {
			server := serve(answering(http.StatusOK, body))
			_, err := newClient(server.URL).Identify(ctx)
			Expect(expectError(err).Kind).To(Equal(provider.Unavailable))
		},
		Entry("none", accepted),
		Entry("an object", `{"AccountId":{},"RequestId":"R"}`),
		Entry("text with a line end", `{"AccountId":"1\n2","RequestId":"R"}`),
	)

	It("serves many callers from one client, over a bounded number of connections", func(ctx SpecContext) {
		var present, most atomic.Int64
		server := serve(func(w http.ResponseWriter, _ *http.Request) {
			now := present.Add(1)
			for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
				continue
			}
			time.Sleep(2 * time.Millisecond) // long enough to meet the others
			present.Add(-1)
			mustWrite(w, accepted)
		})
		client := newClient(server.URL)
		var callers sync.WaitGroup
		failures := make(chan error, 800)
		for i := range 80 {
			callers.Go(func() {
				operation, _ := set()
				for j := range 10 {
					value := fmt.Sprintf("%d-%d", i, j)
					_, err := client.Call(ctx, operation, map[string]string{"DomainName": value})
					failures <- err
				}
			})
		}
		callers.Wait()
		close(failures)
		for err := range failures {
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(most.Load()).To(BeNumerically("<=", 32))
		names := map[string]bool{}
		nonces := map[string]bool{}
		for _, request := range server.seen() {
			names[request.form.Get("DomainName")] = true
			nonces[request.header.Get("x-acs-signature-nonce")] = true
		}
		Expect(names).To(HaveLen(800))
		Expect(nonces).To(HaveLen(800))
	})

	It("gives up idle connections by itself and when told to", func(ctx SpecContext) {
		closed := make(chan struct{})
		var once sync.Once
		server := &recorder{}
		server.Server = httptest.NewUnstartedServer(server.recording(answering(http.StatusOK, accepted)))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				once.Do(func() { close(closed) })
			}
		}
		server.Start()
		DeferCleanup(server.Close)
		client := newClient(server.URL)
		_, err := client.Call(ctx, aliyun.Operation{Action: "GetThing", Version: "1"}, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(aliyun.Transport(client).IdleConnTimeout).To(BeNumerically(">", 0))
		client.Close()
		Eventually(closed).WithContext(ctx).Should(BeClosed())
	}, NodeTimeout(nodeTimeout))

	It("never tries twice", func(ctx SpecContext) {
		for _, status := range []int{400, 429, 500, 503} {
			server := serve(answering(status, `{"Code":"Throttling.User","RequestId":"R"}`))
			operation, parameters := set()
			_, err := newClient(server.URL).Call(ctx, operation, parameters)
			expectError(err)
			Expect(server.seen()).To(HaveLen(1))
		}
	})

	It("drops a message that repeats the request", func(ctx SpecContext) {
		server := serve(func(w http.ResponseWriter, request *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			mustWrite(w, `{"Code":"SignatureDoesNotMatch","RequestId":"R","Message":"server string to sign is: `+
				strings.ReplaceAll(request.PostForm.Encode(), `"`, "")+`"}`)
		})
		operation, parameters := set()
		_, err := newClient(server.URL, signature(aliyun.SignatureV1)).Call(ctx, operation, parameters)
		Expect(expectError(err).Code).To(Equal("SignatureDoesNotMatch"))
	})

	It("lets no panic of the SDK through", func(ctx SpecContext) {
		server := serve(answering(http.StatusOK, accepted))
		operation, parameters := set()
		_, err := newClient(server.URL).Call(panicking{ctx}, operation, parameters)
		failure := expectError(err)
		Expect(failure.Kind).To(Equal(provider.Unavailable))
		Expect(failure.Code).To(Equal("panic"))
	})
})

// panicking is a context that panics once a request is about to be sent.
type panicking struct{ context.Context }

func (p panicking) Value(key any) any {
	if strings.Contains(fmt.Sprintf("%T", key), "httptrace") {
		panic(canary)
	}
	return p.Context.Value(key)
}

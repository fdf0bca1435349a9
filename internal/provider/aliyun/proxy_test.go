package aliyun_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// beyond is where the suite's proxy leads to, by the host that it is asked for.
var beyond sync.Map

// tunnel is a proxy that leads to what lies beyond, and refuses anything else. What
// it is sent that is no tunnel it answers itself.
func tunnel(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodConnect {
		mustWrite(w, `{"RequestId":"from-the-proxy"}`)
		return
	}
	address, known := beyond.Load(request.Host)
	if !known {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	there, err := (&net.Dialer{}).DialContext(request.Context(), "tcp", address.(string))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	go func() {
		io.Copy(there, buffered) //nolint:errcheck // a tunnel ends when either side goes
		there.Close()            //nolint:errcheck // see above
	}()
	io.Copy(here, there) //nolint:errcheck // see above
	here.Close()         //nolint:errcheck // see above
}

var _ = Describe("The proxy of the environment", func() {
	// host is one that the certificate of httptest's servers is good for.
	const host = "example.com"
	operation, parameters := set()

	It("leads to a host whose own certificate is checked, and keeps its password from it", func(ctx SpecContext) {
		server := tlsServer(tls.VersionTLS13)
		beyond.Store(host+":443", server.Listener.Addr().String())
		before := len(proxy.seen())
		response, err := newClient(host, func(c *aliyun.Config) { c.RootCAs = rootsOf(server) }).Call(ctx, operation, parameters)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.RequestID).NotTo(Equal("from-the-proxy"))
		Expect(server.seen()).To(HaveLen(1))
		Expect(server.seen()[0].form.Get("SSLPri")).To(Equal(canary))
		Expect(server.seen()[0].header).NotTo(HaveKey("Proxy-Authorization"))

		asked := proxy.seen()[before:]
		Expect(asked).To(HaveLen(1))
		Expect(asked[0].method + " " + asked[0].uri).To(Equal("CONNECT " + host + ":443"))
		Expect(asked[0].form).To(BeEmpty())
		Expect(asked[0].header.Values("Proxy-Authorization")).To(HaveLen(1))
	}, NodeTimeout(nodeTimeout))

	It("cannot put itself in the host's place", func(ctx SpecContext) {
		impostor := tlsServer(tls.VersionTLS13)
		beyond.Store("impostor.example.com:443", impostor.Listener.Addr().String())
		_, err := newClient("impostor.example.com").Call(ctx, operation, parameters)
		Expect(expectError(err).Code).To(Equal("tls"))
		Expect(impostor.seen()).To(BeEmpty())
	}, NodeTimeout(nodeTimeout))

	It("that leads nowhere is not gone past", func(ctx SpecContext) {
		_, err := newClient("refused.example.com").Call(ctx, operation, parameters)
		Expect(expectError(err).Code).To(Equal("connection"))
	}, NodeTimeout(nodeTimeout))

	It("is told nothing that is sent in the clear", func(ctx SpecContext) {
		before := len(proxy.seen())
		_, err := newClient("http://clear..name").Call(ctx, operation, parameters)
		Expect(expectError(err).Code).To(Equal("dns"), "which nobody asks who goes through a proxy")
		server := serve(answering(http.StatusOK, accepted))
		_, err = newClient(server.URL).Call(ctx, operation, parameters)
		Expect(err).NotTo(HaveOccurred())
		Expect(server.seen()[0].header).NotTo(HaveKey("Proxy-Authorization"))
		Expect(proxy.seen()).To(HaveLen(before))
	}, NodeTimeout(nodeTimeout))
})

package tenancy_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// listener is a host that must not be called.
type listener struct {
	address  string
	accepted atomic.Int32
}

// listen starts one on all of this machine's addresses that are loopback.
func listen(ctx context.Context) *listener {
	GinkgoHelper()
	var configuration net.ListenConfig
	socket, err := configuration.Listen(ctx, "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	found := &listener{address: socket.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			connection, err := socket.Accept()
			if err != nil {
				return
			}
			found.accepted.Add(1)
			if err := connection.Close(); err != nil {
				return
			}
		}
	}()
	DeferCleanup(func() {
		Expect(socket.Close()).To(Succeed())
		Eventually(done).Should(BeClosed())
	})
	return found
}

// calls is how often somebody connected.
func (l *listener) calls() int32 { return l.accepted.Load() }

// port is its port with the colon.
func (l *listener) port() string { return l.address[strings.LastIndex(l.address, ":"):] }

// answering starts a host that answers everything with one body, and returns its
// endpoint.
func answering(body string) string {
	GinkgoHelper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, err := w.Write([]byte(body))
		Expect(err).NotTo(HaveOccurred())
	}))
	DeferCleanup(server.Close)
	return server.URL
}

package edgeprobe_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/test/testcerts"
)

// anywhere is a prober for servers on loopback.
var anywhere = edgeprobe.Prober{AllowPrivate: true}

// listener is a server on loopback that counts who comes.
type listener struct {
	address  string
	port     string
	accepted atomic.Int32
}

// listen starts a server that does with each connection as it is told.
func listen(serve func(net.Conn)) *listener {
	GinkgoHelper()
	socket, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	return listenOn(socket, serve)
}

// listenOn is listen for a socket that is open.
func listenOn(socket net.Listener, serve func(net.Conn)) *listener {
	GinkgoHelper()
	l := &listener{address: socket.Addr().String()}
	var err error
	_, l.port, err = net.SplitHostPort(l.address)
	Expect(err).NotTo(HaveOccurred())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			connection, err := socket.Accept()
			if err != nil {
				return
			}
			l.accepted.Add(1)
			running.Go(func() {
				defer GinkgoRecover()
				serve(connection)
				Expect(connection.Close()).To(Succeed())
			})
		}
	})
	DeferCleanup(func() {
		Expect(socket.Close()).To(Succeed())
		running.Wait()
	})
	return l
}

// edge is a TLS server that remembers the names it was asked for.
type edge struct {
	*listener
	mutex sync.Mutex
	names []string
	read  []byte
}

// serveEdge starts an edge that serves certificates by SNI, and refuses other
// names.
func serveEdge(byName map[string]testcerts.Pair, adjust func(*tls.Config)) *edge {
	GinkgoHelper()
	return serveOn(nil, byName, adjust)
}

// serveOn is serveEdge on a socket that is open, or on a free port if it is nil.
func serveOn(socket net.Listener, byName map[string]testcerts.Pair, adjust func(*tls.Config)) *edge {
	GinkgoHelper()
	e := &edge{}
	config := &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		e.mutex.Lock()
		defer e.mutex.Unlock()
		e.names = append(e.names, hello.ServerName)
		pair, found := byName[hello.ServerName]
		if !found {
			return nil, nil // answers unrecognized_name
		}
		certificate := pair.TLS()
		return &certificate, nil
	}}
	if adjust != nil {
		adjust(config)
	}
	serve := func(connection net.Conn) {
		server := tls.Server(connection, config)
		sent := make([]byte, 64)
		n, _ := server.Read(sent) //nolint:errcheck // a client that goes is what is expected
		e.mutex.Lock()
		defer e.mutex.Unlock()
		e.read = append(e.read, sent[:n]...)
	}
	if socket == nil {
		e.listener = listen(serve)
	} else {
		e.listener = listenOn(socket, serve)
	}
	return e
}

// asked are the names that the edge was asked for.
func (e *edge) asked() []string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.names
}

// received is what clients sent after their handshake.
func (e *edge) received() []byte {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.read
}

// haveFailed matches a probe's error by what failed and where.
func haveFailed(failure edgeprobe.Failure, address string) OmegaMatcher {
	return Equal(&edgeprobe.Error{Failure: failure, Address: address})
}

var _ = Describe("Probing an edge", func() {
	ca := testcerts.NewCA("Edge")
	live := ca.Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})
	other := ca.Issue(testcerts.Options{DNSNames: []string{"other.example.com"}})

	DescribeTable("sends the name and reports the leaf that is served for it",
		func(ctx SpecContext, name string, adjust func(*tls.Config), served testcerts.Pair) {
			server := serveEdge(map[string]testcerts.Pair{"live.example.com": live, "other.example.com": other}, adjust)
			result, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: name, Address: server.address})
			Expect(err).NotTo(HaveOccurred())
			Expect(result).To(Equal(edgeprobe.Result{Fingerprint: served.Fingerprint, NotAfter: served.Leaf.NotAfter, Address: server.address}))
			Expect(server.asked()).To(HaveExactElements(name))
		},
		Entry("TLS 1.3", "live.example.com", nil, live),
		Entry("TLS 1.2", "live.example.com", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, live),
		Entry("another name on the same server", "other.example.com", nil, other),
		Entry("a server that asks for a client's certificate", "live.example.com", func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }, live),
	)

	It("judges nobody: an expired leaf of an unknown CA for another name is what is served", func(ctx SpecContext) {
		wrong := testcerts.SelfSigned(testcerts.Options{
			DNSNames:  []string{"elsewhere.example.net"},
			NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		})
		server := serveEdge(map[string]testcerts.Pair{"live.example.com": wrong}, nil)
		result, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Fingerprint).To(Equal(wrong.Fingerprint))
	})

	It("sends nothing after the handshake", func(ctx SpecContext) {
		server := serveEdge(map[string]testcerts.Pair{"live.example.com": live}, nil)
		_, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		Expect(err).NotTo(HaveOccurred())
		Expect(server.received()).To(BeEmpty())
	})

	DescribeTable("tells of a server without TLS for this name",
		func(ctx SpecContext, start func() *listener) {
			server := start()
			_, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "unknown.example.com", Address: server.address})
			Expect(err).To(haveFailed(edgeprobe.NoHandshake, server.address))
			Expect(server.accepted.Load()).To(BeEquivalentTo(1), "no second try")
		},
		Entry("another name only", func() *listener {
			return serveEdge(map[string]testcerts.Pair{"live.example.com": live}, nil).listener
		}),
		Entry("TLS that is too old", func() *listener {
			return serveEdge(map[string]testcerts.Pair{"unknown.example.com": live}, func(c *tls.Config) {
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			}).listener
		}),
		Entry("plain HTTP", func() *listener {
			return listen(func(c net.Conn) {
				Expect(c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))).NotTo(BeZero())
			})
		}),
		Entry("a server that hangs up", func() *listener { return listen(func(net.Conn) {}) }),
	)

	It("tells of a closed port", func(ctx SpecContext) {
		socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		address := socket.Addr().String()
		Expect(socket.Close()).To(Succeed())
		_, err = anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: address})
		Expect(err).To(haveFailed(edgeprobe.Unreachable, address))
	})

	DescribeTable("tells of a name without an address, and asks it on port 443",
		func(ctx SpecContext, request edgeprobe.Request, address string) {
			_, err := anywhere.Probe(ctx, request)
			Expect(err).To(haveFailed(edgeprobe.Unresolvable, address))
		},
		Entry("the domain itself", edgeprobe.Request{ServerName: "live.domaincert.invalid"}, "live.domaincert.invalid:443"),
		Entry("another name", edgeprobe.Request{ServerName: "live.example.com", Address: "edge.domaincert.invalid"}, "edge.domaincert.invalid:443"),
		Entry("its own port", edgeprobe.Request{ServerName: "live.example.com", Address: "edge.domaincert.invalid:8443"}, "edge.domaincert.invalid:8443"),
		Entry("what looks like IPv6 and is none", edgeprobe.Request{ServerName: "live.example.com", Address: "[1:2:3:4:5:6:7::1:2]"}, "[1:2:3:4:5:6:7::1:2]:443"),
	)

	It("says the same of the same failure", func(ctx SpecContext) {
		server := listen(func(net.Conn) {})
		_, first := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		_, second := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		Expect(first).To(MatchError(server.address + ": the TLS handshake failed"))
		Expect(second).To(MatchError(first.Error()))
	})
})

var _ = Describe("A probe ends", func() {
	// hung is a server that accepts connections and never says a word.
	hung := func() *listener {
		GinkgoHelper()
		done := make(chan struct{})
		server := listen(func(net.Conn) { <-done })
		DeferCleanup(func() { close(done) })
		return server
	}

	It("before it begins, if it is cancelled", func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		server := hung()
		_, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		Expect(err).To(haveFailed(edgeprobe.Unreachable, server.address))
		Expect(server.accepted.Load()).To(BeZero())
	})

	It("when it is cancelled in its handshake", func(ctx SpecContext) {
		reached, cancel := context.WithCancel(ctx)
		defer cancel()
		server := listen(func(c net.Conn) {
			cancel()
			_, err := c.Read(make([]byte, 4096)) // the greeting, or already the end
			for err == nil {
				_, err = c.Read(make([]byte, 4096))
			}
		})
		_, err := anywhere.Probe(reached, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		Expect(err).To(BeAssignableToTypeOf(&edgeprobe.Error{}))
	}, SpecTimeout(time.Minute))

	It("when its caller's time is up", func(ctx SpecContext) {
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		server := hung()
		_, err := anywhere.Probe(short, edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
		Expect(err).To(BeAssignableToTypeOf(&edgeprobe.Error{}))
	}, SpecTimeout(time.Minute))

	// Takes the five seconds: without them nothing shows that there is an end.
	It("by itself, however patient its caller", func() {
		server := hung()
		probed := make(chan error, 1)
		go func() {
			_, err := anywhere.Probe(context.Background(), edgeprobe.Request{ServerName: "live.example.com", Address: server.address})
			probed <- err
		}()
		Eventually(probed).WithTimeout(time.Minute).Should(Receive(haveFailed(edgeprobe.NoHandshake, server.address)))
	})
})

var _ = Describe("By default", func() {
	live := testcerts.NewCA("Edge").Issue(testcerts.Options{DNSNames: []string{"live.example.com"}})

	DescribeTable("a server inside is refused before a connection is made",
		func(ctx SpecContext, host string, failure edgeprobe.Failure) {
			server := serveEdge(map[string]testcerts.Pair{"live.example.com": live}, nil)
			address := net.JoinHostPort(host, server.port)
			_, err := edgeprobe.Judging(nil, edgeprobe.Public).Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: address})
			Expect(err).To(haveFailed(failure, address))
			Expect(server.accepted.Load()).To(BeZero())
		},
		Entry("by its address", "127.0.0.1", edgeprobe.Refused),
		Entry("by the address that stands for all", "0.0.0.0", edgeprobe.Refused),
		Entry("by the IPv6 address that stands for all", "::", edgeprobe.Refused),
		Entry("by its mapped address", "::ffff:127.0.0.1", edgeprobe.Refused),
		Entry("by another address of loopback", "127.1.2.3", edgeprobe.Refused),
		Entry("by no name at all", "", edgeprobe.Refused),
		Entry("by its decimal address, which only old resolvers know", "2130706433", edgeprobe.Unresolvable),
		Entry("by its short address, which only old resolvers know", "127.1", edgeprobe.Unresolvable),
	)

	It("the same server is reached where private addresses are allowed", func(ctx SpecContext) {
		server := serveEdge(map[string]testcerts.Pair{"live.example.com": live}, nil)
		address := net.JoinHostPort("localhost", server.port)
		result, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.example.com", Address: address})
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Address).To(Equal(address))
	})
})

var _ = It("has one type of error", func(ctx SpecContext) {
	_, err := anywhere.Probe(ctx, edgeprobe.Request{ServerName: "live.domaincert.invalid"})
	var failed *edgeprobe.Error
	Expect(errors.As(err, &failed)).To(BeTrue())
	Expect(failed).To(MatchError("live.domaincert.invalid:443: the name cannot be resolved"))
})

//go:build faults

package network_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/faults/rig"
)

// tunnels is a proxy that leads everybody to one address, and keeps what it was
// asked and what went through it.
type tunnels struct {
	*httptest.Server
	to string

	mu      sync.Mutex
	asked   []string
	through bytes.Buffer
}

// serveTunnels starts a proxy that leads to an address.
func serveTunnels(to string) *tunnels {
	GinkgoHelper()
	t := &tunnels{to: to}
	t.Server = httptest.NewServer(t)
	DeferCleanup(t.Close)
	return t
}

// ServeHTTP opens a tunnel, if that is what it is asked for.
func (t *tunnels) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	t.mu.Lock()
	t.asked = append(t.asked, request.Method+" "+request.Host)
	t.mu.Unlock()
	if request.Method != http.MethodConnect {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	there, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", t.to)
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
		io.Copy(there, io.TeeReader(buffered, t)) //nolint:errcheck // a tunnel ends when either side goes
		there.Close()                             //nolint:errcheck // see above
	}()
	io.Copy(here, there) //nolint:errcheck // see above
	here.Close()         //nolint:errcheck // see above
}

// Write keeps what goes through.
func (t *tunnels) Write(sent []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.through.Write(sent)
}

// seen is what was asked, and what went through.
func (t *tunnels) seen() (asked []string, through []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.asked...), bytes.Clone(t.through.Bytes())
}

var _ = It("row 64: a proxy in the environment leads to the provider through tunnels, and sees neither keys nor what is asked", func(ctx SpecContext) {
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	proxy := serveTunnels(w.Cloud.APITLSAddress())
	edge := w.EdgeProvider()
	Expect(w.Client.Get(ctx, rig.KeyOf(edge), edge)).To(Succeed())
	w.Change(ctx, edge, func() { edge.Spec.AlibabaCloud.Endpoint = "" })
	w.StartOperator(ctx, rig.Operator{Environment: append(trusting(w), "HTTPS_PROXY="+proxy.URL, "HTTP_PROXY="+proxy.URL)})
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

	asked, through := proxy.seen()
	Expect(asked).To(And(ContainElements("CONNECT sts.aliyuncs.com:443", "CONNECT live.aliyuncs.com:443"), HaveEach(HavePrefix("CONNECT "))))
	Expect(len(through)).To(BeNumerically(">", len(w.Pair.CertificatePEM)), "the certificate went through it")
	for _, told := range []string{"BEGIN", rig.SetOperation, w.Domain, w.Credentials["accessKeyID"], "POST / HTTP"} {
		Expect(bytes.Contains(through, []byte(told))).To(BeFalse(), told)
	}
}, SpecTimeout(timeout))

//go:build faults

package network_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

const (
	// flood is what a provider sends if nobody stops it, in bytes.
	flood = 10 << 30
	// most is what the operator may need for an answer, in bytes.
	most = 8 << 20
)

// endless answers with a status, a head and then a block again and again.
func endless(status int, contentType, head string, block []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		w.WriteHeader(status)
		_, err := io.WriteString(w, head)
		for sent := 0; err == nil && sent < flood; sent += len(block) {
			_, err = w.Write(block)
		}
	}
}

// zipped answers with content that is compressed though nobody asked for that.
func zipped(content []byte, times int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("X-Cnc-Request-Id", "R-1")
		var err error
		for i := 0; err == nil && i < times; i++ {
			_, err = w.Write(content)
		}
	}
}

// headers answers with headers and nothing else.
func headers(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	line := []byte("X-Canary: " + strings.Repeat("canary", 1<<8) + "\r\n")
	_, err = io.WriteString(connection, "HTTP/1.1 200 OK\r\n")
	for sent := 0; err == nil && sent < flood; sent += len(line) {
		_, err = connection.Write(line)
	}
	connection.Close() //nolint:errcheck // whoever has read enough hangs up
}

// bomb is 64 MiB of space, compressed to 64 KiB. Bombs one after the other are
// one that is larger.
func bomb() []byte {
	GinkgoHelper()
	var packed bytes.Buffer
	packer := gzip.NewWriter(&packed)
	for range 64 {
		_, err := packer.Write(bytes.Repeat([]byte(" "), 1<<20))
		Expect(err).NotTo(HaveOccurred())
	}
	Expect(packer.Close()).To(Succeed())
	return packed.Bytes()
}

// adapters are one of each manner of reading answers, that call an address.
func adapters(url string) map[string]provider.Provider {
	GinkgoHelper()
	credentials, err := aliyun.AccessKey("id", "secret", "")
	Expect(err).NotTo(HaveOccurred())
	alibaba, err := aliyun.New(aliyun.Config{Endpoint: url, Credentials: credentials})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(alibaba.Close)
	pro, err := cdnpro.New(cdnpro.Config{Endpoint: url, User: "user", APIKey: cdnpro.NewAPIKey("key")})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(pro.Close)
	return map[string]provider.Provider{"Alibaba Cloud": aliyunlive.New(alibaba), "CDN Pro": cdnpro.NewAdapter(pro)}
}

// growth is by how much the heap grows at most while something is done.
func growth(act func()) uint64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	highest, done := before.HeapAlloc, make(chan struct{})
	go func() {
		defer close(done)
		act()
	}()
	for {
		runtime.ReadMemStats(&now)
		highest = max(highest, now.HeapAlloc)
		select {
		case <-done:
			return highest - before.HeapAlloc
		case <-time.After(time.Millisecond):
		}
	}
}

var _ = Describe("row 14:", func() {
	DescribeTable("an answer that has no end, or is none, costs no more than 1 MiB of it and is an error of its own type",
		func(ctx SpecContext, answer func() http.HandlerFunc, codes ...string) {
			server := httptest.NewServer(answer())
			DeferCleanup(server.Close)
			for name, adapter := range adapters(server.URL) {
				var err error
				grown := growth(func() { err = observe(ctx, adapter) })
				failure := new(provider.Error)
				Expect(errors.As(err, &failure)).To(BeTrue(), name)
				Expect(failure.Kind).To(Equal(provider.Unavailable), name)
				Expect(codes).To(ContainElement(failure.Code), name)
				Expect(failure.Error()).NotTo(ContainSubstring("canary"))
				Expect(grown).To(BeNumerically("<", most), fmt.Sprintf("%s: the heap grew by %d bytes", name, grown))
			}
		},
		Entry("10 GiB of JSON", func() http.HandlerFunc {
			return endless(http.StatusOK, "application/json", `{"RequestId":"`, bytes.Repeat([]byte("canary"), 4<<10))
		}, SpecTimeout(timeout), "oversized"),
		Entry("10 GiB of an error", func() http.HandlerFunc {
			return endless(http.StatusBadGateway, "application/json", `{"Code":"`, bytes.Repeat([]byte("canary"), 4<<10))
		}, SpecTimeout(timeout), "oversized"),
		Entry("10 GiB of a web page", func() http.HandlerFunc {
			return endless(http.StatusOK, "text/html", "<html>", bytes.Repeat([]byte("<p>canary"), 4<<10))
		}, SpecTimeout(timeout), "oversized"),
		Entry("10 GiB of brackets", func() http.HandlerFunc {
			return endless(http.StatusOK, "application/json", "", bytes.Repeat([]byte("["), 16<<10))
		}, SpecTimeout(timeout), "oversized"),
		Entry("1 MiB of brackets", func() http.HandlerFunc {
			block := []byte(strings.Repeat(`{"a":`, 1<<10))
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Cnc-Request-Id", "R-1")
				for range (1 << 20) / len(block) {
					if _, err := w.Write(block); err != nil {
						return
					}
				}
			}
		}, SpecTimeout(timeout), "malformed"),
		Entry("64 MiB in 64 KiB, compressed", func() http.HandlerFunc { return zipped(bomb(), 1) }, SpecTimeout(timeout), "malformed"),
		Entry("10 GiB in 10 MiB, compressed", func() http.HandlerFunc { return zipped(bomb(), 160) }, SpecTimeout(timeout), "oversized"),
		Entry("headers without end", func() http.HandlerFunc { return headers }, SpecTimeout(timeout), "connection"),
	)
})

// observe reads what an adapter's provider holds.
func observe(ctx context.Context, adapter provider.Provider) error {
	_, err := adapter.Observe(ctx, provider.Target{Domain: "live.example.com", Name: "name"})
	return err
}

package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/domaincert/domaincert/test/faults/proxy"
)

const (
	statusPath = "/apis/domaincert.io/v1alpha1/namespaces/sport/domaincertificates/play/status"
	watchPath  = "/api/v1/namespaces/sport/secrets?watch=true"
)

var _ = Describe("Proxy", func() {
	var (
		between *proxy.Proxy
		served  atomic.Int32
		accept  atomic.Value
	)

	BeforeEach(func(ctx context.Context) {
		served.Store(0)
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served.Add(1)
			accept.Store(r.Header.Get("Accept"))
			if !r.URL.Query().Has("watch") {
				fmt.Fprint(w, "answer")
				return
			}
			for i := range 2 {
				fmt.Fprintf(w, `{"type":"ADDED","object":{"kind":"Secret","metadata":{"name":"s%d"}}}`+"\n", i)
			}
			w.(http.Flusher).Flush() //nolint:forcetypeassert // httptest's is one
			<-r.Context().Done()
		}))
		DeferCleanup(upstream.Close)
		var err error
		between, err = proxy.Start(ctx, &rest.Config{Host: upstream.URL})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(between.Close()).To(Succeed()) })
	})

	ask := func(ctx context.Context, method, path string) (*http.Response, error) {
		GinkgoHelper()
		request, err := http.NewRequestWithContext(ctx, method, between.URL()+path, http.NoBody)
		Expect(err).NotTo(HaveOccurred())
		request.Header.Set("Accept", "application/vnd.kubernetes.protobuf;as=Table,application/json;as=Table,application/json")
		return (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	}
	body := func(response *http.Response, err error) string {
		GinkgoHelper()
		Expect(err).NotTo(HaveOccurred())
		content, err := io.ReadAll(response.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		return string(content)
	}

	It("forwards what no rule is for, and asks for lines", func(ctx context.Context) {
		Expect(body(ask(ctx, http.MethodPatch, statusPath))).To(Equal("answer"))
		Expect(accept.Load()).To(Equal("application/json;as=Table,application/json"))
		Expect(between.Seen(proxy.All)).To(ConsistOf(And(
			HaveField("Verb", "patch"), HaveField("Group", "domaincert.io"), HaveField("Resource", "domaincertificates"),
			HaveField("Subresource", "status"), HaveField("Namespace", "sport"), HaveField("Name", "play"),
		)))
	})

	It("acts on as many requests as a rule says, and no others", func(ctx context.Context) {
		rule := between.Add(proxy.Rule{Match: proxy.On("domaincertificates/status", "patch"), Count: 1, Act: proxy.Answer(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, 3*time.Second)})
		Expect(body(ask(ctx, http.MethodGet, statusPath))).To(Equal("answer"))
		refused, err := ask(ctx, http.MethodPatch, statusPath)
		Expect(err).NotTo(HaveOccurred())
		Expect(refused.Header.Get("Retry-After")).To(Equal("3"))
		Expect(body(refused, nil)).To(ContainSubstring(`"reason":"TooManyRequests"`))
		Expect(body(ask(ctx, http.MethodPatch, statusPath))).To(Equal("answer"))
		Expect(between.Acted(rule)).To(Equal(1))
	})

	DescribeTable("closes the connection", func(ctx context.Context, act proxy.Action, reached int) {
		between.Add(proxy.Rule{Match: proxy.All, Act: act})
		response, err := ask(ctx, http.MethodPatch, statusPath)
		if err == nil {
			Expect(response.Body.Close()).To(Succeed())
		}
		Expect(err).To(MatchError(io.EOF))
		Expect(served.Load()).To(BeEquivalentTo(reached))
	},
		Entry("in place of the request", proxy.Action(proxy.Drop), 0),
		Entry("in place of the answer", proxy.Action(proxy.Lose), 1),
	)

	It("hangs until the client has had enough", func(ctx context.Context) {
		between.Add(proxy.Rule{Match: proxy.All, Act: proxy.Hang})
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := ask(ctx, http.MethodGet, statusPath)
		Expect(err).To(MatchError(context.DeadlineExceeded))
		Expect(served.Load()).To(BeZero())
	})

	It("changes the events of a watch one by one, and breaks it when told to", func(ctx context.Context) {
		between.Add(proxy.Rule{Match: proxy.All, Act: proxy.Rewrite(func(event proxy.Event) []proxy.Event {
			if event.Meta().Name == "s0" {
				return nil
			}
			return []proxy.Event{event, event}
		})})
		response, err := ask(ctx, http.MethodGet, watchPath)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(response.Body.Close)
		lines := bufio.NewScanner(response.Body)
		for range 2 {
			Expect(lines.Scan()).To(BeTrue())
			Expect(lines.Text()).To(ContainSubstring(`"name":"s1"`))
		}
		between.Sever()
		Expect(lines.Scan()).To(BeFalse())
	})
})
